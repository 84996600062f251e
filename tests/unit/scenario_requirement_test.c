/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/requirement.h"

#include <criterion/criterion.h>

static struct es_arena *arena;
static struct es_diag *diag;
static struct es_registry registry;

static void set_up(void)
{
    arena = es_arena_new();
    diag = es_diag_new();
}

static void tear_down(void)
{
    es_diag_free(diag);
    es_arena_free(arena);
}

TestSuite(scenario_requirement, .init = set_up, .fini = tear_down);

static void load_good(void)
{
    cr_assert(es_registry_load("tests/golden/registry/good", arena, &registry, diag),
              "%s", diag->count ? diag->notes[0].msg : "");
}

static const struct es_requirement *find(const char *id)
{
    return es_registry_find(&registry, es_slice_of(id));
}

Test(scenario_requirement, every_entry_of_every_file_is_found_by_its_id)
{
    load_good();
    cr_assert_eq(registry.requirements.n, 6);
    for (size_t i = 0; i < registry.requirements.n; i++) {
        cr_expect_eq(find(registry.requirements.at[i].id),
                     &registry.requirements.at[i]);
    }
    cr_expect_null(find("X:1:de"));
    cr_expect_null(find("X:1:deff"));
}

Test(scenario_requirement, sources_are_joined)
{
    load_good();
    cr_expect_str_eq(find("RFC2:4.1:zeta")->source, "RFC 2 s4.1, RFC 3 s9");
    cr_expect_str_eq(find("X:1:def")->source, "X");
}

static const struct {
    const char *id;
    enum es_effect effect;
} effects[] = {
    {"RFC2:4.1:zeta", ES_EFFECT_FAIL}, {"RFC1:A.2:alpha", ES_EFFECT_WARNING},
    {"RFC1:2:beta", ES_EFFECT_REPORT}, {"X:1:def", ES_EFFECT_FAIL},
    {"X:1:should", ES_EFFECT_WARNING}, {"X:1:may", ES_EFFECT_REPORT},
};

Test(scenario_requirement, effect_follows_level_unless_judge_is_milder)
{
    load_good();
    for (size_t i = 0; i < ES_COUNT(effects); i++) {
        cr_expect_eq(find(effects[i].id)->effect, effects[i].effect, "%s",
                     effects[i].id);
    }
    cr_expect_str_eq(find("RFC1:A.2:alpha")->level, "MUST");
    cr_expect_str_eq(find("RFC1:A.2:alpha")->judge_why, "mild");
}

Test(scenario_requirement, untestable_entries_carry_their_reason)
{
    load_good();
    cr_expect_str_eq(find("RFC1:2:beta")->untestable, "nobody sees it");
    cr_expect_null(find("X:1:def")->untestable);
}

Test(scenario_requirement, section_is_made_from_the_id)
{
    load_good();
    cr_expect_str_eq(es_requirement_section(find("RFC2:4.1:zeta"), arena),
                     "RFC 2 section 4.1");
    cr_expect_str_eq(es_requirement_section(find("RFC1:A.2:alpha"), arena),
                     "RFC 1 appendix A.2");
    cr_expect_str_eq(es_requirement_section(find("X:1:def"), arena), "X section 1");
}

static const char *const bad_notes[] = {
    "'SHUOLD' is not a level",
    "'sever' is not a role",
    "'maybe' is not an answer to 'observable'",
    "unknown key 'sorce' in a requirement",
    "a requirement needs 'source'",
    "'three' is not the id of a requirement",
    "judge: warning is not milder than the level SHOULD",
    "requirement 'X:1:one' stands twice in the registry",
};

Test(scenario_requirement, every_mistake_is_noted)
{
    cr_expect_not(
        es_registry_load("tests/golden/registry/bad", arena, &registry, diag));
    cr_assert_eq(diag->count, ES_COUNT(bad_notes));
    for (size_t i = 0; i < ES_COUNT(bad_notes); i++) {
        cr_expect_str_eq(diag->notes[i].msg, bad_notes[i]);
        cr_expect_gt(diag->notes[i].loc.line, 3);
    }
}

Test(scenario_requirement, a_folder_without_registry_is_an_error)
{
    cr_expect_not(es_registry_load("tests/golden/registry", arena, &registry, diag));
    cr_expect_not(es_registry_load("tests/golden/none", arena, &registry, diag));
    cr_expect_eq(diag->count, 2);
}

Test(scenario_requirement, the_registry_of_the_project_loads)
{
    cr_assert(es_registry_load("scenarios/requirements", arena, &registry, diag), "%s",
              diag->count ? diag->notes[0].msg : "");
    cr_expect_gt(registry.requirements.n, 300);
}

Test(scenario_requirement, a_registrar_is_bound_by_the_rules_of_a_server)
{
    cr_expect(es_role_binds(ES_ROLE_SERVER, ES_ROLE_REGISTRAR));
    cr_expect(es_role_binds(ES_ROLE_BOTH, ES_ROLE_REGISTRAR));
    cr_expect_not(es_role_binds(ES_ROLE_CLIENT, ES_ROLE_REGISTRAR));
    cr_expect_not(es_role_binds(ES_ROLE_REGISTRAR, ES_ROLE_SERVER));
    cr_expect(es_role_binds(ES_ROLE_BOTH, ES_ROLE_CLIENT));
}

Test(scenario_requirement, both_is_no_role_of_an_implementation)
{
    enum es_role role;
    cr_expect(es_role_parse(ES_SLICE_LIT("registrar"), &role));
    cr_expect_eq(role, ES_ROLE_REGISTRAR);
    cr_expect_not(es_role_parse(ES_SLICE_LIT("both"), &role));
}

Test(scenario_requirement, verdict_names_are_read_back)
{
    for (int v = ES_VERDICT_PASS; v <= ES_VERDICT_ERROR; v++) {
        enum es_verdict back;
        const char *name = es_verdict_name((enum es_verdict)v);
        cr_assert(es_verdict_parse(es_slice_of(name), &back));
        cr_expect_eq((int)back, v);
    }
    enum es_verdict back;
    cr_expect_not(es_verdict_parse(ES_SLICE_LIT("passed"), &back));
}
