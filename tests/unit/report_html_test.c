/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/report_tree.h"
#include "../support/temp_folder.h"
#include "report/report.h"

#include <libxml/parser.h>

static struct {
    struct es_arena *a;
    struct es_diag *d;
    const char *folder, *path;
} t;

static void begin(void)
{
    t.a = es_arena_new();
    t.d = es_diag_new();
    t.folder = temp_folder_make(t.a);
    t.path = es_arena_printf(t.a, "%s/report.html", t.folder);
}

static void end(void)
{
    temp_folder_remove(t.a, t.folder);
    es_diag_free(t.d);
    es_arena_free(t.a);
}

TestSuite(html, .init = begin, .fini = end);

static const char *page_of(const struct es_run_result *r)
{
    cr_assert(es_report_write_html(r, t.path, t.d));
    return tree_read(t.path, t.a);
}

/* The page is XML as well, so that a parser of XML finds every tag that is not closed. */
static void check_well_formed(void)
{
    xmlDocPtr document = xmlReadFile(t.path, NULL, XML_PARSE_NONET);
    cr_assert_not_null(document);
    xmlFreeDoc(document);
    xmlCleanupParser();
}

/* The run with this one instance alone. */
static struct es_run_result run_of(struct es_instance_result *i)
{
    struct es_run_result r = tree_run();
    r.instances = i;
    r.instances_n = 1;
    return r;
}

Test(html, the_page_is_as_reviewed)
{
    struct es_run_result r = tree_run();
    tree_check_golden("report.html", page_of(&r), t.a);
    check_well_formed();
}

Test(html, hostile_text_stays_text)
{
    static const char bad[] =
        "\001\033[0m\377\300\200]]><script>alert(1)</script>&lt;\"'><!--\342\200\256";
    struct es_instance_result i = *tree_find(TREE_SIZES "[size=64]");
    struct es_finding f = i.findings[0];
    f.got = f.wanted = f.sent = f.received = f.step = f.field = bad;
    f.requirement = f.section = f.level = f.paraphrase = f.text = bad;
    i.findings = &f;
    i.id = i.title = i.reason = i.context = i.peer_log_tail = i.folder = bad;
    struct es_run_result r = run_of(&i);
    const char *notices[] = {bad};
    r.driver = r.peer = r.target_args = r.run_id = r.libraries = bad;
    r.notices = r.broken_prerequisites = notices;
    const char *page = page_of(&r);
    check_well_formed();
    cr_assert_null(strstr(page, "<script"));
    cr_assert_null(strstr(page, "<!--"));
    cr_assert_null(strstr(page, "\342\200\256"));
    cr_assert_not_null(strstr(page, "&lt;script&gt;"));
}

Test(html, a_green_run_says_so)
{
    struct es_instance_result i = *tree_find("dtls/server-flight-loss[ccs][copies=1]");
    i.verdict = ES_VERDICT_PASS;
    i.findings_n = 0;
    struct es_run_result r = run_of(&i);
    const char *page = page_of(&r);
    check_well_formed();
    cr_assert_not_null(strstr(page, "Everything that was judged passed."));
    cr_assert_null(strstr(page, "What is wrong"));
}

/* Writes a trace of n lines, each a packet, for an instance with this finding. */
static const char *page_with_trace(size_t n, uint32_t first, uint32_t last)
{
    struct es_instance_result i = *tree_find(TREE_SIZES "[size=64]");
    struct es_finding f = i.findings[0];
    const char *path = es_arena_printf(t.a, "%s/trace", t.folder);
    FILE *out = fopen(path, "w");
    for (size_t k = 1; k <= n; k++) {
        fprintf(out, "#%zu +0.%03zu > <line>\n", k, k);
    }
    fclose(out);
    f.packet_first = first;
    f.packet_last = last;
    i.findings = &f;
    i.findings_n = 1;
    i.folder = ".";
    struct es_run_result r = run_of(&i);
    r.folder = t.folder;
    const char *page = page_of(&r);
    check_well_formed();
    return page;
}

Test(html, the_trace_shows_the_packets_of_the_finding)
{
    const char *page = page_with_trace(9, 4, 5);
    cr_assert_not_null(strstr(page, "Trace, lines 1 to 9 of 9"));
    cr_assert_not_null(strstr(page, "\n#3 +0.003 &gt; &lt;line&gt;\n<mark>#4 +0.004"));
    cr_assert_not_null(strstr(page, "&lt;line&gt;</mark>\n<mark>#5 "));
    cr_assert_not_null(strstr(page, "&lt;line&gt;</mark>\n#6 "));
}

Test(html, of_a_long_trace_the_part_that_matters_is_shown)
{
    const char *page = page_with_trace(900, 500, 500);
    cr_assert_not_null(strstr(page, "Trace, lines 440 to 739 of 900"));
    cr_assert_not_null(strstr(page, "<pre>#440 "));
    cr_assert_not_null(strstr(page, "<mark>#500 "));
    cr_assert_null(strstr(page, "\n#740 "));
}

Test(html, a_folder_that_is_not_there_is_reported)
{
    struct es_run_result r = tree_run();
    const char *path = es_arena_printf(t.a, "%s/none/report.html", t.folder);
    cr_assert_not(es_report_write_html(&r, path, t.d));
    cr_assert_str_eq(t.d->notes[0].loc.file, path);
    cr_assert_eq(es_diag_status(t.d), 5);
}
