/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/temp_folder.h"
#include "scenario/driver_spec.h"

#include <criterion/criterion.h>

#include <stdio.h>

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
    cr_expect_eq(spec.op.way, ES_WAY_STDIN);
    cr_expect_str_eq(spec.op.text, "$op $uri");
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

/* Writes a file into a folder of its own and reads it with `load`. */
static bool read_text(const char *name, const char *text,
                      bool (*load)(const char *folder))
{
    const char *folder = temp_folder_make(arena);
    FILE *file = fopen(es_arena_printf(arena, "%s/%s", folder, name), "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
    bool ok = load(folder);
    temp_folder_remove(arena, folder);
    return ok;
}

static bool load_folder(const char *folder)
{
    return es_driver_spec_load(folder, &dictionary, arena, &spec, diag);
}

static void load_client(const char *rest)
{
    const char *text =
        es_arena_printf(arena, "format: 1\niut: [client]\nadapter: {%s}\n", rest);
    cr_assert(read_text("driver.yaml", text, load_folder), "%s: %s", rest,
              diag->count ? diag->notes[0].msg : "");
}

Test(scenario_driverspec, a_command_succeeds_by_its_exit_status)
{
    load_client("kind: process, op: {run: ./enrol $op $uri}");
    cr_expect_eq(spec.op.way, ES_WAY_RUN);
    cr_expect_str_eq(spec.op.text, "./enrol $op $uri");
    cr_expect_eq(spec.success_exit, 0);
    cr_expect_null(spec.start);
    cr_expect_eq(spec.isolation, ES_ISOLATION_PROCESS);
    cr_expect_eq(spec.within, 0);
}

Test(scenario_driverspec, a_command_may_say_how_it_went)
{
    load_client("kind: process, op: {run: x}, result: {success: {exit: 3}, "
                "failure: {stdout: /E (?<error>.*)/}}");
    cr_expect_eq(spec.success_exit, 3);
    cr_expect_null(spec.success);
    cr_expect_not_null(spec.failure);
    es_driver_spec_close(&spec);
    load_client("kind: process, op: {run: x}, result: {success: {stdout: /yes/}, "
                "failure: {stdout: /no/}}");
    cr_expect_eq(spec.success_exit, ES_DRIVER_NO_EXIT);
    cr_expect_not_null(spec.success);
}

Test(scenario_driverspec, a_device_that_asks_is_told_op_and_uri)
{
    load_client("kind: pull, listen: '127.0.0.1:5683', reset: {soft: {next: reset}}");
    cr_expect_str_eq(spec.control, "127.0.0.1:5683");
    cr_expect_null(spec.listen);
    cr_expect_eq(spec.op.way, ES_WAY_NEXT);
    cr_expect_str_eq(spec.op.text, "$op $uri");
    cr_expect_str_eq(spec.reset.text, "reset");
    cr_expect_eq(spec.isolation, ES_ISOLATION_SERIAL);
    cr_expect_eq(spec.within, 60 * ES_USEC_PER_S);
}

Test(scenario_driverspec, where_we_listen_may_stand_in_the_adapter)
{
    load_client("kind: prompt, listen: '192.0.2.7:5684', op: {ask: x}");
    cr_expect_str_eq(spec.listen, "192.0.2.7:5684");
    cr_expect_null(spec.control);
    cr_expect_eq(spec.listen_loc.line, 3);
}

Test(scenario_driverspec, a_person_is_asked)
{
    load_client("kind: prompt, within: 5min, op: {ask: Start $op at $uri.}");
    cr_expect_eq(spec.op.way, ES_WAY_ASK);
    cr_expect_eq(spec.within, 300 * ES_USEC_PER_S);
}

Test(scenario_driverspec, words_of_a_person)
{
    static const struct {
        const char *line, *remark;
        enum es_outcome outcome;
    } cases[] = {
        {"ok", "", ES_OUTCOME_SUCCESS},
        {"  failed  no light ", "no light", ES_OUTCOME_FAILURE},
        {"unknown", "", ES_OUTCOME_UNKNOWN},
        {"", NULL, ES_OUTCOME_NONE},
        {"okay", NULL, ES_OUTCOME_NONE},
        {"OK", NULL, ES_OUTCOME_NONE},
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        enum es_outcome outcome = ES_OUTCOME_NONE;
        struct es_slice remark = ES_SLICE_NONE;
        bool ok = es_outcome_parse(es_slice_of(cases[i].line), &outcome, &remark);
        cr_expect_eq(ok, cases[i].remark != NULL, "%s", cases[i].line);
        cr_expect_eq(outcome, cases[i].outcome, "%s", cases[i].line);
        cr_expect(!ok || es_slice_is(remark, cases[i].remark), "%s", cases[i].line);
    }
}

static struct es_prepared_answers prepared;

static bool load_answers(const char *folder)
{
    return es_prepared_answers_load(es_arena_printf(arena, "%s/a.yaml", folder), arena,
                                    &prepared, diag);
}

Test(scenario_driverspec, the_first_prepared_answer_that_fits_counts)
{
    const char *text = "format: 1\nperson: Ada\nanswers:\n"
                       "  - {instance: 'a/*', op: sen, answer: [ok, failed no light]}\n"
                       "  - {instance: 'a/*', answer: unknown}\n";
    cr_assert(read_text("a.yaml", text, load_answers));
    cr_expect_str_eq(prepared.person, "Ada");
    cr_expect_str_eq(es_prepared_answer(&prepared, "a/b", "sen", 0), "ok");
    cr_expect_str_eq(es_prepared_answer(&prepared, "a/b", "sen", 1), "failed no light");
    cr_expect_str_eq(es_prepared_answer(&prepared, "a/b", "sen", 2), "failed no light");
    cr_expect_str_eq(es_prepared_answer(&prepared, "a/b", "crts", 0), "unknown");
    cr_expect_null(es_prepared_answer(&prepared, "b", "sen", 0));
}

Test(scenario_driverspec, mistakes_in_prepared_answers_are_noted)
{
    static const char *const msgs[] = {
        "'okay' is not an answer",
        "a prepared answer needs 'instance'",
        "an answer is missing here",
    };
    const char *text = "format: 1\nperson: Ada\nanswers:\n"
                       "  - {instance: a, answer: okay}\n"
                       "  - {answer: ok}\n"
                       "  - {instance: a, answer: []}\n";
    cr_expect_not(read_text("a.yaml", text, load_answers));
    expect_notes(msgs, ES_COUNT(msgs));
    cr_expect_eq(diag->notes[0].loc.line, 4);
    cr_expect_eq(diag->notes[0].loc.col, 27);
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
