/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/html_int.h"

#include <inttypes.h>
#include <string.h>

void es_html_put(const struct es_html *h, const char *markup)
{
    fputs(markup, h->out);
}

void es_html_text(const struct es_html *h, const char *text)
{
    for (const char *c = es_report_clean(h->arena, text); *c; c++) {
        switch (*c) {
        case '&':
            es_html_put(h, "&amp;");
            break;
        case '<':
            es_html_put(h, "&lt;");
            break;
        case '>':
            es_html_put(h, "&gt;");
            break;
        case '"':
            es_html_put(h, "&quot;");
            break;
        case '\'':
            es_html_put(h, "&#39;");
            break;
        default:
            fputc(*c, h->out);
        }
    }
}

void es_html_code(const struct es_html *h, const char *text)
{
    es_html_put(h, "<code>");
    es_html_text(h, text);
    es_html_put(h, "</code>");
}

void es_html_badge(const struct es_html *h, const struct es_instance_result *i)
{
    fprintf(h->out, "<span class=\"badge %s\">%s</span>", es_report_state(i),
            es_report_word(i));
}

void es_html_section(const struct es_html *h, const char *section)
{
    struct es_slice rest = es_slice_of(section);
    struct es_slice source = es_slice_split(&rest, ' ');
    struct es_slice number = es_slice_split(&rest, ' ');
    struct es_slice word = es_slice_split(&rest, ' ');
    uint64_t rfc;
    bool linked = es_slice_is(source, "RFC") && es_text_uint(number, &rfc) && rest.n;
    if (linked) {
        fprintf(h->out, "<a href=\"https://www.rfc-editor.org/rfc/rfc%" PRIu64 "#",
                rfc);
        es_html_text(h, es_arena_printf(h->arena, "%.*s-%.*s", ES_SLICE_ARG(word),
                                        ES_SLICE_ARG(rest)));
        es_html_put(h, "\">");
    }
    es_html_text(h, section);
    es_html_put(h, linked ? "</a>" : "");
}

void es_html_evidence(const struct es_html *h, const struct es_instance_result *i)
{
    static const char *const names[] = {"capture.pcapng", "trace", "peer.log"};
    for (size_t k = 0; i->folder && k < ES_COUNT(names); k++) {
        es_html_put(h, k ? " <a href=\"" : "<a href=\"");
        es_html_text(h, i->folder);
        fprintf(h->out, "/%s\">%s</a>", names[k], names[k]);
    }
}

struct count {
    size_t n;
    const char *state, *word;
};

enum { COUNTS = 9 };

static void list_counts(const struct es_tally *t, struct count counts[COUNTS])
{
    const struct count all[COUNTS] = {
        {t->fail, "fail", "fail"},
        {t->unexpected_pass, "unexpected-pass", "unexpected pass"},
        {t->error, "error", "error"},
        {t->inconclusive, "inconclusive", "inconclusive"},
        {t->warning, "warning", "warning"},
        {t->pass, "pass", "pass"},
        {t->known, "known", "known"},
        {t->not_applicable, "not-applicable", "not applicable"},
        {t->not_run, "not-run", "not run"},
    };
    memcpy(counts, all, sizeof all);
}

static void put_tally(const struct es_html *h, const struct es_tally *t)
{
    struct count counts[COUNTS];
    list_counts(t, counts);
    es_html_put(h, "<div class=\"bar\" aria-hidden=\"true\">");
    for (size_t i = 0; i < COUNTS; i++) {
        if (counts[i].n) {
            fprintf(h->out, "<i class=\"%s\" style=\"flex-grow:%zu\"></i>",
                    counts[i].state, counts[i].n);
        }
    }
    es_html_put(h, "</div>\n<ul class=\"tally\">\n");
    for (size_t i = 0; i < COUNTS; i++) {
        if (counts[i].n) {
            fprintf(h->out, "<li class=\"%s\"><b>%zu</b> %s</li>\n", counts[i].state,
                    counts[i].n, counts[i].word);
        }
    }
    es_html_put(h, "</ul>\n");
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

/* The run in one sentence: what is wrong, and whose fault it is. */
static void put_lead(const struct es_html *h, const struct es_tally *t)
{
    es_html_put(h, "<p class=\"lead\">");
    if (t->fail) {
        fprintf(h->out, "The peer is at fault in %zu instance%s. ", t->fail,
                plural(t->fail));
    }
    if (t->rules_broken_must) {
        fprintf(h->out, "It breaks %zu rule%s. ", t->rules_broken_must,
                plural(t->rules_broken_must));
    }
    if (t->unexpected_pass) {
        fprintf(h->out, "%zu known deviation%s did not occur. ", t->unexpected_pass,
                plural(t->unexpected_pass));
    }
    if (t->error) {
        fprintf(h->out, "The harness or the driver is at fault in %zu instance%s. ",
                t->error, plural(t->error));
    }
    if (t->inconclusive) {
        fprintf(h->out, "%zu instance%s could not be judged. ", t->inconclusive,
                plural(t->inconclusive));
    }
    if (!t->fail && !t->unexpected_pass && !t->error && !t->inconclusive) {
        es_html_put(h, t->pass + t->warning + t->known
                           ? "Everything that was judged passed. "
                           : "Nothing was judged. ");
    }
    es_html_put(h, h->r->interrupted ? "The run was interrupted.</p>\n" : "</p>\n");
}

static void put_fact(const struct es_html *h, const char *name, const char *value,
                     bool code)
{
    if (!value || !*value) {
        return;
    }
    fprintf(h->out, "<dt>%s</dt><dd>", name);
    if (code) {
        es_html_code(h, value);
    } else {
        es_html_text(h, value);
    }
    es_html_put(h, "</dd>\n");
}

static void put_facts(const struct es_html *h, const struct es_tally *t)
{
    const struct es_run_result *r = h->r;
    struct es_arena *a = h->arena;
    es_html_put(h, "<dl>\n");
    put_fact(h, "peer", r->peer, false);
    put_fact(h, "run", r->run_id, false);
    put_fact(h, "start", es_report_time(a, r->start_unix_us, false), false);
    put_fact(h, "duration",
             es_arena_printf(a, "%.1f s", (double)r->wall_us / (double)ES_USEC_PER_S),
             false);
    put_fact(h, "rules",
             es_arena_printf(a, "%zu judged, %zu broken (MUST), %zu broken (SHOULD)",
                             t->rules_judged, t->rules_broken_must,
                             t->rules_broken_should),
             false);
    put_fact(h, "estspec", r->tool_version, false);
    put_fact(h, "libraries", r->libraries, false);
    if (r->target_args) {
        put_fact(h, "again",
                 es_arena_printf(a, "estspec run %s --seed %" PRIx64, r->target_args,
                                 r->seed),
                 true);
    }
    es_html_put(h, "</dl>\n");
}

static void put_list(const struct es_html *h, const char *title,
                     const char *const *texts, size_t n)
{
    if (n) {
        fprintf(h->out, "<h2>%s</h2>\n<ul>\n", title);
    }
    for (size_t i = 0; i < n; i++) {
        es_html_put(h, "<li>");
        es_html_text(h, texts[i]);
        es_html_put(h, "</li>\n");
    }
    es_html_put(h, n ? "</ul>\n" : "");
}

static void put_head(const struct es_html *h)
{
    es_html_put(h,
                "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                "<meta charset=\"utf-8\"/>\n"
                "<meta name=\"viewport\" content=\"width=device-width\"/>\n"
                "<meta name=\"referrer\" content=\"no-referrer\"/>\n"
                "<meta http-equiv=\"Content-Security-Policy\" "
                "content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n<title>");
    es_html_text(h, h->r->driver);
    es_html_put(h, ": estspec</title>\n<style>\n");
    es_html_style(h->out);
    es_html_put(h, "</style>\n</head>\n");
}

static void put_contents(const struct es_html *h)
{
    es_html_put(h, "<nav aria-label=\"Contents\">\n");
    es_html_put(h, h->kinds.n ? "<a href=\"#wrong\">What is wrong</a>\n" : "");
    es_html_put(h, "<a href=\"#run\">The run</a>\n");
    es_html_put(h, h->rules.n ? "<a href=\"#rules\">Rules by section</a>\n" : "");
    es_html_put(h, "<a href=\"#instances\">Instances</a>\n</nav>\n");
}

static void put_page(const struct es_html *h)
{
    const struct es_run_result *r = h->r;
    struct es_tally t = es_run_tally(r);
    put_head(h);
    es_html_put(h, "<body>\n<header>\n<h1>");
    es_html_text(h, r->driver);
    es_html_put(h, "</h1>\n");
    put_lead(h, &t);
    put_tally(h, &t);
    put_contents(h);
    es_html_put(h, "</header>\n<main>\n");
    put_list(h, "Broken prerequisites", r->broken_prerequisites,
             r->broken_prerequisites_n);
    es_html_glance(h);
    es_html_put(h, "<h2 id=\"run\">The run</h2>\n");
    put_facts(h, &t);
    put_list(h, "Notes", r->notices, r->notices_n);
    es_html_details(h);
    es_html_rules(h);
    es_html_instances(h);
    es_html_put(h, "</main>\n</body>\n</html>\n");
}

bool es_report_write_html(const struct es_run_result *r, const char *path,
                          struct es_diag *d)
{
    struct es_arena *a = es_arena_new();
    struct es_html h = {.r = r, .arena = a};
    struct es_report_file file;
    bool good = es_report_file_open(&file, path, a, d);
    if (good) {
        h.out = file.out;
        es_rules_build(&h.rules, r, a);
        es_html_collect(&h);
        put_page(&h);
        good = es_report_file_close(&file, true, d);
    }
    es_arena_free(a);
    return good;
}
