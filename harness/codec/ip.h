/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CODEC_IP_H
#define ES_CODEC_IP_H

/*
 * IP addresses as they stand in certificates: 4 or 16 octets, and their text. Here and
 * not in net/, because nothing of a socket is needed.
 */

#include "base/arena.h"

enum { ES_IPV4_BYTES = 4, ES_IPV6_BYTES = 16 };

/* The octets of `127.0.0.1` or `2001:db8::1` (RFC 4291, 2.2), in the arena. False if
 * the text is neither; a scope or prefix length is not accepted. */
bool es_ip_parse(struct es_arena *a, struct es_slice text, struct es_slice *octets)
    ES_MUST_CHECK;
/* The text of 4 or 16 octets (RFC 5952), in the arena; NULL for other lengths. */
const char *es_ip_text(struct es_arena *a, struct es_slice octets);

#endif
