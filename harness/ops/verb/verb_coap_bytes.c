/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/sending.h"
#include "scenario/compile.h"

struct args {
    struct es_operand bytes;
};

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct args *x = args;
    return es_operand_compile(c, value, ES_KIND_BYTES, &x->bytes);
}

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    const struct args *x = step->args;
    struct es_value v;
    (void)state;
    struct es_channel *ch = es_sending_channel(g, step);
    if (!ch || !es_stage_eval(g, step, &x->bytes, &v)) {
        return ES_STEP_END;
    }
    return es_sending_done(g, step, ch, es_sending_bytes(g, ch, v.bytes, NULL));
}

const struct es_verb es_verb_coap_bytes = {
    .name = "coap.bytes",
    .summary = "sends bytes as a CoAP message inside the session",
    .doc =
        "For messages that `send` cannot spoil enough: any bytes, sent as one message in "
        "the protected channel. A following `expect` knows the message ID where there are "
        "four bytes, and the token where they are well-formed.\n"
        "Example: - coap.bytes: h'4f 01 1234'",
    .value_doc = "bytes: h'..', a reference, or a payload tree",
    .value_schema = "{}",
    .args_size = sizeof(struct args),
    .compile = compile,
    .start = start,
};
