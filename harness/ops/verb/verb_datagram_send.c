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
    struct es_channel *ch = es_stage_channel(g, step, false);
    if (!ch || !es_stage_eval(g, step, &x->bytes, &v)) {
        return ES_STEP_END;
    }
    const char *text = es_arena_printf(es_stage_arena(g), "datagram %s",
                                       es_value_render(&v, es_stage_arena(g)));
    return es_sending_done(g, step, ch, es_sending_datagram(g, ch, v.bytes, text));
}

const struct es_verb es_verb_datagram_send = {
    .name = "datagram.send",
    .summary = "sends bytes as a UDP payload",
    .doc =
        "From the socket of the session, below DTLS: what the peer gets is no record of "
        "the session unless the bytes are one.\n"
        "Example: - datagram.send: h'fe'",
    .value_doc = "bytes: h'..', a reference, or a payload tree",
    .value_schema = "{}",
    .args_size = sizeof(struct args),
    .compile = compile,
    .start = start,
};
