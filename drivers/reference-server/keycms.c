/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keycms.h"

#include "behaviour.h"
#include "ca.h"
#include "der.h"
#include "pem.h"
#include "policy.h"

#include <openssl/cms.h>
#include <openssl/x509v3.h>

#include <stdio.h>
#include <string.h>

static const char oid_capabilities[] = "1.2.840.113549.1.9.15";
static const char oid_symmetric[] = "1.2.840.113549.1.9.16.2.37";
static const char oid_asymmetric[] = "1.2.840.113549.1.9.16.2.54";
static const char oid_key_package[] = "2.16.840.1.101.2.1.2.78.5";
static const char oid_signed[] = "1.2.840.113549.1.7.2";
static const char oid_enveloped[] = "1.2.840.113549.1.7.3";

void es_keycms_free(struct es_keycms *wish)
{
    es_buffer_free(&wish->identifier);
    X509_free(wish->recipient);
    OPENSSL_cleanse(wish->kek, sizeof wish->kek);
    *wish = (struct es_keycms){.wanted = false};
}

/* The content of a short OCTET STRING. */
static bool unwrap_octets(struct es_bytes der, struct es_bytes *content)
{
    bool ok = der.n >= 3 && der.p[0] == 0x04 && der.p[1] < 128 &&
              der.n == (size_t)der.p[1] + 2;
    if (ok) {
        *content = (struct es_bytes){der.p + 2, der.n - 2};
    }
    return ok;
}

static bool file_name(struct es_bytes id, const char *suffix, char *out, size_t room)
{
    int n = snprintf(out, room, "decrypt-key.");
    for (size_t i = 0; i < id.n && (size_t)n + 3 < room; i++) {
        n += snprintf(out + n, room - (size_t)n, "%02x", id.p[i]);
    }
    n += snprintf(out + n, room - (size_t)n, "%s", suffix);
    return id.n <= 64 && (size_t)n < room;
}

/* The wrap algorithm that fits the key must be one the client listed. */
static bool is_wrap_listed(struct es_bytes capabilities, size_t kek_len)
{
    uint8_t last = kek_len == 16 ? 5 : kek_len == 24 ? 25 : 45;
    const uint8_t oid[] = {0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                           0x65, 0x03, 0x04, 0x01, last};
    for (size_t i = 0; i + sizeof oid <= capabilities.n; i++) {
        if (memcmp(capabilities.p + i, oid, sizeof oid) == 0) {
            return true;
        }
    }
    return false;
}

static bool find_symmetric(struct es_bytes id, struct es_bytes capabilities,
                           struct es_keycms *out, const char **why)
{
    char name[192], path[1024];
    *why = "DecryptKeyIdentifier is not known";
    if (!file_name(id, ".bin", name, sizeof name)) {
        return false;
    }
    snprintf(path, sizeof path, "%s/%s", es_policy.pki_dir, name);
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        return false;
    }
    out->kek_len = fread(out->kek, 1, sizeof out->kek, f);
    fclose(f);
    es_buffer_add(&out->identifier, id.p, id.n);
    if (out->kek_len != 16 && out->kek_len != 24 && out->kek_len != 32) {
        return false;
    }
    *why = "no common key wrap algorithm";
    return is_wrap_listed(capabilities, out->kek_len);
}

/* RFC 7030, 4.4.1.2: the key is for transport or agreement, or its use is unrestricted. */
static bool may_receive(X509 *cert)
{
    uint32_t wanted = EVP_PKEY_get_base_id(X509_get0_pubkey(cert)) == EVP_PKEY_RSA
                          ? KU_KEY_ENCIPHERMENT
                          : KU_KEY_AGREEMENT;
    return (X509_get_key_usage(cert) & wanted) != 0 ||
           es_mutant_is(ES_MUTANT_SKG_RECIPIENT_USAGE_UNCHECKED);
}

static bool find_asymmetric(struct es_bytes id, X509 *client, struct es_keycms *out,
                            const char **why)
{
    char name[192];
    const ASN1_OCTET_STRING *ski =
        client != NULL ? X509_get0_subject_key_id(client) : NULL;
    if (ski != NULL && (size_t)ASN1_STRING_length(ski) == id.n &&
        memcmp(ASN1_STRING_get0_data(ski), id.p, id.n) == 0) {
        X509_up_ref(client);
        out->recipient = client;
        *why = "the key is not one to encrypt for";
        return may_receive(client);
    }
    *why = "AsymmetricDecryptKeyIdentifier is not known";
    if (!file_name(id, ".cert.pem", name, sizeof name)) {
        return false;
    }
    STACK_OF(X509) *certs = es_pem_read_certificates(es_policy.pki_dir, name);
    out->recipient = certs != NULL ? sk_X509_shift(certs) : NULL;
    sk_X509_pop_free(certs, X509_free);
    return out->recipient != NULL && may_receive(out->recipient);
}

bool es_keycms_read(const struct es_csr *csr, X509 *client, struct es_keycms *out,
                    const char **why)
{
    struct es_buffer capabilities = {NULL, 0, 0}, id = {NULL, 0, 0};
    struct es_bytes octets;
    *out = (struct es_keycms){.wanted = false};
    bool listed = es_csr_find_attribute(csr, oid_capabilities, &capabilities);
    bool symmetric = es_csr_find_attribute(csr, oid_symmetric, &id);
    bool asymmetric = !symmetric && es_csr_find_attribute(csr, oid_asymmetric, &id);
    bool ok = true;
    if (symmetric || asymmetric) {
        *why =
            "key identifier is not one OCTET STRING, or SMIMECapabilities is missing";
        out->wanted = true;
        ok =
            listed && unwrap_octets(es_buffer_view(&id), &octets) &&
            (symmetric ? find_symmetric(octets, es_buffer_view(&capabilities), out, why)
                       : find_asymmetric(octets, client, out, why));
    }
    es_buffer_free(&capabilities);
    es_buffer_free(&id);
    bool plain = ok ? es_mutant_is(ES_MUTANT_SKG_ENCRYPTION_IGNORED)
                    : es_mutant_is(ES_MUTANT_SKG_UNKNOWN_KEY_ID_ACCEPTED);
    if (!ok || plain) {
        es_keycms_free(out);
    }
    return ok || plain;
}

static BIO *memory(struct es_bytes data)
{
    return BIO_new_mem_buf(data.p, (int)data.n);
}

/* Writes the message; inside another layer it goes without the ContentInfo around it,
   since there the type stands beside the content. */
static bool write_message(CMS_ContentInfo *cms, bool outermost, struct es_buffer *out)
{
    unsigned char *der = NULL;
    int len = i2d_CMS_ContentInfo(cms, &der);
    struct es_bytes whole = {der, len > 0 ? (size_t)len : 0}, content = whole;
    bool ok = len > 0 && (outermost || es_der_content_of_info(whole, &content));
    es_buffer_resize(out, 0);
    if (ok) {
        es_buffer_add(out, content.p, content.n);
    }
    OPENSSL_free(der);
    return ok;
}

/* Puts SignedData around what is in content. */
static bool sign(const char *type, bool outermost, struct es_buffer *content)
{
    BIO *in = memory(es_buffer_view(content));
    ASN1_OBJECT *oid = OBJ_txt2obj(type, 1);
    unsigned int flags = CMS_BINARY | CMS_NOSMIMECAP;
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags | CMS_PARTIAL);
    bool ok = cms != NULL && CMS_set1_eContentType(cms, oid) == 1 &&
              es_ca_sign_cms(cms, flags | CMS_PARTIAL) &&
              CMS_final(cms, in, NULL, flags) == 1 &&
              write_message(cms, outermost, content);
    CMS_ContentInfo_free(cms);
    ASN1_OBJECT_free(oid);
    BIO_free(in);
    return ok;
}

/* The mutants encrypt for the CA, which nobody asked for. */
static X509 *choose_recipient(const struct es_keycms *wish)
{
    bool rsa = EVP_PKEY_get_base_id(X509_get0_pubkey(wish->recipient)) == EVP_PKEY_RSA;
    return es_mutant_is(rsa ? ES_MUTANT_SKG_TRANSPORT_RECIPIENT_WRONG
                            : ES_MUTANT_SKG_AGREEMENT_RECIPIENT_WRONG)
               ? sk_X509_value(es_ca_certificates(), 0)
               : wish->recipient;
}

static bool add_recipient(CMS_ContentInfo *cms, const struct es_keycms *wish)
{
    if (wish->kek_len == 0) {
        bool serial = es_variant_is(ES_VARIANT_OK_280_ISSUER_SERIAL);
        return CMS_add1_recipient_cert(cms, choose_recipient(wish),
                                       serial ? 0 : CMS_USE_KEYID) != NULL;
    }
    /* OpenSSL keeps both and frees them with the message. */
    unsigned char *kek = OPENSSL_memdup(wish->kek, wish->kek_len);
    unsigned char *id = OPENSSL_memdup(wish->identifier.p, wish->identifier.n);
    if (es_mutant_is(ES_MUTANT_SKG_KEK_ID_WRONG)) {
        id[0] ^= 1;
    }
    return CMS_add0_recipient_key(cms, NID_undef, kek, wish->kek_len, id,
                                  wish->identifier.n, NULL, NULL, NULL) != NULL;
}

/* Puts EnvelopedData around what is in content. */
static bool encrypt(const struct es_keycms *wish, const char *type, bool outermost,
                    struct es_buffer *content)
{
    BIO *in = memory(es_buffer_view(content));
    ASN1_OBJECT *oid = OBJ_txt2obj(type, 1);
    unsigned int flags = CMS_BINARY | CMS_PARTIAL;
    CMS_ContentInfo *cms = CMS_encrypt(NULL, NULL, EVP_aes_128_cbc(), flags);
    bool ok = cms != NULL && CMS_set1_eContentType(cms, oid) == 1 &&
              add_recipient(cms, wish) && CMS_final(cms, in, NULL, CMS_BINARY) == 1 &&
              write_message(cms, outermost, content);
    CMS_ContentInfo_free(cms);
    ASN1_OBJECT_free(oid);
    BIO_free(in);
    return ok;
}

bool es_keycms_write(const struct es_keycms *wish, struct es_bytes pkcs8,
                     struct es_buffer *out)
{
    es_der_wrap(0x30, pkcs8, out);
    if (es_variant_is(ES_VARIANT_OK_280_SIGNED_OUTSIDE)) {
        return encrypt(wish, oid_key_package, false, out) &&
               sign(oid_enveloped, true, out);
    }
    if (es_variant_is(ES_VARIANT_OK_280_UNSIGNED)) {
        return encrypt(wish, oid_key_package, true, out);
    }
    return sign(oid_key_package, false, out) && encrypt(wish, oid_signed, true, out);
}
