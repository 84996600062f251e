/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CSR_H
#define ES_CSR_H

#include "buffer.h"

#include <openssl/x509.h>

#include <stdbool.h>

/* A PKCS#10 request, taken apart. Everything in it comes from the peer: es_csr_read says
   only that it is well formed, what it asks for is judged by the functions below and by
   enroll.c. */

struct es_csr {
    X509_REQ *req;
    X509_NAME *subject;                    /* borrowed from req */
    EVP_PKEY *key;                         /* borrowed; NULL if OpenSSL cannot use it */
    STACK_OF(X509_EXTENSION) * extensions; /* NULL if none are asked for */
    struct es_bytes challenge;             /* of challengePassword; borrowed */
    bool has_challenge;
};

/* Reads strict DER. On failure *why says what is wrong and nothing is to be freed. */
bool es_csr_read(struct es_bytes der, struct es_csr *out, const char **why);
void es_csr_free(struct es_csr *csr);

/* Proof of possession: the request is signed by the key in it. */
bool es_csr_is_signed(const struct es_csr *csr);
/* The CA certifies P-256 keys only, as csrattrs says. */
bool es_csr_has_p256_key(const struct es_csr *csr);

/* RFC 7030, 4.2.2: names are compared as in RFC 5280, 7.1, so that the string type does
   not matter; alternative names as a set. */
bool es_csr_has_subject_of(const struct es_csr *csr, X509 *cert);
bool es_csr_has_alt_names_of(const struct es_csr *csr, X509 *cert);

/* The values of an attribute with the OID in dotted form: the first one as DER. */
bool es_csr_find_attribute(const struct es_csr *csr, const char *oid,
                           struct es_buffer *value);

/* SHA-256 over the key as the request writes it. */
void es_csr_key_digest(const struct es_csr *csr, uint8_t digest[32]);

#endif
