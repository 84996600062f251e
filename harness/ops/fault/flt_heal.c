/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/fault.h"

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    (void)args;
    return es_slice_is(value->text, "all") ||
           es_compile_fail(c, value->loc, "'net.heal' takes 'all'");
}

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    (void)step, (void)state;
    es_stage_heal(g);
    return ES_STEP_DONE;
}

const struct es_verb es_flt_heal = {
    .name = "net.heal",
    .summary = "ends all faults of the network",
    .doc = "What is held back still arrives.\nExample: - net.heal: all",
    .value_doc = "all",
    .value_schema = "{\"enum\": [\"all\"]}",
    .compile = compile,
    .start = start,
};
