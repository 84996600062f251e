/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/expectation.h"

extern const struct es_verb es_verb_expect;

enum { BRANCHES_MAX = 16 };

struct args {
    const struct es_step *heads[BRANCHES_MAX]; /* the expect that begins a branch */
    size_t n;
    uint32_t slot; /* number of the branch taken */
};

struct state {
    struct es_waiting waiting;
};

static enum es_progress choose(struct es_stage *g, const struct es_step *step,
                               const struct state *s, enum es_progress progress)
{
    const struct args *x = step->args;
    if (progress == ES_STEP_DONE && s->waiting.chosen < x->n) {
        es_stage_scope(g)->slots[x->slot] = es_value_number((int64_t)s->waiting.chosen);
    }
    return progress;
}

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    const struct args *x = step->args;
    struct state *s = state;
    s->waiting.steps = x->heads;
    s->waiting.n = x->n;
    return choose(g, step, s, es_waiting_start(g, &s->waiting));
}

static enum es_progress poll(struct es_stage *g, const struct es_step *step,
                             void *state, const struct es_event *event)
{
    struct state *s = state;
    return choose(g, step, s, es_waiting_poll(g, &s->waiting, event));
}

/* What stands in the plan for an alt: it waits for the branches' first steps at once. */
static const struct es_verb choice = {
    .name = "alt",
    .summary = "waits for the first of several messages",
    .state_size = sizeof(struct state),
    .judges = true,
    .start = start,
    .poll = poll,
};

static const struct es_node *steps_of(struct es_compile *c,
                                      const struct es_node *branch)
{
    const struct es_node *steps = es_node_find(branch, "steps");
    bool shaped = branch->kind == ES_NODE_MAP && branch->pairs.n == 1 && steps &&
                  steps->kind == ES_NODE_SEQUENCE && steps->items.n > 0 &&
                  es_node_find(steps->items.at[0], "expect");
    if (!shaped) {
        es_compile_fail(c, branch->loc, "this is not a branch of 'alt'");
        es_hint(c->d, "expected steps: a list that begins with an expect");
        return NULL;
    }
    return steps;
}

/* Compiles the expect that begins a branch, and takes it out of the plan. */
static bool compile_head(struct es_compile *c, const struct es_node *node,
                         struct args *x)
{
    size_t before = c->plan->steps.n;
    bool ok = es_compile_step(c, node);
    if (!ok || c->plan->steps.n != before + 1) {
        c->plan->steps.n = before;
        return false;
    }
    struct es_step *head = ES_NEW(c->arena, struct es_step);
    *head = c->plan->steps.at[before];
    c->plan->steps.n = before;
    x->heads[x->n++] = head;
    return true;
}

static bool compile_rest(struct es_compile *c, const struct es_node *steps)
{
    bool ok = true;
    for (size_t i = 1; i < steps->items.n; i++) {
        ok = es_compile_step(c, steps->items.at[i]) && ok;
    }
    return ok;
}

static bool compile_branches(struct es_compile *c, const struct es_node *list,
                             const struct es_step *head)
{
    const struct es_node *steps[BRANCHES_MAX] = {0};
    struct args *x = ES_NEW(c->arena, struct args);
    bool ok = true;
    for (size_t i = 0; i < list->items.n; i++) {
        steps[i] = steps_of(c, list->items.at[i]);
        ok = steps[i] && compile_head(c, steps[i]->items.at[0], x) && ok;
    }
    ES_TRY(ok);
    struct es_step step = *head;
    step.verb = &choice;
    step.args = x;
    step.rule = x->heads[0]->rule;
    step.missing = x->heads[0]->missing;
    x->slot = c->plan->slots_n++;
    ES_PUSH(c->arena, &c->plan->steps, step);
    struct es_guard outer = c->guard;
    for (size_t i = 0; i < x->n; i++) {
        c->guard = (struct es_guard){true, x->slot, (int64_t)i};
        ok = steps[i] && compile_rest(c, steps[i]) && ok;
    }
    c->guard = outer;
    return ok;
}

static bool expand(struct es_compile *c, const struct es_node *step_node,
                   const struct es_step *head)
{
    const struct es_node *list = es_node_find(step_node, "alt");
    enum es_control control = c->control;
    for (size_t i = 0; i < step_node->pairs.n; i++) {
        const struct es_node *key = step_node->pairs.at[i].key;
        if (!es_slice_is(key->text, "alt") && !es_slice_is(key->text, "note") &&
            !es_slice_is(key->text, "control")) {
            es_compile_fail(c, key->loc, "unknown key '%.*s' in an alt",
                            ES_SLICE_ARG(key->text));
            return es_hint(c->d,
                           "an alt takes note and control; ids stand in its branches");
        }
    }
    if (list->kind != ES_NODE_SEQUENCE || list->items.n < 2 ||
        list->items.n > BRANCHES_MAX) {
        return es_compile_fail(c, list->loc, "'alt' takes a list of 2 to %d branches",
                               BRANCHES_MAX);
    }
    struct es_step first = *head;
    c->control = head->control;
    bool ok = compile_branches(c, list, &first);
    c->control = control;
    return ok;
}

const struct es_verb es_verb_alt = {
    .name = "alt",
    .summary = "goes on as the peer answers",
    .doc =
        "Each branch is a list of steps that begins with an `expect`. The first message "
        "that fits one of them, head and fields, decides which branch is run; the others "
        "are left out. What fits none is judged by the first branch. `within` of the "
        "branches: the longest counts.\n"
        "Example: - alt:\n"
        "             - steps:\n"
        "                 - expect: 2.04\n"
        "             - steps:\n"
        "                 - expect: 5.03\n"
        "                   max-age: 1..\n"
        "                 - wait: 1s",
    .value_doc = "a list of branches, each `steps:`",
    .value_schema = "{\"type\": \"array\"}",
    .expand = expand,
};
