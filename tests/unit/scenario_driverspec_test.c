/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/driver_spec.h"

#include <criterion/criterion.h>

#define FOLDER "tests/golden/drivers/"

static struct es_arena *arena;
static struct es_diag *diag;
static struct es_dictionary dictionary;
static struct es_driver_spec spec;

static void set_up(void)
{
    arena = es_arena_new();
    diag = es_diag_new();
    cr_assert(es_dictionary_load(FOLDER "ics.yaml", arena, &dictionary, diag));
}

static void tear_down(void)
{
    es_driver_spec_close(&spec);
    es_diag_free(diag);
    es_arena_free(arena);
}

TestSuite(scenario_driverspec, .init = set_up, .fini = tear_down);

static void load_good(void)
{
    cr_assert(es_driver_spec_load(FOLDER "good", &dictionary, arena, &spec, diag), "%s",
              diag->count ? diag->notes[0].msg : "");
}

static void expect_notes(const char *const *msgs, size_t n)
{
    cr_assert_eq(diag->count, n, "%zu notes", diag->count);
    for (size_t i = 0; i < n; i++) {
        cr_expect_str_eq(diag->notes[i].msg, msgs[i]);
    }
}

Test(scenario_driverspec, adapter_and_roles_are_read)
{
    struct es_slice port;
    load_good();
    cr_expect(spec.is_server);
    cr_expect(spec.is_client);
    cr_expect_not(spec.is_registrar);
    cr_expect_eq(spec.adapter, ES_ADAPTER_PROCESS);
    cr_expect_str_eq(spec.start, "./run --quiet");
    cr_expect_eq(spec.ready_within, 3 * ES_USEC_PER_S);
    cr_assert(
        es_regex_group(spec.ready, ES_SLICE_LIT("listening 4711"), "port", &port));
    cr_expect(es_slice_is(port, "4711"));
    cr_expect_eq(spec.isolation, ES_ISOLATION_PROCESS);
    cr_expect_eq(spec.pause, 2 * ES_USEC_PER_S);
    cr_expect_eq(spec.max_certificates, 20);
    cr_expect_str_eq(spec.profile, "rfc9148");
    cr_expect_str_eq(spec.op, "$op $uri");
    cr_expect(es_regex_matches(spec.success, ES_SLICE_LIT("RESULT ok")));
}

Test(scenario_driverspec, lines_lose_their_end)
{
    load_good();
    cr_assert_eq(spec.set.n, 2);
    cr_expect_str_eq(spec.set.at[0].name, "answer");
    cr_expect_str_eq(spec.set.at[0].line, "answer $value");
    cr_expect_str_eq(spec.set.at[1].line, "ca $value");
}

Test(scenario_driverspec, undeclared_is_not_no)
{
    load_good();
    cr_expect(es_driver_spec_answer(&spec, ES_SLICE_LIT("op.crts"))->yes);
    cr_expect_not(es_driver_spec_answer(&spec, ES_SLICE_LIT("op.sen"))->yes);
    cr_expect_null(es_driver_spec_answer(&spec, ES_SLICE_LIT("op.skg")));
}

static struct es_slice value_of(const char *name)
{
    const struct es_node *n =
        es_driver_spec_pixit(&spec, &dictionary, es_slice_of(name));
    return n ? n->text : ES_SLICE_NONE;
}

Test(scenario_driverspec, values_are_declared_or_default_or_absent)
{
    load_good();
    cr_expect(es_slice_is(value_of("patience"), "3"));
    cr_expect(es_slice_is(value_of("op_timeout"), "30s"));
    cr_expect(es_slice_is(value_of("issuing_ca"), FOLDER "good/ca.der"));
    cr_expect_null(es_driver_spec_pixit(&spec, &dictionary, ES_SLICE_LIT("label")));
    cr_expect_null(es_driver_spec_pixit(&spec, &dictionary, ES_SLICE_LIT("other")));
}

Test(scenario_driverspec, every_mistake_is_noted)
{
    static const char *const msgs[] = {
        "unknown key 'isolatoin' in a driver", "'sever' is not a role of an IUT",
        "expected a pattern, not 'listening'", "expected a duration, not 'long'",
        "unknown ICS item 'op.crst'",          "expected yes or no, not 'true'",
        "unknown PIXIT value 'op_timeuot'",    "expected a duration, not '20'",
        "expected a number, not 'x'",
    };
    cr_expect_not(es_driver_spec_load(FOLDER "bad", &dictionary, arena, &spec, diag));
    expect_notes(msgs, ES_COUNT(msgs));
}

Test(scenario_driverspec, a_folder_without_driver_is_an_error)
{
    cr_expect_not(es_driver_spec_load(FOLDER "none", &dictionary, arena, &spec, diag));
    cr_expect_eq(diag->notes[0].code, ES_CODE_INPUT);
}

Test(scenario_driverspec, known_deviations_are_read)
{
    struct es_expected_list list;
    cr_assert(es_expected_load(FOLDER "good", arena, &list, diag));
    cr_assert_eq(list.n, 1);
    cr_expect_str_eq(list.at[0].instance, "rfc8710/skg-reply-malformed[residual-byte]");
    cr_expect_str_eq(list.at[0].step, "outcome");
    cr_expect_null(list.at[0].requirement);
    cr_expect_eq(list.at[0].verdict, ES_VERDICT_FAIL);
    cr_expect_eq(list.at[0].until_unix_s, 1806451200);
}

Test(scenario_driverspec, a_missing_list_of_deviations_is_empty)
{
    struct es_expected_list list;
    cr_expect(es_expected_load(FOLDER "none", arena, &list, diag));
    cr_expect_eq(list.n, 0);
}

Test(scenario_driverspec, mistakes_in_known_deviations_are_noted)
{
    static const char *const msgs[] = {
        "a known deviation needs 'reason'",
        "expected a date, not '2027-02-30'",
        "'pass' is not a verdict that can be expected",
    };
    struct es_expected_list list;
    cr_expect_not(es_expected_load(FOLDER "bad", arena, &list, diag));
    expect_notes(msgs, ES_COUNT(msgs));
}

Test(scenario_driverspec, the_dictionary_says_whom_it_asks)
{
    const struct es_ics_item *skg =
        es_dictionary_ics(&dictionary, ES_SLICE_LIT("op.skg"));
    const struct es_ics_item *sen =
        es_dictionary_ics(&dictionary, ES_SLICE_LIT("op.sen"));
    const struct es_pixit_item *label =
        es_dictionary_pixit(&dictionary, ES_SLICE_LIT("label"));
    cr_expect_eq(skg->role, ES_ROLE_SERVER);
    cr_expect_eq(sen->role, ES_ROLE_BOTH);
    cr_expect_str_eq(label->with, "op.skg");
}

Test(scenario_driverspec, mistakes_of_the_dictionary_are_noted)
{
    static const char *const msgs[] = {
        "'serwer' is not a role",
        "'with' of 'label' names 'op.sgk', which is no ICS item",
    };
    struct es_dictionary bad;
    cr_expect_not(es_dictionary_load(FOLDER "ics-bad.yaml", arena, &bad, diag));
    expect_notes(msgs, ES_COUNT(msgs));
}

Test(scenario_driverspec, the_dictionary_of_the_project_loads)
{
    struct es_dictionary project;
    cr_assert(es_dictionary_load("drivers/ics.yaml", arena, &project, diag), "%s",
              diag->count ? diag->notes[0].msg : "");
    cr_expect(es_dictionary_ics(&project, ES_SLICE_LIT("op.crts")));
    cr_expect(es_dictionary_pixit(&project, ES_SLICE_LIT("op_timeout")));
    cr_expect_null(es_dictionary_ics(&project, ES_SLICE_LIT("op")));
}
