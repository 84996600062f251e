/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CREDENTIAL_H
#define ES_CREDENTIAL_H

#include "octets.h"

#include <mbedtls/x509_crt.h>

/* A private key and the certificates for it, the device's own first. */
struct es_credential {
    mbedtls_x509_crt *chain;
    mbedtls_pk_context *key;
};

/* Both are empty. Whoever holds it frees it; NULL is nothing. */
struct es_credential *es_credential_new(void);
void es_credential_free(struct es_credential *c);
/* A new P-256 key. */
bool es_credential_make_key(struct es_credential *c);
/* The key out of a PKCS#8 OneAsymmetricKey of version 1 or 2 (RFC 5958), P-256. */
bool es_credential_read_key(struct es_credential *c, struct es_bytes der);

#endif
