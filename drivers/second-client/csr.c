/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "csr.h"

#include "der.h"
#include "extension.h"
#include "host.h"
#include "oid.h"

#include <mbedtls/base64.h>

enum { KEY_MAX = 256, BASE64_MAX = 64 };

static bool add_key(mbedtls_pk_context *key, struct es_octets *out)
{
    unsigned char der[KEY_MAX];
    int n = mbedtls_pk_write_pubkey_der(key, der, sizeof der);
    if (n > 0) {
        es_octets_add(out, der + sizeof der - n, (size_t)n); /* written from the end */
    }
    return n > 0;
}

/* RFC 7030, 3.5: the base64 of tls-unique. */
static bool add_challenge(struct es_bytes binding, struct es_octets *out)
{
    unsigned char text[BASE64_MAX];
    size_t n;
    if (mbedtls_base64_encode(text, sizeof text, &n, binding.p, binding.n) != 0) {
        return false;
    }
    size_t attribute = es_der_open(out, ES_DER_SEQUENCE);
    es_der_add(out, ES_DER_OID, es_oid_challenge_password);
    size_t values = es_der_open(out, ES_DER_SET);
    es_der_add(out, ES_DER_PRINTABLE, (struct es_bytes){text, n});
    es_der_close(out, values);
    es_der_close(out, attribute);
    return true;
}

/* RFC 7030, 4.2.2: a renewal asks for the same subjectAltName. */
static void add_alt_names(const mbedtls_x509_crt *model, struct es_octets *out)
{
    struct es_bytes names = es_extension_find(
        (struct es_bytes){model->v3_ext.p, model->v3_ext.len}, es_oid_subject_alt_name);
    if (names.n == 0) {
        return;
    }
    size_t attribute = es_der_open(out, ES_DER_SEQUENCE);
    es_der_add(out, ES_DER_OID, es_oid_extension_request);
    size_t values = es_der_open(out, ES_DER_SET);
    size_t extensions = es_der_open(out, ES_DER_SEQUENCE);
    bool no_subject = model->subject_raw.len == 2;
    es_extension_add(out, es_oid_subject_alt_name, no_subject, names);
    es_der_close(out, extensions);
    es_der_close(out, values);
    es_der_close(out, attribute);
}

static bool add_info(const struct es_csr_wish *wish, struct es_octets *out)
{
    static const uint8_t version[] = {0};
    size_t info = es_der_open(out, ES_DER_SEQUENCE);
    es_der_add(out, ES_DER_INTEGER, (struct es_bytes){version, sizeof version});
    es_octets_add(out, wish->model->subject_raw.p, wish->model->subject_raw.len);
    bool ok = add_key(wish->key, out);
    size_t attributes = es_der_open(out, ES_DER_CONTEXT);
    ok = ok && add_challenge(wish->binding, out);
    add_alt_names(wish->model, out);
    es_der_close(out, attributes);
    es_der_close(out, info);
    return ok;
}

static struct es_bytes algorithm_of(mbedtls_md_type_t digest)
{
    return digest == MBEDTLS_MD_SHA512   ? es_oid_ecdsa_sha512
           : digest == MBEDTLS_MD_SHA384 ? es_oid_ecdsa_sha384
                                         : es_oid_ecdsa_sha256;
}

static bool add_signature(const struct es_csr_wish *wish, struct es_bytes info,
                          struct es_octets *out)
{
    unsigned char digest[MBEDTLS_MD_MAX_SIZE], value[MBEDTLS_PK_SIGNATURE_MAX_SIZE];
    const mbedtls_md_info_t *md = mbedtls_md_info_from_type(wish->digest);
    size_t n, size = mbedtls_md_get_size(md);
    if (mbedtls_md(md, info.p, info.n, digest) != 0 ||
        mbedtls_pk_sign(wish->key, wish->digest, digest, size, value, &n,
                        es_random_mbedtls, NULL) != 0) {
        return false;
    }
    size_t algorithm = es_der_open(out, ES_DER_SEQUENCE);
    es_der_add(out, ES_DER_OID, algorithm_of(wish->digest));
    es_der_close(out, algorithm);
    size_t bits = es_der_open(out, ES_DER_BIT_STRING);
    es_octets_add_byte(out, 0);
    es_octets_add(out, value, n);
    es_der_close(out, bits);
    return true;
}

bool es_csr_write(const struct es_csr_wish *wish, struct es_octets *out)
{
    struct es_octets info = {NULL, 0, 0};
    es_octets_clear(out);
    bool ok = add_info(wish, &info);
    size_t request = es_der_open(out, ES_DER_SEQUENCE);
    es_octets_add_bytes(out, es_octets_view(&info));
    ok = ok && add_signature(wish, es_octets_view(&info), out);
    es_der_close(out, request);
    es_octets_free(&info);
    return ok;
}
