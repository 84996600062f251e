/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CSR_H
#define ES_CSR_H

#include "session.h"

/* PKCS#10 requests (RFC 2986; RFC 7030, 4.2.1), self-signed with the P-256 key that is to be
   certified. challengePassword holds the channel binding of the session (RFC 7030, 3.5),
   whether att asked for it or not. */

struct es_csr_wish {
    EVP_PKEY *key;
    X509 *model;     /* whose subject is asked for */
    bool is_renewal; /* then its alternative names are asked for too */
    const struct es_session *session;
};

/* A new P-256 key; NULL if OpenSSL cannot make one. */
EVP_PKEY *es_csr_new_key(void);
/* Appends the request. False if OpenSSL fails. */
bool es_csr_write(const struct es_csr_wish *wish, struct es_buffer *out);

#endif
