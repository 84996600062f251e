/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/report_tree.h"
#include "report/report_int.h"

static struct es_arena *arena;
static struct es_rules rules;

static void set_up(void)
{
    struct es_run_result r = tree_run();
    arena = es_arena_new();
    es_rules_build(&rules, &r, arena);
}

static void tear_down(void)
{
    es_arena_free(arena);
}

TestSuite(rule, .init = set_up, .fini = tear_down);

static const struct {
    const char *id;
    size_t instances[ES_MARK_COUNT];
} counted[] = {
    {"RFC7959:2.4:requested-size-or-smaller", {[ES_MARK_PASS] = 1, [ES_MARK_FAIL] = 2}},
    {"RFC7959:2.4:block-size-constant", {[ES_MARK_PASS] = 3}},
    {"RFC7959:2.4:etag-in-each-block", {[ES_MARK_WARNING] = 1}},
    {"RFC9148:4.6:size1-size2-optional", {[ES_MARK_REPORT] = 1}},
    {"RFC8710:2:stop-on-malformed-cbor", {[ES_MARK_KNOWN] = 1}},
    {"RFC9148:4.1:well-known-root-served", {[ES_MARK_NOT_JUDGED] = 2}},
};

Test(rule, each_instance_counts_once_and_by_the_worst)
{
    for (size_t i = 0; i < ES_COUNT(counted); i++) {
        const struct es_rule *rule = es_rules_find(&rules, counted[i].id);
        cr_assert_not_null(rule, "%s", counted[i].id);
        for (size_t m = 0; m < ES_MARK_COUNT; m++) {
            cr_assert_eq(rule->instances[m], counted[i].instances[m],
                         "%s, mark %zu: %zu", rule->id, m, rule->instances[m]);
        }
    }
}

Test(rule, an_unknown_id_is_not_found)
{
    cr_assert_null(es_rules_find(&rules, "RFC1:1:none"));
    cr_assert_null(es_rules_find(&rules, NULL));
}

Test(rule, what_no_finding_tells_comes_from_the_registry)
{
    struct es_requirement known[] = {{.id = "RFC9148:4.6:server-block2",
                                      .source = "RFC 9148 s4.6",
                                      .level = "MUST",
                                      .text = "Block2 is implemented."}};
    struct es_registry registry = {.requirements = {.at = known, .n = 1, .room = 1}};
    struct es_run_result r = tree_run();
    cr_assert_null(es_rules_find(&rules, known[0].id)->level);
    r.registry = &registry;
    es_rules_build(&rules, &r, arena);
    const struct es_rule *rule = es_rules_find(&rules, known[0].id);
    cr_assert_str_eq(rule->level, "MUST");
    cr_assert_str_eq(rule->section, "RFC 9148 section 4.6");
    cr_assert_str_eq(rule->paraphrase, "Block2 is implemented.");
}
