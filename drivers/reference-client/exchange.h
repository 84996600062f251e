/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_EXCHANGE_H
#define ES_EXCHANGE_H

#include "message.h"
#include "session.h"

/* One CON request and its response (RFC 7252, 4 and 5.2), between libcoap and OpenSSL.

   libcoap sends the request and repeats it with back-off until it sees an ACK. It does not
   see the response: what it would read from OpenSSL comes here first (shim.c). The
   response is matched by Message ID and token, acknowledged if it is a separate CON, and
   told from its copies; libcoap gets an empty ACK in its place. Everything that answers no
   request - pings, rubbish, strays - is dealt with here, also between the operations. */

/* The session whose messages are handled; NULL for none. Forgets everything about the one
   before. */
void es_exchange_attach(struct es_session *session);

/* The requests from here on belong to another transfer (it matters to a variant). */
void es_exchange_start_transfer(void);

/* Sends the request and waits for the response, which the caller frees. NULL, or why there
   is none. */
const char *es_exchange_run(const struct es_request *request, struct es_response *out);

/* For the shim: handles one decrypted message. True if libcoap is to get the empty message
   in reply. */
bool es_exchange_take(struct es_bytes in, uint8_t reply[4]);
/* For the shim: a message of libcoap that is about to be sent. A mutant changes it. */
void es_exchange_see_off(uint8_t *message, size_t n);

/* libcoap has given up a message. */
void es_exchange_take_nack(coap_session_t *session, const coap_pdu_t *sent,
                           const coap_nack_reason_t reason, const coap_mid_t mid);

#endif
