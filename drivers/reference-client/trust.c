/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trust.h"

#include "behaviour.h"
#include "buffer.h"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

static void add_all(STACK_OF(X509) * to, STACK_OF(X509) * from)
{
    for (int i = 0; i < sk_X509_num(from); i++) {
        sk_X509_push(to, sk_X509_value(from, i));
    }
}

static bool holds(STACK_OF(X509) * certs, const X509 *cert)
{
    for (int i = 0; i < sk_X509_num(certs); i++) {
        if (X509_cmp(sk_X509_value(certs, i), cert) == 0) {
            return true;
        }
    }
    return false;
}

static X509_STORE *store_of(STACK_OF(X509) * anchors)
{
    X509_STORE *store = X509_STORE_new();
    for (int i = 0; i < sk_X509_num(anchors); i++) {
        X509_STORE_add_cert(store, sk_X509_value(anchors, i));
    }
    if (es_mutant_is(ES_MUTANT_CRTS_BLIND_TRUST)) {
        X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    }
    return store;
}

X509_STORE *es_trust_store(const struct es_trust *trust)
{
    bool implicit = trust->explicit_anchors == NULL;
    X509_STORE *store = store_of(implicit ? trust->implicit : trust->explicit_anchors);
    if (es_mutant_is(ES_MUTANT_IMPLICIT_TA_KEPT)) {
        for (int i = 0; i < sk_X509_num(trust->implicit); i++) {
            X509_STORE_add_cert(store, sk_X509_value(trust->implicit, i));
        }
    }
    return store;
}

static bool has_path(X509_STORE *store, X509 *cert, STACK_OF(X509) * untrusted,
                     const char **why)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    bool ok = X509_STORE_CTX_init(ctx, store, cert, untrusted) == 1 &&
              X509_verify_cert(ctx) == 1;
    *why = ok ? NULL : X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx));
    X509_STORE_CTX_free(ctx);
    return ok;
}

bool es_trust_has_path(const struct es_trust *trust, X509 *cert, STACK_OF(X509) * some,
                       STACK_OF(X509) * others, const char **why)
{
    STACK_OF(X509) *untrusted = sk_X509_new_null();
    X509_STORE *store = es_trust_store(trust);
    add_all(untrusted, trust->intermediates);
    add_all(untrusted, some);
    add_all(untrusted, others);
    bool ok = has_path(store, cert, untrusted, why);
    X509_STORE_free(store);
    sk_X509_free(untrusted);
    return ok;
}

static bool is_ca(X509 *cert)
{
    return X509_check_ca(cert) == 1;
}

static bool is_issued_by(X509 *cert, X509 *issuer)
{
    return X509_check_issued(issuer, cert) == X509_V_OK &&
           X509_verify(cert, X509_get0_pubkey(issuer)) == 1;
}

/* A self-signed CA certificate within its dates. */
static bool is_root(X509 *cert)
{
    return is_ca(cert) && X509_self_signed(cert, 1) == 1 &&
           X509_cmp_current_time(X509_get0_notBefore(cert)) < 0 &&
           X509_cmp_current_time(X509_get0_notAfter(cert)) > 0;
}

/* Whether root issued another CA certificate of the bag. */
static bool has_issued(X509 *root, STACK_OF(X509) * bag)
{
    for (int i = 0; i < sk_X509_num(bag); i++) {
        X509 *cert = sk_X509_value(bag, i);
        if (X509_cmp(cert, root) != 0 && is_ca(cert) && is_issued_by(cert, root)) {
            return true;
        }
    }
    return false;
}

/* Whether the bag has a certificate for the name and key of root that an old anchor
   issued. */
static bool is_vouched_for(X509 *root, STACK_OF(X509) * bag, STACK_OF(X509) * old)
{
    if (es_mutant_is(ES_MUTANT_ROLLOVER_IGNORED)) {
        return false;
    }
    for (int i = 0; i < sk_X509_num(bag); i++) {
        X509 *cert = sk_X509_value(bag, i);
        if (X509_NAME_cmp(X509_get_subject_name(cert), X509_get_subject_name(root)) !=
                0 ||
            EVP_PKEY_eq(X509_get0_pubkey(cert), X509_get0_pubkey(root)) != 1) {
            continue;
        }
        for (int j = 0; j < sk_X509_num(old); j++) {
            if (is_issued_by(cert, sk_X509_value(old, j))) {
                return true;
            }
        }
    }
    return false;
}

static int count_ca(STACK_OF(X509) * bag)
{
    int n = 0;
    for (int i = 0; i < sk_X509_num(bag); i++) {
        n += is_ca(sk_X509_value(bag, i)) ? 1 : 0;
    }
    return n;
}

/* The certificates of the bag that become anchors; borrowed. */
static STACK_OF(X509) *
    choose_anchors(const struct es_trust *trust, STACK_OF(X509) * bag)
{
    STACK_OF(X509) *old =
        trust->explicit_anchors != NULL ? trust->explicit_anchors : trust->implicit;
    STACK_OF(X509) *anchors = sk_X509_new_null();
    bool alone = count_ca(bag) == 1;
    for (int i = 0; i < sk_X509_num(bag); i++) {
        X509 *cert = sk_X509_value(bag, i);
        bool blind = es_mutant_is(ES_MUTANT_CRTS_BLIND_TRUST);
        if (blind ||
            (is_root(cert) && (alone || holds(old, cert) || has_issued(cert, bag) ||
                               is_vouched_for(cert, bag, old)))) {
            sk_X509_push(anchors, cert);
        }
    }
    return anchors;
}

/* The other CA certificates with a path to an anchor; borrowed. */
static STACK_OF(X509) *
    choose_intermediates(STACK_OF(X509) * bag, STACK_OF(X509) * anchors)
{
    STACK_OF(X509) *chosen = sk_X509_new_null();
    X509_STORE *store = store_of(anchors);
    for (int i = 0; i < sk_X509_num(bag); i++) {
        X509 *cert = sk_X509_value(bag, i);
        const char *why;
        if (holds(anchors, cert) || !is_ca(cert)) {
            continue;
        }
        if (has_path(store, cert, bag, &why)) {
            sk_X509_push(chosen, cert);
        } else {
            es_log("crts: a certificate is dropped: %s", why);
        }
    }
    X509_STORE_free(store);
    return chosen;
}

static void free_certs(STACK_OF(X509) * certs)
{
    sk_X509_pop_free(certs, X509_free);
}

const char *es_trust_learn(struct es_trust *trust, STACK_OF(X509) * bag)
{
    STACK_OF(X509) *anchors = choose_anchors(trust, bag);
    if (sk_X509_num(anchors) == 0) {
        sk_X509_free(anchors);
        return "no certificate in it can be an anchor";
    }
    STACK_OF(X509) *intermediates = choose_intermediates(bag, anchors);
    free_certs(trust->explicit_anchors);
    free_certs(trust->intermediates);
    trust->explicit_anchors = X509_chain_up_ref(anchors);
    trust->intermediates = X509_chain_up_ref(intermediates);
    es_log("crts: %d anchors, %d intermediates of %d certificates",
           sk_X509_num(anchors), sk_X509_num(intermediates), sk_X509_num(bag));
    sk_X509_free(anchors);
    sk_X509_free(intermediates);
    return NULL;
}

void es_trust_forget(struct es_trust *trust)
{
    free_certs(trust->explicit_anchors);
    free_certs(trust->intermediates);
    trust->explicit_anchors = NULL;
    trust->intermediates = sk_X509_new_null();
}
