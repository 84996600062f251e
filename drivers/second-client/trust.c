/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trust.h"

#include "host.h"
#include "name.h"

#include <mbedtls/md.h>

#include <string.h>

enum { PATH_MAX_LEN = 8 };

void es_trust_open(struct es_trust *t)
{
    mbedtls_x509_crt_init(&t->implicit);
    mbedtls_x509_crt_init(&t->anchors);
    mbedtls_x509_crt_init(&t->others);
    t->is_explicit = false;
}

void es_trust_forget(struct es_trust *t)
{
    mbedtls_x509_crt_free(&t->anchors);
    mbedtls_x509_crt_free(&t->others);
    t->is_explicit = false;
}

void es_trust_close(struct es_trust *t)
{
    es_trust_forget(t);
    mbedtls_x509_crt_free(&t->implicit);
}

mbedtls_x509_crt *es_trust_anchors(struct es_trust *t)
{
    return t->is_explicit ? &t->anchors : &t->implicit;
}

bool es_trust_is_valid_now(const mbedtls_x509_crt *cert)
{
    return mbedtls_x509_time_is_past(&cert->valid_to) == 0 &&
           mbedtls_x509_time_is_future(&cert->valid_from) == 0;
}

const char *es_trust_explain(uint32_t flags)
{
    static char text[256];
    int n = mbedtls_x509_crt_verify_info(text, sizeof text, "", flags);
    text[n > 0 ? strcspn(text, "\n") : 0] = '\0';
    return text[0] != '\0' ? text : "the certificate is not good";
}

static struct es_bytes bytes_of(mbedtls_x509_buf b)
{
    return (struct es_bytes){b.p, b.len};
}

static void add(mbedtls_x509_crt *list, const mbedtls_x509_crt *cert)
{
    mbedtls_x509_crt_parse_der(list, cert->raw.p, cert->raw.len);
}

static bool is_same(const mbedtls_x509_crt *a, const mbedtls_x509_crt *b)
{
    return es_bytes_equal(bytes_of(a->raw), bytes_of(b->raw));
}

/* A list begins with an empty certificate while nothing was added. */
static bool is_end(const mbedtls_x509_crt *list)
{
    return list == NULL || list->raw.p == NULL;
}

static bool holds(const mbedtls_x509_crt *list, const mbedtls_x509_crt *cert)
{
    for (; !is_end(list); list = list->next) {
        if (is_same(list, cert)) {
            return true;
        }
    }
    return false;
}

static bool is_ca(const mbedtls_x509_crt *cert)
{
    return cert->ca_istrue != 0 &&
           mbedtls_x509_crt_check_key_usage(cert, MBEDTLS_X509_KU_KEY_CERT_SIGN) == 0;
}

static bool is_issued_by(const mbedtls_x509_crt *cert, const mbedtls_x509_crt *issuer)
{
    unsigned char digest[MBEDTLS_MD_MAX_SIZE];
    const mbedtls_md_info_t *md = mbedtls_md_info_from_type(cert->sig_md);
    return is_ca(issuer) &&
           es_name_equal(bytes_of(cert->issuer_raw), bytes_of(issuer->subject_raw)) &&
           md != NULL && mbedtls_md(md, cert->tbs.p, cert->tbs.len, digest) == 0 &&
           mbedtls_pk_verify_ext(cert->sig_pk, cert->sig_opts,
                                 (mbedtls_pk_context *)&issuer->pk, cert->sig_md,
                                 digest, mbedtls_md_get_size(md), cert->sig.p,
                                 cert->sig.len) == 0;
}

/* One of the list that issued it and is valid, and that is not in `apart`; or NULL. */
static const mbedtls_x509_crt *find_issuer(const mbedtls_x509_crt *list,
                                           const mbedtls_x509_crt *cert,
                                           const mbedtls_x509_crt *apart)
{
    for (; !is_end(list); list = list->next) {
        if (es_trust_is_valid_now(list) && is_issued_by(cert, list) &&
            !holds(apart, list)) {
            return list;
        }
    }
    return NULL;
}

const char *es_trust_find_path(struct es_trust *t, const mbedtls_x509_crt *cert,
                               const mbedtls_x509_crt *bag,
                               const mbedtls_x509_crt *shown, mbedtls_x509_crt *chain)
{
    const mbedtls_x509_crt *sources[] = {bag, &t->others, shown};
    mbedtls_x509_crt *anchors = es_trust_anchors(t);
    uint32_t flags = 0;
    const mbedtls_x509_crt *last = cert;
    for (size_t n = 0; last != NULL && n < PATH_MAX_LEN; n++) {
        add(chain, last);
        const mbedtls_x509_crt *next = NULL;
        if (find_issuer(anchors, last, NULL) != NULL) {
            break;
        }
        for (size_t i = 0; next == NULL && i < sizeof sources / sizeof sources[0];
             i++) {
            next = find_issuer(sources[i], last, chain);
        }
        last = next;
    }
    return mbedtls_x509_crt_verify(chain, anchors, NULL, NULL, &flags, NULL, NULL) == 0
               ? NULL
               : es_trust_explain(flags);
}

static bool is_root(const mbedtls_x509_crt *cert)
{
    return is_ca(cert) && es_trust_is_valid_now(cert) && is_issued_by(cert, cert);
}

static bool is_only_ca(const mbedtls_x509_crt *cert, const mbedtls_x509_crt *bag)
{
    for (; !is_end(bag); bag = bag->next) {
        if (is_ca(bag) && !is_same(bag, cert)) {
            return false;
        }
    }
    return true;
}

/* Whether a CA of the bag leads to the root, or from an old anchor to its key. */
static bool is_vouched_for(const mbedtls_x509_crt *root, const mbedtls_x509_crt *bag,
                           const mbedtls_x509_crt *old)
{
    for (; !is_end(bag); bag = bag->next) {
        if (!is_ca(bag) || is_same(bag, root)) {
            continue;
        }
        bool has_its_key =
            es_bytes_equal(bytes_of(bag->pk_raw), bytes_of(root->pk_raw)) &&
            es_name_equal(bytes_of(bag->subject_raw), bytes_of(root->subject_raw));
        if (is_issued_by(bag, root) ||
            (has_its_key && find_issuer(old, bag, NULL) != NULL)) {
            return true;
        }
    }
    return false;
}

static void choose_anchors(const mbedtls_x509_crt *bag, const mbedtls_x509_crt *old,
                           mbedtls_x509_crt *out)
{
    for (const mbedtls_x509_crt *c = bag; !is_end(c); c = c->next) {
        if (is_root(c) &&
            (is_only_ca(c, bag) || holds(old, c) || is_vouched_for(c, bag, old))) {
            add(out, c);
        }
    }
}

/* RFC 7030, 4.1.3: what leads to no anchor is not used. */
static void choose_others(struct es_trust *t, const mbedtls_x509_crt *bag)
{
    mbedtls_x509_crt kept;
    mbedtls_x509_crt_init(&kept);
    for (const mbedtls_x509_crt *c = bag; !is_end(c); c = c->next) {
        mbedtls_x509_crt chain;
        if (!is_ca(c) || holds(&t->anchors, c)) {
            continue;
        }
        mbedtls_x509_crt_init(&chain);
        const char *why = es_trust_find_path(t, c, bag, NULL, &chain);
        if (why == NULL) {
            add(&kept, c);
        } else {
            es_log("crts: a certificate is dropped: %s", why);
        }
        mbedtls_x509_crt_free(&chain);
    }
    t->others = kept;
}

const char *es_trust_learn(struct es_trust *t, const mbedtls_x509_crt *bag)
{
    mbedtls_x509_crt anchors;
    mbedtls_x509_crt_init(&anchors);
    choose_anchors(bag, es_trust_anchors(t), &anchors);
    if (is_end(&anchors)) {
        return "no certificate of the bag can be an anchor";
    }
    es_trust_forget(t);
    t->anchors = anchors;
    t->is_explicit = true;
    choose_others(t, bag);
    return NULL;
}
