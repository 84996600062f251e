/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "csr.h"

#include "der.h"

#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include <string.h>

void es_csr_free(struct es_csr *csr)
{
    X509_REQ_free(csr->req);
    sk_X509_EXTENSION_pop_free(csr->extensions, X509_EXTENSION_free);
    *csr = (struct es_csr){.req = NULL};
}

/* challengePassword is a DirectoryString (RFC 2985, 5.4.1); its octets are compared. */
static bool take_challenge(struct es_csr *csr, const char **why)
{
    int at = X509_REQ_get_attr_by_NID(csr->req, NID_pkcs9_challengePassword, -1);
    if (at < 0) {
        return true;
    }
    X509_ATTRIBUTE *attribute = X509_REQ_get_attr(csr->req, at);
    const ASN1_TYPE *value = X509_ATTRIBUTE_get0_type(attribute, 0);
    int type = value != NULL ? ASN1_TYPE_get(value) : V_ASN1_UNDEF;
    bool text = type == V_ASN1_PRINTABLESTRING || type == V_ASN1_UTF8STRING ||
                type == V_ASN1_T61STRING || type == V_ASN1_IA5STRING;
    if (!text || X509_ATTRIBUTE_count(attribute) != 1) {
        *why = "challengePassword is not one string";
        return false;
    }
    const ASN1_STRING *s = value->value.asn1_string;
    csr->challenge =
        (struct es_bytes){ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s)};
    csr->has_challenge = true;
    return true;
}

bool es_csr_read(struct es_bytes der, struct es_csr *out, const char **why)
{
    *out = (struct es_csr){.req = NULL};
    if (!es_der_is_strict(der)) {
        *why = "body is not one DER element";
        return false;
    }
    const unsigned char *p = der.p;
    out->req = d2i_X509_REQ(NULL, &p, (long)der.n);
    if (out->req == NULL || p != der.p + der.n) {
        *why = "body is not a PKCS#10 request";
        es_csr_free(out);
        return false;
    }
    if (X509_REQ_get_version(out->req) != X509_REQ_VERSION_1) {
        *why = "request has an unknown version";
        es_csr_free(out);
        return false;
    }
    out->subject = X509_REQ_get_subject_name(out->req);
    out->key = X509_REQ_get0_pubkey(out->req);
    out->extensions = X509_REQ_get_extensions(out->req);
    if (!take_challenge(out, why)) {
        es_csr_free(out);
        return false;
    }
    return true;
}

bool es_csr_is_signed(const struct es_csr *csr)
{
    return csr->key != NULL && X509_REQ_verify(csr->req, csr->key) == 1;
}

bool es_csr_has_p256_key(const struct es_csr *csr)
{
    char group[32] = "";
    return csr->key != NULL && EVP_PKEY_get_base_id(csr->key) == EVP_PKEY_EC &&
           EVP_PKEY_get_group_name(csr->key, group, sizeof group, NULL) == 1 &&
           strcmp(group, "prime256v1") == 0;
}

bool es_csr_has_subject_of(const struct es_csr *csr, X509 *cert)
{
    return X509_NAME_cmp(csr->subject, X509_get_subject_name(cert)) == 0;
}

static bool contains(const GENERAL_NAMES *set, const GENERAL_NAME *name)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(set); i++) {
        if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(set, i), (GENERAL_NAME *)name) ==
            0) {
            return true;
        }
    }
    return false;
}

static bool is_subset(const GENERAL_NAMES *a, const GENERAL_NAMES *b)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(a); i++) {
        if (!contains(b, sk_GENERAL_NAME_value(a, i))) {
            return false;
        }
    }
    return true;
}

bool es_csr_has_alt_names_of(const struct es_csr *csr, X509 *cert)
{
    GENERAL_NAMES *asked =
        X509V3_get_d2i(csr->extensions, NID_subject_alt_name, NULL, NULL);
    GENERAL_NAMES *had = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    bool same = is_subset(asked, had) && is_subset(had, asked);
    GENERAL_NAMES_free(asked);
    GENERAL_NAMES_free(had);
    return same;
}

bool es_csr_find_attribute(const struct es_csr *csr, const char *oid,
                           struct es_buffer *value)
{
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    int at = X509_REQ_get_attr_by_OBJ(csr->req, object, -1);
    ASN1_OBJECT_free(object);
    if (at < 0) {
        return false;
    }
    const ASN1_TYPE *type =
        X509_ATTRIBUTE_get0_type(X509_REQ_get_attr(csr->req, at), 0);
    if (type == NULL) {
        return true;
    }
    unsigned char *der = NULL;
    int len = i2d_ASN1_TYPE((ASN1_TYPE *)type, &der);
    es_buffer_add_openssl(value, der, len);
    return true;
}

void es_csr_key_digest(const struct es_csr *csr, uint8_t digest[32])
{
    unsigned char *der = NULL;
    int len = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(csr->req), &der);
    if (len < 0) {
        len = 0;
    }
    SHA256(der, (size_t)len, digest);
    OPENSSL_free(der);
}
