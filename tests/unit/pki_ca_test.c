/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/vector_file.h"
#include "pki/ca.h"
#include "pki/key.h"

#define NOW ((int64_t)1767225600)

static struct es_arena *arena;
static struct es_diag *diag;
static struct es_slice key;

static void set_up(void)
{
    arena = es_arena_new();
    diag = es_diag_new();
    cr_assert(es_key_generate(arena, ES_KEY_P256, &key, diag));
}

static void tear_down(void)
{
    es_diag_free(diag);
    es_arena_free(arena);
}

TestSuite(ca, .init = set_up, .fini = tear_down);

static struct es_ca_recipe plain(void)
{
    return (struct es_ca_recipe){.subject = "CN=me",
                                 .spki = es_key_spki(arena, key),
                                 .issuer_key = key,
                                 .not_before = NOW,
                                 .not_after = NOW + 100};
}

static struct es_x509 issue(const struct es_ca_recipe *r)
{
    struct es_slice der;
    struct es_x509 cert;
    struct es_flaw flaw = ES_FLAW_NONE;
    cr_assert(es_ca_issue(arena, r, &der, diag), "%s", diag->notes[0].msg);
    cr_assert(es_der_check(arena, der, &flaw), "%s at %zu", flaw.text, flaw.offset);
    cr_assert(es_x509_view(arena, der, &cert, &flaw), "%s", flaw.text);
    return cert;
}

Test(ca, plain_recipe_is_a_self_signed_leaf)
{
    struct es_ca_recipe r = plain();
    struct es_x509 cert = issue(&r);
    cr_assert_eq(cert.version, 3);
    cr_assert_eq(cert.not_before, NOW);
    cr_assert_eq(cert.not_after, NOW + 100);
    cr_assert_eq(cert.serial.n, 8);
    cr_assert_eq(cert.ext.n, 2);
    cr_assert(es_slice_eq(cert.ext.subject_key_id, cert.ext.authority_key_id));
    cr_assert(es_x509_is_signed_by(arena, &cert, &cert.key, NULL));
    cr_assert_not(es_slice_eq(cert.serial, issue(&r).serial), "serials differ");
}

Test(ca, recipe_is_followed)
{
    static const char *const eku[] = {"serverAuth", "id-kp-cmcRA"};
    static const char *const san[] = {"dns:localhost"};
    struct es_ca_recipe r = plain();
    r.serial = octets(arena, "00 80");
    r.ca = true;
    r.path_len = 3;
    r.key_usage = ES_KU_KEY_CERT_SIGN;
    r.eku = eku;
    r.eku_n = 2;
    r.san = san;
    r.san_n = 1;
    r.has_hash = true;
    r.hash = ES_HASH_SHA512;
    struct es_x509 cert = issue(&r);
    cr_assert_str_eq(cert.serial_text, "0080");
    cr_assert(cert.ext.ca && cert.ext.has_path_len);
    cr_assert_eq(cert.ext.path_len, 3);
    cr_assert(es_extensions_has_eku(&cert.ext, ES_OID_CMC_RA));
    cr_assert_not(es_extensions_find(&cert.ext, ES_OID_SUBJECT_ALT_NAME)->critical);
    cr_assert_str_eq(cert.algorithm_text, "ecdsa-with-SHA512");
    cr_assert(es_x509_is_signed_by(arena, &cert, &cert.key, NULL));
}

Test(ca, without_any_extension_it_is_version_1)
{
    struct es_ca_recipe r = plain();
    r.without_key_ids = true;
    cr_assert_eq(issue(&r).version, 1);
}

Test(ca, broken_signature_is_broken)
{
    struct es_ca_recipe r = plain();
    r.break_signature = true;
    struct es_x509 cert = issue(&r);
    cr_assert_not(es_x509_is_signed_by(arena, &cert, &cert.key, NULL));
}

Test(ca, rsa_and_p384_issuers_can_sign)
{
    static const enum es_key_kind kinds[] = {ES_KEY_RSA, ES_KEY_P384};
    static const char *const names[] = {"sha256WithRSAEncryption", "ecdsa-with-SHA384"};
    for (size_t i = 0; i < ES_COUNT(kinds); i++) {
        cr_assert(es_key_generate(arena, kinds[i], &key, diag));
        struct es_ca_recipe r = plain();
        struct es_x509 cert = issue(&r);
        cr_expect_str_eq(cert.algorithm_text, names[i]);
        cr_expect(es_x509_is_signed_by(arena, &cert, &cert.key, NULL));
    }
}

Test(ca, request_is_adopted_without_ca_rights)
{
    static const char *const san[] = {"dns:dev.example"};
    struct es_slice csr_der, inner = octets(arena, "30030101ff");
    struct es_slice oid;
    cr_assert(es_oid_parse(arena, es_slice_of("basicConstraints"), &oid));
    struct es_extension ca_wish = {.oid = oid, .critical = true, .value = inner};
    struct es_pkcs10_recipe wish = {.subject = "CN=dev",
                                    .key = key,
                                    .san = san,
                                    .san_n = 1,
                                    .extensions = &ca_wish,
                                    .extensions_n = 1};
    struct es_pkcs10 csr;
    cr_assert(es_pkcs10_build(arena, &wish, &csr_der, diag));
    cr_assert(es_pkcs10_view(arena, csr_der, &csr, NULL));
    cr_assert(csr.ext.ca);
    struct es_slice ca_key;
    cr_assert(es_key_generate(arena, ES_KEY_P256, &ca_key, diag));
    struct es_ca_recipe r = {.issuer_key = ca_key,
                             .issuer_subject = "CN=ca",
                             .not_before = NOW,
                             .not_after = NOW + 1};
    es_ca_recipe_adopt(arena, &csr, &r);
    struct es_x509 cert = issue(&r);
    cr_assert_str_eq(cert.subject_text, "CN=dev");
    cr_assert_str_eq(cert.issuer_text, "CN=ca");
    cr_assert(es_public_key_is_equal(&cert.key, &csr.key));
    cr_assert(es_extensions_has_san(&cert.ext, "dns:dev.example"));
    cr_assert_not(cert.ext.ca);
}

Test(ca, malformed_recipe_is_a_note)
{
    struct es_slice der;
    struct es_ca_recipe r = plain();
    r.subject = "nonsense";
    cr_assert_not(es_ca_issue(arena, &r, &der, diag));
    cr_assert(strstr(diag->notes[0].msg, "malformed name `nonsense`"));
    es_diag_reset(diag);
    r = plain();
    r.issuer_key = es_slice_of("no key");
    cr_assert_not(es_ca_issue(arena, &r, &der, diag));
    cr_assert(strstr(diag->notes[0].msg, "key of the issuer"));
    es_diag_reset(diag);
    r = plain();
    r.spki = ES_SLICE_NONE;
    cr_assert_not(es_ca_issue(arena, &r, &der, diag));
    cr_assert(strstr(diag->notes[0].msg, "public key"));
}
