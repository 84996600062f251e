/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/vector_file.h"
#include "codec/pkcs10.h"
#include "codec/pkcs8.h"
#include "codec/x509.h"

static struct es_arena *arena;

static void set_up(void)
{
    arena = es_arena_new();
}

static void tear_down(void)
{
    es_arena_free(arena);
}

TestSuite(pkcs8, .init = set_up, .fini = tear_down);
TestSuite(crypto, .init = set_up, .fini = tear_down);

static struct es_pkcs8 view(struct es_slice der)
{
    struct es_pkcs8 key;
    struct es_flaw flaw = ES_FLAW_NONE;
    cr_assert(es_pkcs8_view(arena, der, &key, &flaw), "%s at %zu", flaw.text,
              flaw.offset);
    return key;
}

Test(pkcs8, key_of_rfc9148_belongs_to_its_certificate)
{
    struct es_pkcs8 key = view(vector_file(arena, "pkcs/A3-skg-resp-part-284.p8.der"));
    struct es_x509 own, other;
    cr_assert(es_x509_view(
        arena, vector_file(arena, "pkcs/A3-skg-resp-part-281.cert.der"), &own, NULL));
    cr_assert(es_x509_view(arena, vector_file(arena, "pkcs/A1-crts-resp-281.cert.der"),
                           &other, NULL));
    cr_assert_eq(key.kind, ES_KEY_P256);
    cr_assert_eq(key.version, 0);
    cr_assert_null(key.not_der.text);
    cr_assert_eq(key.scalar.n, 32);
    cr_assert(es_pkcs8_is_pair(arena, &key, &own.key));
    cr_assert_not(es_pkcs8_is_pair(arena, &key, &other.key));
}

Test(pkcs8, key_of_p384_belongs_to_its_request)
{
    struct es_pkcs8 key = view(vector_file(arena, "pkcs/csr-p384.key.p8.der"));
    struct es_pkcs10 csr;
    cr_assert(
        es_pkcs10_view(arena, vector_file(arena, "pkcs/csr-p384.der"), &csr, NULL));
    cr_assert_eq(key.kind, ES_KEY_P384);
    cr_assert(es_pkcs8_is_pair(arena, &key, &csr.key));
}

Test(pkcs8, public_key_inside_is_not_believed)
{
    struct es_slice mine, other;
    struct es_public_key pub;
    cr_assert(es_crypto_make_key(arena, ES_KEY_P256, &mine));
    cr_assert(es_crypto_make_key(arena, ES_KEY_P256, &other));
    struct es_pkcs8 key = view(mine), stranger = view(other);
    cr_assert(es_pkcs8_public_key(arena, &stranger, &pub));
    /* The public key is the end of the encoding: replace it by the stranger's. */
    struct es_buf b;
    es_buf_build(&b, arena, mine.n);
    es_buf_put(&b, es_slice_sub(mine, 0, mine.n - stranger.public_bits.n));
    es_buf_put(&b, stranger.public_bits);
    struct es_pkcs8 mixed = view(es_buf_slice(&b));
    cr_assert(es_slice_eq(mixed.public_bits, stranger.public_bits));
    cr_assert_not(es_pkcs8_is_pair(arena, &mixed, &pub));
    cr_assert(es_pkcs8_public_key(arena, &key, &pub));
    cr_assert(es_pkcs8_is_pair(arena, &mixed, &pub));
}

Test(pkcs8, other_key_formats_are_named)
{
    struct es_slice key;
    struct es_pkcs8 out;
    struct es_flaw flaw = ES_FLAW_NONE;
    cr_assert(es_crypto_make_key(arena, ES_KEY_P256, &key));
    cr_assert_not(es_pkcs8_view(arena, view(key).inner, &out, &flaw));
    cr_assert(strstr(flaw.text, "SEC1"), "%s", flaw.text);
    flaw = ES_FLAW_NONE;
    cr_assert_not(
        es_pkcs8_view(arena, octets(arena, "30 08 3002 0500 0402 0102"), &out, &flaw));
    cr_assert(strstr(flaw.text, "encrypted"), "%s", flaw.text);
    flaw = ES_FLAW_NONE;
    cr_assert_not(
        es_pkcs8_view(arena, octets(arena, "30 09 020100 020101 020103"), &out, &flaw));
    cr_assert(strstr(flaw.text, "PKCS#1"), "%s", flaw.text);
    flaw = ES_FLAW_NONE;
    cr_assert_not(es_pkcs8_view(arena, octets(arena, "30 00"), &out, &flaw));
    cr_assert_not_null(flaw.text);
}

Test(pkcs8, every_truncation_is_a_flaw)
{
    struct es_slice der = vector_file(arena, "pkcs/A3-skg-resp-part-284.p8.der");
    for (size_t n = 0; n < der.n; n++) {
        struct es_pkcs8 key;
        struct es_flaw flaw = ES_FLAW_NONE;
        cr_assert_not(es_pkcs8_view(arena, es_slice_sub(der, 0, n), &key, &flaw));
        cr_assert_not_null(flaw.text);
    }
}

Test(pkcs8, scalar_of_zero_has_no_public_key)
{
    struct es_slice der = vector_file(arena, "pkcs/A3-skg-resp-part-284.p8.der");
    struct es_pkcs8 key = view(der);
    struct es_public_key pub;
    key.scalar = es_slice_make(es_arena_alloc(arena, 32), 32);
    cr_assert_not(es_pkcs8_public_key(arena, &key, &pub));
}

Test(crypto, digests_are_those_of_the_standard)
{
    struct es_slice abc = es_slice_of("abc");
    cr_assert(es_slice_eq(es_crypto_hash(arena, ES_HASH_SHA1, abc),
                          octets(arena, "a9993e364706816aba3e25717850c26c9cd0d89d")));
    cr_assert(es_slice_eq(
        es_crypto_hash(arena, ES_HASH_SHA256, abc),
        octets(arena,
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")));
    cr_assert_eq(es_crypto_hash(arena, ES_HASH_SHA384, abc).n, 48);
    cr_assert_eq(es_crypto_hash(arena, ES_HASH_SHA512, ES_SLICE_NONE).n, 64);
}

static void check_kind(enum es_key_kind kind, enum es_hash hash)
{
    struct es_slice key, message = es_slice_of("message");
    struct es_public_key pub;
    struct es_der_document doc;
    struct es_der root;
    struct es_der_item algorithm;
    struct es_slice signature;
    const char *why;
    struct es_buf b;
    cr_assert(es_crypto_make_key(arena, kind, &key));
    cr_assert(es_der_check(arena, key, NULL));
    struct es_pkcs8 own = view(key);
    cr_assert(es_pkcs8_public_key(arena, &own, &pub));
    cr_assert_eq(pub.kind, kind);
    es_buf_build(&b, arena, 1024);
    cr_assert(es_crypto_put_signature(&b, key, hash, message));
    es_der_open(&doc, arena, es_buf_slice(&b), false, &root);
    cr_assert(es_der_read(&root, ES_DER_SEQUENCE, "algorithm", &algorithm));
    cr_assert(es_der_read_bits(&root, "signature", &signature));
    cr_assert(es_der_done(&root, "signature"));
    cr_expect(es_crypto_verify(arena, &pub, algorithm.raw, message, signature, &why),
              "%s: %s", pub.text, why);
    cr_expect_not(es_crypto_verify(arena, &pub, algorithm.raw, es_slice_of("massage"),
                                   signature, &why));
    signature = with_octet(arena, signature, signature.n - 1,
                           signature.p[signature.n - 1] ^ 1U);
    cr_expect_not(
        es_crypto_verify(arena, &pub, algorithm.raw, message, signature, &why));
}

Test(crypto, signatures_verify_for_every_kind_of_key)
{
    check_kind(ES_KEY_P256, ES_HASH_SHA256);
    check_kind(ES_KEY_P256, ES_HASH_SHA512);
    check_kind(ES_KEY_P384, ES_HASH_SHA384);
    check_kind(ES_KEY_P521, ES_HASH_SHA512);
    check_kind(ES_KEY_RSA, ES_HASH_SHA256);
}

Test(crypto, algorithm_must_fit_the_key)
{
    struct es_slice key;
    struct es_public_key pub;
    const char *why;
    struct es_buf b;
    cr_assert(es_crypto_make_key(arena, ES_KEY_P256, &key));
    struct es_pkcs8 own = view(key);
    cr_assert(es_pkcs8_public_key(arena, &own, &pub));
    es_buf_build(&b, arena, 64);
    es_crypto_put_algorithm(&b, ES_KEY_RSA, ES_HASH_SHA256);
    cr_assert_not(es_crypto_verify(arena, &pub, es_buf_slice(&b), es_slice_of("m"),
                                   octets(arena, "00"), &why));
    cr_assert(strstr(why, "but a key of kind EC secp256r1"), "%s", why);
    cr_assert_not(es_crypto_verify(arena, &pub, octets(arena, "3004 06022a03"),
                                   es_slice_of("m"), octets(arena, "00"), &why));
    cr_assert(strstr(why, "1.2.3 is not known here"), "%s", why);
}

Test(crypto, kind_other_cannot_be_made)
{
    struct es_slice key;
    cr_assert_not(es_crypto_make_key(arena, ES_KEY_OTHER, &key));
}
