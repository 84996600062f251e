/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CSR_H
#define ES_CSR_H

#include "octets.h"

#include <mbedtls/pk.h>

/* A PKCS#10 request (RFC 2986). The parts point into the octets it was read from. */
struct es_csr {
    struct es_bytes info, subject, public_key, algorithm, signature;
    struct es_bytes alt_names; /* GeneralNames that are asked for; n is 0 without */
    bool has_challenge;
    struct es_bytes challenge;
    bool wants_encryption; /* of a key that is made for it (RFC 9148, 4.8) */
    bool has_key;          /* false: of a kind that mbedTLS does not know */
    mbedtls_pk_context key;
};

/* True: to be freed by es_csr_close. False: *why says what is wrong. */
bool es_csr_open(struct es_bytes der, struct es_csr *out, const char **why);
void es_csr_close(struct es_csr *csr);
bool es_csr_has_p256_key(const struct es_csr *csr);
bool es_csr_is_signed(struct es_csr *csr);

#endif
