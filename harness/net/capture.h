/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_NET_CAPTURE_H
#define ES_NET_CAPTURE_H

/*
 * The filter that writes every datagram passing through it to the evidence and gives it its
 * number.
 */

#include "net/evidence.h"
#include "net/filter.h"

/* Puts a capture filter on top of `udp`. plain: the datagrams are bare CoAP. */
struct es_filter *es_capture_push(struct es_arena *arena, struct es_filter *udp,
                                  struct es_evidence *evidence, bool plain);

#endif
