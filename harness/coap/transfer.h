/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_COAP_TRANSFER_H
#define ES_COAP_TRANSFER_H

/*
 * A whole exchange as client: one request, sent up in blocks where asked (Block1), and one
 * response, fetched in blocks (Block2), as RFC 7959 has it and RFC 9148 Figures 3 to 6 show.
 * The transfer sits on an endpoint and is fed every incoming message; it accepts piggybacked
 * and separate responses, late negotiation of the block size, and any token policy. The
 * endpoint acknowledges; where its automatic is off, the caller does.
 *
 *     t = es_coap_transfer_start(e, arena, &request, now);
 *     while es_coap_endpoint_recv(e, msg, &in, now) is OK: es_coap_transfer_take(t, &in, now)
 *     after es_coap_endpoint_on_deadline(e, now):          es_coap_transfer_check(t)
 *
 * It judges nothing. It records every response message with what a judge needs to know
 * (struct es_coap_seen) and goes on as long as going on makes sense; when a response makes
 * that impossible (wrong number, size 7, a hole) it ends with broken = why, and the body so
 * far. The response that broke it is in seen[] too. The judge decides whether that breaks a
 * rule.
 *
 * What it does of its own accord, because a client should: it follows a smaller size in a
 * 2.31, starts the upload again when a 4.13 names a smaller size (also a body that went in
 * one message: then in blocks), and asks for the rest of the body in the size of the first
 * block. What it does not: compare ETags or formats of
 * blocks, resume after 4.08, wait out a 5.03, or refuse unknown critical options.
 */

#include "coap/endpoint.h"

/* Sizes are 16..1024 in powers of two (es_coap_szx_of_size). In every block of the request
 * all options of head are repeated, except that If-None-Match stands in the first only, and
 * Observe, Size1 and Size2 are left out once the request is there to fetch a further block. */
struct es_coap_request {
    struct es_coap_message
        head; /* type, code, options without block options, no payload */
    struct es_slice body;
    bool has_body;
    uint16_t block1_size; /* 0: no Block1 (body in one message) */
    uint16_t
        block2_size; /* early negotiation: Block2 in the first request, or, where the
                             body goes up in blocks, in the last of these (RFC 7959, 3.3).
                             0: none */
    uint16_t block2_later_size; /* late negotiation: no more than this from the second
                                   block on (RFC 7959, Figure 4). 0: as the server has it */
    bool token_per_block;       /* a new token for each block; default one token */
    bool has_token; /* head.token is to be used for the first (or only) token */
    bool without_retransmission;
    uint32_t
        first_block2; /* start at this block number instead of 0: random access; counts
                              in block2_size, which must then be given */
    bool only_one_block; /* stop after the first block of the response */
};

/* One response message, in the order of arrival. */
struct es_coap_seen {
    const struct es_coap_message *request; /* the message it answers */
    const struct es_coap_message *message;
    bool is_block2, is_block1; /* the option is there and at most 3 bytes long */
    struct es_coap_block block2, block1;
    bool
        steady; /* the Block2 size is the one asked for; or nothing was asked in the first
                    request and this is the second block, in a smaller size than the first
                    (RFC 7959, 2.4). True for the first block */
    bool full;    /* M=0, or the payload has exactly the block size */
    bool is_next; /* the block begins at the byte that was asked for (absent: at 0) */
    bool has_empty_ack; /* an empty ACK came before it: separate response */
    uint32_t ack_packet;
    bool token_matches,
        mid_matches; /* RFC 7252, 5.3.2; a separate response has a MID of
                                        its own, mid_matches is then true */
};

enum es_transfer_progress {
    ES_TRANSFER_WAITING, /* for the peer, or for a deadline of the endpoint */
    ES_TRANSFER_BLOCK, /* a response was added to seen[] (a 2.31, or a block); more to come */
    ES_TRANSFER_COMPLETE, /* the last response was added; body is whole */
    ES_TRANSFER_BROKEN,   /* the transfer cannot go on: broken says why */
    ES_TRANSFER_GIVEN_UP, /* no answer to a CON after all retransmissions, or it was reset */
    ES_TRANSFER_OTHER, /* the message does not belong to this transfer */
};

struct es_coap_transfer {
    struct es_coap_seen
        *seen; /* array in the arena of the transfer; moves as it grows */
    size_t seen_n;
    struct es_slice body; /* of the response: blocks put together */
    const struct es_coap_message *first_sent, *last_sent;
    const struct es_coap_message *rst; /* the RST that ended it, or NULL */
    const char *broken;                /* one line in RFC terms */
    uint32_t blocks_sent;              /* requests sent, retransmissions not counted */
};

/* Sends the first message. The arena must live as long as the transfer; the request is
 * copied. NULL: the filter failed (see es_coap_endpoint_reason). */
struct es_coap_transfer *es_coap_transfer_start(struct es_coap_endpoint *e,
                                                struct es_arena *arena,
                                                const struct es_coap_request *request,
                                                es_usec now);
/* Offers a message that es_coap_endpoint_recv gave; sends the next block where there is one.
 * Repetitions and late ACKs of earlier blocks are WAITING. An error that answers the request
 * as a whole (4.xx, 5.03 with Max-Age) is COMPLETE as well: look at the code of the last
 * response. After the end everything is OTHER. */
enum es_transfer_progress es_coap_transfer_take(struct es_coap_transfer *t,
                                                const struct es_coap_incoming *in,
                                                es_usec now);
/* Call after es_coap_endpoint_on_deadline: GIVEN_UP or WAITING, or how it ended. */
enum es_transfer_progress es_coap_transfer_check(struct es_coap_transfer *t);
/* Ends it from outside (the step's time is over): nothing is sent any more. */
void es_coap_transfer_abandon(struct es_coap_transfer *t);

#endif
