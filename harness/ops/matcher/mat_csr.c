/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/body_shape.h"
#include "codec/pem.h"
#include "ops/certificate.h"
#include "ops/request_recipe.h"

static const struct es_pkcs10 *of(const void *record)
{
    return record;
}

static struct es_value get_der(const void *record, const struct es_shape_field *f,
                               struct es_arena *a)
{
    (void)f;
    const struct es_pkcs10 *csr = of(record);
    if (csr->trailing.n) {
        return es_text_value(
            es_arena_printf(a, "%zu octets behind the request", csr->trailing.n));
    }
    return es_text_value(es_flaw_or(a, &csr->not_der, "strict"));
}

static struct es_value get_signature(const void *record, const struct es_shape_field *f,
                                     struct es_arena *a)
{
    (void)f, (void)a;
    const struct es_pkcs10 *csr = of(record);
    return es_text_value(csr->signature_valid ? "valid" : csr->signature_text);
}

static struct es_value get_subject(const void *record, const struct es_shape_field *f,
                                   struct es_arena *a)
{
    (void)f, (void)a;
    return es_text_value(of(record)->subject_text);
}

static struct es_value get_key(const void *record, const struct es_shape_field *f,
                               struct es_arena *a)
{
    (void)f, (void)a;
    return es_text_value(of(record)->key.text);
}

static struct es_value get_algorithm(const void *record, const struct es_shape_field *f,
                                     struct es_arena *a)
{
    (void)f, (void)a;
    return es_text_value(of(record)->algorithm_text);
}

static struct es_value get_san(const void *record, const struct es_shape_field *f,
                               struct es_arena *a)
{
    (void)f;
    return es_san_list(&of(record)->ext, a);
}

static struct es_value get_challenge(const void *record, const struct es_shape_field *f,
                                     struct es_arena *a)
{
    (void)f, (void)a;
    return of(record)->challenges_n ? es_value_text(of(record)->challenge)
                                    : ES_VALUE_NONE;
}

/* RFC 2985, 5.4.1: a single DirectoryString of at most 255 octets. */
static struct es_value get_challenge_form(const void *record,
                                          const struct es_shape_field *f,
                                          struct es_arena *a)
{
    enum { CHALLENGE_MAX = 255, UNIVERSAL_STRING = 0x1c };
    static const unsigned tags[] = {ES_DER_PRINTABLE_STRING, ES_DER_UTF8_STRING,
                                    ES_DER_T61_STRING, ES_DER_BMP_STRING,
                                    UNIVERSAL_STRING};
    const struct es_pkcs10 *csr = of(record);
    bool known = false;
    (void)f;
    if (csr->challenges_n == 0) {
        return ES_VALUE_NONE;
    }
    for (size_t i = 0; i < ES_COUNT(tags); i++) {
        known = known || csr->challenge_tag == tags[i];
    }
    if (csr->challenges_n > 1 || csr->challenge.n == 0 ||
        csr->challenge.n > CHALLENGE_MAX) {
        return es_text_value(es_arena_printf(a, "%zu values, the first of %zu octets",
                                             csr->challenges_n, csr->challenge.n));
    }
    return es_text_value(
        known ? "valid" : es_arena_printf(a, "ASN.1 tag %u", csr->challenge_tag));
}

static struct es_value get_eku(const void *record, const struct es_shape_field *f,
                               struct es_arena *a)
{
    (void)f;
    return es_eku_list(&of(record)->ext, a);
}

static struct es_value get_attributes(const void *record,
                                      const struct es_shape_field *f,
                                      struct es_arena *a)
{
    (void)f;
    struct es_list *list = ES_NEW(a, struct es_list);
    for (size_t i = 0; i < of(record)->attributes_n; i++) {
        struct es_value v =
            es_text_value(es_oid_text(a, of(record)->attributes[i].oid));
        ES_PUSH(a, list, v);
    }
    return (struct es_value){.kind = ES_KIND_LIST, .list = list};
}

static bool test_key(const void *record, const struct es_shape_field *f,
                     const struct es_value *argument, struct es_arena *a,
                     const char **got)
{
    (void)f;
    return es_key_matches(a, &of(record)->key, argument->bytes, got);
}

/* RFC 7030, 3.5 has Base64; RFC 9148, 3 can be read as the octets themselves. */
static bool test_link(const void *record, const struct es_shape_field *f,
                      const struct es_value *argument, struct es_arena *a,
                      const char **got)
{
    const struct es_pkcs10 *csr = of(record);
    (void)f;
    if (csr->challenges_n == 0) {
        return true;
    }
    struct es_value v = es_value_bytes(csr->challenge);
    *got = es_arena_printf(
        a, "challengePassword %s, which is neither its Base64 nor itself",
        es_value_render(&v, a));
    return es_slice_is(csr->challenge, es_base64_encode(a, argument->bytes)) ||
           es_slice_eq(csr->challenge, argument->bytes);
}

static bool test_subject(const void *record, const struct es_shape_field *f,
                         const struct es_value *argument, struct es_arena *a,
                         const char **got)
{
    (void)f;
    return es_subject_matches(a, of(record)->subject, of(record)->subject_text,
                              argument->bytes, got);
}

static bool test_san(const void *record, const struct es_shape_field *f,
                     const struct es_value *argument, struct es_arena *a,
                     const char **got)
{
    (void)f;
    return es_san_matches(a, &of(record)->ext, argument->bytes, got);
}

static const struct es_shape_field fields[] = {
    {.name = "der",
     .kind = ES_KIND_TEXT,
     .get = get_der,
     .doc = "strict, if every octet is DER and nothing follows"},
    {.name = "signature",
     .kind = ES_KIND_TEXT,
     .get = get_signature,
     .doc = "valid, if made with the key that is requested (proof of possession)"},
    {.name = "subject", .kind = ES_KIND_TEXT, .get = get_subject, .doc = "CN=..,O=.."},
    {.name = "key", .kind = ES_KIND_TEXT, .get = get_key, .doc = "EC secp256r1 .."},
    {.name = "algorithm",
     .kind = ES_KIND_TEXT,
     .get = get_algorithm,
     .doc = "of the signature"},
    {.name = "san",
     .kind = ES_KIND_LIST,
     .get = get_san,
     .doc = "subject alternative names asked for"},
    {.name = "challenge",
     .kind = ES_KIND_TEXT,
     .get = get_challenge,
     .doc = "challengePassword"},
    {.name = "challenge-form",
     .kind = ES_KIND_TEXT,
     .get = get_challenge_form,
     .doc = "valid, if challengePassword is one DirectoryString of at most 255 octets "
            "(RFC 2985, 5.4.1); absent if there is none"},
    {.name = "eku",
     .kind = ES_KIND_LIST,
     .get = get_eku,
     .doc = "extended key usages asked for, by name or OID"},
    {.name = "attributes",
     .kind = ES_KIND_LIST,
     .get = get_attributes,
     .doc = "types of the attributes by name or OID"},
    {.name = "links-to",
     .kind = ES_KIND_BYTES,
     .test = test_link,
     .doc =
         "challengePassword is Base64 of these octets, or these octets, or absent (RFC "
         "7030, 3.5)"},
    {.name = "key-matches",
     .kind = ES_KIND_BYTES,
     .test = test_key,
     .doc = "the same public key as this CSR, certificate or private key"},
    {.name = "subject-matches",
     .kind = ES_KIND_BYTES,
     .test = test_subject,
     .doc = "the same subject as this CSR or certificate"},
    {.name = "san-matches",
     .kind = ES_KIND_BYTES,
     .test = test_san,
     .doc = "the same alternative names as this CSR or certificate"},
};

static const struct es_shape shape = {
    .name = "csr", .fields = fields, .n = ES_COUNT(fields)};

static bool decode(struct es_slice bytes, struct es_arena *a, const void **record,
                   const char **why)
{
    struct es_pkcs10 *csr = ES_NEW(a, struct es_pkcs10);
    struct es_flaw flaw = ES_FLAW_NONE;
    *record = csr;
    if (es_pkcs10_view(a, bytes, csr, &flaw)) {
        return true;
    }
    *why = es_body_flaw_text(a, bytes, &flaw);
    return false;
}

const struct es_matcher es_mat_csr = {
    .name = "csr",
    .summary = "a PKCS#10 certification request (Content-Format 286)",
    .doc =
        "Building, {} is a good request: a new P-256 key, subject and alternative names "
        "of the identity of the session, signed. Each field changes one thing.\n"
        "Example: body: {csr: {subject: CN=device 7, challenge: $pop}}",
    .form = ES_MATCHER_TREE,
    .shape = &shape,
    .decode = decode,
    .fields = &es_request_recipe_fields,
    .args_size = sizeof(struct es_request_recipe),
    .build = es_request_recipe_build,
};
