/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/vector_file.h"
#include "codec/body_shape.h"
#include "codec/pem.h"

static struct es_arena *arena;

static void set_up(void)
{
    arena = es_arena_new();
}

static void tear_down(void)
{
    es_arena_free(arena);
}

TestSuite(base64, .init = set_up, .fini = tear_down);
TestSuite(pem, .init = set_up, .fini = tear_down);
TestSuite(body_shape, .init = set_up, .fini = tear_down);

/* RFC 4648, section 10. */
static const char *const known[][2] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

Test(base64, test_vectors_hold_both_ways)
{
    for (size_t i = 0; i < ES_COUNT(known); i++) {
        struct es_slice back;
        cr_expect_str_eq(es_base64_encode(arena, es_slice_of(known[i][0])),
                         known[i][1]);
        cr_assert(
            es_base64_decode(arena, es_slice_of(known[i][1]), false, &back, NULL));
        cr_expect(es_slice_is(back, known[i][0]), "%s", known[i][1]);
    }
}

Test(base64, strays_are_refused_with_their_place)
{
    static const struct {
        const char *text;
        bool lines;
        size_t bad;
    } cases[] = {
        {"Zm9v!", false, 4},   {"Zm9v\n", false, 4}, {"Zg=", false, 3},
        {"Zg", false, 2},      {"Z", false, 1},      {"Zh==", false, 4},
        {"Zg==Zg==", true, 4}, {"=", false, 0},      {"Zm9v=", false, 4},
        {"Zg===", false, 4},
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct es_slice out;
        size_t bad = 99;
        cr_expect_not(es_base64_decode(arena, es_slice_of(cases[i].text),
                                       cases[i].lines, &out, &bad),
                      "%s", cases[i].text);
        cr_expect_eq(bad, cases[i].bad, "%s: %zu", cases[i].text, bad);
    }
}

Test(pem, blocks_survive_writing_and_reading)
{
    struct es_slice der = vector_file(arena, "pkcs/A1-crts-resp-281.cert.der");
    struct es_buf b;
    struct es_pem block;
    struct es_flaw flaw = ES_FLAW_NONE;
    size_t at = 0;
    es_buf_build(&b, arena, 4096);
    es_buf_text(&b, "some words before\n");
    es_pem_put(&b, "CERTIFICATE", der);
    es_pem_put(&b, "EMPTY", ES_SLICE_NONE);
    cr_assert(es_pem_next(arena, es_buf_slice(&b), &at, &block, &flaw), "%s",
              flaw.text);
    cr_assert(es_slice_is(block.label, "CERTIFICATE"));
    cr_assert(es_slice_eq(block.der, der));
    cr_assert_eq(block.offset, 18);
    cr_assert(es_pem_next(arena, es_buf_slice(&b), &at, &block, &flaw), "%s",
              flaw.text);
    cr_assert_eq(block.der.n, 0);
    cr_assert_not(es_pem_next(arena, es_buf_slice(&b), &at, &block, &flaw));
    cr_assert_null(flaw.text);
}

Test(pem, encrypted_block_is_told)
{
    struct es_pem block;
    size_t at = 0;
    const char *text = "-----BEGIN EC PRIVATE KEY-----\r\nProc-Type: 4,ENCRYPTED\r\n"
                       "DEK-Info: AES-128-CBC,00\r\n\r\nZm9v\r\n"
                       "-----END EC PRIVATE KEY-----\r\n";
    cr_assert(es_pem_next(arena, es_slice_of(text), &at, &block, NULL));
    cr_assert(block.encrypted);
    cr_assert(es_slice_is(block.der, "foo"));
}

Test(pem, malformed_blocks_are_flaws)
{
    static const struct {
        const char *text, *flaw;
    } cases[] = {
        {"-----BEGIN X-----\nZm9v\n", "no END line for X"},
        {"-----BEGIN X\nZm9v\n-----END X-----\n", "without dashes"},
        {"-----BEGIN X-----\nZm*v\n-----END X-----\n", "no base64 inside X"},
        {"-----BEGIN X-----\nZm9v\n-----END Y-----\n", "no END line for X"},
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct es_pem block;
        struct es_flaw flaw = ES_FLAW_NONE;
        size_t at = 0;
        cr_assert_not(
            es_pem_next(arena, es_slice_of(cases[i].text), &at, &block, &flaw));
        cr_assert_not_null(flaw.text, "%s", cases[i].text);
        cr_expect(strstr(flaw.text, cases[i].flaw), "%s", flaw.text);
    }
}

Test(body_shape, bodies_of_est_are_told_apart)
{
    static const struct {
        const char *file;
        enum es_body_shape shape;
    } cases[] = {
        {"pkcs/A1-crts-resp-281.p7.der", ES_BODY_CMS},
        {"pkcs/A1-crts-resp-281.cert.der", ES_BODY_CERTIFICATE},
        {"pkcs/A2-sen-req-286.csr.der", ES_BODY_PKCS10},
        {"pkcs/A3-skg-resp-part-284.p8.der", ES_BODY_PKCS8},
        {"pkcs/csr-neg-pem.txt", ES_BODY_PEM},
        {"pkcs/csr-neg-base64.txt", ES_BODY_BASE64},
        {"pkcs/csr-neg-emptyseq.der", ES_BODY_DER},
        {"link-format/discovery-d08.linkformat", ES_BODY_TEXT},
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        enum es_body_shape got = es_body_shape_of(vector_file(arena, cases[i].file));
        cr_expect_eq(got, cases[i].shape, "%s is %s", cases[i].file,
                     es_body_shape_name(got));
    }
    cr_assert_eq(es_body_shape_of(ES_SLICE_NONE), ES_BODY_EMPTY);
    cr_assert_eq(es_body_shape_of(octets(arena, "84 19 01 19 40")), ES_BODY_CBOR);
    cr_assert_eq(es_body_shape_of(octets(arena, "ff 00")), ES_BODY_OTHER);
}
