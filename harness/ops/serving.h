/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_OPS_SERVING_H
#define ES_OPS_SERVING_H

/*
 * The two halves of `serve`: one waits for the request and judges it, one answers it. Between
 * them stand the steps of `do`. verb_serve.c makes them out of one map.
 */

#include "ops/message.h"
#include "ops/timing.h"
#include "ops/word.h"

/* What the step's variable offers. */
struct es_serve_record {
    const struct es_message_view *asked, *reply; /* reply: NULL until it went out */
    struct es_coap_asked *request;
    struct es_channel *channel;
};

struct es_ask_args {
    struct es_message_out head; /* method and path */
    struct es_field_matches asked, each_block, each_fetch;
    struct es_operand block1;
    struct es_coap_upload_policy upload;
    struct es_rule not_before;
    uint32_t slot; /* of the record, for the other half */
    bool or_none;
    uint32_t came; /* or_none: slot that says whether a request came, 1 or 0 */
};

struct es_answer_args {
    struct es_message_out out; /* first: es_message_out_fields count from it */
    enum es_reply_kind kind;
    unsigned style;
    struct es_operand code, delay, block2;
    bool insists, or_abandoned;
    enum es_switch retransmit;
    enum es_coap_deviation deviation;
    uint32_t deviation_block;
    uint8_t deviation_code;
    unsigned decoy; /* enum es_coap_decoy */
    const struct es_field_matches
        *each_fetch; /* of the question, where `req` is read */
    uint32_t slot;
};

extern const struct es_verb es_serve_ask, es_serve_answer;
extern const struct es_fields es_ask_fields, es_answer_fields;
extern const struct es_shape es_serve_shape;

/* Whether the client has told its driver some moments ago that it failed (or that it is done,
 * if `any_end`), and nothing came since. *since is 0 at first. */
bool es_serve_is_given_up(struct es_stage *g, bool any_end, es_usec *since);
/* Why the client is not to blame for a request that never came; NULL: it is. */
const char *es_serve_excuse(struct es_stage *g);
/* Wakes the step to look at that again. */
void es_serve_look_again(struct es_stage *g);
/* The view of a request message of a transfer; `whole` adds the body. */
const struct es_message_view *es_asked_view(struct es_arena *a,
                                            const struct es_coap_asked_block *b,
                                            const struct es_slice *whole);
/* Matches the messages of a transfer that fetch a block, or else those that bring one. A
 * request in one message without Block1 brings none. */
void es_asked_match_blocks(struct es_stage *g, const struct es_step *step,
                           const struct es_field_matches *fields,
                           const struct es_coap_asked *asked, bool fetches);

#endif
