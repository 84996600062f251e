/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_SHIM_H
#define ES_SHIM_H

#include "peer.h"

/* The message layer (RFC 7252, 4), put between libcoap and OpenSSL.

   libcoap calls SSL_read to get a decrypted message. The program defines SSL_read itself,
   so the call ends here: the shim reads from OpenSSL, answers what it can - malformed
   messages, pings, duplicates, and all requests, through es_dispatch - and hands to
   libcoap only empty ACK and RST messages, by which libcoap ends its retransmissions. To
   libcoap everything else looks like a record that was dropped.

   What libcoap does: sockets, sessions, cookies, handshake timers, Message IDs, and the
   retransmission of separate responses (es_shim_tick). */

/* Handles records that came together with others in one datagram, and sends the separate
   responses that are due. Returns the milliseconds until it wants to be called again. */
uint64_t es_shim_tick(uint64_t now_ms);

#endif
