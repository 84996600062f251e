/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_TRUST_H
#define ES_TRUST_H

#include "octets.h"

#include <mbedtls/x509_crt.h>

/* Whom the client believes (RFC 7030, 3.6, 4.1.3): the Implicit TA database it was born with,
   and in its place, once crts was answered, an Explicit one.

   The answer comes from a server that was authenticated, but that makes no anchor of all
   that lies in its bag. A valid self-signed CA certificate is one if it is the only CA of
   the bag, if it is an anchor already, or if another CA of the bag leads to it or, by its
   key, an old anchor does (NewWithOld). The other CAs are kept for building paths. */
struct es_trust {
    mbedtls_x509_crt implicit, anchors, others;
    bool is_explicit; /* anchors are in force */
};

void es_trust_open(struct es_trust *trust);
void es_trust_close(struct es_trust *trust);
/* Back to the Implicit TA database. */
void es_trust_forget(struct es_trust *trust);
/* Those in force. */
mbedtls_x509_crt *es_trust_anchors(struct es_trust *trust);

/* Takes over the bag of crts. NULL, or why nothing was taken. */
const char *es_trust_learn(struct es_trust *trust, const mbedtls_x509_crt *bag);

/* Writes cert and its issuers, up to but without the anchor, to `chain`, out of the bag, what
   is known, and what the server showed (may be NULL). NULL, or why there is no valid path. */
const char *es_trust_find_path(struct es_trust *trust, const mbedtls_x509_crt *cert,
                               const mbedtls_x509_crt *bag,
                               const mbedtls_x509_crt *shown, mbedtls_x509_crt *chain);

bool es_trust_is_valid_now(const mbedtls_x509_crt *cert);
/* The first reason among the MBEDTLS_X509_BADCERT flags. */
const char *es_trust_explain(uint32_t flags);

#endif
