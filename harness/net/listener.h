/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_NET_LISTENER_H
#define ES_NET_LISTENER_H

/*
 * A UDP socket on which peers come by themselves: the harness as server. Datagrams are sorted
 * by the address they come from; each new address becomes a filter of its own (the bottom of a
 * stack, as udp is for a client), which the caller takes with es_listener_accept. All filters
 * share the socket of the listener: watch es_listener_fd.
 */

#include "net/address.h"
#include "net/filter.h"

struct es_listener;

/* Binds `local` (port 0: any). NULL and a note (ENVIRONMENT) if the system refuses. */
struct es_listener *es_listener_open(struct es_arena *arena,
                                     const struct es_address *local, struct es_diag *d);
/* The address bound, with its port. */
const struct es_address *es_listener_address(const struct es_listener *l);
int es_listener_fd(const struct es_listener *l);
/* Reads what has come. A datagram from a new address makes a filter, which is returned with
 * that datagram waiting in it; NULL if nobody new has come. Call until NULL. */
struct es_filter *es_listener_accept(struct es_listener *l, es_usec now);
/* Sends a datagram to a peer without a filter; lost if the system refuses. */
void es_listener_send(const struct es_listener *l, const struct es_address *to,
                      struct es_slice bytes);
/* From here on a datagram from an unknown address makes a filter only if it passes the test;
 * others are dropped. */
typedef bool es_listener_test(struct es_slice bytes);
void es_listener_set_test(struct es_listener *l, es_listener_test *test);
/* Forgets what waits in the socket. */
void es_listener_drain(struct es_listener *l);
/* The address of the peer behind a filter of a listener, and that of the listener itself. NULL
 * for a filter of another type. */
const struct es_address *es_listener_peer(const struct es_filter *f);
const struct es_address *es_listener_local(const struct es_filter *f);
/* Forgets the peer of a closed filter, so that its address counts as new again. Closing such a
 * filter does it. es_listener_close closes the socket. */
void es_listener_close(struct es_listener *l);

#endif
