/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keygen.h"

#include "bag.h"
#include "behaviour.h"
#include "ca.h"
#include "der.h"
#include "keycms.h"
#include "multipart.h"

#include <openssl/ec.h>

static void write_pkcs8(EVP_PKEY *key, struct es_buffer *out)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    unsigned char *der = NULL;
    int len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    es_buffer_add_openssl(out, der, len);
    PKCS8_PRIV_KEY_INFO_free(info);
}

/* OneAsymmetricKey version 2 (RFC 5958, 2): as version 1, with the public key behind it. */
static void write_pkcs8_v2(EVP_PKEY *key, struct es_buffer *out)
{
    struct es_buffer v1 = {NULL, 0, 0}, fields = {NULL, 0, 0}, bits = {NULL, 0, 0};
    uint8_t point[128];
    size_t point_len = 0;
    write_pkcs8(key, &v1);
    EVP_PKEY_get_octet_string_param(key, "pub", point, sizeof point, &point_len);
    size_t head = v1.p[1] == 0x81 ? 3 : 2;
    es_buffer_add(&fields, v1.p + head, v1.n - head);
    fields.p[2] = 1; /* INTEGER version: 02 01 01 */
    es_buffer_add_byte(&bits, 0);
    es_buffer_add(&bits, point, point_len);
    es_der_wrap(0x81, es_buffer_view(&bits), &fields);
    es_der_wrap(0x30, es_buffer_view(&fields), out);
    es_buffer_free(&v1);
    es_buffer_free(&fields);
    es_buffer_free(&bits);
}

static void write_key(EVP_PKEY *key, struct es_buffer *out)
{
    if (es_mutant_is(ES_MUTANT_SKG_KEY_NOT_PKCS8)) {
        unsigned char *der = NULL;
        int len = i2d_PrivateKey(key, &der); /* SEC 1 */
        es_buffer_add_openssl(out, der, len);
    } else if (es_variant_is(ES_VARIANT_OK_PKCS8_V2)) {
        write_pkcs8_v2(key, out);
    } else {
        write_pkcs8(key, out);
    }
}

static X509 *certify(X509_NAME *subject, const struct es_csr *csr, EVP_PKEY *key)
{
    if (es_mutant_is(ES_MUTANT_SKG_CLIENT_KEY_CERTIFIED) && csr->key != NULL) {
        return es_ca_issue(subject, csr->key, csr->extensions);
    }
    if (es_mutant_is(ES_MUTANT_SKG_KEY_CERT_MISMATCH)) {
        EVP_PKEY *other = EVP_EC_gen("P-256");
        X509 *cert = es_ca_issue(subject, other, csr->extensions);
        EVP_PKEY_free(other);
        return cert;
    }
    return es_ca_issue(subject, key, csr->extensions);
}

static void write_parts(enum es_op op, X509 *cert, uint16_t key_format,
                        struct es_bytes key, struct es_representation *rep)
{
    struct es_buffer body = {NULL, 0, 0};
    bool bag = op == ES_OP_SKG || es_mutant_is(ES_MUTANT_SKC_RETURNS_281);
    uint16_t cert_format = bag ? ES_FORMAT_CERTS : ES_FORMAT_CERT;
    if (bag) {
        es_bag_write_one(cert, &body);
    } else {
        es_bag_write_certificate(cert, &body);
    }
    if (es_mutant_is(ES_MUTANT_SKG_FORMAT_IDS_SWAPPED)) {
        uint16_t swap = cert_format;
        cert_format = key_format;
        key_format = swap;
    }
    struct es_part key_part = {key_format, key};
    struct es_part cert_part = {cert_format, es_buffer_view(&body)};
    bool cert_first = es_variant_is(ES_VARIANT_OK_SKG_CERT_FIRST);
    struct es_part parts[2] = {cert_first ? cert_part : key_part,
                               cert_first ? key_part : cert_part};
    rep->content_format = ES_FORMAT_MULTIPART;
    es_multipart_write(parts, 2, &rep->body);
    es_buffer_free(&body);
}

static EVP_PKEY *make_key(void)
{
    static EVP_PKEY *reused;
    if (!es_mutant_is(ES_MUTANT_SKG_KEY_REUSED)) {
        return EVP_EC_gen("P-256");
    }
    if (reused == NULL) {
        reused = EVP_EC_gen("P-256");
    }
    EVP_PKEY_up_ref(reused);
    return reused;
}

bool es_keygen(enum es_op op, X509_NAME *subject, const struct es_csr *csr,
               X509 *client, struct es_representation *rep, struct es_reply *error)
{
    struct es_keycms wish;
    const char *why = NULL;
    if (!es_keycms_read(csr, client, &wish, &why)) {
        *error = es_reply_error(ES_CODE_BAD_REQUEST, why);
        return false;
    }
    struct es_buffer body = {NULL, 0, 0};
    EVP_PKEY *key = make_key();
    X509 *cert = key != NULL ? certify(subject, csr, key) : NULL;
    bool ok = cert != NULL;
    if (ok && wish.wanted) {
        struct es_buffer plain = {NULL, 0, 0};
        write_pkcs8(key, &plain);
        ok = es_keycms_write(&wish, es_buffer_view(&plain), &body);
        es_buffer_free(&plain);
    } else if (ok) {
        write_key(key, &body);
    }
    if (ok) {
        write_parts(op, cert, wish.wanted ? ES_FORMAT_KEY_CMS : ES_FORMAT_KEY,
                    es_buffer_view(&body), rep);
    } else {
        *error = es_reply_error(ES_CODE_INTERNAL_ERROR, "no key could be made");
    }
    es_keycms_free(&wish);
    es_buffer_free(&body);
    X509_free(cert);
    EVP_PKEY_free(key);
    return ok;
}
