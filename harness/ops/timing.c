/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/timing.h"

struct es_rule es_timing_rule(struct es_compile *c, const struct es_node *step_node)
{
    static const char *const path = "not-before";
    if (!es_node_find(step_node, path)) {
        return (struct es_rule){0};
    }
    ES_PUSH(c->arena, &c->judged_paths, path);
    return es_compile_rule(c, path);
}

void es_timing_judge(struct es_stage *g, const struct es_step *step,
                     const struct es_rule *rule, const struct es_coap_message *m,
                     const struct es_concerned *who)
{
    struct es_arena *a = es_stage_arena(g);
    struct es_value v;
    if (step->not_before.form == ES_OPERAND_ABSENT ||
        !es_stage_eval(g, step, &step->not_before, &v)) {
        return;
    }
    bool span = v.kind == ES_KIND_DURATION;
    es_usec earliest = span ? es_stage_step_start(g) + v.usec : v.usec;
    es_usec missing = earliest - m->time;
    if (missing > 0 && missing <= es_stage_lag(g)) {
        es_stage_trouble(
            g, step, ES_VERDICT_INCONCLUSIVE,
            "the message came %s early, but the harness itself was late by %s",
            es_text_of_duration(a, missing), es_text_of_duration(a, es_stage_lag(g)));
        return;
    }
    es_stage_judged(g, rule);
    if (missing > 0) {
        struct es_field_match field = {.path = "not-before", .rule = *rule};
        struct es_mismatch x = {
            .field = &field, .loc = step->not_before.loc, .path = field.path};
        x.wanted = es_arena_printf(a, "not before %s", step->not_before.source);
        x.got = es_arena_printf(a, "%s too early", es_text_of_duration(a, missing));
        es_stage_mismatch(g, step, NULL, &x, who);
    }
}
