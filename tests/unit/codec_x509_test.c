/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/vector_file.h"
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

TestSuite(x509, .init = set_up, .fini = tear_down);

static struct es_x509 view(const char *file)
{
    struct es_x509 cert;
    struct es_flaw flaw = ES_FLAW_NONE;
    cr_assert(es_x509_view(arena, vector_file(arena, file), &cert, &flaw), "%s at %zu",
              flaw.text, flaw.offset);
    return cert;
}

Test(x509, root_of_rfc9148_is_read)
{
    struct es_x509 cert = view("pkcs/A1-crts-resp-281.cert.der");
    cr_assert_eq(cert.version, 3);
    cr_assert_str_eq(cert.serial_text, "0b8bb0fe604f6a1e");
    cr_assert_str_eq(cert.subject_text,
                     "C=US,ST=CA,L=LA,O=Example Inc,OU=certification,CN=Root CA");
    cr_assert_str_eq(es_der_time_text(arena, cert.not_before), "2019-01-31T11:27:03Z");
    cr_assert_str_eq(es_der_time_text(arena, cert.not_after), "2039-01-26T11:27:03Z");
    cr_assert_eq(cert.key.kind, ES_KEY_P256);
    cr_assert_str_eq(cert.key.text, "EC secp256r1");
    cr_assert_str_eq(cert.algorithm_text, "ecdsa-with-SHA256");
    cr_assert(cert.ext.ca);
    cr_assert_eq(cert.ext.key_usage, ES_KU_KEY_CERT_SIGN | ES_KU_CRL_SIGN);
    cr_assert(es_slice_eq(cert.ext.subject_key_id, cert.ext.authority_key_id));
    cr_assert(es_slice_eq(cert.ext.subject_key_id, es_public_key_id(arena, &cert.key)));
    cr_assert_null(cert.ext.unknown_critical);
    cr_assert(es_extensions_has_san(&cert.ext, "email:certify@example.com"));
}

Test(x509, self_signature_verifies_and_a_flipped_bit_does_not)
{
    struct es_x509 cert = view("pkcs/A1-crts-resp-281.cert.der");
    const char *why;
    cr_assert(es_x509_is_self_issued(arena, &cert));
    cr_assert(es_x509_is_signed_by(arena, &cert, &cert.key, &why), "%s", why);
    struct es_x509 bad = cert;
    bad.tbs = with_octet(arena, cert.tbs, 40, cert.tbs.p[40] ^ 1U);
    cr_assert_not(es_x509_is_signed_by(arena, &bad, &cert.key, &why));
    cr_assert_str_eq(why, "the signature does not verify");
}

Test(x509, key_off_its_curve_is_named)
{
    struct es_x509 cert = view("pkcs/A1-crts-resp-281.cert.der");
    const char *why;
    cert.key.bits = with_octet(arena, cert.key.bits, 64, cert.key.bits.p[64] ^ 1U);
    cr_assert_not(es_x509_is_signed_by(arena, &cert, &cert.key, &why));
    cr_assert_str_eq(why, "the public key is no point of its curve");
}

Test(x509, device_certificate_of_rfc9148_is_read)
{
    struct es_x509 cert = view("pkcs/A2-sen-resp-281.cert.der");
    cr_assert_str_eq(es_der_time_text(arena, cert.not_after), "9999-12-31T23:59:59Z");
    cr_assert_eq(cert.ext.san_n, 1);
    cr_assert_eq(cert.ext.san[0].kind, ES_SAN_HARDWARE);
    cr_assert_str_eq(cert.ext.san[0].text, "hardware:1.3.6.1.4.1.6715.10.1:01020304");
    cr_assert_not(es_x509_is_self_issued(arena, &cert));
}

Test(x509, certificate_of_server_key_generation_is_read)
{
    struct es_x509 cert = view("pkcs/A3-skg-resp-part-281.cert.der");
    cr_assert_eq(cert.key.kind, ES_KEY_P256);
}

Test(x509, rest_behind_the_certificate_is_a_flaw)
{
    struct es_slice der = vector_file(arena, "pkcs/A1-crts-resp-281.cert.der");
    struct es_buf b;
    struct es_x509 cert;
    struct es_flaw flaw = ES_FLAW_NONE;
    es_buf_build(&b, arena, der.n + 1);
    es_buf_put(&b, der);
    es_buf_u8(&b, 0);
    cr_assert_not(es_x509_view(arena, es_buf_slice(&b), &cert, &flaw));
    cr_assert_eq(flaw.offset, der.n);
}

Test(x509, every_truncation_is_a_flaw)
{
    struct es_slice der = vector_file(arena, "pkcs/A3-skg-resp-part-281.cert.der");
    for (size_t n = 0; n < der.n; n++) {
        struct es_x509 cert;
        struct es_flaw flaw = ES_FLAW_NONE;
        cr_assert_not(es_x509_view(arena, es_slice_sub(der, 0, n), &cert, &flaw));
        cr_assert_not_null(flaw.text);
    }
}

Test(x509, request_is_no_certificate)
{
    struct es_x509 cert;
    struct es_flaw flaw = ES_FLAW_NONE;
    struct es_slice csr = vector_file(arena, "pkcs/A2-sen-req-286.csr.der");
    cr_assert_not(es_x509_view(arena, csr, &cert, &flaw));
    cr_assert_not_null(flaw.text);
}

Test(x509, fingerprint_is_the_sha256)
{
    cr_assert_str_eq(
        es_x509_fingerprint(arena,
                            vector_file(arena, "pkcs/A1-crts-resp-281.cert.der")),
        "65ce66fb2410fa735a1037f5133b4b209507d29993406d4b18cff3cef6b27e98");
}

TestSuite(extension, .init = set_up, .fini = tear_down);

static bool read_extensions(struct es_slice der, struct es_extensions *out,
                            struct es_der_document *doc)
{
    struct es_der root;
    es_der_open(doc, arena, der, false, &root);
    return es_extensions_read(&root, out);
}

Test(extension, general_names_survive_writing_and_reading)
{
    static const char *const names[] = {
        "dns:localhost",     "ip:127.0.0.1", "ip:::1",
        "ip:2001:db8::1",    "email:a@b",    "uri:coaps://h/",
        "dirname:CN=x,O=y",  "rid:1.2.3",    "hardware:1.2.3.4:0102ab",
        "other:1.2.3:0c0161"};
    struct es_buf b;
    struct es_extensions ext;
    struct es_der_document doc;
    size_t bad;
    es_buf_build(&b, arena, 2048);
    size_t mark = es_der_begin(&b, ES_DER_SEQUENCE);
    cr_assert(es_extension_put_san(&b, arena, names, ES_COUNT(names), true, &bad));
    es_der_finish(&b, mark);
    cr_assert(read_extensions(es_buf_slice(&b), &ext, &doc), "%s", doc.flaw.text);
    cr_assert_eq(ext.san_n, ES_COUNT(names));
    for (size_t i = 0; i < ES_COUNT(names); i++) {
        cr_expect_str_eq(ext.san[i].text, names[i]);
        cr_expect(es_extensions_has_san(&ext, names[i]));
    }
    cr_assert(es_extensions_has_san(&ext, "dns:LocalHost"));
    cr_assert_not(es_extensions_has_san(&ext, "email:A@b"));
    cr_assert(ext.list[0].critical);
    cr_assert_null(ext.unknown_critical, "subjectAltName is understood");
}

Test(extension, malformed_general_names_are_refused)
{
    static const char *const bad[] = {
        "localhost",    "ip:300.1.1.1",   "ip:",      "rid:x",
        "hardware:1.2", "other:1.2.3:zz", "dirname:x"};
    for (size_t i = 0; i < ES_COUNT(bad); i++) {
        struct es_buf b;
        es_buf_build(&b, arena, 256);
        bool good = es_san_put(&b, arena, bad[i]);
        cr_expect_not(good && i != 4, "%s", bad[i]);
    }
}

Test(extension, nul_in_a_dns_name_stays_visible)
{
    struct es_der_document doc;
    struct es_der root;
    struct es_san san;
    es_der_open(&doc, arena, octets(arena, "82 05 61 00 62 2e 63"), false, &root);
    cr_assert(es_san_read(&root, &san));
    cr_assert_str_eq(san.text, "dns:a\\00b.c");
}

Test(extension, key_usage_bits_are_minimal_der)
{
    static const unsigned bits[] = {0,
                                    ES_KU_DIGITAL_SIGNATURE,
                                    ES_KU_KEY_CERT_SIGN | ES_KU_CRL_SIGN,
                                    ES_KU_ENCIPHER_ONLY,
                                    ES_KU_DECIPHER_ONLY,
                                    0x1ff};
    for (size_t i = 0; i < ES_COUNT(bits); i++) {
        struct es_buf b;
        struct es_extensions ext;
        struct es_der_document doc;
        es_buf_build(&b, arena, 64);
        size_t mark = es_der_begin(&b, ES_DER_SEQUENCE);
        es_extension_put_key_usage(&b, bits[i]);
        es_der_finish(&b, mark);
        cr_assert(read_extensions(es_buf_slice(&b), &ext, &doc), "%s", doc.flaw.text);
        cr_assert(es_der_check(arena, ext.list[0].value, NULL));
        cr_expect_eq(ext.key_usage, bits[i], "%x", bits[i]);
    }
    cr_assert_str_eq(es_key_usage_text(arena, ES_KU_KEY_CERT_SIGN | ES_KU_CRL_SIGN),
                     "keyCertSign, cRLSign");
    cr_assert_eq(es_key_usage_find(es_slice_of("cRLSign")), ES_KU_CRL_SIGN);
    cr_assert_eq(es_key_usage_find(es_slice_of("crlSign")), 0);
}

Test(extension, repeated_extension_is_a_flaw)
{
    struct es_extensions ext;
    struct es_der_document doc;
    cr_assert_not(read_extensions(
        octets(arena, "30 16 3009 0603551d13 0402 3000 3009 0603551d13 0402 3000"),
        &ext, &doc));
    cr_assert_str_eq(doc.flaw.text,
                     "the extension basicConstraints stands there twice");
    cr_assert_eq(doc.flaw.offset, 13);
}

Test(extension, unknown_critical_extension_is_remembered)
{
    struct es_extensions ext;
    struct es_der_document doc;
    cr_assert(read_extensions(octets(arena, "30 0d 300b 06022a03 0101ff 0402 0500"),
                              &ext, &doc),
              "%s", doc.flaw.text);
    cr_assert_not_null(ext.unknown_critical);
    cr_assert_str_eq(es_oid_text(arena, ext.unknown_critical->oid), "1.2.3");
}

Test(extension, malformed_known_extension_is_a_flaw_with_its_place)
{
    struct es_extensions ext;
    struct es_der_document doc;
    cr_assert_not(
        read_extensions(octets(arena, "30 0b 3009 0603551d0f 0402 0500"), &ext, &doc));
    cr_assert_eq(doc.flaw.offset, 11);
}
