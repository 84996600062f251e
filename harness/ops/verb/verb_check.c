/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/compile.h"
#include "stage/stage.h"

struct args {
    struct es_operand condition;
};

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct args *x = args;
    ES_TRY(es_expression_compile(c, value, &x->condition));
    if (x->condition.kind != ES_KIND_BOOL && x->condition.kind != ES_KIND_ANY) {
        es_compile_fail(c, value->loc, "'check' needs a comparison");
        return es_hint(c->d, "for example $a.reply.body == $b.reply.body");
    }
    return true;
}

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    const struct args *x = step->args;
    struct es_value v;
    (void)state;
    if (!es_stage_eval(g, step, &x->condition, &v)) {
        return ES_STEP_DONE;
    }
    es_stage_judged(g, &step->rule);
    if (v.kind == ES_KIND_BOOL && !v.flag) {
        struct es_field_match field = {.path = "check", .rule = step->rule};
        struct es_mismatch m = {.field = &field,
                                .loc = x->condition.loc,
                                .path = "check",
                                .wanted = x->condition.source,
                                .got = "it is not so"};
        es_comparison_explain(&x->condition, es_stage_scope(g), es_stage_arena(g),
                              &m.wanted, &m.got);
        es_stage_mismatch(g, step, NULL, &m, NULL);
    }
    return ES_STEP_DONE;
}

const struct es_verb es_verb_check = {
    .name = "check",
    .summary = "compares what was seen",
    .doc = "The comparison must hold; otherwise the rule under `req` is broken.\n"
           "Example: - check: $sized.reply.body == $whole.reply.body\n"
           "           req: RFC9148:4.6:server-block2",
    .value_doc =
        "an expression: == != < <= > >= between numbers, durations, times, codes, bytes",
    .value_schema = "{\"type\": \"string\"}",
    .args_size = sizeof(struct args),
    .judges = true,
    .compile = compile,
    .start = start,
};
