/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_NET_UDP_H
#define ES_NET_UDP_H

/*
 * The bottom filter on a real socket. A client socket is connected, so that ICMP errors are
 * seen: a port that is closed makes recv or send return FAILED with the reason "port
 * unreachable: nobody listens at ...". IP fragmentation is left to the system.
 */

#include "net/address.h"
#include "net/filter.h"

/* A socket from any local port (or the port of `local`, which may be NULL) to `remote`.
 * NULL and a note (ENVIRONMENT) if the system refuses. Lives in the arena; es_filter_close
 * closes the socket. */
struct es_filter *es_udp_connect(struct es_arena *arena, const struct es_address *local,
                                 const struct es_address *remote, struct es_diag *d);
/* The local address, with the port the system chose. Both serve the filters of a listener
 * too, and are NULL for a filter of another type (sim). */
const struct es_address *es_udp_local(const struct es_filter *udp);
const struct es_address *es_udp_remote(const struct es_filter *udp);

#endif
