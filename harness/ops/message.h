/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_OPS_MESSAGE_H
#define ES_OPS_MESSAGE_H

/*
 * CoAP messages as scenarios see them, shared by request, send, expect and serve: the record
 * that a match or reference reads, and the description of a message to be sent.
 */

#include "coap/transfer.h"
#include "scenario/compile.h"
#include "stage/stage.h"

/* A block option with what the transfer knows about it. */
struct es_block_view {
    struct es_coap_block block;
    bool steady, full;
};

/* A message, and the whole body where it is the last of a transfer. */
struct es_message_view {
    const struct es_coap_message *message;
    struct es_slice body;
    bool has_body; /* false: body is the payload */
    bool is_separate;
    const struct es_block_view *block1, *block2; /* NULL: absent */
};

/* Fields: type, code, mid, token, payload, body, time, separate, block1, block2, and every
 * option by name or as option-N. Records are struct es_message_view. */
extern const struct es_shape es_message_shape;

/* The view of a message outside a transfer. */
const struct es_message_view *es_message_view_of(struct es_arena *a,
                                                 const struct es_coap_message *m);
/* The view of a response seen by a transfer. */
const struct es_message_view *es_message_view_of_seen(struct es_arena *a,
                                                      const struct es_coap_seen *seen);

/* An option that a scenario gives a message. */
struct es_option_out {
    uint32_t number;
    enum es_coap_format format;
    struct es_operand value;
};

/* A message to be sent, compiled from a head such as `CON POST $est/sen` and the fields. */
struct es_message_out {
    enum es_coap_type type;
    uint8_t code;
    bool is_empty;          /* `ACK empty` */
    bool is_unsorted;       /* options go out in the order in which they are written */
    struct es_operand path; /* TEXT, `/a/b?q`; ABSENT for responses */
    struct {
        struct es_option_out *at;
        size_t n, room;
    } options;
    struct es_operand token, body;
};

/* Compiles a head. Requests only where `requests_only`. */
bool es_message_head_compile(struct es_compile *c, const struct es_node *value,
                             bool requests_only, struct es_message_out *out);
/* Takes a pair whose key names an option (`accept`, `option-2049`); false if it does not. */
bool es_message_option_compile(struct es_compile *c, const struct es_pair *pair,
                               struct es_message_out *out);
/* Names of options for suggestions. */
const char *es_message_option_at(size_t index);
/* The fields token and body of a message at the start of a verb's args. */
extern const struct es_fields es_message_out_fields;

/* Makes the message: type, code, options. Neither MID, token nor payload are set. False: a
 * finding says why. */
bool es_message_make(struct es_stage *g, const struct es_step *step,
                     const struct es_message_out *out, struct es_coap_message *m);

/* Evaluates a token, which may have so many bytes. False: a finding says why. */
bool es_message_eval_token(struct es_stage *g, const struct es_step *step,
                           const struct es_operand *token, size_t most,
                           struct es_slice *out);

/* Adds an option: in order, or behind all others where the message is unsorted. False when
 * full. */
bool es_message_option_put(const struct es_message_out *out, struct es_coap_message *m,
                           uint32_t number, struct es_slice value);

/* A block size in bytes; struct es_operand, NUMBER. */
extern const struct es_field_type es_type_block_size;

#endif
