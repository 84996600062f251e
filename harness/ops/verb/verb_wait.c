/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/compile.h"
#include "stage/stage.h"

struct args {
    struct es_operand span;
};

struct state {
    es_usec until;
};

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct args *x = args;
    return es_operand_compile(c, value, ES_KIND_DURATION, &x->span);
}

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    const struct args *x = step->args;
    struct state *s = state;
    struct es_value v;
    if (!es_stage_eval(g, step, &x->span, &v)) {
        return ES_STEP_END;
    }
    s->until = es_stage_step_start(g) + v.usec;
    es_stage_wake(g, s->until);
    return v.usec > 0 ? ES_STEP_WAIT : ES_STEP_DONE;
}

static enum es_progress poll(struct es_stage *g, const struct es_step *step,
                             void *state, const struct es_event *event)
{
    const struct state *s = state;
    (void)step;
    es_stage_keep(g, event);
    es_stage_wake(g, s->until);
    return es_stage_now(g) >= s->until ? ES_STEP_DONE : ES_STEP_WAIT;
}

const struct es_verb es_verb_wait = {
    .name = "wait",
    .summary = "lets time pass",
    .doc =
        "For what needs time by its nature, such as Max-Age. Never for synchronisation: "
        "every other verb waits for what it expects.\n"
        "Example: - wait: 2s",
    .value_doc = "a duration",
    .value_schema = "{\"type\": \"string\"}",
    .args_size = sizeof(struct args),
    .state_size = sizeof(struct state),
    .compile = compile,
    .start = start,
    .poll = poll,
};
