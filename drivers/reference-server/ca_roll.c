/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ca_int.h"
#include "pem.h"

#include <openssl/x509v3.h>

enum { ROOT_VALID_DAYS = 3650 };

/* A CA certificate for subject_key, signed by issuer_key. issuer is NULL if the
   certificate is self-signed. */
static X509 *certify(X509_NAME *name, X509_NAME *issuer_name, EVP_PKEY *subject_key,
                     X509 *issuer, EVP_PKEY *issuer_key)
{
    X509 *cert = es_ca_new_certificate(name, issuer_name, subject_key, ROOT_VALID_DAYS);
    if (cert == NULL) {
        return NULL;
    }
    X509 *by = issuer != NULL ? issuer : cert;
    bool ok =
        es_ca_add_extension(cert, by, NID_basic_constraints, "critical,CA:TRUE") &&
        es_ca_add_extension(cert, by, NID_key_usage, "critical,keyCertSign,cRLSign") &&
        es_ca_add_extension(cert, by, NID_subject_key_identifier, "hash") &&
        es_ca_add_extension(cert, by, NID_authority_key_identifier, "keyid") &&
        X509_sign(cert, issuer_key, EVP_sha256()) > 0;
    if (!ok) {
        X509_free(cert);
        return NULL;
    }
    return cert;
}

struct root {
    X509 *cert;
    EVP_PKEY *key;
};

static void free_root(struct root *root)
{
    X509_free(root->cert);
    EVP_PKEY_free(root->key);
}

static bool read_root(const char *dir, struct root *root)
{
    STACK_OF(X509) *certs = es_pem_read_certificates(dir, "root.cert.pem");
    root->cert = certs != NULL ? sk_X509_shift(certs) : NULL;
    sk_X509_pop_free(certs, X509_free);
    root->key = es_pem_read_key(dir, "root.key.pem");
    return root->cert != NULL && root->key != NULL;
}

/* Another root of the same name. */
static bool make_root(const struct root *model, struct root *root)
{
    X509_NAME *name = X509_get_subject_name(model->cert);
    root->key = EVP_EC_gen("P-256");
    root->cert =
        root->key != NULL ? certify(name, name, root->key, NULL, root->key) : NULL;
    return root->cert != NULL;
}

static bool push(STACK_OF(X509) * set, X509 *cert)
{
    return cert != NULL && sk_X509_push(set, cert) > 0;
}

static bool push_shared(STACK_OF(X509) * set, X509 *cert)
{
    X509_up_ref(cert);
    return push(set, cert);
}

/* The certificates that lead over between two roots: OldWithOld, OldWithNew, NewWithOld
   (RFC 7030, 4.1.3; RFC 4210, 4.4). */
static bool push_bridge(STACK_OF(X509) * set, const struct root *old,
                        const struct root *new)
{
    X509_NAME *name = X509_get_subject_name(old->cert);
    return push_shared(set, old->cert) &&
           push(set, certify(name, name, old->key, new->cert, new->key)) &&
           push(set, certify(name, name, new->key, old->cert, old->key));
}

static void publish(STACK_OF(X509) * set)
{
    sk_X509_pop_free(es_ca.published, X509_free);
    es_ca.published = set;
    es_ca_publish();
}

bool es_ca_roll(const char *dir)
{
    struct root old = {NULL, NULL}, new = {NULL, NULL};
    STACK_OF(X509) *set = sk_X509_new_null();
    X509 *issuing = NULL;
    bool ok = read_root(dir, &old) && make_root(&old, &new);
    if (ok) {
        issuing =
            certify(X509_get_subject_name(es_ca.cert), X509_get_subject_name(new.cert),
                    es_ca.key, new.cert, new.key);
    }
    ok = ok && push(set, issuing) && push_shared(set, new.cert) &&
         push_shared(set, es_ca.cert) && push_bridge(set, &old, &new);
    if (ok) {
        X509_up_ref(issuing);
        X509_free(es_ca.cert);
        es_ca.cert = issuing;
        publish(set);
    } else {
        sk_X509_pop_free(set, X509_free);
    }
    free_root(&old);
    free_root(&new);
    return ok;
}

bool es_ca_add_old_root(const char *dir)
{
    struct root old = {NULL, NULL}, now = {NULL, NULL};
    STACK_OF(X509) *set = X509_chain_up_ref(es_ca.published);
    bool ok =
        read_root(dir, &now) && make_root(&now, &old) && push_bridge(set, &old, &now);
    if (ok) {
        publish(set);
    } else {
        sk_X509_pop_free(set, X509_free);
    }
    free_root(&old);
    free_root(&now);
    return ok;
}
