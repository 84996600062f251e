/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_OPS_HEAD_IN_H
#define ES_OPS_HEAD_IN_H

/*
 * The head of `expect` and `expect-none`: which messages are meant. Alternatives joined by
 * `or`: `ACK|CON 2.31`, `4.xx`, `ACK empty`, `RST`, `silence`, `any`. A type left out is CON,
 * NON or ACK. Where the IUT is a client, also requests: `CON GET /.well-known/est/crts`.
 */

#include "ops/message.h"

enum es_head_form {
    ES_HEAD_CODE,    /* code must match */
    ES_HEAD_REQUEST, /* method and path: of a client under test */
    ES_HEAD_EMPTY,
    ES_HEAD_RESET,
    ES_HEAD_SILENCE,
    ES_HEAD_ANY, /* whatever comes, malformed or not */
};

struct es_head_in {
    enum es_head_form form;
    unsigned types; /* a bit for each enum es_coap_type */
    struct es_field_matches code;
    uint8_t method;
    struct es_operand path;
};

struct es_heads_in {
    struct es_head_in *at;
    size_t n, room;
    const char *source; /* as written */
    struct es_loc loc;
    struct es_rule
        rule; /* `code` of `req`, or its default: judged by the head as a whole */
};

/* Compiles the value of a verb; all mistakes are noted. */
bool es_heads_compile(struct es_compile *c, const struct es_node *value,
                      struct es_heads_in *out);
/* The alternative that the message is, or NULL. */
const struct es_head_in *es_heads_find(struct es_stage *g,
                                       const struct es_heads_in *heads,
                                       const struct es_coap_incoming *in);
/* Whether `silence` is one of the alternatives. */
bool es_heads_allow_silence(const struct es_heads_in *heads);
/* The message in the notation of a head: `ACK 4.04`, `RST`, `malformed: ...`. */
const char *es_head_text(const struct es_coap_incoming *in, struct es_arena *a);

#endif
