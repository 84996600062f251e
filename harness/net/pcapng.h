/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_NET_PCAPNG_H
#define ES_NET_PCAPNG_H

/*
 * The blocks of a pcapng file (draft-ietf-opsawg-pcapng), written into memory. One section,
 * one interface of link type RAW, times in microseconds. A file is es_pcapng_start and then
 * packets and secrets in any order; secrets serve only the packets behind them.
 *
 * IP and UDP headers are made up from the addresses given; checksums are right. Private to
 * net/: others use net/evidence.h.
 */

#include "base/buf.h"
#include "net/address.h"

enum {
    ES_PCAPNG_DATAGRAM_MAX = 65507, /* what IPv4 and UDP leave of 65535 */
    ES_PCAPNG_OVERHEAD_MAX = 512,   /* of any block beyond payload and comment */
};

struct es_pcapng_packet {
    int64_t unix_us;
    const struct es_address *from, *to; /* of one family, or not known (len 0) */
    uint16_t from_port, to_port;        /* as written, whatever the addresses say */
    struct es_slice bytes;              /* at most ES_PCAPNG_DATAGRAM_MAX */
    struct es_slice comment;
};

/* Section header and interface description. */
void es_pcapng_start(struct es_buf *b);
void es_pcapng_packet(struct es_buf *b, const struct es_pcapng_packet *p);
/* A decryption secrets block with one or more lines of a TLS key log. */
void es_pcapng_secrets(struct es_buf *b, struct es_slice key_log);

#endif
