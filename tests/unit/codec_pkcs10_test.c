/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/vector_file.h"
#include "codec/pem.h"
#include "codec/pkcs10.h"
#include "codec/pkcs8.h"

#include <criterion/parameterized.h>

static struct es_arena *arena;
static struct es_diag *diag;

static void set_up(void)
{
    arena = es_arena_new();
    diag = es_diag_new();
}

static void tear_down(void)
{
    es_diag_free(diag);
    es_arena_free(arena);
}

TestSuite(pkcs10, .init = set_up, .fini = tear_down);

static struct es_pkcs10 view(struct es_slice body)
{
    struct es_pkcs10 csr;
    struct es_flaw flaw = ES_FLAW_NONE;
    cr_assert(es_pkcs10_view(arena, body, &csr, &flaw), "%s at %zu", flaw.text,
              flaw.offset);
    return csr;
}

static struct es_slice new_key(enum es_key_kind kind)
{
    struct es_slice key;
    cr_assert(es_crypto_make_key(arena, kind, &key));
    return key;
}

static struct es_pkcs10 build(const struct es_pkcs10_recipe *recipe)
{
    struct es_slice der;
    cr_assert(es_pkcs10_build(arena, recipe, &der, diag), "%s",
              diag->count ? diag->notes[0].msg : "?");
    return view(der);
}

Test(pkcs10, request_of_rfc9148_is_read)
{
    struct es_pkcs10 csr = view(vector_file(arena, "pkcs/A2-sen-req-286.csr.der"));
    cr_assert_null(csr.not_der.text, "%s", csr.not_der.text);
    cr_assert_eq(csr.trailing.n, 0);
    cr_assert_eq(csr.version, 0);
    cr_assert(csr.signature_valid, "%s", csr.signature_text);
    cr_assert_eq(csr.key.kind, ES_KEY_P256);
    cr_assert_eq(csr.challenges_n, 1);
    cr_assert_eq(csr.challenge_tag, ES_DER_UTF8_STRING);
    cr_assert_eq(csr.challenge.n, 37);
    cr_assert(csr.has_extensions);
    cr_assert(
        es_extensions_has_san(&csr.ext, "hardware:1.3.6.1.4.1.6715.10.1:01020304"));
}

Test(pkcs10, request_for_a_server_made_key_is_read)
{
    struct es_pkcs10 good = view(vector_file(arena, "pkcs/A3-skg-req-286.csr.der"));
    struct es_pkcs10 bad =
        view(vector_file(arena, "pkcs/skg-csr-badsig-mustbeignored.der"));
    cr_assert(good.signature_valid, "%s", good.signature_text);
    cr_assert_not(bad.signature_valid);
    cr_assert(es_slice_eq(good.info, bad.info));
}

static const struct attribute_case {
    const char *file;
    enum es_oid first, second;
} attribute_cases[] = {
    {"pkcs/skg-csr-symmetric.der", ES_OID_SMIME_CAPABILITIES, ES_OID_DECRYPT_KEY_ID},
    {"pkcs/skg-csr-decryptkeyid-only.der", ES_OID_DECRYPT_KEY_ID,
     ES_OID_DECRYPT_KEY_ID},
    {"pkcs/skg-csr-smimecaps-only.der", ES_OID_SMIME_CAPABILITIES,
     ES_OID_SMIME_CAPABILITIES},
    {"pkcs/skg-csr-asymmetric.der", ES_OID_SMIME_CAPABILITIES,
     ES_OID_ASYMM_DECRYPT_KEY_ID},
    {"pkcs/csr-extreq.der", ES_OID_EXTENSION_REQUEST, ES_OID_EXTENSION_REQUEST},
};

Test(pkcs10, attributes_of_server_key_generation_are_kept)
{
    for (size_t i = 0; i < ES_COUNT(attribute_cases); i++) {
        const struct attribute_case *c = &attribute_cases[i];
        struct es_pkcs10 csr = view(vector_file(arena, c->file));
        cr_expect_not_null(es_pkcs10_find(&csr, c->first), "%s", c->file);
        cr_expect_not_null(es_pkcs10_find(&csr, c->second), "%s", c->file);
        cr_expect_null(es_pkcs10_find(&csr, ES_OID_MAC_ADDRESS), "%s", c->file);
        cr_expect(csr.signature_valid, "%s: %s", c->file, csr.signature_text);
    }
}

Test(pkcs10, proof_of_possession_is_the_challenge_password)
{
    struct es_pkcs10 csr =
        view(vector_file(arena, "pkcs/csr-pop-tlsunique-000102..0b.der"));
    struct es_slice unique;
    cr_assert_eq(csr.challenge_tag, ES_DER_PRINTABLE_STRING);
    cr_assert(es_base64_decode(arena, csr.challenge, false, &unique, NULL));
    cr_assert(es_slice_eq(unique, octets(arena, "000102030405060708090a0b")));
    csr = view(vector_file(arena, "pkcs/csr-pop-utf8string.der"));
    cr_assert_eq(csr.challenge_tag, ES_DER_UTF8_STRING);
    csr = view(vector_file(arena, "pkcs/csr-pop-rawbytes-notbase64.der"));
    cr_assert(csr.signature_valid);
}

Test(pkcs10, broken_signatures_are_told)
{
    static const char *const files[] = {"pkcs/csr-neg-badsig.der",
                                        "pkcs/csr-neg-signed-by-other-key.der"};
    for (size_t i = 0; i < ES_COUNT(files); i++) {
        struct es_pkcs10 csr = view(vector_file(arena, files[i]));
        cr_expect_not(csr.signature_valid);
        cr_expect_str_eq(csr.signature_text, "the signature does not verify");
    }
    cr_assert(view(vector_file(arena, "pkcs/csr-p384.der")).signature_valid);
}

Test(pkcs10, octets_behind_it_are_told)
{
    struct es_pkcs10 csr = view(vector_file(arena, "pkcs/csr-neg-trailing.der"));
    cr_assert_eq(csr.trailing.n, 1);
    cr_assert(csr.signature_valid);
}

Test(pkcs10, indefinite_length_is_followed_and_told)
{
    struct es_pkcs10 csr = view(vector_file(arena, "pkcs/csr-neg-indefinite-ber.der"));
    cr_assert_eq(csr.trailing.n, 0);
    cr_assert_not_null(csr.not_der.text);
    cr_assert(csr.signature_valid, "%s", csr.signature_text);
}

static const struct bad {
    const char *file, *text;
} bad_cases[] = {
    {"pkcs/csr-neg-base64.txt", "base64 text"},
    {"pkcs/csr-neg-pem.txt", "PEM text"},
    {"pkcs/csr-neg-emptyseq.der", "is missing"},
    {"pkcs/csr-neg-len-4gb.der", "claims 4294967295 octets"},
    {"pkcs/csr-neg-len-overrun.der", "claims 65535 octets"},
    {"pkcs/csr-neg-truncated.der", "are left"},
    {"pkcs/csr-neg-nested-depth.der", "INTEGER"},
    {"pkcs/A1-crts-resp-281.cert.der", "a bare X.509 certificate"},
    {"pkcs/A1-crts-resp-281.p7.der", "CMS"},
};

ParameterizedTestParameters(pkcs10, other_bodies_are_named)
{
    static size_t indexes[ES_COUNT(bad_cases)];
    for (size_t i = 0; i < ES_COUNT(indexes); i++) {
        indexes[i] = i;
    }
    return cr_make_param_array(size_t, indexes, ES_COUNT(indexes));
}

ParameterizedTest(size_t *index, pkcs10, other_bodies_are_named)
{
    const struct bad *c = &bad_cases[*index];
    struct es_pkcs10 csr;
    struct es_flaw flaw = ES_FLAW_NONE;
    cr_assert_not(es_pkcs10_view(arena, vector_file(arena, c->file), &csr, &flaw));
    cr_assert(strstr(flaw.text, c->text), "%s: %s", c->file, flaw.text);
}

Test(pkcs10, plain_recipe_is_a_good_request)
{
    struct es_pkcs10_recipe recipe = {.subject = "CN=device",
                                      .key = new_key(ES_KEY_P256)};
    struct es_pkcs10 csr = build(&recipe);
    cr_assert_null(csr.not_der.text);
    cr_assert(csr.signature_valid);
    cr_assert(csr.has_attributes_field, "[0] is mandatory (RFC 2986, 4.1)");
    cr_assert_eq(csr.attributes_n, 0);
    cr_assert_str_eq(csr.subject_text, "CN=device");
    cr_assert_str_eq(csr.algorithm_text, "ecdsa-with-SHA256");
}

Test(pkcs10, full_recipe_is_read_back)
{
    static const char *const san[] = {"dns:a.example", "ip:10.0.0.1"};
    static const char *const eku[] = {"clientAuth", "1.2.3"};
    struct es_slice custom = octets(arena, "2a0304");
    const struct es_attribute attribute = {.oid = custom,
                                           .values = octets(arena, "0c0161 0c0162")};
    const struct es_extension extension = {
        .oid = custom, .critical = true, .value = octets(arena, "0500")};
    struct es_pkcs10_recipe recipe = {.subject = "",
                                      .key = new_key(ES_KEY_P384),
                                      .san = san,
                                      .san_n = 2,
                                      .eku = eku,
                                      .eku_n = 2,
                                      .key_usage = ES_KU_DIGITAL_SIGNATURE,
                                      .extensions = &extension,
                                      .extensions_n = 1,
                                      .attributes = &attribute,
                                      .attributes_n = 1,
                                      .has_challenge = true,
                                      .challenge = es_slice_of("AAEC")};
    struct es_pkcs10 csr = build(&recipe);
    cr_assert_null(csr.not_der.text, "%s", csr.not_der.text);
    cr_assert(csr.signature_valid);
    cr_assert_str_eq(csr.algorithm_text, "ecdsa-with-SHA384");
    cr_assert_eq(csr.attributes_n, 3);
    cr_assert(es_slice_is(csr.challenge, "AAEC"));
    cr_assert_eq(csr.challenge_tag, ES_DER_PRINTABLE_STRING);
    cr_assert(es_extensions_has_san(&csr.ext, "ip:10.0.0.1"));
    cr_assert(es_extensions_has_eku(&csr.ext, ES_OID_CLIENT_AUTH));
    cr_assert(es_extensions_find(&csr.ext, ES_OID_SUBJECT_ALT_NAME)->critical,
              "the subject is empty");
    cr_assert_not_null(csr.ext.unknown_critical);
    const struct es_attribute *mine = es_pkcs10_find(&csr, ES_OID_UNKNOWN);
    cr_assert_eq(mine->values_n, 2);
    cr_assert(es_slice_eq(mine->values, attribute.values));
}

Test(pkcs10, knobs_break_what_they_say)
{
    struct es_slice key = new_key(ES_KEY_P256);
    struct es_pkcs10_recipe flipped = {.key = key, .break_signature = true};
    struct es_pkcs10_recipe stranger = {.key = key,
                                        .signing_key = new_key(ES_KEY_P256)};
    struct es_pkcs10 good = build(&(struct es_pkcs10_recipe){.key = key});
    struct es_pkcs10 csr = build(&flipped);
    cr_assert_not(csr.signature_valid);
    cr_assert_null(csr.not_der.text);
    csr = build(&stranger);
    cr_assert_not(csr.signature_valid);
    cr_assert(es_public_key_is_equal(&csr.key, &good.key));
    struct es_pkcs10_recipe utf8 = {.key = key,
                                    .has_challenge = true,
                                    .challenge_tag = ES_DER_UTF8_STRING,
                                    .challenge = es_slice_of("\xc3\xbc")};
    cr_assert_eq(build(&utf8).challenge_tag, ES_DER_UTF8_STRING);
}

Test(pkcs10, malformed_recipe_is_a_note)
{
    static const char *const bad_san[] = {"dns:good", "bad"};
    static const char *const bad_eku[] = {"clientauth"};
    struct es_slice der, key = new_key(ES_KEY_P256);
    const struct {
        struct es_pkcs10_recipe recipe;
        const char *text;
    } cases[] = {
        {{.subject = "CN", .key = key}, "malformed subject `CN` at character 1"},
        {{.key = key, .san = bad_san, .san_n = 2}, "alternative name `bad`"},
        {{.key = key, .eku = bad_eku, .eku_n = 1}, "extended key usage"},
        {{.key = es_slice_of("x")}, "no PKCS#8"},
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        es_diag_reset(diag);
        cr_assert_not(es_pkcs10_build(arena, &cases[i].recipe, &der, diag));
        cr_assert_eq(diag->count, 1);
        cr_expect(strstr(diag->notes[0].msg, cases[i].text), "%s", diag->notes[0].msg);
    }
}
