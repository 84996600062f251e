/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "issue.h"

#include "bag.h"
#include "behaviour.h"
#include "der.h"
#include "multipart.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

/* The certificate of the bag that is for the key; the bag is a SET, so its place means
   nothing. Borrowed; NULL if there is none. */
static X509 *find_ours(STACK_OF(X509) * bag, const struct es_issue_wish *wish,
                       EVP_PKEY *key)
{
    bool any = es_mutant_is(ES_MUTANT_PKCS7_FIRST_CERT_TAKEN) ||
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
    if (X509_NAME_cmp(X509_get_subject_name(cert), X509_get_subject_name(wish->model)) !=
            0 &&
        !es_mutant_is(ES_MUTANT_REENROLL_SUBJECT_CHANGED)) {
        return "the certificate has another subject";
    }
    if (!es_trust_has_path(&es_pledge.trust, cert, bag, shown, &why)) {
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

/* PKCS#8, version 1 or 2 (RFC 5958), and nothing that OpenSSL would take in its place. */
static EVP_PKEY *read_key(struct es_bytes der)
{
    const unsigned char *p = der.p;
    if (!es_der_is_strict(der)) {
        return NULL;
    }
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)der.n);
    EVP_PKEY *key = info != NULL ? EVP_PKCS82PKEY(info) : NULL;
    PKCS8_PRIV_KEY_INFO_free(info);
    ERR_clear_error();
    return key;
}

static bool is_certificate_format(uint32_t format)
{
    return format == ES_FORMAT_CERTS || format == ES_FORMAT_CERT;
}

/* Finds the two parts, in either order. NULL, or what is missing. */
static const char *sort_parts(const struct es_issue_wish *wish,
                              const struct es_multipart *m, const struct es_part **key,
                              const struct es_part **cert)
{
    *key = NULL;
    *cert = NULL;
    for (size_t i = 0; i < m->count; i++) {
        const struct es_part *part = &m->part[i];
        const struct es_part **place = NULL;
        if (part->content_format == ES_FORMAT_KEY) {
            place = key;
        } else if (is_certificate_format(part->content_format)) {
            place = cert;
        }
        if (place == NULL || *place != NULL || part->is_null) {
            return part->content_format == ES_FORMAT_KEY_CMS
                       ? "the key is encrypted, which nobody asked for"
                       : "the multipart has a part that does not belong there";
        }
        *place = part;
    }
    bool odd = es_mutant_is(ES_MUTANT_SKG_ODD_ITEMS_ACCEPTED);
    if (*key == NULL || (*cert == NULL && !odd)) {
        return "the multipart lacks the key or the certificate";
    }
    if (*cert != NULL && wish->cert_format != ES_FORMAT_ABSENT &&
        (*cert)->content_format != (uint32_t)wish->cert_format) {
        return "the certificate has another Content-Format";
    }
    return *cert < *key && *cert != NULL && es_mutant_is(ES_MUTANT_SKG_ORDER_ASSUMED)
               ? "the key does not come first"
               : NULL;
}

static const char *take_parts(const struct es_issue_wish *wish,
                              const struct es_multipart *m, struct es_issue *out)
{
    const struct es_part *key_part, *cert_part;
    const char *why = sort_parts(wish, m, &key_part, &cert_part);
    if (why != NULL) {
        return why;
    }
    EVP_PKEY *key = read_key(es_buffer_view(&key_part->body));
    if (key == NULL) {
        return "the key is not PKCS#8";
    }
    if (cert_part != NULL) {
        why = take_certificate(wish, key, (int32_t)cert_part->content_format,
                               es_buffer_view(&cert_part->body), out);
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
