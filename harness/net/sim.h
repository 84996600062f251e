/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_NET_SIM_H
#define ES_NET_SIM_H

/*
 * The bottom filter in memory, for unit tests: two ends joined back to back, no socket. Each
 * direction may lose or delay chosen datagrams, so that handshakes and retransmission run in
 * virtual time.
 */

#include "net/filter.h"

/* Returns true to lose datagram number `nth` (from 1) of its direction. */
typedef bool (*es_sim_drop_fn)(void *context, unsigned nth, struct es_slice bytes);

struct es_sim_end {
    es_usec delay;       /* of what this end sends */
    es_sim_drop_fn drop; /* may be NULL */
    void *context;
    unsigned sent; /* how many datagrams this end has sent */
};

/* Makes two joined filters; *a_end and *b_end may be changed at any time. */
void es_sim_pair(struct es_arena *arena, struct es_filter **a,
                 struct es_sim_end **a_end, struct es_filter **b,
                 struct es_sim_end **b_end);

#endif
