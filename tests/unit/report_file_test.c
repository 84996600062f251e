/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/report_tree.h"
#include "report/report.h"

#include <libxml/parser.h>
#include <libxml/relaxng.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct es_arena *arena;
static struct es_diag *diag;
static const char *folder;

static void set_up(void)
{
    arena = es_arena_new();
    diag = es_diag_new();
    folder = tree_folder(arena);
}

static void tear_down(void)
{
    static const char *const names[] = {"junit.xml", "run.jsonl", "summary.md"};
    for (size_t i = 0; i < ES_COUNT(names); i++) {
        remove(es_arena_printf(arena, "%s/%s", folder, names[i]));
    }
    cr_assert_eq(rmdir(folder), 0, "something else was left in %s", folder);
    es_diag_free(diag);
    es_arena_free(arena);
}

TestSuite(file, .init = set_up, .fini = tear_down);

static const char *in_folder(const char *name)
{
    return es_arena_printf(arena, "%s/%s", folder, name);
}

static struct es_run_result write_all(void)
{
    struct es_run_result r = tree_run();
    r.folder = folder;
    cr_assert(es_report_write(&r, diag));
    r.folder = "reports/20260301-120000";
    return r;
}

Test(file, junit_is_as_reviewed)
{
    struct es_run_result r = tree_run();
    cr_assert(es_report_write_junit(&r, in_folder("junit.xml"), diag));
    tree_check_golden("junit.xml", tree_read(in_folder("junit.xml"), arena), arena);
}

Test(file, jsonl_is_as_reviewed)
{
    struct es_run_result r = tree_run();
    cr_assert(es_report_write_jsonl(&r, in_folder("run.jsonl"), diag));
    tree_check_golden("run.jsonl", tree_read(in_folder("run.jsonl"), arena), arena);
}

Test(file, summary_is_as_reviewed)
{
    struct es_run_result r = tree_run();
    cr_assert(es_report_write_summary(&r, in_folder("summary.md"), diag));
    tree_check_golden("summary.md", tree_read(in_folder("summary.md"), arena), arena);
}

static void say_nothing(void *context, const char *format, ...)
{
    (void)context;
    (void)format;
}

/* 0 if the file is valid after tests/support/junit.rng. */
static int validate(const char *path)
{
    xmlRelaxNGParserCtxtPtr parser = xmlRelaxNGNewParserCtxt("tests/support/junit.rng");
    xmlRelaxNGPtr schema = xmlRelaxNGParse(parser);
    cr_assert_not_null(schema);
    xmlRelaxNGValidCtxtPtr context = xmlRelaxNGNewValidCtxt(schema);
    xmlDocPtr document = xmlReadFile(path, NULL, XML_PARSE_NONET);
    int result = document ? xmlRelaxNGValidateDoc(context, document) : -1;
    xmlFreeDoc(document);
    xmlRelaxNGFreeValidCtxt(context);
    xmlRelaxNGFree(schema);
    xmlRelaxNGFreeParserCtxt(parser);
    xmlCleanupParser();
    return result;
}

Test(file, junit_is_valid_after_the_schema)
{
    write_all();
    cr_assert_eq(validate(in_folder("junit.xml")), 0);
}

Test(file, the_schema_refuses_a_verdict_that_junit_does_not_know)
{
    FILE *out = fopen(in_folder("junit.xml"), "w");
    fputs(
        "<testsuites name='estspec' tests='1' failures='0' errors='0' skipped='0' "
        "time='0'><testsuite name='a' tests='1' failures='0' errors='0' skipped='0' "
        "time='0' timestamp='2026-03-01T12:00:00Z'><properties/><testcase classname='a/b' "
        "name='a/b' time='0'><properties/><warning/></testcase></testsuite></testsuites>",
        out);
    fclose(out);
    xmlSetGenericErrorFunc(NULL, say_nothing);
    cr_assert_neq(validate(in_folder("junit.xml")), 0);
    xmlSetGenericErrorFunc(NULL, NULL);
}

Test(file, hostile_bytes_leave_junit_valid_and_jsonl_readable)
{
    struct es_run_result r = tree_run();
    struct es_instance_result hostile = *tree_find(TREE_SIZES "[size=64]");
    struct es_finding f = hostile.findings[0];
    f.got = "\001\033[0m\377\300\200]]>&<\"'\357\277\277";
    hostile.findings = &f;
    hostile.reason = hostile.context = hostile.title = f.got;
    hostile.peer_log_tail = f.received = f.got;
    r.instances = &hostile;
    r.instances_n = 1;
    r.folder = folder;
    cr_assert(es_report_write(&r, diag));
    cr_assert_eq(validate(in_folder("junit.xml")), 0);
    const char **ids;
    size_t n;
    cr_assert(es_report_read_failed(in_folder("run.jsonl"), arena, &ids, &n, diag));
    cr_assert_eq(n, 1);
}

Test(file, last_failed_names_what_was_not_green)
{
    static const char *const wanted[] = {
        "dtls/server-flight-loss[ccs][copies=1]",
        "rfc8710/skg-reply-malformed[truncated]",
        "rfc9148/4.1-discovery/other-root",
        "rfc9148/4.1-discovery/short-names",
        TREE_SIZES "[size=128]",
        TREE_SIZES "[size=64]",
        "robustness/absurd-asn1",
        "robustness/late",
        "robustness/start",
    };
    const char **ids;
    size_t n;
    write_all();
    cr_assert(es_report_read_failed(in_folder("run.jsonl"), arena, &ids, &n, diag));
    cr_assert_eq(n, ES_COUNT(wanted));
    for (size_t i = 0; i < n; i++) {
        cr_assert_str_eq(ids[i], wanted[i]);
    }
}

Test(file, last_failed_of_a_strict_run_has_warnings_too)
{
    struct es_run_result r = tree_run();
    const char **ids;
    size_t n;
    r.strict = true;
    cr_assert(es_report_write_jsonl(&r, in_folder("run.jsonl"), diag));
    cr_assert(es_report_read_failed(in_folder("run.jsonl"), arena, &ids, &n, diag));
    cr_assert_eq(n, 10);
    cr_assert_str_eq(ids[6], "rfc9148/4.6-fragmentation/etags");
}

static const char *const no_runs[] = {
    "",
    "\n",
    "{\"record\":\"instance\",\"id\":\"a\"}\n",
    "{\"record\":\"run\"}\n{\"record\":\"instance\"}\n",
    "{\"record\":\"run\"}\n{\"record\":\"other\"}\n",
    "{\"record\":\"run\"}\n{\"record\":\"inst",
    "[1]\n",
    "no json\n",
};

Test(file, last_failed_refuses_what_is_no_run)
{
    const char **ids;
    size_t n;
    for (size_t i = 0; i < ES_COUNT(no_runs); i++) {
        FILE *out = fopen(in_folder("run.jsonl"), "w");
        fputs(no_runs[i], out);
        fclose(out);
        es_diag_reset(diag);
        cr_assert_not(
            es_report_read_failed(in_folder("run.jsonl"), arena, &ids, &n, diag),
            "row %zu", i);
        cr_assert_eq(diag->count, 1);
        cr_assert_eq(es_diag_status(diag), 2);
    }
}

Test(file, last_failed_of_a_missing_file_names_it)
{
    const char **ids;
    size_t n;
    cr_assert_not(es_report_read_failed(in_folder("none"), arena, &ids, &n, diag));
    cr_assert_str_eq(diag->notes[0].loc.file, in_folder("none"));
}

Test(file, a_folder_that_is_not_there_is_reported_for_each_file)
{
    struct es_run_result r = tree_run();
    r.folder = in_folder("no/such");
    cr_assert_not(es_report_write(&r, diag));
    cr_assert_eq(diag->count, 3);
    cr_assert_str_eq(diag->notes[0].loc.file, in_folder("no/such/junit.xml"));
    cr_assert_eq(es_diag_status(diag), 5);
}

Test(file, a_full_disk_is_reported_and_the_old_file_stays)
{
    struct rlimit old;
    struct es_run_result r = write_all();
    const char *before = tree_read(in_folder("run.jsonl"), arena);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){100, old.rlim_max});
    r.seed = 1;
    r.folder = folder;
    bool good = es_report_write(&r, diag);
    setrlimit(RLIMIT_FSIZE, &old);
    cr_assert_not(good);
    cr_assert_eq(diag->count, 3);
    cr_assert_str_eq(diag->notes[2].loc.file, in_folder("summary.md"));
    cr_assert_str_eq(tree_read(in_folder("run.jsonl"), arena), before);
}
