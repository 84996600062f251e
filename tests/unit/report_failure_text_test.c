/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/report_tree.h"
#include "report/report_int.h"

static struct es_arena *arena;

static void set_up(void)
{
    arena = es_arena_new();
}

static void tear_down(void)
{
    es_arena_free(arena);
}

TestSuite(failure_text, .init = set_up, .fini = tear_down);

static const char *text_of(const struct es_instance_result *i)
{
    struct es_run_result r = tree_run();
    return es_failure_text(&r, i, arena);
}

Test(failure_text, one_broken_rule_has_the_documented_layout)
{
    tree_check_golden("failure-text.txt", text_of(tree_find(TREE_SIZES "[size=64]")),
                      arena);
}

Test(failure_text, every_instance_has_its_text)
{
    const char *all = "";
    for (size_t i = 0; i < ES_COUNT(tree_instances); i++) {
        all = es_arena_printf(arena, "%s%s\n", all, text_of(&tree_instances[i]));
    }
    tree_check_golden("failure-texts.txt", all, arena);
}

Test(failure_text, printing_gives_the_same_text)
{
    struct es_run_result r = tree_run();
    const struct es_instance_result *i = tree_find(TREE_SIZES "[size=64]");
    char *text = es_arena_alloc(arena, 4096);
    FILE *out = fmemopen(text, 4096, "w");
    es_failure_text_print(&r, i, out);
    fclose(out);
    cr_assert_str_eq(text, text_of(i));
}

Test(failure_text, without_the_scenario_file_got_and_wanted_are_still_told)
{
    struct es_instance_result i = *tree_find(TREE_SIZES "[size=64]");
    struct es_finding f = i.findings[0];
    f.loc.file = "no/such/file.yaml";
    i.findings = &f;
    const char *text = text_of(&i);
    cr_assert_not_null(strstr(text, "\n  got      1024\n  wanted   ..64\n"), "%s",
                       text);
}

Test(failure_text, values_of_several_lines_stand_below_the_caret)
{
    struct es_instance_result i = *tree_find(TREE_SIZES "[size=64]");
    struct es_finding f = i.findings[0];
    f.got = "h'30 82\n  00 01'";
    i.findings = &f;
    const char *text = text_of(&i);
    cr_assert_not_null(
        strstr(text, "^^^^^^^\n  got      h'30 82\n             00 01'\n"), "%s", text);
}

Test(failure_text, a_long_value_is_cut)
{
    struct es_instance_result i = *tree_find(TREE_SIZES "[size=64]");
    struct es_finding f = i.findings[0];
    char *got = es_arena_alloc(arena, 100001);
    memset(got, 'x', 100000);
    f.got = got;
    i.findings = &f;
    const char *text = text_of(&i);
    cr_assert_lt(strlen(text), 4000);
    cr_assert_not_null(strstr(text, "... (100000 bytes in all)"));
    cr_assert_not_null(strstr(text, "  again    estspec run"));
}

Test(failure_text, at_most_ten_findings_are_shown)
{
    struct es_instance_result i = *tree_find(TREE_SIZES "[size=64]");
    struct es_finding many[15];
    for (size_t k = 0; k < ES_COUNT(many); k++) {
        many[k] = i.findings[0];
        many[k].field = es_arena_printf(arena, "field-%zu", k);
    }
    i.findings = many;
    i.findings_n = ES_COUNT(many);
    cr_assert_not_null(strstr(text_of(&i), "also     5 more findings, see run.jsonl"));
}

Test(failure_text, an_id_without_brackets_needs_no_quotes)
{
    const char *text = text_of(tree_find("robustness/absurd-asn1"));
    cr_assert_not_null(strstr(
        text, "estspec run --driver drivers/acme-server robustness/absurd-asn1 "));
}

Test(failure_text, without_secrets_the_capture_does_not_claim_them)
{
    struct es_run_result r = tree_run();
    r.secrets_left_out = true;
    const char *text = es_failure_text(&r, tree_find(TREE_SIZES "[size=64]"), arena);
    cr_assert_null(strstr(text, "secrets"));
    cr_assert_not_null(strstr(text, "capture.pcapng, packets 5-6\n"));
}
