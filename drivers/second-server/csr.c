/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "csr.h"

#include "der.h"
#include "extension.h"
#include "name.h"
#include "oid.h"

#include <mbedtls/md.h>

static bool take_info(struct es_csr *out, struct es_bytes *attributes)
{
    struct es_tlv info, e;
    struct es_bytes in = out->info;
    if (!es_der_take(&in, ES_DER_SEQUENCE, &info)) {
        return false;
    }
    struct es_bytes rest = info.value;
    bool v1 =
        es_der_take(&rest, ES_DER_INTEGER, &e) && e.value.n == 1 && e.value.p[0] == 0;
    if (!v1 || !es_der_take(&rest, ES_DER_SEQUENCE, &e)) {
        return false;
    }
    out->subject = e.whole;
    if (!es_der_take(&rest, ES_DER_SEQUENCE, &e)) {
        return false;
    }
    out->public_key = e.whole;
    bool ok = es_der_take(&rest, ES_DER_CONTEXT, &e);
    *attributes = e.value;
    return ok && rest.n == 0;
}

static bool take_signature(struct es_csr *out, struct es_bytes rest)
{
    struct es_tlv algorithm, oid, bits;
    if (!es_der_take(&rest, ES_DER_SEQUENCE, &algorithm) ||
        !es_der_take(&rest, ES_DER_BIT_STRING, &bits) || rest.n > 0) {
        return false;
    }
    struct es_bytes in = algorithm.value;
    if (!es_der_take(&in, ES_DER_OID, &oid) || bits.value.n < 1 ||
        bits.value.p[0] != 0) {
        return false;
    }
    out->algorithm = oid.value;
    out->signature = (struct es_bytes){bits.value.p + 1, bits.value.n - 1};
    return true;
}

/* RFC 2985, 5.4.1: one DirectoryString. */
static bool take_challenge(struct es_csr *out, struct es_bytes values)
{
    struct es_tlv text;
    if (out->has_challenge || !es_der_next(&values, &text) || values.n > 0) {
        return false;
    }
    out->has_challenge = true;
    out->challenge = text.value;
    return text.tag == ES_DER_UTF8 || text.tag == ES_DER_PRINTABLE ||
           text.tag == ES_DER_T61 || text.tag == ES_DER_IA5;
}

static bool take_extensions(struct es_csr *out, struct es_bytes values)
{
    struct es_tlv extensions;
    if (!es_der_take(&values, ES_DER_SEQUENCE, &extensions) || values.n > 0) {
        return false;
    }
    out->alt_names = es_extension_find(extensions.whole, es_oid_subject_alt_name);
    return out->alt_names.n == 0 ||
           (es_der_is_sound(out->alt_names) && out->alt_names.p[0] == ES_DER_SEQUENCE);
}

static bool take_attributes(struct es_csr *out, struct es_bytes rest)
{
    struct es_tlv attribute, oid, values;
    while (rest.n > 0) {
        if (!es_der_take(&rest, ES_DER_SEQUENCE, &attribute)) {
            return false;
        }
        struct es_bytes in = attribute.value;
        if (!es_der_take(&in, ES_DER_OID, &oid) ||
            !es_der_take(&in, ES_DER_SET, &values) || in.n > 0) {
            return false;
        }
        bool ok = true;
        if (es_der_oid_is(&oid, es_oid_challenge_password)) {
            ok = take_challenge(out, values.value);
        } else if (es_der_oid_is(&oid, es_oid_extension_request)) {
            ok = take_extensions(out, values.value);
        } else if (es_der_oid_is(&oid, es_oid_smime_capabilities) ||
                   es_der_oid_is(&oid, es_oid_decrypt_key_id) ||
                   es_der_oid_is(&oid, es_oid_asymmetric_decrypt_key_id)) {
            out->wants_encryption = true;
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}

bool es_csr_open(struct es_bytes der, struct es_csr *out, const char **why)
{
    struct es_tlv request, info;
    struct es_bytes attributes = {NULL, 0};
    *out = (struct es_csr){.has_challenge = false};
    mbedtls_pk_init(&out->key);
    *why = "not one element of DER";
    if (!es_der_is_sound(der)) {
        return false;
    }
    *why = "not a certification request";
    if (!es_der_take(&der, ES_DER_SEQUENCE, &request) ||
        !es_der_take(&request.value, ES_DER_SEQUENCE, &info)) {
        return false;
    }
    out->info = info.whole;
    if (!take_info(out, &attributes) || !take_signature(out, request.value) ||
        !es_name_is_sound(out->subject)) {
        return false;
    }
    *why = "an attribute is not as it should be";
    if (!take_attributes(out, attributes)) {
        return false;
    }
    unsigned char *p = (unsigned char *)out->public_key.p;
    out->has_key =
        mbedtls_pk_parse_subpubkey(&p, p + out->public_key.n, &out->key) == 0;
    return true;
}

void es_csr_close(struct es_csr *csr)
{
    mbedtls_pk_free(&csr->key);
}

bool es_csr_has_p256_key(const struct es_csr *csr)
{
    return csr->has_key && mbedtls_pk_get_type(&csr->key) == MBEDTLS_PK_ECKEY &&
           mbedtls_pk_ec(csr->key)->grp.id == MBEDTLS_ECP_DP_SECP256R1;
}

static mbedtls_md_type_t digest_of(struct es_bytes algorithm)
{
    if (es_bytes_equal(algorithm, es_oid_ecdsa_sha256)) {
        return MBEDTLS_MD_SHA256;
    }
    if (es_bytes_equal(algorithm, es_oid_ecdsa_sha384)) {
        return MBEDTLS_MD_SHA384;
    }
    return es_bytes_equal(algorithm, es_oid_ecdsa_sha512) ? MBEDTLS_MD_SHA512
                                                          : MBEDTLS_MD_NONE;
}

bool es_csr_is_signed(struct es_csr *csr)
{
    unsigned char digest[MBEDTLS_MD_MAX_SIZE];
    mbedtls_md_type_t type = digest_of(csr->algorithm);
    const mbedtls_md_info_t *md = mbedtls_md_info_from_type(type);
    return md != NULL && mbedtls_md(md, csr->info.p, csr->info.n, digest) == 0 &&
           mbedtls_pk_verify(&csr->key, type, digest, mbedtls_md_get_size(md),
                             csr->signature.p, csr->signature.n) == 0;
}
