/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/expectation.h"

struct state {
    struct es_waiting waiting;
    const struct es_step *step;
};

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    struct state *s = state;
    s->step = step;
    s->waiting.steps = &s->step;
    s->waiting.n = 1;
    return es_waiting_start(g, &s->waiting);
}

static enum es_progress poll(struct es_stage *g, const struct es_step *step,
                             void *state, const struct es_event *event)
{
    struct state *s = state;
    (void)step;
    return es_waiting_poll(g, &s->waiting, event);
}

const struct es_verb es_verb_expect = {
    .name = "expect",
    .summary = "waits for one message and judges it",
    .doc =
        "The head says which messages will do; options and fields are matched as in "
        "`reply`, a block option also as a triple of matches (0/1/..64). The message must "
        "carry the token, an ACK or RST the message ID, of the latest `send` on the "
        "channel (`to` names another; `token` and `mid` replace the check). Copies, an "
        "empty ACK before a separate response, and pings are passed over unless the "
        "scenario is strict; what answers another message is kept for a later step. Fields "
        "do not concern an empty message, RST or silence. In `req`, `code` stands for the "
        "head, `token` and `mid` for the echo.\n"
        "Example: - expect: ACK|CON 2.31 or RST\n"
        "           block1: 0/1/..64\n"
        "           within: 2s\n"
        "           req: RFC7959:2.5:non-final-block-gives-2.31",
    .value_doc =
        "[types] codes, TYPE empty, RST, silence or any; several joined by ' or '",
    .value_schema = "{\"type\": [\"string\", \"number\"]}",
    .fields = {&es_expectation_fields},
    .args_size = sizeof(struct es_expectation),
    .state_size = sizeof(struct state),
    .judges = true,
    .is_timed = true,
    .shape = &es_message_shape,
    .compile_more = es_expectation_compile_more,
    .more_at = es_expectation_more_at,
    .compile = es_expectation_compile,
    .finish = es_expectation_finish,
    .start = start,
    .poll = poll,
};
