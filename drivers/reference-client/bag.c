/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bag.h"

#include "behaviour.h"
#include "der.h"
#include "message.h"

#include <openssl/err.h>
#include <openssl/pkcs7.h>

static const char *judge_signed_data(const PKCS7 *p7)
{
    if (!PKCS7_type_is_signed(p7) || p7->d.sign == NULL) {
        return "the PKCS#7 holds no SignedData";
    }
    const PKCS7_SIGNED *sign = p7->d.sign;
    if (ASN1_INTEGER_get(sign->version) != 1) {
        return "the SignedData is not of version 1";
    }
    if (sk_PKCS7_SIGNER_INFO_num(sign->signer_info) > 0) {
        return "the certs-only PKCS#7 has a signer";
    }
    if (!PKCS7_type_is_data(sign->contents) || sign->contents->d.ptr != NULL) {
        return "the certs-only PKCS#7 has content";
    }
    if (sk_X509_num(sign->cert) < 1) {
        return "the PKCS#7 has no certificate";
    }
    return NULL;
}

static STACK_OF(X509) * read_certs_only(struct es_bytes body, const char **why)
{
    const unsigned char *p = body.p;
    PKCS7 *p7 = d2i_PKCS7(NULL, &p, (long)body.n);
    STACK_OF(X509) *certs = NULL;
    bool loose = es_mutant_is(ES_MUTANT_BAG_TRAILING_TAKEN);
    if (p7 == NULL || (p != body.p + body.n && !loose)) {
        *why = "the answer is no PKCS#7";
    } else {
        *why = judge_signed_data(p7);
        certs = *why == NULL ? X509_chain_up_ref(p7->d.sign->cert) : NULL;
    }
    PKCS7_free(p7);
    return certs;
}

static STACK_OF(X509) * read_certificate(struct es_bytes body, const char **why)
{
    const unsigned char *p = body.p;
    X509 *cert = d2i_X509(NULL, &p, (long)body.n);
    if (cert == NULL || p != body.p + body.n) {
        X509_free(cert);
        *why = "the answer is no certificate";
        return NULL;
    }
    STACK_OF(X509) *certs = sk_X509_new_null();
    sk_X509_push(certs, cert);
    return certs;
}

STACK_OF(X509) *
    es_bag_read(int32_t content_format, struct es_bytes body, const char **why)
{
    STACK_OF(X509) *certs = NULL;
    *why = "the answer has another Content-Format";
    if (content_format != ES_FORMAT_CERTS && content_format != ES_FORMAT_CERT) {
        return NULL;
    }
    if (!es_der_is_strict(body) && !es_mutant_is(ES_MUTANT_BAG_TRAILING_TAKEN)) {
        *why = "the answer is not DER";
        return NULL;
    }
    if (content_format == ES_FORMAT_CERT && es_mutant_is(ES_MUTANT_CERT_287_REFUSED)) {
        return NULL;
    }
    if (content_format == ES_FORMAT_CERTS) {
        certs = read_certs_only(body, why);
        if (certs == NULL && es_mutant_is(ES_MUTANT_RAW_CERT_TAKEN)) {
            certs = read_certificate(body, why);
        }
    } else {
        certs = read_certificate(body, why);
    }
    ERR_clear_error();
    return certs;
}
