/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/compile.h"
#include "stage/stage.h"

#include <string.h>

/* The worker may read the acknowledgement between two polls: do not sleep over it. */
#define LOOK_AGAIN (20 * ES_USEC_PER_MS)

struct item {
    const char *name,
        *line; /* line NULL: no driver yet (check), or it cannot do this */
    struct es_operand value;
};

struct args {
    struct item *at;
    size_t n, room;
};

struct state {
    size_t told; /* items told so far; the last one is not acknowledged yet */
    es_usec deadline;
};

static const char *line_of(const struct es_driver_spec *s, const char *name)
{
    for (size_t i = 0; s && i < s->set.n; i++) {
        if (strcmp(s->set.at[i].name, name) == 0) {
            return s->set.at[i].line;
        }
    }
    return NULL;
}

/* Instances whose items the driver does not declare are not applicable. */
static void note_item(struct es_compile *c, const char *name)
{
    for (size_t i = 0; i < c->plan->set_items.n; i++) {
        if (strcmp(c->plan->set_items.at[i], name) == 0) {
            return;
        }
    }
    ES_PUSH(c->arena, &c->plan->set_items, name);
}

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct args *x = args;
    const struct es_node *map = es_compile_follow(c, value);
    if (map->kind != ES_NODE_MAP || map->pairs.n == 0) {
        es_compile_fail(c, map->loc, "'iut.set' takes a map of items and values");
        return es_hint(c->d, "for example {answer: separate}");
    }
    bool ok = true;
    for (size_t i = 0; i < map->pairs.n; i++) {
        const struct es_pair *pair = &map->pairs.at[i];
        struct item item = {.name = es_arena_text(c->arena, pair->key->text)};
        item.line = line_of(c->driver, item.name);
        ok = es_operand_compile(c, pair->value, ES_KIND_ANY, &item.value) && ok;
        note_item(c, item.name);
        ES_PUSH(c->arena, x, item);
    }
    return ok;
}

/* A duration is told in seconds, as in Max-Age (drivers/CONTRACT.md). */
static const char *value_text(const struct es_value *v, struct es_arena *a)
{
    if (v->kind == ES_KIND_DURATION) {
        return es_arena_printf(a, "%lld", (long long)(v->usec / ES_USEC_PER_S));
    }
    return es_value_render(v, a);
}

static enum es_progress tell_next(struct es_stage *g, const struct es_step *step,
                                  struct state *s)
{
    const struct args *x = step->args;
    struct es_arena *a = es_stage_arena(g);
    struct es_value v;
    if (s->told == x->n) {
        return ES_STEP_DONE;
    }
    const struct item *item = &x->at[s->told++];
    if (!item->line) {
        return es_stage_trouble(g, step, ES_VERDICT_INCONCLUSIVE,
                                "the driver has no 'set' for '%s'", item->name);
    }
    if (!es_stage_eval(g, step, &item->value, &v)) {
        return ES_STEP_END;
    }
    const char *line = es_driver_fill(item->line, value_text(&v, a), NULL, NULL, a);
    es_stage_note(g, "to the driver: %s", line);
    if (!es_driver_tell(es_stage_driver(g), line)) {
        return es_stage_trouble(g, step, ES_VERDICT_INCONCLUSIVE,
                                "the peer cannot be told '%s'", line);
    }
    es_stage_wake(g, es_stage_now(g) + LOOK_AGAIN);
    return ES_STEP_WAIT;
}

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    struct state *s = state;
    if (!es_stage_driver(g)) {
        return es_stage_trouble(g, step, ES_VERDICT_INCONCLUSIVE,
                                "a peer that instances share cannot be told anything");
    }
    s->deadline = es_stage_deadline(g, step);
    return tell_next(g, step, s);
}

static enum es_progress poll(struct es_stage *g, const struct es_step *step,
                             void *state, const struct es_event *event)
{
    const struct args *x = step->args;
    struct state *s = state;
    struct es_driver *driver = es_stage_driver(g);
    es_stage_keep(g, event);
    /* The worker looks after the driver once a turn: ask it now for what woke us. */
    es_driver_poll(driver, es_stage_now(g));
    int answer = es_driver_acknowledged(driver);
    const char *item = x->at[s->told - 1].name;
    if (answer < 0) {
        return es_stage_trouble(g, step, ES_VERDICT_INCONCLUSIVE,
                                "the peer does not support '%s' with this value", item);
    }
    if (answer == 0 && es_stage_now(g) >= s->deadline) {
        return es_stage_trouble(g, step, ES_VERDICT_INCONCLUSIVE,
                                "the peer did not say that '%s' is set", item);
    }
    es_stage_deadline(g, step);
    es_stage_wake(g, es_stage_now(g) + LOOK_AGAIN);
    return answer > 0 ? tell_next(g, step, s) : ES_STEP_WAIT;
}

const struct es_verb es_verb_iut_set = {
    .name = "iut.set",
    .summary = "tells the peer through its driver to behave otherwise",
    .doc =
        "Each item is a line of the driver's `set:`; the step waits until the peer has "
        "acknowledged it. Items that the driver does not declare make the instance "
        "not-applicable; a value that the peer refuses makes it inconclusive. Servers know "
        "answer (now, separate, pending), max-age (seconds) and ca (roll).\n"
        "Example: - iut.set: {answer: pending, max-age: 2}",
    .value_doc = "a map of items and values",
    .value_schema = "{\"type\": \"object\"}",
    .args_size = sizeof(struct args),
    .state_size = sizeof(struct state),
    .compile = compile,
    .start = start,
    .poll = poll,
};
