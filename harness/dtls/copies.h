/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_DTLS_COPIES_H
#define ES_DTLS_COPIES_H

/*
 * Retransmission as the receiver sees it (RFC 6347, 4.2.2, 4.2.4): the peer's handshake
 * messages of epoch 0, each compared with what came before. A copy has the message_seq and
 * the body of the first one, and travels in records with numbers of their own.
 * HelloVerifyRequest is left out, since its numbers are those of the ClientHello.
 *
 * What this does not tell: a copy that the network made from one that the peer sent.
 */

#include "dtls/dtls.h"

enum { ES_COPIES_MAX = 16, ES_COPIES_RECORDS_MAX = 64 };

struct es_copies {
    struct {
        uint8_t type;
        uint16_t seq;
        struct es_slice body;
        es_usec time;
    } at[ES_COPIES_MAX];
    size_t n;
    uint64_t record_seq[ES_COPIES_RECORDS_MAX]; /* of epoch 0 */
    size_t records_n;
};

/* Takes in a whole message that was received, in which record and when. */
void es_copies_message(struct es_copies *c, struct es_arena *a, uint8_t type,
                       uint16_t seq, struct es_slice body, es_usec now,
                       struct es_dtls_copies *out);
/* Takes in the number of a record of epoch 0 that holds handshake messages. */
void es_copies_record(struct es_copies *c, uint64_t seq, struct es_dtls_copies *out);

#endif
