/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/html_int.h"

#include <stdlib.h>
#include <string.h>

enum {
    TRACE_MAX = 256 * 1024, /* read of a trace */
    TRACE_LINES = 300,      /* shown of it */
    TRACE_BEFORE = 60,      /* of them before the packets of the finding */
};

static const struct {
    const char *title, *id;
} faults[ES_FAULT_COUNT] = {
    [ES_FAULT_PEER] = {"The peer is at fault", "peer"},
    [ES_FAULT_EXPECTED] = {"expected.yaml is at fault: it lists what does not occur",
                           "expected"},
    [ES_FAULT_HARNESS] = {"The harness or the driver is at fault, not the peer",
                          "harness"},
    [ES_FAULT_OPEN] = {"Not judged: something that had to hold first did not", "open"},
    [ES_FAULT_WARNING] = {"Warnings: the peer may have its reasons to do otherwise",
                          "warning"},
};

static enum es_fault fault_of(const struct es_instance_result *i)
{
    if (i->status == ES_STATUS_UNEXPECTED_PASS) {
        return ES_FAULT_EXPECTED;
    }
    if (i->status != ES_STATUS_JUDGED) {
        return ES_FAULT_NONE;
    }
    switch (i->verdict) {
    case ES_VERDICT_FAIL:
        return ES_FAULT_PEER;
    case ES_VERDICT_ERROR:
        return ES_FAULT_HARNESS;
    case ES_VERDICT_INCONCLUSIVE:
        return ES_FAULT_OPEN;
    case ES_VERDICT_WARNING:
        return ES_FAULT_WARNING;
    case ES_VERDICT_PASS:
        break;
    }
    return ES_FAULT_NONE;
}

static size_t find_kind(struct es_html *h, const struct es_instance_result *i,
                        enum es_fault fault)
{
    uint64_t print = es_report_fingerprint(i);
    for (size_t k = 0; k < h->kinds.n; k++) {
        if (h->kinds.at[k].print == print && h->kinds.at[k].fault == fault) {
            return k;
        }
    }
    struct es_html_kind kind = {.first = i, .print = print, .fault = fault};
    ES_PUSH(h->arena, &h->kinds, kind);
    return h->kinds.n - 1;
}

void es_html_collect(struct es_html *h)
{
    const struct es_run_result *r = h->r;
    h->kind_of = ES_NEW_ARRAY(h->arena, size_t, r->instances_n + 1);
    for (size_t i = 0; i < r->instances_n; i++) {
        h->kind_of[i] = SIZE_MAX;
    }
    for (int fault = 0; fault < ES_FAULT_COUNT; fault++) {
        for (size_t i = 0; i < r->instances_n; i++) {
            if (fault_of(&r->instances[i]) == (enum es_fault)fault) {
                size_t k = find_kind(h, &r->instances[i], (enum es_fault)fault);
                h->kind_of[i] = k;
                h->kinds.at[k].n++;
            }
        }
    }
}

static void put_rule(const struct es_html *h, const struct es_finding *f)
{
    if (!f || !f->requirement) {
        return;
    }
    es_html_put(h, "<a href=\"#");
    es_html_text(h, f->requirement);
    es_html_put(h, "\">");
    es_html_code(h, f->requirement);
    es_html_put(h, "</a> <strong>");
    es_html_text(h, f->level);
    es_html_put(h, "</strong> ");
    if (f->section) {
        es_html_section(h, f->section);
    }
}

static void put_glance_row(const struct es_html *h, size_t k)
{
    const struct es_html_kind *kind = &h->kinds.at[k];
    const char *why = es_report_why(h->arena, kind->first);
    es_html_put(h, "<tr><td>");
    es_html_badge(h, kind->first);
    fprintf(h->out, "</td><td><a href=\"#kind-%zu\">", k + 1);
    es_html_code(h, kind->first->id);
    es_html_put(h, "</a><br/>");
    es_html_text(h, why);
    es_html_put(h, "</td><td>");
    put_rule(h, es_instance_worst(kind->first));
    fprintf(h->out, "</td><td class=\"n\">%zu</td></tr>\n", kind->n);
}

void es_html_glance(const struct es_html *h)
{
    if (!h->kinds.n) {
        return;
    }
    es_html_put(h,
                "<h2 id=\"wrong\">What is wrong</h2>\n<div class=\"wide\">\n<table>\n"
                "<caption>One line for each kind, with its first instance.</caption>\n"
                "<thead><tr><th scope=\"col\">verdict</th><th scope=\"col\">what</th>"
                "<th scope=\"col\">rule</th>"
                "<th scope=\"col\" class=\"n\">instances</th></tr></thead>\n");
    for (size_t k = 0; k < h->kinds.n; k++) {
        enum es_fault fault = h->kinds.at[k].fault;
        if (k == 0 || h->kinds.at[k - 1].fault != fault) {
            fprintf(
                h->out,
                "%s<tbody>\n<tr><th colspan=\"4\" scope=\"rowgroup\">%s</th></tr>\n",
                k ? "</tbody>\n" : "", faults[fault].title);
        }
        put_glance_row(h, k);
    }
    es_html_put(h, "</tbody>\n</table>\n</div>\n");
}

/* The lines under the caret stand out. */
static void put_failure_text(const struct es_html *h,
                             const struct es_instance_result *i)
{
    struct es_arena *a = es_arena_new();
    struct es_slice rest = es_slice_of(es_failure_text(h->r, i, a));
    es_html_put(h, "<pre>");
    while (rest.n) {
        struct es_slice line = es_slice_split(&rest, '\n');
        bool caret = es_slice_has_prefix(line, "      | ");
        es_html_put(h, caret ? "<b>" : "");
        es_html_text(h, es_arena_text(a, line));
        es_html_put(h, caret ? "</b>\n" : "\n");
    }
    es_html_put(h, "</pre>\n");
    es_arena_free(a);
}

static struct es_slice read_trace(const struct es_html *h,
                                  const struct es_instance_result *i,
                                  struct es_arena *a)
{
    const char *path = es_arena_printf(a, "%s/%s/trace", h->r->folder, i->folder);
    FILE *in = i->folder ? fopen(path, "rb") : NULL;
    uint8_t *bytes = es_arena_alloc(a, TRACE_MAX);
    size_t n = in ? fread(bytes, 1, TRACE_MAX, in) : 0;
    if (in) {
        fclose(in);
    }
    return es_slice_make(bytes, n);
}

/* Whether the line is about one of the packets: "#5 +0.000 > ...". */
static bool is_about(struct es_slice line, const struct es_finding *f)
{
    struct es_slice rest = line;
    struct es_slice word = es_slice_split(&rest, ' ');
    uint64_t packet;
    return f && f->packet_first && es_slice_has_prefix(word, "#") &&
           es_text_uint(es_slice_from(word, 1), &packet) && packet >= f->packet_first &&
           (packet <= f->packet_last || packet == f->packet_first);
}

/* How many lines there are, and which is the first about the finding. */
static size_t count_lines(struct es_slice rest, const struct es_finding *f,
                          size_t *about)
{
    size_t n = 0;
    *about = SIZE_MAX;
    for (; rest.n; n++) {
        bool hit = is_about(es_slice_split(&rest, '\n'), f);
        *about = hit && *about == SIZE_MAX ? n : *about;
    }
    return n;
}

static void put_trace(const struct es_html *h, const struct es_instance_result *i)
{
    struct es_arena *a = es_arena_new();
    struct es_slice rest = read_trace(h, i, a);
    const struct es_finding *f = es_instance_worst(i);
    size_t about, n = count_lines(rest, f, &about);
    bool skips = n > TRACE_LINES && about != SIZE_MAX && about > TRACE_BEFORE;
    size_t from = skips ? about - TRACE_BEFORE : 0;
    size_t to = n < from + TRACE_LINES ? n : from + TRACE_LINES;
    if (n) {
        fprintf(h->out, "<details><summary>Trace, lines %zu to %zu of %zu</summary>\n",
                from + 1, to, n);
        es_html_put(h, "<pre>");
    }
    for (size_t at = 0; at < to; at++) {
        struct es_slice line = es_slice_split(&rest, '\n');
        bool hit = is_about(line, f);
        if (at >= from) {
            es_html_put(h, hit ? "<mark>" : "");
            es_html_text(h, es_arena_text(a, line));
            es_html_put(h, hit ? "</mark>\n" : "\n");
        }
    }
    es_html_put(h, n ? "</pre></details>\n" : "");
    es_arena_free(a);
}

static void put_others(const struct es_html *h, size_t k)
{
    const struct es_html_kind *kind = &h->kinds.at[k];
    if (kind->n < 2) {
        return;
    }
    fprintf(h->out, "<details><summary>%zu more like this</summary>\n<ul>\n",
            kind->n - 1);
    for (size_t i = 0; i < h->r->instances_n; i++) {
        const struct es_instance_result *at = &h->r->instances[i];
        if (h->kind_of[i] == k && at != kind->first) {
            es_html_put(h, "<li>");
            es_html_code(h, at->id);
            es_html_put(h, " ");
            es_html_text(h, es_report_why(h->arena, at));
            es_html_put(h, "</li>\n");
        }
    }
    es_html_put(h, "</ul></details>\n");
}

static void put_article(const struct es_html *h, size_t k)
{
    const struct es_instance_result *i = h->kinds.at[k].first;
    const struct es_finding *f = es_instance_worst(i);
    fprintf(h->out, "<article id=\"kind-%zu\" class=\"%s\">\n<h3>", k + 1,
            es_report_state(i));
    es_html_badge(h, i);
    es_html_put(h, " ");
    es_html_code(h, i->id);
    es_html_put(h, "</h3>\n<p>");
    es_html_text(h, i->title);
    es_html_put(h, "</p>\n");
    if (f && f->requirement) {
        es_html_put(h, "<p>");
        put_rule(h, f);
        es_html_put(h, "<br/>");
        es_html_text(h, f->paraphrase);
        es_html_put(h, "</p>\n");
    }
    put_failure_text(h, i);
    put_trace(h, i);
    put_others(h, k);
    if (i->folder) {
        es_html_put(h, "<p class=\"dim\">Evidence: ");
        es_html_evidence(h, i);
        es_html_put(h, "</p>\n");
    }
    es_html_put(h, "</article>\n");
}

void es_html_details(const struct es_html *h)
{
    for (size_t k = 0; k < h->kinds.n; k++) {
        enum es_fault fault = h->kinds.at[k].fault;
        if (k == 0 || h->kinds.at[k - 1].fault != fault) {
            fprintf(h->out,
                    "%s<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n",
                    k ? "</section>\n" : "", faults[fault].id, faults[fault].id,
                    faults[fault].title);
        }
        put_article(h, k);
    }
    es_html_put(h, h->kinds.n ? "</section>\n" : "");
}
