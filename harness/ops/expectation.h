/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_OPS_EXPECTATION_H
#define ES_OPS_EXPECTATION_H

/*
 * Waiting for one message and judging it: what `expect` and `alt` share. Several expectations
 * may be open at once (the branches of `alt`); a message is offered to each in turn.
 *
 * What becomes of a message, in this order:
 *   - an exact copy of one that was seen is tolerated, unless `repeated: yes` wants it, or it
 *     answers a message that was sent again under its MID;
 *   - what answers another message of ours is kept for a later step;
 *   - the first expectation whose head fits has it: it is judged by fields, token and MID;
 *   - an empty ACK before a separate response and a ping are tolerated;
 *   - anything else is a mismatch, and the step is over.
 * In a strict scenario nothing is tolerated. Tolerated messages are noted in the trace.
 */

#include "ops/head_in.h"
#include "ops/timing.h"

/* The args of `expect`. */
struct es_expectation {
    struct es_heads_in heads;
    struct es_field_matches fields;
    struct es_rule token_rule, mid_rule, early_rule;
    uint32_t to_slot; /* of the send that must be answered; ES_SLOT_NONE: the latest */
    bool repeated;
    enum es_switch acknowledge;
    bool has_token, has_mid; /* `token`, `mid` are matched instead of the echo */
};

extern const struct es_fields es_expectation_fields;
bool es_expectation_compile(struct es_compile *c, const struct es_node *value,
                            void *args);
bool es_expectation_compile_more(struct es_compile *c, const struct es_pair *pair,
                                 void *args);
bool es_expectation_finish(struct es_compile *c, const struct es_node *step_node,
                           void *args);
/* Names of fields for suggestions. */
const char *es_expectation_more_at(size_t index);

/* Open expectations: steps whose args are struct es_expectation, on one channel. */
struct es_waiting {
    const struct es_step *const *steps;
    size_t n;
    size_t chosen; /* when DONE: whose expectation was met, or n */
    struct es_channel *channel;
    struct es_sent to; /* what must be answered; message NULL: nothing */
    es_usec deadline;
};

/* Begins to wait; messages kept from before are taken first. */
enum es_progress es_waiting_start(struct es_stage *g, struct es_waiting *w);
enum es_progress es_waiting_poll(struct es_stage *g, struct es_waiting *w,
                                 const struct es_event *event);

/* Whether the message is to be passed over unless the scenario is strict: an exact copy, a
 * ping. Notes it in the trace. */
bool es_waiting_tolerates(struct es_stage *g, const struct es_coap_incoming *in);

#endif
