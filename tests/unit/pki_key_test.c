/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/vector_file.h"
#include "codec/pem.h"
#include "pki/key.h"

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

TestSuite(key, .init = set_up, .fini = tear_down);

static struct es_slice pem_of(const char *label, struct es_slice der)
{
    struct es_buf b;
    es_buf_build(&b, arena, 8192);
    es_buf_text(&b, "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
    es_pem_put(&b, label, der);
    return es_buf_slice(&b);
}

static const enum es_key_kind kinds[] = {ES_KEY_P256, ES_KEY_P384, ES_KEY_P521,
                                         ES_KEY_RSA};

Test(key, every_kind_is_loaded_in_every_form)
{
    for (size_t i = 0; i < ES_COUNT(kinds); i++) {
        struct es_slice key, loaded;
        bool rsa = kinds[i] == ES_KEY_RSA;
        cr_assert(es_key_generate(arena, kinds[i], &key, diag));
        struct es_slice spki = es_key_spki(arena, key);
        const struct es_slice forms[] = {
            key,
            pem_of("PRIVATE KEY", key),
            rsa ? es_key_inner(arena, key) : key,
            pem_of(rsa ? "RSA PRIVATE KEY" : "PRIVATE KEY",
                   rsa ? es_key_inner(arena, key) : key),
        };
        for (size_t k = 0; k < ES_COUNT(forms); k++) {
            cr_assert(es_key_load(arena, forms[k], "k.pem", &loaded, diag),
                      "%zu.%zu: %s", i, k, diag->notes[0].msg);
            cr_expect(es_slice_eq(es_key_spki(arena, loaded), spki), "%zu.%zu", i, k);
        }
    }
}

/* ECPrivateKey of RFC 5915 with its curve, as `openssl ecparam -genkey` writes it, made
 * from the key of RFC 9148, A.3. */
static struct es_slice sec1_of(struct es_slice pkcs8)
{
    struct es_pkcs8 view;
    struct es_buf b;
    cr_assert(es_pkcs8_view(arena, pkcs8, &view, NULL));
    es_buf_build(&b, arena, 256);
    size_t key = es_der_begin(&b, ES_DER_SEQUENCE);
    es_der_put_uint(&b, 1);
    es_der_put(&b, ES_DER_OCTET_STRING, view.scalar);
    size_t curve = es_der_begin(&b, ES_DER_CONTEXT_CONSTRUCTED);
    es_der_put_oid(&b, es_oid_dotted(ES_OID_P256));
    es_der_finish(&b, curve);
    es_der_finish(&b, key);
    return es_buf_slice(&b);
}

Test(key, sec1_is_wrapped)
{
    struct es_slice p8 = vector_file(arena, "pkcs/A3-skg-resp-part-284.p8.der"), loaded;
    struct es_slice sec1 = sec1_of(p8);
    cr_assert(es_key_load(arena, sec1, "k.der", &loaded, diag));
    cr_assert(es_slice_eq(es_key_spki(arena, loaded), es_key_spki(arena, p8)));
    cr_assert(
        es_key_load(arena, pem_of("EC PRIVATE KEY", sec1), "k.pem", &loaded, diag));
    cr_assert(es_slice_eq(es_key_spki(arena, loaded), es_key_spki(arena, p8)));
}

static void expect_note(struct es_slice file, const char *text)
{
    struct es_slice key;
    es_diag_reset(diag);
    cr_assert_not(es_key_load(arena, file, "k.pem", &key, diag), "%s", text);
    cr_assert_eq(diag->count, 1);
    cr_assert_str_eq(diag->notes[0].loc.file, "k.pem");
    cr_expect(strstr(diag->notes[0].msg, text), "%s", diag->notes[0].msg);
}

Test(key, encrypted_key_is_told_with_the_remedy)
{
    expect_note(pem_of("ENCRYPTED PRIVATE KEY", octets(arena, "3000")), "is encrypted");
    cr_assert(strstr(diag->notes[0].hint, "openssl pkey"));
    expect_note(es_slice_of("-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n"
                            "MAA=\n-----END EC PRIVATE KEY-----\n"),
                "is encrypted");
    expect_note(octets(arena, "30 08 3002 0500 0402 0102"), "encrypted");
    cr_assert(strstr(diag->notes[0].hint, "openssl pkey"));
}

Test(key, unusable_files_are_told)
{
    expect_note(
        es_slice_of("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"),
        "no private key");
    expect_note(es_slice_of("-----BEGIN PRIVATE KEY-----\nMAA=\n"), "malformed PEM");
    expect_note(ES_SLICE_NONE, "cannot use the private key");
    expect_note(es_slice_of("hello"), "cannot use the private key");
    expect_note(vector_file(arena, "pkcs/A1-crts-resp-281.cert.der"), "cannot use");
}

Test(key, ed25519_cannot_be_used)
{
    expect_note(
        octets(arena,
               "302e020100300506032b657004220420"
               "d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842"),
        "kind id-Ed25519");
}

Test(key, unknown_kind_is_a_note)
{
    struct es_slice key;
    cr_assert_not(es_key_generate(arena, ES_KEY_OTHER, &key, diag));
    cr_assert_eq(diag->count, 1);
}
