/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/request_recipe.h"

#include "codec/pkcs10.h"
#include "ops/attribute_wish.h"
#include "ops/certificate.h"
#include "ops/encryption_wish.h"
#include "pki/key.h"
#include "scenario/compile.h"
#include "stage/stage.h"

#include <string.h>

static bool parse_san(struct es_compile *c, const struct es_node *value,
                      const struct es_field *field, void *out)
{
    struct es_request_recipe *x = out;
    (void)field;
    const struct es_node *n = es_compile_follow(c, value);
    x->san_given = true;
    if (n->kind == ES_NODE_SCALAR && es_slice_is(n->text, "none")) {
        return true;
    }
    if (n->kind != ES_NODE_SEQUENCE || n->items.n > ES_RECIPE_LIST_MAX) {
        es_compile_fail(c, n->loc, "'san' is none or a list of at most %d names",
                        ES_RECIPE_LIST_MAX);
        return es_hint(c->d, "for example [dns:device.example, ip:192.0.2.1]");
    }
    bool ok = true;
    for (size_t i = 0; i < n->items.n; i++) {
        ok = es_operand_compile(c, n->items.at[i], ES_KIND_TEXT, &x->san[x->san_n++]) &&
             ok;
    }
    return ok;
}

static bool parse_eku(struct es_compile *c, const struct es_node *value,
                      const struct es_field *field, void *out)
{
    struct es_request_recipe *x = out;
    (void)field;
    const struct es_node *n = es_compile_follow(c, value);
    if (n->kind != ES_NODE_SEQUENCE || n->items.n > ES_RECIPE_LIST_MAX) {
        return es_compile_fail(c, n->loc, "'eku' is a list of names or OIDs");
    }
    for (size_t i = 0; i < n->items.n; i++) {
        x->eku[x->eku_n++] = es_arena_text(c->arena, n->items.at[i]->text);
    }
    return true;
}

static bool parse_signature(struct es_compile *c, const struct es_node *value,
                            const struct es_field *field, void *out)
{
    struct es_request_recipe *x = out;
    (void)field;
    const struct es_node *n = es_compile_follow(c, value);
    x->break_signature = es_slice_is(n->text, "broken");
    return x->break_signature || es_slice_is(n->text, "valid") ||
           es_compile_fail(c, n->loc, "'signature' is valid or broken");
}

static bool parse_challenge_type(struct es_compile *c, const struct es_node *value,
                                 const struct es_field *field, void *out)
{
    static const struct {
        const char *name;
        unsigned tag;
    } types[] = {{"printable", ES_DER_PRINTABLE_STRING},
                 {"utf8", ES_DER_UTF8_STRING},
                 {"ia5", ES_DER_IA5_STRING}};
    struct es_request_recipe *x = out;
    (void)field;
    const struct es_node *n = es_compile_follow(c, value);
    for (size_t i = 0; i < ES_COUNT(types); i++) {
        if (es_slice_is(n->text, types[i].name)) {
            x->challenge_tag = types[i].tag;
            return true;
        }
    }
    return es_compile_fail(c, n->loc, "'challenge-type' is printable, utf8 or ia5");
}

/* One `{oid: .., value: bytes, critical: yes}`. */
static bool parse_entry(struct es_compile *c, const struct es_node *map,
                        struct es_recipe_attribute *out)
{
    const struct es_node *oid = es_node_find(map, "oid");
    const struct es_node *value = es_node_find(map, "value");
    const struct es_node *critical = es_node_find(map, "critical");
    if (!oid || !value) {
        return es_compile_fail(c, map->loc, "an entry needs 'oid' and 'value'");
    }
    if (!es_oid_parse(c->arena, oid->text, &out->oid)) {
        return es_compile_fail(c, oid->loc, "%s is not an OID",
                               es_node_describe(oid, c->arena));
    }
    return (!critical || es_node_bool(critical, &out->critical, c->d)) &&
           es_operand_compile(c, value, ES_KIND_BYTES, &out->value);
}

static bool parse_entries(struct es_compile *c, const struct es_node *value,
                          struct es_recipe_attribute *out, size_t *n)
{
    const struct es_node *list = es_compile_follow(c, value);
    if (list->kind != ES_NODE_SEQUENCE || list->items.n > ES_RECIPE_LIST_MAX) {
        return es_compile_fail(c, list->loc, "expected a list of {oid: .., value: ..}");
    }
    bool ok = true;
    for (size_t i = 0; i < list->items.n; i++) {
        ok =
            parse_entry(c, es_compile_follow(c, list->items.at[i]), &out[(*n)++]) && ok;
    }
    return ok;
}

static bool parse_attributes(struct es_compile *c, const struct es_node *value,
                             const struct es_field *field, void *out)
{
    struct es_request_recipe *x = out;
    (void)field;
    return parse_entries(c, value, x->attributes, &x->attributes_n);
}

static bool parse_extensions(struct es_compile *c, const struct es_node *value,
                             const struct es_field *field, void *out)
{
    struct es_request_recipe *x = out;
    (void)field;
    return parse_entries(c, value, x->extensions, &x->extensions_n);
}

static const struct es_field_type type_san = {
    "names", "none, or a list such as [dns:device.example]", "{}", parse_san};
static const struct es_field_type type_eku = {"usages", "a list such as [clientAuth]",
                                              "{\"type\": \"array\"}", parse_eku};
static const struct es_field_type type_signature = {
    "signature", "valid or broken", "{\"enum\": [\"valid\", \"broken\"]}",
    parse_signature};
static const struct es_field_type type_challenge_type = {
    "string type", "printable, utf8 or ia5",
    "{\"enum\": [\"printable\", \"utf8\", \"ia5\"]}", parse_challenge_type};
static const struct es_field_type type_attributes = {
    "attributes", "a list of {oid: .., value: bytes}", "{\"type\": \"array\"}",
    parse_attributes};
static const struct es_field_type type_extensions = {
    "extensions", "a list of {oid: .., value: bytes, critical: yes}",
    "{\"type\": \"array\"}", parse_extensions};

#define AT(member) offsetof(struct es_request_recipe, member)

static const struct es_field fields[] = {
    {.key = "subject",
     .type = &es_type_template,
     .offset = AT(subject),
     .doc = "CN=..,O=..; default: that of the session's certificate"},
    {.key = "subject-of",
     .type = &es_type_bytes,
     .offset = AT(subject_of),
     .doc = "takes subject and alternative names of this certificate or CSR"},
    {.key = "san",
     .type = &type_san,
     .doc = "subject alternative names; default: those of the session's certificate"},
    {.key = "eku", .type = &type_eku, .doc = "extended key usages asked for"},
    {.key = "key",
     .type = &es_type_bytes,
     .offset = AT(key),
     .doc = "private key as PKCS#8; default: a new one"},
    {.key = "signing-key",
     .type = &es_type_bytes,
     .offset = AT(signing_key),
     .doc = "signs with another key than the one requested"},
    {.key = "signature", .type = &type_signature, .doc = "broken: one bit is wrong"},
    {.key = "challenge",
     .type = &es_type_any,
     .offset = AT(challenge),
     .doc = "challengePassword: text or bytes, such as $base64(session.tls-unique)"},
    {.key = "challenge-type",
     .type = &type_challenge_type,
     .doc = "its string type; default printable (RFC 7030, 3.5)"},
    {.key = "as-asked",
     .type = &es_type_bytes,
     .offset = AT(as_asked),
     .doc = "the body of att, which then decides about key, signature, subject and "
            "extensions; challenge goes in only if it asks for it"},
    {.key = "encrypt-for",
     .type = &es_type_bytes,
     .offset = AT(encrypt_for),
     .doc = "asks for the generated key under encryption (RFC 7030, 4.4.1): by this "
            "key-encryption key ($secret.kek) or for this certificate"},
    {.key = "attributes", .type = &type_attributes, .doc = "further attributes"},
    {.key = "extensions",
     .type = &type_extensions,
     .doc = "further extensions asked for"},
    {.key = "octets",
     .type = &es_type_number,
     .offset = AT(octets),
     .doc = "makes the request so long, by a DNS name of the right length as its only "
            "alternative name"},
};

const struct es_fields es_request_recipe_fields = {fields, ES_COUNT(fields)};

/* What building needs at hand. */
struct making {
    struct es_scope *scope;
    struct es_arena *a;
    const char **why;
    struct es_pkcs10_recipe *r;
};

static bool eval(struct making *m, const struct es_operand *o, struct es_slice *out)
{
    struct es_value v;
    ES_TRY(o->form == ES_OPERAND_ABSENT ||
           es_operand_eval(o, m->scope, m->a, &v, m->why));
    *out = o->form == ES_OPERAND_ABSENT ? ES_SLICE_NONE : v.bytes;
    return true;
}

/* Texts of general names, for the recipe. */
static void take_san(struct making *m, const struct es_extensions *ext)
{
    const char **texts = ES_NEW_ARRAY(m->a, const char *, ext->san_n + 1);
    for (size_t i = 0; i < ext->san_n; i++) {
        texts[i] = ext->san[i].text;
    }
    m->r->san = texts;
    m->r->san_n = ext->san_n;
}

/* Subject and names of the session's own certificate, or of the bytes given. */
static bool default_names(struct making *m, const struct es_request_recipe *x)
{
    struct es_slice other;
    struct es_subject_view v;
    ES_TRY(eval(m, &x->subject_of, &other));
    if (other.n) {
        ES_TRY(es_subject_view(m->a, other, &v, m->why));
        m->r->subject_der = v.subject;
        take_san(m, &v.ext);
        return true;
    }
    const struct es_identity *id = es_stage_own_identity(m->scope->stage);
    if (id && id->chain_n) {
        m->r->subject_der = id->leaf.subject;
        take_san(m, &id->leaf.ext);
    } else {
        m->r->subject = "CN=estspec device";
    }
    return true;
}

static bool own_names(struct making *m, const struct es_request_recipe *x)
{
    struct es_slice text;
    if (x->subject.form != ES_OPERAND_ABSENT) {
        ES_TRY(eval(m, &x->subject, &text));
        m->r->subject_der = ES_SLICE_NONE;
        m->r->subject = es_arena_text(m->a, text);
    }
    if (!x->san_given) {
        return true;
    }
    const char **texts = ES_NEW_ARRAY(m->a, const char *, x->san_n + 1);
    for (size_t i = 0; i < x->san_n; i++) {
        ES_TRY(eval(m, &x->san[i], &text));
        texts[i] = es_arena_text(m->a, text);
    }
    m->r->san = texts;
    m->r->san_n = x->san_n;
    return true;
}

static bool attributes(struct making *m, const struct es_request_recipe *x)
{
    struct es_attribute *list = ES_NEW_ARRAY(
        m->a, struct es_attribute, x->attributes_n + ES_ENCRYPTION_WISH_COUNT);
    struct es_slice encrypt_for;
    for (size_t i = 0; i < x->attributes_n; i++) {
        list[i].oid = x->attributes[i].oid;
        ES_TRY(eval(m, &x->attributes[i].value, &list[i].values));
    }
    m->r->attributes = list;
    m->r->attributes_n = x->attributes_n;
    ES_TRY(eval(m, &x->encrypt_for, &encrypt_for));
    if (encrypt_for.n) {
        es_encryption_wish(m->a, encrypt_for, &list[x->attributes_n]);
        m->r->attributes_n += ES_ENCRYPTION_WISH_COUNT;
    }
    struct es_extension *more =
        ES_NEW_ARRAY(m->a, struct es_extension, x->extensions_n + 1);
    for (size_t i = 0; i < x->extensions_n; i++) {
        more[i].oid = x->extensions[i].oid;
        more[i].critical = x->extensions[i].critical;
        ES_TRY(eval(m, &x->extensions[i].value, &more[i].value));
    }
    m->r->extensions = more;
    m->r->extensions_n = x->extensions_n;
    return true;
}

static bool keys(struct making *m, const struct es_request_recipe *x, struct es_diag *d)
{
    enum es_key_kind kind = ES_KEY_P256;
    struct es_slice asked;
    ES_TRY(eval(m, &x->key, &m->r->key) &&
           eval(m, &x->signing_key, &m->r->signing_key) &&
           eval(m, &x->as_asked, &asked));
    bool free = x->as_asked.form == ES_OPERAND_ABSENT;
    ES_TRY(free || es_attribute_wish_follow(m->a, asked, m->r, &kind, m->why));
    return m->r->key.n || es_key_generate(m->a, kind, &m->r->key, d);
}

enum { NAME_MAX = 253, TRIES_MAX = 256, SIGNATURE_SPREAD = 2 };

/* A DNS name of n octets, in labels of 31. */
static const char *name_of_length(struct es_arena *a, size_t n)
{
    struct es_buf b;
    es_buf_build(&b, a, n + sizeof "dns:");
    es_buf_text(&b, "dns:");
    for (size_t i = 0; i < n; i++) {
        es_buf_u8(&b, i % 32 == 31 && i + 1 < n ? '.' : 'x');
    }
    return es_buf_cstr(&b);
}

/* The name takes up what is missing. A signature is an octet or two longer or shorter each
 * time, so signing is repeated until the sum is right. */
static bool build_sized(struct making *m, const struct es_request_recipe *x,
                        struct es_slice *out, struct es_diag *d)
{
    struct es_value wanted;
    const char **names = ES_NEW_ARRAY(m->a, const char *, 1);
    int64_t n = 1;
    ES_TRY(es_operand_eval(&x->octets, m->scope, m->a, &wanted, m->why));
    m->r->san = names;
    m->r->san_n = 1;
    for (int i = 1; i <= TRIES_MAX; i++) {
        names[0] = name_of_length(m->a, (size_t)n);
        ES_TRY(es_pkcs10_build(m->a, m->r, out, d));
        int64_t missing = wanted.number - (int64_t)out->n;
        bool far = missing > SIGNATURE_SPREAD || missing < -SIGNATURE_SPREAD;
        if (missing == 0) {
            return true;
        }
        n += far || i % 16 == 0 ? missing : 0;
        n = n < 1 ? 1 : n > NAME_MAX ? NAME_MAX : n;
    }
    *m->why = es_arena_printf(m->a, "a request of this kind cannot have %lld octets",
                              (long long)wanted.number);
    return false;
}

bool es_request_recipe_build(const void *args, struct es_scope *scope,
                             struct es_arena *a, struct es_slice *out, const char **why)
{
    const struct es_request_recipe *x = args;
    struct es_pkcs10_recipe r = {.break_signature = x->break_signature,
                                 .challenge_tag = x->challenge_tag,
                                 .has_challenge =
                                     x->challenge.form != ES_OPERAND_ABSENT,
                                 .eku = x->eku,
                                 .eku_n = x->eku_n};
    struct making m = {scope, a, why, &r};
    struct es_diag *d = es_diag_new();
    bool ok = default_names(&m, x) && own_names(&m, x) && attributes(&m, x) &&
              eval(&m, &x->challenge, &r.challenge) && keys(&m, x, d) &&
              (x->octets.form == ES_OPERAND_ABSENT ? es_pkcs10_build(a, &r, out, d)
                                                   : build_sized(&m, x, out, d));
    if (d->count) {
        *why = es_arena_printf(a, "%s", d->notes[0].msg);
    }
    es_diag_free(d);
    return ok;
}
