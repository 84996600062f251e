/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_COAP_TRANSFER_INT_H
#define ES_COAP_TRANSFER_INT_H

/*
 * transfer.c finds out which messages are responses of the transfer; transfer_block.c decides
 * what follows from a response and builds the requests.
 */

#include "coap/transfer.h"

struct es_transfer {
    struct es_coap_transfer result; /* first member: what the caller sees */
    struct es_coap_endpoint *endpoint;
    struct es_arena *arena;
    struct es_coap_request request;
    enum es_transfer_progress end;         /* ES_TRANSFER_WAITING while it runs */
    const struct es_coap_message *current; /* the request without response */
    bool has_empty_ack;
    uint32_t ack_packet;
    struct es_slice token;
    struct {
        uint16_t *at;
        size_t n, room;
    } mids; /* of all requests sent */
    size_t seen_room, body_room;
    uint8_t *body;
    /* Block1: the next block begins at byte upload_at. */
    bool is_upload;
    uint8_t szx1;
    uint64_t upload_at;
    /* Block2: the next block begins at byte want. */
    bool is_fetch; /* a block of the response is there */
    bool has_szx2; /* szx2 is to be asked for */
    uint8_t szx2;
    uint64_t want;
    size_t blocks; /* of the response */
};

/* Builds and sends the next request; the transfer is broken if the filter refuses. */
enum es_transfer_progress es_transfer_send_next(struct es_transfer *t, es_usec now);
/* Fills the block fields of *seen from its message. */
void es_transfer_describe(const struct es_transfer *t, struct es_coap_seen *seen);
/* What follows from a response that matches the current request. */
enum es_transfer_progress es_transfer_go_on(struct es_transfer *t,
                                            const struct es_coap_seen *seen,
                                            es_usec now);
/* Ends the transfer with a reason. */
enum es_transfer_progress es_transfer_break(struct es_transfer *t, const char *fmt, ...)
    ES_PRINTF(2, 3);
enum es_transfer_progress es_transfer_end(struct es_transfer *t,
                                          enum es_transfer_progress how);

#endif
