/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/compile.h"

enum { COUNT_MAX = 1000, STEPS_MAX = 20000 };

/* The compiler reads `steps` itself; the field is here for explain and schema. */
static bool parse_steps(struct es_compile *c, const struct es_node *value,
                        const struct es_field *field, void *out)
{
    (void)c, (void)value, (void)field, (void)out;
    return true;
}

static const struct es_field_type type_steps = {"steps", "a list of steps",
                                                "{\"type\": \"array\"}", parse_steps};

static const struct es_field fields[] = {{.key = "steps",
                                          .type = &type_steps,
                                          .required = true,
                                          .doc = "the steps to repeat"}};

static const struct es_fields all_fields = {fields, ES_COUNT(fields)};

static bool check_keys(struct es_compile *c, const struct es_node *step_node)
{
    static const char *const known[] = {"loop", "steps", "note", "control"};
    for (size_t i = 0; i < step_node->pairs.n; i++) {
        const struct es_node *key = step_node->pairs.at[i].key;
        bool is_known = false;
        for (size_t k = 0; k < ES_COUNT(known); k++) {
            is_known = is_known || es_slice_is(key->text, known[k]);
        }
        if (!is_known) {
            es_compile_fail(c, key->loc, "unknown key '%.*s' in a loop",
                            ES_SLICE_ARG(key->text));
            return es_hint(c->d, "a loop takes steps, note and control");
        }
    }
    return true;
}

static bool read_count(struct es_compile *c, const struct es_node *node, int64_t *count)
{
    const struct es_node *n = es_compile_follow(c, node);
    struct es_operand o;
    ES_TRY(es_operand_compile(c, n, ES_KIND_NUMBER, &o));
    if (o.form != ES_OPERAND_CONSTANT) {
        es_compile_fail(c, node->loc,
                        "the count of a loop must be known before the run");
        return es_hint(c->d,
                       "a number, a matrix or PIXIT value, or an expression of these");
    }
    *count = o.constant.number;
    return (*count >= 0 && *count <= COUNT_MAX) ||
           es_compile_fail(c, node->loc, "a loop runs 0 to %d times, not %lld",
                           COUNT_MAX, (long long)*count);
}

/* Steps that never run are checked all the same, in a plan that nobody sees. */
static bool check_only(struct es_compile *c, const struct es_node *steps)
{
    struct es_plan *plan = c->plan, unseen = {.slots_n = plan->slots_n};
    c->plan = &unseen;
    bool ok = es_compile_steps(c, steps);
    c->plan = plan;
    plan->slots_n = unseen.slots_n;
    return ok;
}

static bool repeat(struct es_compile *c, const struct es_node *loop,
                   const struct es_node *steps, int64_t count)
{
    bool ok = true;
    if (count == 0) {
        return check_only(c, steps);
    }
    for (int64_t i = 0; ok && i < count; i++) {
        ok = es_compile_steps(c, steps);
        if (c->plan->steps.n > STEPS_MAX) {
            return es_compile_fail(c, loop->loc, "the loops make more than %d steps",
                                   STEPS_MAX);
        }
    }
    return ok;
}

static bool expand(struct es_compile *c, const struct es_node *step_node,
                   const struct es_step *head)
{
    const struct es_node *count_node = es_node_find(step_node, "loop");
    const struct es_node *steps = es_node_find(step_node, "steps");
    enum es_control control = c->control;
    int64_t count = 1;
    bool ok = check_keys(c, step_node);
    if (!steps) {
        return es_compile_fail(c, step_node->loc, "'loop' needs 'steps'");
    }
    ok = read_count(c, count_node, &count) && ok;
    c->control = head->control;
    ok = repeat(c, count_node, steps, ok ? count : 1) && ok;
    c->control = control;
    return ok;
}

const struct es_verb es_verb_loop = {
    .name = "loop",
    .summary = "repeats steps",
    .doc =
        "The count must be known before the run: a number, a matrix or PIXIT value, or an "
        "expression of these. The steps stand in the plan as often as they run; a step's "
        "name means the latest pass.\n"
        "Example: - loop: $(pixit.patience - 1)\n"
        "           steps:\n"
        "             - request: CON POST $est/sen",
    .value_doc = "how often, 0 to 1000",
    .value_schema = "{\"type\": [\"number\", \"string\"]}",
    .fields = {&all_fields},
    .expand = expand,
};
