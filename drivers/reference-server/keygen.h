/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_KEYGEN_H
#define ES_KEYGEN_H

#include "csr.h"
#include "peer.h"

/* Server-side key generation (RFC 9148, 4.8): a fresh P-256 key and its certificate as a
   multipart-core body (format 62). The certificate is 281 for skg and 287 for skc; the key
   is 284, or 280 (see keycms.h) if the CSR asks for encryption.

   client is the certificate of the DTLS session, or NULL. */
bool es_keygen(enum es_op op, X509_NAME *subject, const struct es_csr *csr,
               X509 *client, struct es_representation *rep, struct es_reply *error);

#endif
