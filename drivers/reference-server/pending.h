/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_PENDING_H
#define ES_PENDING_H

#include <stdint.h>

/* Requests that wait for approval (RFC 9148, 4.7). A repeated request is recognised by the
   function, the client's name and the key it asks for, not by its octets: after a
   reconnect a CSR with a fresh tls-unique is still the same request (RFC 7030, 4.2.3). */

enum { ES_PENDING_KEY_BYTES = 32 };

/* Asks whether the request may be served now. 0: yes. Otherwise the seconds the client is
   to wait: under "answer pending" until max-age has passed once since the first try. */
uint32_t es_pending_seconds(const uint8_t key[ES_PENDING_KEY_BYTES], uint64_t now_ms);

#endif
