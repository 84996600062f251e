/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/vector_file.h"
#include "codec/cms.h"
#include "codec/pkcs8.h"

static struct es_arena *arena;

static void set_up(void)
{
    arena = es_arena_new();
}

static void tear_down(void)
{
    es_arena_free(arena);
}

TestSuite(cms, .init = set_up, .fini = tear_down);

#define KEK "000102030405060708090a0b0c0d0e0f"

static struct es_cms_key view(struct es_slice der, struct es_slice kek,
                              struct es_slice pkcs8)
{
    const struct es_cms_secret secret = {kek, pkcs8};
    struct es_cms_key cms;
    struct es_flaw flaw = ES_FLAW_NONE;
    cr_assert(es_cms_key_view(arena, der, &secret, &cms, &flaw), "%s at %zu", flaw.text,
              flaw.offset);
    return cms;
}

static struct es_slice a3_key(void)
{
    return vector_file(arena, "pkcs/A3-skg-resp-part-284.p8.der");
}

Test(cms, example_with_a_kek_opens_to_the_key_of_rfc9148)
{
    struct es_slice der = vector_file(arena, "pkcs/cf280-enveloped-kekri-signed.der");
    struct es_cms_key cms = view(der, octets(arena, KEK), ES_SLICE_NONE);
    cr_assert_eq(cms.enveloped.recipients.n, 1);
    cr_expect_eq(cms.enveloped.recipients.at[0].kind, ES_CMS_KEK);
    cr_expect(es_slice_is(cms.enveloped.recipients.at[0].key_id, "est-kek-1"));
    cr_expect_str_eq(cms.enveloped.recipients.at[0].algorithm_text, "aes128-wrap");
    cr_expect_str_eq(cms.enveloped.algorithm_text, "aes128-CBC");
    cr_expect_str_eq(cms.nesting, "enveloped signed key-package");
    cr_expect_null(cms.not_der.text);
    cr_expect_null(es_cms_enveloped_flaw(arena, &cms.enveloped));
    cr_expect(cms.opened && cms.signed_data.signature_valid);
    cr_expect(es_slice_eq(cms.signed_data.signer.der,
                          vector_file(arena, "pkcs/cf280-signer.cert.der")));
    cr_expect(es_slice_eq(cms.pkcs8, a3_key()));
}

Test(cms, without_a_secret_the_envelope_stays_closed)
{
    struct es_slice der = vector_file(arena, "pkcs/cf280-enveloped-kekri-signed.der");
    struct es_cms_key cms;
    struct es_flaw flaw = ES_FLAW_NONE;
    cr_assert(es_cms_key_view(arena, der, NULL, &cms, &flaw));
    cr_expect(cms.has_enveloped);
    cr_expect_not(cms.opened);
    cr_expect_eq(cms.pkcs8.n, 0);
    cr_expect_str_eq(cms.nesting, "enveloped");
    cr_expect_neq(cms.why[0], 0);
}

Test(cms, signed_data_alone_is_followed)
{
    struct es_cms_key cms = view(vector_file(arena, "pkcs/cf280-signeddata-only.der"),
                                 ES_SLICE_NONE, ES_SLICE_NONE);
    cr_expect_not(cms.has_enveloped);
    cr_expect_str_eq(cms.nesting, "signed key-package");
    cr_expect(cms.signed_data.signature_valid);
    cr_expect(es_slice_eq(cms.pkcs8, a3_key()));
}

static const char *const wrong_keks[] = {"000102030405060708090a0b0c0d0e10", "0001",
                                         KEK KEK};

Test(cms, another_secret_does_not_open)
{
    struct es_slice der = vector_file(arena, "pkcs/cf280-enveloped-kekri-signed.der");
    for (size_t i = 0; i < ES_COUNT(wrong_keks); i++) {
        struct es_cms_key cms = view(der, octets(arena, wrong_keks[i]), ES_SLICE_NONE);
        cr_expect_not(cms.opened, "%s", wrong_keks[i]);
        cr_expect_neq(cms.why[0], 0);
    }
    cr_expect_not(view(der, ES_SLICE_NONE, a3_key()).opened);
}

static const struct {
    const char *file, *key, *algorithm, *cipher;
} foreign[] = {
    {"pkcs/cf280-enveloped-kari.der", "pkcs/A3-skg-resp-part-284.p8.der",
     "dhSinglePass-stdDH-sha1kdf-scheme aes128-wrap", "aes128-CBC"},
    {"pkcs/cf280-enveloped-kari-sha256kdf.der", "pkcs/A3-skg-resp-part-284.p8.der",
     "dhSinglePass-stdDH-sha256kdf-scheme aes256-wrap", "aes256-CBC"},
    {"pkcs/cf280-enveloped-ktri.der", "pkcs/cf280-rsa-recipient.key.p8.der",
     "rsaEncryption", "aes256-CBC"},
    {"pkcs/cf280-enveloped-ktri-oaep.der", "pkcs/cf280-rsa-recipient.key.p8.der",
     "id-RSAES-OAEP", "aes192-CBC"},
};

Test(cms, what_another_implementation_made_is_opened)
{
    struct es_slice wanted = vector_file(arena, "pkcs/csr-p384.key.p8.der");
    for (size_t i = 0; i < ES_COUNT(foreign); i++) {
        struct es_cms_key cms = view(vector_file(arena, foreign[i].file), ES_SLICE_NONE,
                                     vector_file(arena, foreign[i].key));
        cr_expect_str_eq(cms.enveloped.recipients.at[0].algorithm_text,
                         foreign[i].algorithm);
        cr_expect_str_eq(cms.enveloped.algorithm_text, foreign[i].cipher);
        cr_expect_null(es_cms_enveloped_flaw(arena, &cms.enveloped));
        cr_expect(es_slice_eq(cms.pkcs8, wanted), "%s: %s", foreign[i].file, cms.why);
        cr_expect_not(cms.has_signed);
    }
}

/* The certificate and key of A.3 sign: they are a pair. */
static struct es_cms_recipe recipe(void)
{
    return (struct es_cms_recipe){
        .pkcs8 = vector_file(arena, "pkcs/csr-p384.key.p8.der"),
        .signer_key = a3_key(),
        .signer_cert = vector_file(arena, "pkcs/A3-skg-resp-part-281.cert.der")};
}

static struct es_slice build(const struct es_cms_recipe *r)
{
    struct es_slice out;
    const char *why = "";
    cr_assert(es_cms_key_build(arena, r, &out, &why), "%s", why);
    return out;
}

static void expect_key(const struct es_cms_key *cms, const struct es_cms_recipe *r)
{
    cr_expect_null(cms->not_der.text, "%s", cms->not_der.text);
    cr_expect_null(es_cms_enveloped_flaw(arena, &cms->enveloped));
    cr_expect(cms->signed_data.signature_valid, "%s", cms->signed_data.signature_text);
    cr_expect(es_slice_eq(cms->pkcs8, r->pkcs8), "%s", cms->why);
}

static const struct {
    const char *kek;
    bool signed_outside;
    const char *nesting, *algorithm;
} keks[] = {
    {KEK, false, "enveloped signed key-package", "aes128-wrap"},
    {KEK "1011121314151617", true, "signed enveloped key-package", "aes192-wrap"},
    {KEK KEK, false, "enveloped signed key-package", "aes256-wrap"},
};

Test(cms, built_for_a_kek_it_opens_with_it)
{
    for (size_t i = 0; i < ES_COUNT(keks); i++) {
        struct es_cms_recipe r = recipe();
        r.kek = octets(arena, keks[i].kek);
        r.kek_id = ES_SLICE_LIT("one");
        r.signed_outside = keks[i].signed_outside;
        struct es_cms_key cms = view(build(&r), r.kek, ES_SLICE_NONE);
        expect_key(&cms, &r);
        cr_expect_str_eq(cms.nesting, keks[i].nesting);
        cr_expect_str_eq(cms.enveloped.recipients.at[0].algorithm_text,
                         keks[i].algorithm);
    }
}

Test(cms, built_for_a_certificate_it_opens_with_its_key)
{
    struct es_cms_recipe r = recipe();
    r.recipient = vector_file(arena, "pkcs/A3-skg-resp-part-281.cert.der");
    struct es_cms_key cms = view(build(&r), ES_SLICE_NONE, a3_key());
    expect_key(&cms, &r);
    cr_expect_eq(cms.enveloped.recipients.at[0].kind, ES_CMS_KEY_AGREEMENT);
    cr_expect_not(
        view(build(&r), ES_SLICE_NONE, vector_file(arena, "pkcs/csr-p384.key.p8.der"))
            .opened);
}

Test(cms, a_signature_over_other_octets_is_not_valid)
{
    struct es_slice der = vector_file(arena, "pkcs/cf280-signeddata-only.der");
    static const size_t offsets[] = {190, 620, 728}; /* key, messageDigest, signature */
    for (size_t i = 0; i < ES_COUNT(offsets); i++) {
        size_t at = offsets[i];
        struct es_cms_key cms = view(with_octet(arena, der, at, der.p[at] ^ 1u),
                                     ES_SLICE_NONE, ES_SLICE_NONE);
        cr_expect(cms.has_signed);
        cr_expect_not(cms.signed_data.signature_valid, "%zu", at);
        cr_expect_str_neq(cms.signed_data.signature_text, "valid");
    }
}

Test(cms, wrong_versions_are_told)
{
    struct es_slice der = vector_file(arena, "pkcs/cf280-enveloped-kekri-signed.der");
    struct es_cms_key cms =
        view(with_octet(arena, der, 25, 0), octets(arena, KEK), ES_SLICE_NONE);
    cr_expect_str_eq(es_cms_enveloped_flaw(arena, &cms.enveloped),
                     "EnvelopedData of version 0, not 2");
    cms = view(with_octet(arena, der, 32, 3), octets(arena, KEK), ES_SLICE_NONE);
    cr_expect_str_eq(es_cms_enveloped_flaw(arena, &cms.enveloped),
                     "a recipient (kek) of version 3, not 4");
}

static const char *const strangers[] = {"pkcs/A3-skg-resp-part-284.p8.der",
                                        "pkcs/A3-skg-resp-part-281.cert.der",
                                        "pkcs/csr-neg-pem.txt"};

Test(cms, other_bodies_are_refused)
{
    for (size_t i = 0; i < ES_COUNT(strangers); i++) {
        struct es_cms_key cms;
        struct es_flaw flaw = ES_FLAW_NONE;
        cr_expect_not(
            es_cms_key_view(arena, vector_file(arena, strangers[i]), NULL, &cms, &flaw),
            "%s", strangers[i]);
        cr_expect_not_null(flaw.text);
    }
    /* A certs-only bag is SignedData, but there is no key in it. */
    struct es_cms_key cms = view(vector_file(arena, "pkcs/A1-crts-resp-281.p7.der"),
                                 ES_SLICE_NONE, ES_SLICE_NONE);
    cr_expect_eq(cms.pkcs8.n, 0);
    cr_expect_str_eq(cms.why, "SignedData without content");
}
