/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "csr.h"

#include "behaviour.h"

#include <openssl/asn1.h>
#include <openssl/ec.h>
#include <openssl/x509v3.h>

EVP_PKEY *es_csr_new_key(void)
{
    return EVP_EC_gen("P-256");
}

/* Types that may be UTF8String as well as PrintableString. */
static bool is_directory_string(const ASN1_OBJECT *type)
{
    int nid = OBJ_obj2nid(type);
    return nid == NID_commonName || nid == NID_organizationName ||
           nid == NID_organizationalUnitName || nid == NID_localityName ||
           nid == NID_stateOrProvinceName;
}

/* The other one of the two types, if the text can be written in it. */
static int other_form(const ASN1_OBJECT *type, const ASN1_STRING *text)
{
    int form = ASN1_STRING_type(text);
    int n = ASN1_STRING_length(text);
    bool printable =
        ASN1_PRINTABLE_type(ASN1_STRING_get0_data(text), n) == V_ASN1_PRINTABLESTRING;
    if (!is_directory_string(type) || !printable) {
        return form;
    }
    return form == V_ASN1_UTF8STRING ? V_ASN1_PRINTABLESTRING : V_ASN1_UTF8STRING;
}

/* The same name with its texts in the other type; equal by RFC 5280, 7.1. */
static X509_NAME *name_in_other_form(const X509_NAME *name)
{
    X509_NAME *out = X509_NAME_new();
    int last_set = -1;
    for (int i = 0; i < X509_NAME_entry_count(name); i++) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        const ASN1_OBJECT *type = X509_NAME_ENTRY_get_object(entry);
        const ASN1_STRING *text = X509_NAME_ENTRY_get_data(entry);
        int set = X509_NAME_ENTRY_set(entry);
        X509_NAME_add_entry_by_OBJ(
            out, type, other_form(type, text), ASN1_STRING_get0_data(text),
            ASN1_STRING_length(text), -1, set == last_set ? -1 : 0);
        last_set = set;
    }
    return out;
}

static bool set_subject(X509_REQ *req, const struct es_csr_wish *wish)
{
    const X509_NAME *old = X509_get_subject_name(wish->model);
    bool other = wish->is_renewal && es_variant_is(ES_VARIANT_OK_SUBJECT_ENCODING);
    X509_NAME *name = other ? name_in_other_form(old) : X509_NAME_dup(old);
    if (wish->is_renewal && es_mutant_is(ES_MUTANT_REENROLL_SUBJECT_CHANGED)) {
        X509_NAME_add_entry_by_txt(name, "OU", MBSTRING_ASC,
                                   (const unsigned char *)"changed", -1, -1, 0);
    }
    bool ok = name != NULL && X509_REQ_set_subject_name(req, name) == 1;
    X509_NAME_free(name);
    return ok;
}

static bool add_alternative_names(X509_REQ *req, X509 *model)
{
    int at = X509_get_ext_by_NID(model, NID_subject_alt_name, -1);
    if (at < 0) {
        return true;
    }
    STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();
    sk_X509_EXTENSION_push(extensions, X509_get_ext(model, at));
    bool ok = X509_REQ_add_extensions(req, extensions) == 1;
    sk_X509_EXTENSION_free(extensions);
    return ok;
}

static bool add_challenge(X509_REQ *req, const struct es_session *session)
{
    uint8_t finished[ES_TLS_UNIQUE_MAX], base64[2 * ES_TLS_UNIQUE_MAX];
    bool absent = es_variant_is(ES_VARIANT_OK_POP_ABSENT);
    if ((absent && !es_pledge.attrs.wants_challenge) ||
        es_mutant_is(ES_MUTANT_POP_NEVER)) {
        return true;
    }
    size_t n = es_session_tls_unique(session, finished);
    if (n == 0) {
        return false;
    }
    if (es_variant_is(ES_VARIANT_OK_POP_RAW)) {
        return X509_REQ_add1_attr_by_NID(req, NID_pkcs9_challengePassword,
                                         V_ASN1_UTF8STRING, finished, (int)n) == 1;
    }
    int len = EVP_EncodeBlock(base64, finished, (int)n);
    int form = es_mutant_is(ES_MUTANT_CHALLENGE_IA5) ? V_ASN1_IA5STRING
                                                     : V_ASN1_PRINTABLESTRING;
    return X509_REQ_add1_attr_by_NID(req, NID_pkcs9_challengePassword, form, base64,
                                     len) == 1;
}

static const EVP_MD *digest(void)
{
    int nid = es_pledge.attrs.digest;
    return nid == NID_sha384 || nid == NID_sha512 ? EVP_get_digestbynid(nid)
                                                  : EVP_sha256();
}

static void write_base64(struct es_buffer *der)
{
    struct es_buffer text = {NULL, 0, 0};
    es_buffer_resize(&text, (der->n + 2) / 3 * 4 + 1);
    int n = EVP_EncodeBlock(text.p, der->p, (int)der->n);
    es_buffer_resize(&text, (size_t)n);
    es_buffer_free(der);
    *der = text;
}

bool es_csr_write(const struct es_csr_wish *wish, struct es_buffer *out)
{
    X509_REQ *req = X509_REQ_new();
    bool ok = req != NULL && X509_REQ_set_version(req, 0) == 1 &&
              set_subject(req, wish) && X509_REQ_set_pubkey(req, wish->key) == 1 &&
              add_challenge(req, wish->session) &&
              (!wish->is_renewal || add_alternative_names(req, wish->model)) &&
              X509_REQ_sign(req, wish->key, digest()) > 0;
    if (ok) {
        unsigned char *der = NULL;
        int n = i2d_X509_REQ(req, &der);
        es_buffer_add_openssl(out, der, n);
    }
    X509_REQ_free(req);
    if (ok && es_mutant_is(ES_MUTANT_CSR_BASE64)) {
        write_base64(out);
    }
    return ok;
}
