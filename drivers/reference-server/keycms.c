/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keycms.h"

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
        return true;
    }
    *why = "AsymmetricDecryptKeyIdentifier is not known";
    if (!file_name(id, ".cert.pem", name, sizeof name)) {
        return false;
    }
    STACK_OF(X509) *certs = es_pem_read_certificates(es_policy.pki_dir, name);
    out->recipient = certs != NULL ? sk_X509_shift(certs) : NULL;
    sk_X509_pop_free(certs, X509_free);
    return out->recipient != NULL;
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
    if (!ok) {
        es_keycms_free(out);
    }
    return ok;
}

static BIO *memory(struct es_bytes data)
{
    return BIO_new_mem_buf(data.p, (int)data.n);
}

/* SignedData over the key package, without the ContentInfo around it: inside
   EnvelopedData the type stands beside the content. */
static bool write_signed(struct es_bytes package, struct es_buffer *out)
{
    BIO *in = memory(package);
    ASN1_OBJECT *type = OBJ_txt2obj(oid_key_package, 1);
    unsigned int flags = CMS_BINARY | CMS_NOSMIMECAP;
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags | CMS_PARTIAL);
    bool ok = cms != NULL && CMS_set1_eContentType(cms, type) == 1 &&
              es_ca_sign_cms(cms, flags | CMS_PARTIAL) &&
              CMS_final(cms, in, NULL, flags) == 1;
    unsigned char *der = NULL;
    int len = ok ? i2d_CMS_ContentInfo(cms, &der) : -1;
    struct es_bytes content;
    ok = len > 0 &&
         es_der_content_of_info((struct es_bytes){der, (size_t)len}, &content);
    if (ok) {
        es_buffer_add(out, content.p, content.n);
    }
    OPENSSL_free(der);
    CMS_ContentInfo_free(cms);
    ASN1_OBJECT_free(type);
    BIO_free(in);
    return ok;
}

static bool add_recipient(CMS_ContentInfo *cms, const struct es_keycms *wish)
{
    if (wish->kek_len == 0) {
        return CMS_add1_recipient_cert(cms, wish->recipient, CMS_USE_KEYID) != NULL;
    }
    /* OpenSSL keeps both and frees them with the message. */
    unsigned char *kek = OPENSSL_memdup(wish->kek, wish->kek_len);
    unsigned char *id = OPENSSL_memdup(wish->identifier.p, wish->identifier.n);
    return CMS_add0_recipient_key(cms, NID_undef, kek, wish->kek_len, id,
                                  wish->identifier.n, NULL, NULL, NULL) != NULL;
}

bool es_keycms_write(const struct es_keycms *wish, struct es_bytes pkcs8,
                     struct es_buffer *out)
{
    struct es_buffer package = {NULL, 0, 0}, content = {NULL, 0, 0};
    es_der_wrap(0x30, pkcs8, &package);
    bool ok = write_signed(es_buffer_view(&package), &content);
    BIO *in = memory(es_buffer_view(&content));
    unsigned int flags = CMS_BINARY | CMS_PARTIAL;
    CMS_ContentInfo *cms = CMS_encrypt(NULL, NULL, EVP_aes_128_cbc(), flags);
    ok = ok && cms != NULL &&
         CMS_set1_eContentType(cms, OBJ_nid2obj(NID_pkcs7_signed)) == 1 &&
         add_recipient(cms, wish) && CMS_final(cms, in, NULL, CMS_BINARY) == 1;
    unsigned char *der = NULL;
    int len = ok ? i2d_CMS_ContentInfo(cms, &der) : -1;
    if (len > 0) {
        es_buffer_add_openssl(out, der, len);
    }
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    es_buffer_free(&package);
    es_buffer_free(&content);
    return len > 0;
}
