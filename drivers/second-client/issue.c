/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "issue.h"

#include "bag.h"
#include "multipart.h"
#include "name.h"

/* The bag is a SET: a place in it means nothing (RFC 9148, 4.3). */
static const mbedtls_x509_crt *find_ours(const mbedtls_x509_crt *bag,
                                         const mbedtls_pk_context *key)
{
    while (bag != NULL && mbedtls_pk_check_pair(&bag->pk, key) != 0) {
        bag = bag->next;
    }
    return bag;
}

static bool has_subject_of(const mbedtls_x509_crt *a, const mbedtls_x509_crt *b)
{
    return es_name_equal((struct es_bytes){a->subject_raw.p, a->subject_raw.len},
                         (struct es_bytes){b->subject_raw.p, b->subject_raw.len});
}

static const char *judge(const struct es_issue *issue, const mbedtls_x509_crt *bag)
{
    const mbedtls_x509_crt *cert = find_ours(bag, issue->credential->key);
    if (cert == NULL) {
        return "there is no certificate for the key";
    }
    if (!has_subject_of(cert, issue->model)) {
        return "the certificate has another subject";
    }
    return es_trust_find_path(&es_pledge.trust, cert, bag, issue->shown,
                              issue->credential->chain);
}

static const char *take_certificate(const struct es_issue *issue,
                                    int64_t content_format, struct es_bytes body)
{
    mbedtls_x509_crt bag;
    mbedtls_x509_crt_init(&bag);
    const char *why = es_bag_read(content_format, body, &bag);
    if (why == NULL) {
        why = judge(issue, &bag);
    }
    mbedtls_x509_crt_free(&bag);
    return why;
}

const char *es_issue_read(const struct es_issue *issue, const struct es_answer *answer)
{
    return take_certificate(issue, answer->content_format,
                            es_octets_view(&answer->body));
}

/* The parts may come in either order (RFC 9148, 4.8). */
static const char *take_parts(const struct es_issue *issue,
                              const struct es_multipart *m)
{
    if (m->count != ES_PARTS_MAX) {
        return "the multipart has not two parts";
    }
    size_t at = m->part[0].content_format == ES_FORMAT_KEY ? 0 : 1;
    const struct es_part *key = &m->part[at], *cert = &m->part[1 - at];
    if (key->content_format != ES_FORMAT_KEY) {
        return "the multipart has no key in the clear";
    }
    if (issue->cert_format >= 0 && cert->content_format != issue->cert_format) {
        return "the certificate has another Content-Format";
    }
    if (!es_credential_read_key(issue->credential, es_octets_view(&key->body))) {
        return "the key is not PKCS#8 of P-256";
    }
    return take_certificate(issue, cert->content_format, es_octets_view(&cert->body));
}

const char *es_issue_read_with_key(const struct es_issue *issue,
                                   const struct es_answer *answer)
{
    struct es_multipart m;
    if (answer->content_format != ES_FORMAT_MULTIPART) {
        return "the answer has another Content-Format";
    }
    const char *why = es_multipart_read(es_octets_view(&answer->body), &m);
    if (why == NULL) {
        why = take_parts(issue, &m);
    }
    es_multipart_close(&m);
    return why;
}
