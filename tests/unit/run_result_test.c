/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/report_tree.h"

enum { BYTES_MAX = 65536 };

static struct es_slice encode(const struct es_instance_result *i, struct es_arena *a)
{
    struct es_buf b;
    es_buf_build(&b, a, BYTES_MAX);
    es_instance_result_write(i, &b);
    cr_assert_not(b.overflow);
    return es_buf_slice(&b);
}

static void check_text(const char *got, const char *wanted)
{
    cr_assert_eq(got == NULL, wanted == NULL);
    if (got && wanted) {
        cr_assert_str_eq(got, wanted);
    }
}

static void check_finding(const struct es_finding *g, const struct es_finding *w)
{
    cr_assert_eq(g->verdict, w->verdict);
    check_text(g->requirement, w->requirement);
    check_text(g->level, w->level);
    check_text(g->section, w->section);
    check_text(g->paraphrase, w->paraphrase);
    check_text(g->loc.file, w->loc.file);
    cr_assert_eq(g->loc.line, w->loc.line);
    cr_assert_eq(g->loc.col, w->loc.col);
    cr_assert_eq(g->loc.len, w->loc.len);
    cr_assert_eq(g->loc.off, w->loc.off);
    check_text(g->step, w->step);
    check_text(g->field, w->field);
    check_text(g->wanted, w->wanted);
    check_text(g->got, w->got);
    check_text(g->text, w->text);
    check_text(g->calls, w->calls);
    check_text(g->sent, w->sent);
    check_text(g->received, w->received);
    cr_assert_eq(g->packet_first, w->packet_first);
    cr_assert_eq(g->packet_last, w->packet_last);
}

static void check_instance(const struct es_instance_result *g,
                           const struct es_instance_result *w)
{
    check_text(g->id, w->id);
    check_text(g->scenario, w->scenario);
    check_text(g->title, w->title);
    check_text(g->purpose, w->purpose);
    cr_assert_eq(g->status, w->status);
    cr_assert_eq(g->verdict, w->verdict);
    check_text(g->reason, w->reason);
    check_text(g->context, w->context);
    check_text(g->folder, w->folder);
    check_text(g->peer_log_tail, w->peer_log_tail);
    cr_assert_eq(g->start_unix_us, w->start_unix_us);
    cr_assert_eq(g->wall_us, w->wall_us);
    cr_assert_eq(g->cpu_us, w->cpu_us);
    cr_assert_eq(g->rss_bytes, w->rss_bytes);
    cr_assert_eq(g->requirements_n, w->requirements_n);
    cr_assert_eq(g->judged_n, w->judged_n);
    for (size_t i = 0; i < w->requirements_n; i++) {
        check_text(g->requirements[i], w->requirements[i]);
    }
    for (size_t i = 0; i < w->judged_n; i++) {
        check_text(g->judged[i], w->judged[i]);
    }
    cr_assert_eq(g->findings_n, w->findings_n);
    for (size_t i = 0; i < w->findings_n; i++) {
        check_finding(&g->findings[i], &w->findings[i]);
    }
}

Test(result, every_instance_survives_the_pipe)
{
    struct es_arena *a = es_arena_new();
    for (size_t i = 0; i < ES_COUNT(tree_instances); i++) {
        struct es_instance_result want = tree_instances[i], got;
        want.purpose = "a purpose\nof two lines";
        want.cpu_us = -1;
        want.rss_bytes = UINT64_MAX;
        cr_assert(es_instance_result_read(encode(&want, a), a, &got));
        check_instance(&got, &want);
    }
    es_arena_free(a);
}

Test(result, cut_bytes_are_refused_at_every_length)
{
    struct es_arena *a = es_arena_new();
    struct es_slice whole = encode(tree_find("rfc9148/4.6-fragmentation/etags"), a);
    cr_assert_gt(whole.n, 500);
    for (size_t n = 0; n < whole.n; n++) {
        struct es_arena *cut = es_arena_new();
        struct es_instance_result got;
        /* A copy of exact size, so that a sanitizer sees a read past the end. */
        struct es_slice part = es_arena_dup(cut, es_slice_sub(whole, 0, n));
        cr_assert_not(es_instance_result_read(part, cut, &got), "%zu bytes", n);
        es_arena_free(cut);
    }
    es_arena_free(a);
}

Test(result, a_wrong_octet_anywhere_does_no_harm)
{
    static const uint8_t wrong[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    struct es_arena *a = es_arena_new();
    struct es_slice whole = encode(tree_find("rfc9148/4.6-fragmentation/etags"), a);
    for (size_t at = 0; at < whole.n; at++) {
        struct es_arena *cut = es_arena_new();
        struct es_slice copy = es_arena_dup(cut, whole);
        struct es_instance_result got;
        ((uint8_t *)copy.p)[at] = wrong[at % sizeof wrong];
        if (es_instance_result_read(copy, cut, &got)) {
            cr_assert_leq(got.verdict, ES_VERDICT_ERROR);
            cr_assert_leq(got.status, ES_STATUS_NOT_RUN);
        }
        es_arena_free(cut);
    }
    es_arena_free(a);
}

Test(result, bytes_behind_the_end_are_refused)
{
    struct es_arena *a = es_arena_new();
    struct es_slice whole = encode(&tree_instances[0], a);
    struct es_instance_result got;
    /* es_arena_dup puts a NUL behind the copy. */
    struct es_slice longer = es_slice_make(es_arena_dup(a, whole).p, whole.n + 1);
    cr_assert_not(es_instance_result_read(longer, a, &got));
    es_arena_free(a);
}

Test(result, tally_counts_each_status_once)
{
    struct es_run_result r = tree_run();
    struct es_tally t = es_run_tally(&r);
    cr_assert_eq(t.pass, 1);
    cr_assert_eq(t.warning, 1);
    cr_assert_eq(t.inconclusive, 3);
    cr_assert_eq(t.fail, 3);
    cr_assert_eq(t.error, 1);
    cr_assert_eq(t.not_applicable, 1);
    cr_assert_eq(t.known, 1);
    cr_assert_eq(t.unexpected_pass, 1);
    cr_assert_eq(t.not_run, 1);
}

Test(result, tally_counts_a_rule_once_and_leaves_out_known_deviations)
{
    struct es_run_result r = tree_run();
    struct es_tally t = es_run_tally(&r);
    cr_assert_eq(t.rules_judged, 5);
    cr_assert_eq(t.rules_broken_must, 2);
    cr_assert_eq(t.rules_broken_should, 1);
}

enum { INSTANCES_MAX = 3 };

/* One letter per instance: p w i f e verdicts, a k u r statuses. */
static const struct {
    const char *instances;
    bool strict, interrupted;
    int status;
} exits[] = {
    {"", false, false, 3},    {"a", false, false, 3},   {"aa", false, false, 3},
    {"r", false, false, 3},   {"p", false, false, 0},   {"pa", false, false, 0},
    {"w", false, false, 0},   {"w", true, false, 1},    {"pk", false, false, 0},
    {"k", false, false, 0},   {"pu", false, false, 1},  {"pi", false, false, 4},
    {"pif", false, false, 1}, {"if", false, false, 1},  {"fe", false, false, 5},
    {"ie", false, false, 5},  {"iw", false, false, 4},  {"iw", true, false, 1},
    {"ku", false, false, 1},  {"pr", false, true, 130}, {"fe", false, true, 130},
    {"", false, true, 130},
};

static struct es_instance_result instance_of(char letter)
{
    static const char verdicts[] = "pwife", statuses[] = "-akur";
    struct es_instance_result i = {.id = "a/b", .scenario = "a/b"};
    const char *verdict = strchr(verdicts, letter), *status = strchr(statuses, letter);
    if (verdict) {
        i.verdict = (enum es_verdict)(verdict - verdicts);
    } else {
        i.status = (enum es_status)(status - statuses);
    }
    return i;
}

Test(result, exit_status_follows_the_worst)
{
    for (size_t k = 0; k < ES_COUNT(exits); k++) {
        struct es_instance_result instances[INSTANCES_MAX];
        size_t n = strlen(exits[k].instances);
        for (size_t i = 0; i < n; i++) {
            instances[i] = instance_of(exits[k].instances[i]);
        }
        struct es_run_result r = {.instances = instances,
                                  .instances_n = n,
                                  .strict = exits[k].strict,
                                  .interrupted = exits[k].interrupted};
        cr_assert_eq(es_run_exit_status(&r), exits[k].status, "row %zu: '%s' gives %d",
                     k, exits[k].instances, es_run_exit_status(&r));
    }
}

Test(result, worst_is_the_first_finding_of_the_gravest_verdict)
{
    struct es_finding findings[] = {{.verdict = ES_VERDICT_PASS},
                                    {.verdict = ES_VERDICT_WARNING},
                                    {.verdict = ES_VERDICT_FAIL},
                                    {.verdict = ES_VERDICT_FAIL}};
    struct es_instance_result i = {.verdict = ES_VERDICT_FAIL,
                                   .findings = findings,
                                   .findings_n = ES_COUNT(findings)};
    cr_assert_eq(es_instance_worst(&i), &findings[2]);
}

Test(result, a_pass_has_no_worst_finding)
{
    struct es_finding findings[] = {{.verdict = ES_VERDICT_PASS}};
    struct es_instance_result i = {.findings = findings, .findings_n = 1};
    cr_assert_null(es_instance_worst(&i));
}
