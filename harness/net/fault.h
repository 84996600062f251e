/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_NET_FAULT_H
#define ES_NET_FAULT_H

/*
 * The filter that breaks the network on purpose: it asks a hook about every datagram that
 * passes in either direction and loses, doubles, delays, swaps or changes it. Its place is
 * between dtls and capture, so that the capture shows what was really on the wire. It knows
 * no rules; those are with whoever gives the hook (ops/fault).
 */

#include "net/evidence.h"
#include "net/filter.h"

enum es_fault_kind {
    ES_FAULT_NONE,
    ES_FAULT_DROP,
    ES_FAULT_DUP,
    ES_FAULT_DELAY,   /* by span */
    ES_FAULT_REORDER, /* goes behind the next datagram of its direction, or after span */
    ES_FAULT_JOIN,    /* sent only: goes in front of the next one, in one datagram */
    ES_FAULT_REPLACE, /* bytes stand in place of the datagram */
};

struct es_fault_effect {
    enum es_fault_kind kind;
    es_usec span;
    struct es_slice bytes; /* REPLACE: must live until the call returns */
};

/* What shall become of the datagram. */
typedef struct es_fault_effect (*es_fault_fn)(void *context,
                                              enum es_direction direction,
                                              const struct es_datagram *d, es_usec now);

/* Puts the filter on top of `below`. */
struct es_filter *es_fault_push(struct es_arena *arena, struct es_filter *below,
                                es_fault_fn decide, void *context,
                                struct es_evidence *evidence);

#endif
