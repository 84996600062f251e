/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_ENROLL_H
#define ES_ENROLL_H

#include "peer.h"

/* The functions that take a CSR: sen and sren (RFC 7030, 4.2), skg and skc (RFC 9148, 4.8).

   In order: the CSR is read, its key and signature checked (not for skg and skc, which
   ignore both), then channel binding, then the right to have the names it asks for; then
   the request may be told to wait; then the certificate is issued. Everybody the DTLS
   handshake let in may enrol under any name, but for the holders of the certificates in
   denied.pem, if the folder of ES_PKI_DIR has that file. sren renews what this CA has issued, under
   the same names.

   Contract as es_function_post. */
bool es_enroll(struct es_peer *peer, enum es_op op, const struct es_request *request,
               struct es_bytes body, struct es_representation *rep,
               struct es_reply *error);

/* Reads denied.pem. */
void es_enroll_load(const char *dir);

#endif
