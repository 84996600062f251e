/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/csrattrs_recipe.h"

static bool read_oid(struct es_compile *c, const struct es_node *n,
                     struct es_slice *oid)
{
    if (es_oid_parse(c->arena, n->text, oid)) {
        return true;
    }
    es_compile_fail(c, n->loc, "'%.*s' is not an OID", ES_SLICE_ARG(n->text));
    static const char *const names[] = {
#define X(id, dotted, name) name,
#include "codec/oid.def"
#undef X
    };
    struct es_suggestion s;
    es_suggestion_init(&s, n->text);
    for (size_t i = 0; i < ES_COUNT(names); i++) {
        es_suggestion_offer(&s, names[i]);
    }
    return s.best ? es_hint(c->d, "did you mean '%s'?", s.best) : false;
}

static struct es_operand constant_der(struct es_compile *c, unsigned tag,
                                      struct es_slice contents, const uint64_t *number)
{
    struct es_buf b;
    es_buf_build(&b, c->arena, contents.n + 16);
    if (number) {
        es_der_put_uint(&b, *number);
    } else {
        es_der_put(&b, tag, contents);
    }
    return es_operand_constant(es_value_bytes(es_buf_slice(&b)));
}

/* An OID, a number, or octets. */
static bool compile_plain(struct es_compile *c, const struct es_node *n,
                          struct es_attribute_value_recipe *out)
{
    struct es_slice oid;
    uint64_t number;
    bool scalar = n->kind == ES_NODE_SCALAR;
    if (scalar && es_text_uint(n->text, &number)) {
        out->der = constant_der(c, ES_DER_INTEGER, ES_SLICE_NONE, &number);
        return true;
    }
    bool octets = !scalar || es_slice_has_prefix(n->text, "h'") ||
                  es_slice_has_prefix(n->text, "$");
    if (octets) {
        return es_operand_compile(c, n, ES_KIND_BYTES, &out->der);
    }
    ES_TRY(read_oid(c, n, &oid));
    out->der = constant_der(c, ES_DER_OID, oid, NULL);
    return true;
}

static const struct es_field extension_fields[] = {
    {"value", &es_type_bytes, NULL, offsetof(struct es_extension_recipe, value), true,
     "contents of extnValue"},
    {"critical", &es_type_flag, NULL, offsetof(struct es_extension_recipe, critical),
     false, "yes, if it is critical"},
};

static const struct es_fields extension_list = {extension_fields,
                                                ES_COUNT(extension_fields)};

static bool compile_extensions(struct es_compile *c, const struct es_node *map,
                               struct es_attribute_value_recipe *out)
{
    out->is_extensions = true;
    for (size_t i = 0; i < map->pairs.n; i++) {
        const struct es_pair *pair = &map->pairs.at[i];
        const struct es_node *value = es_compile_follow(c, pair->value);
        struct es_extension_recipe x = {.value = {.form = ES_OPERAND_ABSENT}};
        ES_TRY(read_oid(c, pair->key, &x.oid));
        if (es_node_find(value, "value")) {
            ES_TRY(es_compile_fields(c, value, &extension_list, "extension", &x));
        } else if (!es_slice_is(value->text, "null") || value->kind != ES_NODE_SCALAR) {
            ES_TRY(es_operand_compile(c, value, ES_KIND_BYTES, &x.value));
        }
        ES_PUSH(c->arena, &out->extensions, x);
    }
    return true;
}

static bool compile_value(struct es_compile *c, const struct es_node *n,
                          bool extensions, struct es_csrattrs_part_recipe *part)
{
    struct es_attribute_value_recipe v = {.is_extensions = false};
    n = es_compile_follow(c, n);
    ES_TRY(extensions && n->kind == ES_NODE_MAP ? compile_extensions(c, n, &v)
                                                : compile_plain(c, n, &v));
    ES_PUSH(c->arena, &part->values, v);
    return true;
}

static bool compile_attribute(struct es_compile *c, const struct es_pair *pair,
                              struct es_csrattrs_part_recipe *part)
{
    ES_TRY(read_oid(c, pair->key, &part->oid));
    enum es_oid id = es_oid_find(part->oid);
    bool extensions = id == ES_OID_EXTENSION_REQUEST || id == ES_OID_EXTENSION_TEMPLATE;
    const struct es_node *value = es_compile_follow(c, pair->value);
    part->is_attribute = true;
    if (value->kind != ES_NODE_SEQUENCE) {
        return compile_value(c, value, extensions, part);
    }
    for (size_t i = 0; i < value->items.n; i++) {
        ES_TRY(compile_value(c, value->items.at[i], extensions, part));
    }
    return true;
}

static bool compile_part(struct es_compile *c, const struct es_node *n,
                         struct es_csrattrs_recipe *out)
{
    struct es_csrattrs_part_recipe part = {.is_attribute = false};
    n = es_compile_follow(c, n);
    if (n->kind == ES_NODE_SCALAR) {
        ES_TRY(read_oid(c, n, &part.oid));
    } else if (n->kind == ES_NODE_MAP && n->pairs.n == 1) {
        ES_TRY(compile_attribute(c, &n->pairs.at[0], &part));
    } else {
        es_compile_fail(c, n->loc, "%s is neither an OID nor an attribute",
                        es_node_describe(n, c->arena));
        return es_hint(c->d,
                       "expected challengePassword or {id-ecPublicKey: secp256r1}");
    }
    ES_PUSH(c->arena, &out->parts, part);
    return true;
}

bool es_csrattrs_recipe_compile(struct es_compile *c, const struct es_node *value,
                                void *args)
{
    bool ok = true;
    if (value->kind != ES_NODE_SEQUENCE) {
        es_compile_fail(c, value->loc, "'csrattrs' is built of a list, not of %s",
                        es_node_describe(value, c->arena));
        return es_hint(c->d,
                       "expected [challengePassword, {id-ecPublicKey: secp256r1}]");
    }
    for (size_t i = 0; i < value->items.n; i++) {
        ok = compile_part(c, value->items.at[i], args) && ok;
    }
    return ok;
}

static bool build_extensions(const struct es_attribute_value_recipe *r,
                             struct es_scope *scope, struct es_arena *a,
                             struct es_slice *out, const char **why)
{
    struct es_value *values = ES_NEW_ARRAY(a, struct es_value, r->extensions.n + 1);
    size_t total = 16;
    for (size_t i = 0; i < r->extensions.n; i++) {
        const struct es_extension_recipe *x = &r->extensions.at[i];
        bool given = x->value.form != ES_OPERAND_ABSENT;
        ES_TRY(!given || es_operand_eval(&x->value, scope, a, &values[i], why));
        total += x->oid.n + 32 + (given ? values[i].bytes.n : 0);
    }
    struct es_buf b;
    es_buf_build(&b, a, total);
    size_t list = es_der_begin(&b, ES_DER_SEQUENCE);
    for (size_t i = 0; i < r->extensions.n; i++) {
        const struct es_extension_recipe *x = &r->extensions.at[i];
        size_t extension = es_der_begin(&b, ES_DER_SEQUENCE);
        es_der_put(&b, ES_DER_OID, x->oid);
        if (x->critical) {
            es_der_put_bool(&b, true);
        }
        if (x->value.form != ES_OPERAND_ABSENT) {
            es_der_put(&b, ES_DER_OCTET_STRING, values[i].bytes);
        }
        es_der_finish(&b, extension);
    }
    es_der_finish(&b, list);
    *out = es_buf_slice(&b);
    return true;
}

static bool build_value(const struct es_attribute_value_recipe *r,
                        struct es_scope *scope, struct es_arena *a,
                        struct es_slice *out, const char **why)
{
    struct es_value v;
    if (r->is_extensions) {
        return build_extensions(r, scope, a, out, why);
    }
    ES_TRY(es_operand_eval(&r->der, scope, a, &v, why));
    *out = v.bytes;
    return true;
}

bool es_csrattrs_recipe_build(const void *args, struct es_scope *scope,
                              struct es_arena *a, struct es_slice *out,
                              const char **why)
{
    const struct es_csrattrs_recipe *r = args;
    struct es_csrattrs_part *parts =
        ES_NEW_ARRAY(a, struct es_csrattrs_part, r->parts.n + 1);
    for (size_t i = 0; i < r->parts.n; i++) {
        const struct es_csrattrs_part_recipe *from = &r->parts.at[i];
        struct es_slice *values = ES_NEW_ARRAY(a, struct es_slice, from->values.n + 1);
        for (size_t k = 0; k < from->values.n; k++) {
            ES_TRY(build_value(&from->values.at[k], scope, a, &values[k], why));
        }
        parts[i] = (struct es_csrattrs_part){.oid = from->oid,
                                             .is_attribute = from->is_attribute,
                                             .values = values,
                                             .values_n = from->values.n};
    }
    *out = es_csrattrs_build(a, parts, r->parts.n);
    return true;
}
