/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/vector_file.h"
#include "codec/pkcs7.h"
#include "codec/x509.h"

#include <criterion/parameterized.h>

static struct es_arena *arena;

static void set_up(void)
{
    arena = es_arena_new();
}

static void tear_down(void)
{
    es_arena_free(arena);
}

TestSuite(pkcs7, .init = set_up, .fini = tear_down);

static struct es_pkcs7 view(struct es_slice body)
{
    struct es_pkcs7 p7;
    struct es_flaw flaw = ES_FLAW_NONE;
    cr_assert(es_pkcs7_view(arena, body, &p7, &flaw), "%s at %zu", flaw.text,
              flaw.offset);
    return p7;
}

static void expect_flaw(const struct es_pkcs7 *p7, const char *text)
{
    struct es_flaw flaw = ES_FLAW_NONE;
    cr_assert_not(es_pkcs7_is_certs_only(arena, p7, &flaw));
    cr_assert(strstr(flaw.text, text), "%s", flaw.text);
}

static const struct good {
    const char *p7, *cert;
} good_cases[] = {
    {"pkcs/A1-crts-resp-281.p7.der", "pkcs/A1-crts-resp-281.cert.der"},
    {"pkcs/A2-sen-resp-281.p7.der", "pkcs/A2-sen-resp-281.cert.der"},
    {"pkcs/A3-skg-resp-part-281.p7.der", "pkcs/A3-skg-resp-part-281.cert.der"},
};

Test(pkcs7, examples_of_rfc9148_are_certs_only)
{
    for (size_t i = 0; i < ES_COUNT(good_cases); i++) {
        struct es_flaw flaw = ES_FLAW_NONE;
        struct es_pkcs7 p7 = view(vector_file(arena, good_cases[i].p7));
        cr_expect(es_pkcs7_is_certs_only(arena, &p7, &flaw), "%s", flaw.text);
        cr_assert_eq(p7.certs_n, 1);
        cr_expect(es_slice_eq(p7.certs[0], vector_file(arena, good_cases[i].cert)));
        cr_expect(p7.has_crls_field, "the examples carry an empty crls field");
        cr_expect_eq(p7.crls_n, 0);
    }
}

Test(pkcs7, built_body_is_certs_only_and_keeps_order)
{
    struct es_slice certs[2] = {vector_file(arena, good_cases[1].cert),
                                vector_file(arena, good_cases[0].cert)};
    struct es_flaw flaw = ES_FLAW_NONE;
    struct es_pkcs7 p7 = view(es_pkcs7_build(arena, certs, 2));
    cr_assert(es_pkcs7_is_certs_only(arena, &p7, &flaw), "%s", flaw.text);
    cr_assert_eq(p7.certs_n, 2);
    cr_assert(es_slice_eq(p7.certs[0], certs[0]));
    cr_assert(es_slice_eq(p7.certs[1], certs[1]));
    cr_assert_not(p7.has_crls_field);
}

Test(pkcs7, body_without_certificates_is_told)
{
    struct es_pkcs7 p7 = view(es_pkcs7_build(arena, NULL, 0));
    expect_flaw(&p7, "no certificate");
}

Test(pkcs7, octets_behind_it_are_told)
{
    struct es_slice body = vector_file(arena, good_cases[0].p7);
    struct es_buf b;
    es_buf_build(&b, arena, body.n + 2);
    es_buf_put(&b, body);
    es_buf_u16(&b, 0);
    struct es_pkcs7 p7 = view(es_buf_slice(&b));
    cr_assert_eq(p7.trailing.n, 2);
    expect_flaw(&p7, "2 octets too many");
}

Test(pkcs7, signed_content_is_told)
{
    struct es_pkcs7 p7 = view(vector_file(arena, "pkcs/cf280-signeddata-only.der"));
    struct es_flaw flaw = ES_FLAW_NONE;
    cr_assert(p7.has_content);
    cr_assert_eq(p7.signers_n, 1);
    cr_assert_not(es_pkcs7_is_certs_only(arena, &p7, &flaw));
}

Test(pkcs7, indefinite_length_is_followed_and_told)
{
    struct es_pkcs7 p7 = view(octets(arena, "30 80 06092a864886f70d010702 a0 80 30 80"
                                            "020101 3100 30 0b 06092a864886f70d010701"
                                            "a000 3100 0000 0000 0000"));
    cr_assert_eq(p7.trailing.n, 0);
    cr_assert_not_null(p7.not_der.text);
    cr_assert_eq(p7.not_der.offset, 1);
    expect_flaw(&p7, "not DER: indefinite");
}

Test(pkcs7, other_content_type_inside_is_told)
{
    /* eContentType id-cct-PKIResponse (RFC 5272): a full PKI response. */
    struct es_pkcs7 p7 = view(octets(arena, "30 27 06092a864886f70d010702 a0 1a 30 18"
                                            "020101 3100 30 0a 06082b06010505070c03"
                                            "a003020100 3100"));
    expect_flaw(&p7, "eContentType is id-cct-PKIResponse");
}

static const struct bad {
    const char *file, *hex, *text;
    size_t offset;
} bad_cases[] = {
    {"pkcs/A1-crts-resp-281.cert.der", NULL, "a bare X.509 certificate", 0},
    {"pkcs/csr-neg-pem.txt", NULL, "PEM text", 0},
    {"pkcs/csr-neg-base64.txt", NULL, "base64 text", 0},
    {"pkcs/A2-sen-req-286.csr.der", NULL, "a PKCS#10 request", 0},
    {NULL, "", "the body is empty", 0},
    {NULL, "30 0b 06092a864886f70d010701", "id-data, not id-signedData", 2},
    {NULL, "30 0b 06092a864886f70d010702", "content ([0]) is missing", 13},
    {NULL, "58 20 30 00", "CBOR", 0},
};

ParameterizedTestParameters(pkcs7, other_bodies_are_named)
{
    static size_t indexes[ES_COUNT(bad_cases)];
    for (size_t i = 0; i < ES_COUNT(indexes); i++) {
        indexes[i] = i;
    }
    return cr_make_param_array(size_t, indexes, ES_COUNT(indexes));
}

ParameterizedTest(size_t *index, pkcs7, other_bodies_are_named)
{
    const struct bad *c = &bad_cases[*index];
    struct es_slice body =
        c->file ? vector_file(arena, c->file) : octets(arena, c->hex);
    struct es_pkcs7 p7;
    struct es_flaw flaw = ES_FLAW_NONE;
    cr_assert_not(es_pkcs7_view(arena, body, &p7, &flaw));
    cr_assert(strstr(flaw.text, c->text), "%s", flaw.text);
    cr_assert_eq(flaw.offset, c->offset, "%zu", flaw.offset);
}

Test(pkcs7, every_truncation_is_a_flaw)
{
    struct es_slice body = vector_file(arena, good_cases[2].p7);
    for (size_t n = 0; n < body.n; n++) {
        struct es_pkcs7 p7;
        struct es_flaw flaw = ES_FLAW_NONE;
        cr_assert_not(es_pkcs7_view(arena, es_slice_sub(body, 0, n), &p7, &flaw), "%zu",
                      n);
        cr_assert_not_null(flaw.text);
    }
}
