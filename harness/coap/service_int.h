/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_COAP_SERVICE_INT_H
#define ES_COAP_SERVICE_INT_H

/* service.c puts requests together; service_reply.c hands out answers. */

#include "coap/service.h"

/* A request with what the service keeps for it. */
struct es_service_entry {
    struct es_coap_asked asked; /* first member */
    size_t room;                /* of the body */
    uint8_t *bytes;
    uint8_t szx1;    /* of the upload, as agreed */
    bool has_block1; /* the last message carried the option */
    struct es_coap_reply reply;
    es_usec answer_at, ack_at; /* NEVER: nothing to do */
    uint8_t szx2;              /* of the answer */
    bool is_broken;            /* the deviation has happened */
    size_t attempt_from;       /* in asked.blocks: where the present attempt begins */
    size_t missing;      /* octets left out of a short block; those behind it move up */
    uint64_t sent_until; /* where the block of the answer sent last ended */
};

struct es_coap_service {
    struct es_coap_endpoint *endpoint;
    struct es_arena *arena;
    struct es_service_entry *first, *last;
    unsigned mids_reused;
    uint16_t size_max;                   /* of the blocks of answers; 0: no limit */
    const struct es_coap_message *again; /* to go out when the next request has come */
};

/* Sends the block of the answer that m asks for. */
void es_service_send_block(struct es_coap_service *v, struct es_service_entry *x,
                           const struct es_coap_message *m, es_usec now);
/* An answer to one message: in the ACK, or as NON to a NON. Token and message ID are set. */
void es_service_respond(struct es_coap_service *v,
                        const struct es_coap_message *request,
                        struct es_coap_message *m, es_usec now);
/* Sends the bytes of a message once more. */
void es_service_send_again(struct es_coap_service *v, const struct es_coap_message *m,
                           es_usec now);
/* The same with nothing but a code. */
void es_service_refuse(struct es_coap_service *v, const struct es_coap_message *request,
                       uint8_t code, es_usec now);
void es_service_add_option(struct es_coap_message *m, uint32_t number,
                           struct es_slice value);

#endif
