/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_TEST_PLAN_BUILDER_H
#define ES_TEST_PLAN_BUILDER_H

/*
 * Plans out of YAML in memory, against the real registry and dictionary. Header only:
 * included by one test program each.
 */

#include "ops/ops.h"
#include "scenario/compile.h"

#include <criterion/criterion.h>

static struct es_arena *arena;
static struct es_diag *diag;
static struct es_registry registry;
static struct es_dictionary dictionary;
static struct es_catalogue catalogue;

static inline void plan_set_up(void)
{
    arena = es_arena_new();
    diag = es_diag_new();
    cr_assert(es_registry_load("scenarios/requirements", arena, &registry, diag));
    cr_assert(es_dictionary_load("drivers/ics.yaml", arena, &dictionary, diag));
    catalogue = (struct es_catalogue){.language = es_ops_language(),
                                      .registry = &registry,
                                      .dictionary = &dictionary,
                                      .scenarios_folder = "scenarios",
                                      .arena = arena};
}

static inline void plan_tear_down(void)
{
    es_diag_free(diag);
    es_arena_free(arena);
}

static inline const char *plan_first_note(void)
{
    return diag->count ? diag->notes[0].msg : "no note";
}

static inline const struct es_node *plan_yaml(const char *text)
{
    const struct es_node *n =
        es_yaml_parse(es_slice_of(text), "memory.yaml", arena, diag);
    cr_assert(n && diag->count == 0, "bad YAML: %s", plan_first_note());
    return n;
}

/* A compiler for single expressions and matches, outside any scenario. */
static inline struct es_compile plan_compiler(void)
{
    struct es_scenario *s = ES_NEW(arena, struct es_scenario);
    s->iut = ES_ROLE_SERVER;
    return (struct es_compile){.arena = arena,
                               .d = diag,
                               .catalogue = &catalogue,
                               .scenario = s,
                               .plan = ES_NEW(arena, struct es_plan),
                               .step = ES_NEW(arena, struct es_step)};
}

/* A scenario with the frame that every one needs; text holds preamble, steps ... */
static inline struct es_scenario *plan_scenario(const char *text)
{
    struct es_scenario *s = ES_NEW(arena, struct es_scenario);
    s->id = s->title = "memory";
    s->iut = ES_ROLE_SERVER;
    s->root = plan_yaml(text);
    s->matrix = es_node_find(s->root, "matrix");
    s->cases = es_node_find(s->root, "cases");
    s->budget = 60 * ES_USEC_PER_S;
    return s;
}

/* The plan of the scenario's first instance; NULL with notes in diag. */
static inline const struct es_plan *plan_of(struct es_scenario *s,
                                            const struct es_driver_spec *driver)
{
    struct es_bindings bindings = {.driver = driver};
    struct es_instances all = {0};
    cr_assert(es_scenario_expand(&catalogue, s, &bindings, &all, diag));
    cr_assert_gt(all.n, 0);
    return es_plan_build(&catalogue, &all.at[0], &bindings, diag);
}

static inline const struct es_plan *plan_make(const char *text)
{
    return plan_of(plan_scenario(text), NULL);
}

static inline const struct es_plan *plan_make_good(const char *text)
{
    const struct es_plan *plan = plan_make(text);
    cr_assert(plan && diag->count == 0, "%s (%s) in\n%s", plan_first_note(),
              diag->count && diag->notes[0].hint ? diag->notes[0].hint : "", text);
    return plan;
}

/* The text must be refused, and the first note say this, with this hint unless NULL. */
static inline void plan_expect_note(const char *text, const char *msg, const char *hint)
{
    es_diag_reset(diag);
    cr_expect_null(plan_make(text), "accepted:\n%s", text);
    cr_assert_gt(diag->count, 0, "no note for\n%s", text);
    cr_expect_str_eq(diag->notes[0].msg, msg);
    if (hint) {
        const char *said = diag->notes[0].hint;
        cr_expect_str_eq(said ? said : "no hint", hint, "in\n%s", text);
    }
}

#endif
