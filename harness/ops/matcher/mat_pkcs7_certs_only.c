/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/body_shape.h"
#include "codec/chain.h"
#include "codec/pkcs7.h"
#include "ops/certificate.h"
#include "scenario/compile.h"

struct record {
    struct es_pkcs7 p7;
    struct es_x509_bag certs;
};

static const struct record *of(const void *record)
{
    return record;
}

static struct es_value get_der(const void *record, const struct es_shape_field *f,
                               struct es_arena *a)
{
    (void)f;
    const struct es_pkcs7 *p7 = &of(record)->p7;
    if (p7->trailing.n) {
        return es_text_value(
            es_arena_printf(a, "%zu octets behind the ContentInfo", p7->trailing.n));
    }
    return es_text_value(es_flaw_or(a, &p7->not_der, "strict"));
}

static struct es_value get_signers(const void *record, const struct es_shape_field *f,
                                   struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_number((int64_t)of(record)->p7.signers_n);
}

static struct es_value get_content(const void *record, const struct es_shape_field *f,
                                   struct es_arena *a)
{
    (void)f, (void)a;
    return of(record)->p7.has_content ? es_value_text(ES_SLICE_LIT("there is content"))
                                      : ES_VALUE_NONE;
}

static struct es_value get_form(const void *record, const struct es_shape_field *f,
                                struct es_arena *a)
{
    (void)f;
    struct es_flaw flaw = ES_FLAW_NONE;
    es_pkcs7_is_certs_only(a, &of(record)->p7, &flaw);
    return es_text_value(es_flaw_or(a, &flaw, "certs-only"));
}

static struct es_value get_count(const void *record, const struct es_shape_field *f,
                                 struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_number((int64_t)of(record)->certs.n);
}

/* What is in the bag, for failure texts. */
static const char *list_subjects(const struct es_x509_bag *bag, struct es_arena *a)
{
    const char *text = "";
    for (size_t i = 0; i < bag->n; i++) {
        text =
            es_arena_printf(a, "%s%s%s", text, i ? "; " : "", bag->at[i].subject_text);
    }
    return bag->n ? text : "no certificate";
}

static const struct es_x509 *find(const struct es_x509_bag *bag, struct es_slice der)
{
    for (size_t i = 0; i < bag->n; i++) {
        if (es_slice_eq(bag->at[i].der, der)) {
            return &bag->at[i];
        }
    }
    return NULL;
}

static bool test_includes(const void *record, const struct es_shape_field *f,
                          const struct es_value *argument, struct es_arena *a,
                          const char **got)
{
    (void)f;
    *got = es_arena_printf(a, "only: %s", list_subjects(&of(record)->certs, a));
    return find(&of(record)->certs, argument->bytes) != NULL;
}

/* From the certificate given, a path inside the bag leads to a self-signed root. */
static bool test_complete_for(const void *record, const struct es_shape_field *f,
                              const struct es_value *argument, struct es_arena *a,
                              const char **got)
{
    (void)f;
    struct es_x509 *cert = ES_NEW(a, struct es_x509);
    struct es_flaw flaw = ES_FLAW_NONE;
    struct es_chain_verdict v;
    *got = "the certificate given cannot be read";
    ES_TRY(es_x509_view(a, argument->bytes, cert, &flaw));
    bool ok = es_chain_is_complete(a, cert, &of(record)->certs, &v);
    *got = es_arena_printf(a, "%s; the bag holds %s", v.text,
                           list_subjects(&of(record)->certs, a));
    return ok;
}

static struct es_value get_roots(const void *record, const struct es_shape_field *f,
                                 struct es_arena *a)
{
    (void)f;
    int64_t n = 0;
    const struct es_x509_bag *bag = &of(record)->certs;
    for (size_t i = 0; i < bag->n; i++) {
        n += es_x509_is_self_issued(a, &bag->at[i]);
    }
    return es_value_number(n);
}

static struct es_value get_first(const void *record, const struct es_shape_field *f,
                                 struct es_arena *a)
{
    (void)f, (void)a;
    const struct es_x509_bag *bag = &of(record)->certs;
    return es_value_record(&es_certificate_shape, bag->n ? &bag->at[0] : NULL);
}

static const struct es_shape_field certs_fields[] = {
    {.name = "count", .kind = ES_KIND_NUMBER, .get = get_count, .doc = "how many"},
    {.name = "roots",
     .kind = ES_KIND_NUMBER,
     .get = get_roots,
     .doc = "how many are self-issued"},
    {.name = "first",
     .kind = ES_KIND_RECORD,
     .sub = &es_certificate_shape,
     .get = get_first,
     .doc = "the first certificate"},
    {.name = "includes",
     .kind = ES_KIND_BYTES,
     .test = test_includes,
     .doc = "this very certificate is among them"},
    {.name = "complete-for",
     .kind = ES_KIND_BYTES,
     .test = test_complete_for,
     .doc = "all that is needed from this certificate up to a self-signed root "
            "(RFC 7030, 4.1.3)"},
};

static const struct es_shape certs_shape = {.name = "a bag of certificates",
                                            .fields = certs_fields,
                                            .n = ES_COUNT(certs_fields)};

static struct es_value get_certs(const void *record, const struct es_shape_field *f,
                                 struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_record(&certs_shape, record);
}

static const struct es_shape_field fields[] = {
    {.name = "der",
     .kind = ES_KIND_TEXT,
     .get = get_der,
     .doc = "strict, if every octet is DER and nothing follows"},
    {.name = "form",
     .kind = ES_KIND_TEXT,
     .get = get_form,
     .doc = "certs-only, if it is all that 281 demands (RFC 7030, 4.1.3)"},
    {.name = "signers",
     .kind = ES_KIND_NUMBER,
     .get = get_signers,
     .doc = "SignerInfos"},
    {.name = "content", .kind = ES_KIND_TEXT, .get = get_content, .doc = "eContent"},
    {.name = "certs",
     .kind = ES_KIND_RECORD,
     .sub = &certs_shape,
     .get = get_certs,
     .doc = "the certificates"},
};

static const struct es_shape shape = {
    .name = "pkcs7-certs-only", .fields = fields, .n = ES_COUNT(fields)};

static bool decode(struct es_slice bytes, struct es_arena *a, const void **record,
                   const char **why)
{
    struct record *r = ES_NEW(a, struct record);
    struct es_flaw flaw = ES_FLAW_NONE;
    *record = r;
    if (!es_pkcs7_view(a, bytes, &r->p7, &flaw)) {
        *why = es_body_flaw_text(a, bytes, &flaw);
        return false;
    }
    for (size_t i = 0; i < r->p7.certs_n; i++) {
        if (!es_x509_bag_add(a, &r->certs, r->p7.certs[i], &flaw)) {
            *why = es_arena_printf(a, "certificate %zu: %s", i + 1,
                                   es_flaw_or(a, &flaw, ""));
            return false;
        }
    }
    return true;
}

enum { CERTS_MAX = 16 };

/* What a bag is built from. */
struct args {
    struct es_operand certs[CERTS_MAX];
    size_t n;
};

static bool parse_certs(struct es_compile *c, const struct es_node *value,
                        const struct es_field *field, void *out)
{
    struct args *x = out;
    const struct es_node *list = es_compile_follow(c, value);
    bool ok = true;
    (void)field;
    if (list->kind != ES_NODE_SEQUENCE || list->items.n > CERTS_MAX) {
        return es_compile_fail(
            c, list->loc, "'certs' is a list of at most %d certificates", CERTS_MAX);
    }
    for (size_t i = 0; i < list->items.n; i++) {
        ok = es_operand_compile(c, list->items.at[i], ES_KIND_BYTES,
                                &x->certs[x->n++]) &&
             ok;
    }
    return ok;
}

static const struct es_field_type type_certs = {
    "certificates", "a list of certificates in DER, such as [$pki.root]",
    "{\"type\": [\"array\", \"object\"]}", parse_certs};

static const struct es_field build_fields[] = {
    {.key = "certs",
     .type = &type_certs,
     .offset = 0,
     .required = true,
     .doc = "when building: the certificates, in this order"}};

static const struct es_fields all_build_fields = {build_fields, ES_COUNT(build_fields)};

static bool build(const void *args, struct es_scope *scope, struct es_arena *a,
                  struct es_slice *out, const char **why)
{
    const struct args *x = args;
    struct es_slice certs[CERTS_MAX];
    for (size_t i = 0; i < x->n; i++) {
        struct es_value v;
        ES_TRY(es_operand_eval(&x->certs[i], scope, a, &v, why));
        certs[i] = v.bytes;
    }
    *out = es_pkcs7_build(a, certs, x->n);
    return true;
}

const struct es_matcher es_mat_pkcs7_certs_only = {
    .name = "pkcs7-certs-only",
    .summary = "a CMS SignedData that only carries certificates (Content-Format 281)",
    .doc = "Decodes strictly after RFC 5652 and RFC 7030 4.1.3, then the fields below. "
           "Building takes `certs`, a list.\n"
           "Example: body: {pkcs7-certs-only: {form: certs-only, certs: {count: 1..}}}",
    .form = ES_MATCHER_TREE,
    .shape = &shape,
    .decode = decode,
    .fields = &all_build_fields,
    .args_size = sizeof(struct args),
    .build = build,
};
