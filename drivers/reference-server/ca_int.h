/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CA_INT_H
#define ES_CA_INT_H

#include "ca.h"

/* Shared by issuing (ca.c) and rolling (ca_roll.c). */
struct es_ca {
    X509 *cert;
    EVP_PKEY *key;
    STACK_OF(X509) * published; /* what crts carries, in file order */
};

extern struct es_ca es_ca;

/* A certificate with a fresh random serial number and the validity, unsigned. */
X509 *es_ca_new_certificate(X509_NAME *subject, X509_NAME *issuer, EVP_PKEY *key,
                            long valid_days);
/* Adds an extension by its OpenSSL text form, seen from issuer. */
bool es_ca_add_extension(X509 *cert, X509 *issuer, int nid, const char *value);
/* Rebuilds what es_ca_bag and es_ca_certificate return. */
void es_ca_publish(void);

#endif
