/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/body_shape.h"
#include "codec/cbor_multipart.h"
#include "codec/cms.h"
#include "codec/format.h"
#include "ops/certificate.h"
#include "scenario/compile.h"

static const struct es_multipart *of(const void *record)
{
    return record;
}

static struct es_value get_count(const void *record, const struct es_shape_field *f,
                                 struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_number((int64_t)of(record)->n);
}

static struct es_value get_encoding(const void *record, const struct es_shape_field *f,
                                    struct es_arena *a)
{
    (void)f;
    return es_value_text(es_slice_of(es_multipart_encoding(a, of(record))));
}

enum chosen { ALL, NULLS, REPEATED };

static bool is_repeated(const struct es_multipart *m, size_t i)
{
    return es_multipart_find(m, m->at[i].format) != &m->at[i];
}

static struct es_value get_formats(const void *record, const struct es_shape_field *f,
                                   struct es_arena *a)
{
    const struct es_multipart *m = of(record);
    struct es_list *list = ES_NEW(a, struct es_list);
    for (size_t i = 0; i < m->n; i++) {
        bool chosen = f->number == ALL || (f->number == NULLS && m->at[i].is_null) ||
                      (f->number == REPEATED && is_repeated(m, i));
        if (chosen) {
            struct es_value v = es_value_number(m->at[i].format);
            ES_PUSH(a, list, v);
        }
    }
    return list->n || f->number == ALL
               ? (struct es_value){.kind = ES_KIND_LIST, .list = list}
               : ES_VALUE_NONE;
}

static struct es_value get_order(const void *record, const struct es_shape_field *f,
                                 struct es_arena *a)
{
    const char *text = "";
    (void)f;
    for (size_t i = 0; i < of(record)->n; i++) {
        text =
            es_arena_printf(a, "%s%s%u", text, i ? " " : "", of(record)->at[i].format);
    }
    return es_value_text(es_slice_of(text));
}

static struct es_value get_part(const void *record, const struct es_shape_field *f,
                                struct es_arena *a)
{
    const struct es_multipart_part *part = es_multipart_find(of(record), f->number);
    (void)a;
    return part && !part->is_null ? es_value_bytes(part->body) : ES_VALUE_NONE;
}

enum {
    FORMAT_KEY_CMS = 280,
    FORMAT_CERTS = 281,
    FORMAT_PKCS8 = 284,
    FORMAT_CERT = 287
};

/* Whether the private key belongs to the certificate in the body (RFC 9148, 4.8). False
 * and *why NULL, if there is none. */
static bool is_pair(const struct es_multipart *m, struct es_slice key,
                    struct es_arena *a, const char **why)
{
    const struct es_multipart_part *cert = es_multipart_find(m, FORMAT_CERTS);
    struct es_subject_view view;
    *why = NULL;
    cert = cert ? cert : es_multipart_find(m, FORMAT_CERT);
    return cert && !cert->is_null && es_subject_view(a, cert->body, &view, why) &&
           es_key_matches(a, &view.key, key, why);
}

static struct es_value get_key_pair(const void *record, const struct es_shape_field *f,
                                    struct es_arena *a)
{
    const struct es_multipart_part *key = es_multipart_find(of(record), FORMAT_PKCS8);
    const char *why = NULL;
    (void)f;
    bool ok = key && !key->is_null && is_pair(of(record), key->body, a, &why);
    return es_text_value(ok ? "valid" : why);
}

static bool test_encrypted_pair(const void *record, const struct es_shape_field *f,
                                const struct es_value *argument, struct es_arena *a,
                                const char **got)
{
    const struct es_multipart_part *key = es_multipart_find(of(record), FORMAT_KEY_CMS);
    struct es_cms_secret secret = es_cms_secret_of(argument->bytes);
    struct es_cms_key cms;
    struct es_flaw flaw = ES_FLAW_NONE;
    (void)f;
    *got = "no encrypted key (280)";
    ES_TRY(key && !key->is_null);
    if (!es_cms_key_view(a, key->body, &secret, &cms, &flaw) || !cms.pkcs8.n) {
        *got = flaw.text ? flaw.text : cms.why;
        return false;
    }
    bool ok = is_pair(of(record), cms.pkcs8, a, got);
    *got = *got ? *got : "no certificate";
    return ok;
}

/* A Content-Format by number or by its name in codec/format.def. */
static bool read_format(struct es_slice text, uint16_t *out)
{
    uint64_t number;
    const struct es_format_entry *entry = es_format_find_name(text);
    if (entry) {
        *out = entry->number;
        return true;
    }
    if (!es_text_uint(text, &number) || number > UINT16_MAX) {
        return false;
    }
    *out = (uint16_t)number;
    return true;
}

static bool find_more(struct es_slice name, struct es_arena *a,
                      struct es_shape_field *out)
{
    uint16_t format;
    ES_TRY(read_format(name, &format));
    *out = (struct es_shape_field){.name = es_arena_text(a, name),
                                   .kind = ES_KIND_BYTES,
                                   .get = get_part,
                                   .number = format,
                                   .doc = "the body of this part"};
    return true;
}

static const char *more_at(size_t index)
{
    const struct es_format_entry *entry = es_format_at(index);
    return entry ? entry->name : NULL;
}

static const struct es_shape_field fields[] = {
    {.name = "count",
     .kind = ES_KIND_NUMBER,
     .get = get_count,
     .doc =
         "how many parts; 281: {..} or pkcs8: {..} matches the body of one, which is "
         "absent where it is missing or null"},
    {.name = "encoding",
     .kind = ES_KIND_TEXT,
     .get = get_encoding,
     .doc = "minimal, or the first form that is longer than needed"},
    {.name = "key-pair",
     .kind = ES_KIND_TEXT,
     .get = get_key_pair,
     .doc =
         "valid, if the private key (284) belongs to the certificate (281, its first "
         "one, or 287); absent if one of the two is missing"},
    {.name = "encrypted-pair",
     .kind = ES_KIND_BYTES,
     .test = test_encrypted_pair,
     .doc = "the private key (280) that this key-encryption key or PKCS#8 key opens "
            "belongs to the certificate"},
    {.name = "formats",
     .kind = ES_KIND_LIST,
     .get = get_formats,
     .number = ALL,
     .doc = "the Content-Formats of all parts"},
    {.name = "order",
     .kind = ES_KIND_TEXT,
     .get = get_order,
     .doc = "the same in their order: 284 281"},
    {.name = "nulls",
     .kind = ES_KIND_LIST,
     .get = get_formats,
     .number = NULLS,
     .doc = "Content-Formats whose body is null"},
    {.name = "repeated",
     .kind = ES_KIND_LIST,
     .get = get_formats,
     .number = REPEATED,
     .doc = "Content-Formats that come again"},
};

static const struct es_shape shape = {.name = "multipart-core",
                                      .fields = fields,
                                      .n = ES_COUNT(fields),
                                      .find_more = find_more,
                                      .more_at = more_at};

static bool decode(struct es_slice bytes, struct es_arena *a, const void **record,
                   const char **why)
{
    struct es_multipart *m = ES_NEW(a, struct es_multipart);
    struct es_flaw flaw = ES_FLAW_NONE;
    *record = m;
    if (es_multipart_view(a, bytes, m, &flaw)) {
        return true;
    }
    *why = es_body_flaw_text(a, bytes, &flaw);
    return false;
}

struct part {
    uint16_t format;
    struct es_operand body; /* ABSENT: null */
};

struct args {
    struct {
        struct part *at;
        size_t n, room;
    } parts;
    bool indefinite;
};

static bool compile_encoding(struct es_compile *c, const struct es_node *value,
                             struct args *x)
{
    bool scalar = value->kind == ES_NODE_SCALAR;
    x->indefinite = scalar && es_slice_is(value->text, "indefinite");
    if (!x->indefinite && !(scalar && es_slice_is(value->text, "minimal"))) {
        return es_compile_fail(c, value->loc,
                               "'encoding' is minimal or indefinite here, not %s",
                               es_node_describe(value, c->arena));
    }
    return true;
}

static bool compile_part(struct es_compile *c, const struct es_pair *pair,
                         struct args *x)
{
    struct part p = {.body = {.form = ES_OPERAND_ABSENT}};
    const struct es_node *value = es_compile_follow(c, pair->value);
    if (es_slice_is(pair->key->text, "encoding")) {
        return compile_encoding(c, value, x);
    }
    if (!read_format(pair->key->text, &p.format)) {
        es_compile_fail(c, pair->key->loc, "'%.*s' is not a Content-Format",
                        ES_SLICE_ARG(pair->key->text));
        return es_hint(c->d, "expected a number up to 65535 or a name such as pkcs8");
    }
    bool null = value->kind == ES_NODE_SCALAR && es_slice_is(value->text, "null");
    ES_TRY(null || es_operand_compile(c, value, ES_KIND_BYTES, &p.body));
    ES_PUSH(c->arena, &x->parts, p);
    return true;
}

static bool compile_map(struct es_compile *c, const struct es_node *map, struct args *x)
{
    bool ok = true;
    if (map->kind != ES_NODE_MAP) {
        return es_compile_fail(c, map->loc, "a part is written {281: ..}, not %s",
                               es_node_describe(map, c->arena));
    }
    for (size_t i = 0; i < map->pairs.n; i++) {
        ok = compile_part(c, &map->pairs.at[i], x) && ok;
    }
    return ok;
}

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    bool ok = true;
    if (value->kind != ES_NODE_SEQUENCE) {
        return compile_map(c, value, args);
    }
    for (size_t i = 0; i < value->items.n; i++) {
        ok = compile_map(c, es_compile_follow(c, value->items.at[i]), args) && ok;
    }
    return ok;
}

static bool build(const void *args, struct es_scope *scope, struct es_arena *a,
                  struct es_slice *out, const char **why)
{
    const struct args *x = args;
    struct es_multipart_part *parts =
        ES_NEW_ARRAY(a, struct es_multipart_part, x->parts.n + 1);
    for (size_t i = 0; i < x->parts.n; i++) {
        const struct part *p = &x->parts.at[i];
        parts[i].format = p->format;
        parts[i].is_null = p->body.form == ES_OPERAND_ABSENT;
        if (!parts[i].is_null) {
            struct es_value v;
            ES_TRY(es_operand_eval(&p->body, scope, a, &v, why));
            parts[i].body = v.bytes;
        }
    }
    *out = es_multipart_build(a, parts, x->parts.n, x->indefinite);
    return true;
}

const struct es_matcher es_mat_multipart = {
    .name = "multipart",
    .summary =
        "parts with their Content-Formats, as one CBOR array (Content-Format 62)",
    .doc =
        "Matching, it is decoded strictly after RFC 8710; each part is a field named by "
        "its Content-Format, in any order. Building, a map or a list of parts in their "
        "order, whose bodies are bytes, trees or null; `encoding: indefinite` makes an "
        "array of indefinite length. What breaks the format is written with edn or "
        "hex.\n"
        "Example: body: {multipart: {count: 2, 284: {pkcs8: {}}, 281: "
        "{pkcs7-certs-only: {}}}}\n"
        "         body: {multipart: [{284: $issued.pkcs8}, {281: $issued.p7}]}",
    .form = ES_MATCHER_TREE,
    .shape = &shape,
    .decode = decode,
    .args_size = sizeof(struct args),
    .compile = compile,
    .build = build,
};
