/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "issue.h"

#include "bag.h"
#include "behaviour.h"
#include "der.h"
#include "multipart.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <string.h>

/* The certificate of the bag that is for the key; the bag is a SET, so its place means
   nothing. Borrowed; NULL if there is none. */
static X509 *find_ours(STACK_OF(X509) * bag, const struct es_issue_wish *wish,
                       EVP_PKEY *key)
{
    bool any =
        es_mutant_is(ES_MUTANT_PKCS7_FIRST_CERT_TAKEN) ||
        (wish->key != NULL && es_mutant_is(ES_MUTANT_CERT_KEY_MISMATCH_ACCEPTED)) ||
        (wish->key == NULL && es_mutant_is(ES_MUTANT_SKG_KEY_MISMATCH_ACCEPTED));
    X509 *first = sk_X509_value(bag, 0);
    for (int i = 0; i < sk_X509_num(bag); i++) {
        X509 *cert = sk_X509_value(bag, i);
        if (EVP_PKEY_eq(X509_get0_pubkey(cert), key) == 1 &&
            !es_mutant_is(ES_MUTANT_PKCS7_FIRST_CERT_TAKEN)) {
            return cert;
        }
    }
    return any ? first : NULL;
}

static const char *judge(X509 *cert, const struct es_issue_wish *wish,
                         STACK_OF(X509) * bag)
{
    SSL *ssl = es_session_ssl(wish->session);
    STACK_OF(X509) *shown = ssl != NULL ? SSL_get_peer_cert_chain(ssl) : NULL;
    const char *why;
    if (X509_NAME_cmp(X509_get_subject_name(cert),
                      X509_get_subject_name(wish->model)) != 0 &&
        !es_mutant_is(ES_MUTANT_REENROLL_SUBJECT_CHANGED)) {
        return "the certificate has another subject";
    }
    if (!es_trust_has_path(&es_pledge.trust, cert, bag, shown, &why) &&
        !es_mutant_is(ES_MUTANT_ISSUED_PATH_UNCHECKED)) {
        return why;
    }
    return NULL;
}

static const char *take_certificate(const struct es_issue_wish *wish, EVP_PKEY *key,
                                    int32_t content_format, struct es_bytes body,
                                    struct es_issue *out)
{
    const char *why;
    STACK_OF(X509) *bag = es_bag_read(content_format, body, &why);
    if (bag == NULL) {
        return why;
    }
    X509 *cert = find_ours(bag, wish, key);
    why = cert != NULL ? judge(cert, wish, bag) : "the certificate is for another key";
    if (why == NULL) {
        X509_up_ref(cert);
        EVP_PKEY_up_ref(key);
        *out = (struct es_issue){cert, key};
    }
    sk_X509_pop_free(bag, X509_free);
    ERR_clear_error();
    return why;
}

const char *es_issue_read(const struct es_issue_wish *wish,
                          const struct es_answer *answer, struct es_issue *out)
{
    *out = (struct es_issue){NULL, NULL};
    return take_certificate(wish, wish->key, answer->content_format,
                            es_buffer_view(&answer->body), out);
}

/* One element, and p behind it. False at malformed DER. */
static bool next_element(const unsigned char **p, const unsigned char *end, int *tag,
                         int *class, struct es_bytes *whole)
{
    const unsigned char *start = *p;
    long len;
    if (start == end ||
        (ASN1_get_object(p, &len, tag, class, end - start) & 0x80) != 0) {
        return false;
    }
    *p += len;
    *whole = (struct es_bytes){start, (size_t)(*p - start)};
    return true;
}

/* A OneAsymmetricKey of version 2 (RFC 5958) says the public key too, and OpenSSL 3.0 does
   not read that: writes the same key as version 1. False if it is not of version 2. */
static bool write_version_1(struct es_bytes der, struct es_buffer *out)
{
    static const uint8_t version_1[] = {2, 1, 0}, version_2[] = {2, 1, 1};
    const unsigned char *p = der.p, *end = der.p + der.n;
    struct es_buffer content = {NULL, 0, 0};
    struct es_bytes element;
    long len;
    int tag, class;
    bool ok = (ASN1_get_object(&p, &len, &tag, &class, (long)der.n) & 0x80) == 0 &&
              tag == V_ASN1_SEQUENCE && class == V_ASN1_UNIVERSAL &&
              next_element(&p, end, &tag, &class, &element) &&
              element.n == sizeof version_2 &&
              memcmp(element.p, version_2, sizeof version_2) == 0;
    es_buffer_add(&content, version_1, sizeof version_1);
    while (ok && p < end) {
        ok = next_element(&p, end, &tag, &class, &element);
        bool public_key = ok && class == V_ASN1_CONTEXT_SPECIFIC && tag == 1;
        es_buffer_add(&content, element.p, public_key ? 0 : element.n);
    }
    if (ok) {
        es_der_wrap(V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED, es_buffer_view(&content),
                    out);
    }
    OPENSSL_cleanse(content.p, content.n);
    es_buffer_free(&content);
    return ok;
}

/* PKCS#8, and nothing that OpenSSL would take in its place. */
static EVP_PKEY *read_key(struct es_bytes der)
{
    struct es_buffer version_1 = {NULL, 0, 0};
    if (!es_der_is_strict(der)) {
        return NULL;
    }
    if (write_version_1(der, &version_1)) {
        der = es_buffer_view(&version_1);
    }
    const unsigned char *p = der.p;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)der.n);
    EVP_PKEY *key = info != NULL ? EVP_PKCS82PKEY(info) : NULL;
    PKCS8_PRIV_KEY_INFO_free(info);
    if (version_1.n > 0) {
        OPENSSL_cleanse(version_1.p, version_1.n);
    }
    es_buffer_free(&version_1);
    ERR_clear_error();
    return key;
}

struct pair {
    const struct es_part *key, *cert;
};

/* Puts the part in its place. NULL, or why it has none. */
static const char *sort_part(const struct es_part *part, struct pair *out)
{
    const struct es_part **place = NULL;
    switch (part->content_format) {
    case ES_FORMAT_KEY:
        place = &out->key;
        break;
    case ES_FORMAT_CERTS:
    case ES_FORMAT_CERT:
        place = &out->cert;
        break;
    case ES_FORMAT_KEY_CMS:
        return "the key is encrypted, which nobody asked for";
    default:
        break;
    }
    if (place == NULL || *place != NULL || part->is_null) {
        return "the multipart has a part that does not belong there";
    }
    *place = part;
    return NULL;
}

static bool has_wanted_format(const struct es_issue_wish *wish,
                              const struct es_part *cert)
{
    return wish->cert_format == ES_FORMAT_ABSENT ||
           cert->content_format == (uint32_t)wish->cert_format;
}

/* Finds the two parts, in either order. NULL, or what is missing. */
static const char *sort_parts(const struct es_issue_wish *wish,
                              const struct es_multipart *m, struct pair *out)
{
    *out = (struct pair){NULL, NULL};
    for (size_t i = 0; i < m->count; i++) {
        const char *why = sort_part(&m->part[i], out);
        if (why != NULL) {
            return why;
        }
    }
    if (out->key != NULL && out->cert == NULL &&
        es_mutant_is(ES_MUTANT_SKG_ODD_ITEMS_ACCEPTED)) {
        return NULL;
    }
    if (out->key == NULL || out->cert == NULL) {
        return "the multipart lacks the key or the certificate";
    }
    if (out->cert < out->key && es_mutant_is(ES_MUTANT_SKG_ORDER_ASSUMED)) {
        return "the key does not come first";
    }
    return has_wanted_format(wish, out->cert)
               ? NULL
               : "the certificate has another Content-Format";
}

static const char *take_parts(const struct es_issue_wish *wish,
                              const struct es_multipart *m, struct es_issue *out)
{
    struct pair pair;
    const char *why = sort_parts(wish, m, &pair);
    if (why != NULL) {
        return why;
    }
    EVP_PKEY *key = read_key(es_buffer_view(&pair.key->body));
    if (key == NULL) {
        return "the key is not PKCS#8";
    }
    if (pair.cert != NULL) {
        why = take_certificate(wish, key, (int32_t)pair.cert->content_format,
                               es_buffer_view(&pair.cert->body), out);
    }
    EVP_PKEY_free(key);
    return why;
}

const char *es_issue_read_with_key(const struct es_issue_wish *wish,
                                   const struct es_answer *answer, struct es_issue *out)
{
    struct es_multipart m;
    *out = (struct es_issue){NULL, NULL};
    if (answer->content_format != ES_FORMAT_MULTIPART) {
        return "the answer has another Content-Format";
    }
    const char *why = es_multipart_read(es_buffer_view(&answer->body), &m);
    if (why == NULL) {
        why = take_parts(wish, &m, out);
    }
    es_multipart_free(&m);
    return why;
}

void es_issue_free(struct es_issue *issue)
{
    X509_free(issue->cert);
    EVP_PKEY_free(issue->key);
    *issue = (struct es_issue){NULL, NULL};
}
