/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_GATE_H
#define ES_GATE_H

#include "udp.h"

/* Sends each datagram to the session of its address. A ClientHello that is not of this
   session gets one of its own; that takes the place of the old one only after a cookie has
   proven the address (RFC 6347, 4.2.8). */

void es_gate_take(int fd, const struct es_address *from, struct es_bytes datagram);
/* Runs the timers; the time of the next one, UINT64_MAX without. */
uint64_t es_gate_tick(void);
void es_gate_close(void);

#endif
