/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/report_int.h"

#include <inttypes.h>
#include <string.h>

/* What is being written; all texts are made in `arena`. */
struct paper {
    const struct es_run_result *r;
    struct es_arena *arena;
    FILE *out;
};

static const char *cell(struct paper *p, const char *text)
{
    return es_report_cell(p->arena, text);
}

/* An id or another name of ours: code, in which only the bar must be hidden. */
static const char *code(struct paper *p, const char *text)
{
    const char *line = es_report_line(p->arena, text, 300);
    struct es_buf b;
    es_buf_build(&b, p->arena, 2 * strlen(line) + 3);
    es_buf_text(&b, "`");
    for (const char *c = line; *c; c++) {
        es_buf_text(&b, *c == '|' ? "\\" : "");
        es_buf_u8(&b, *c == '`' ? '\'' : (unsigned char)*c);
    }
    es_buf_text(&b, "`");
    return es_buf_cstr(&b);
}

static void print_headline(struct paper *p, const struct es_tally *t)
{
    const struct {
        size_t n;
        const char *word;
    } parts[] = {
        {t->fail, "fail"},       {t->unexpected_pass, "unexpected pass"},
        {t->error, "error"},     {t->inconclusive, "inconclusive"},
        {t->warning, "warning"}, {t->pass, "pass"},
        {t->known, "known"},     {t->not_applicable, "not applicable"},
        {t->not_run, "not run"},
    };
    const char *between = " ";
    fprintf(p->out, "# %s:", cell(p, p->r->driver));
    for (size_t i = 0; i < ES_COUNT(parts); i++) {
        if (parts[i].n) {
            fprintf(p->out, "%s%zu %s", between, parts[i].n, parts[i].word);
            between = ", ";
        }
    }
    fprintf(p->out, "%s\n\n", *between == ' ' ? " nothing was judged" : "");
}

static void print_fact(struct paper *p, const char *name, const char *value)
{
    if (value && *value) {
        fprintf(p->out, "- %s: %s\n", name, cell(p, value));
    }
}

static void print_run(struct paper *p, const struct es_tally *t)
{
    const struct es_run_result *r = p->r;
    print_fact(p, "run", r->run_id);
    print_fact(p, "start", es_report_time(p->arena, r->start_unix_us, false));
    print_fact(p, "duration",
               es_arena_printf(p->arena, "%.1f s",
                               (double)r->wall_us / (double)ES_USEC_PER_S));
    print_fact(p, "peer", r->peer);
    print_fact(p, "estspec", r->tool_version);
    print_fact(p, "libraries", r->libraries);
    fprintf(p->out, "- rules: %zu judged, %zu broken (MUST), %zu broken (SHOULD)\n",
            t->rules_judged, t->rules_broken_must, t->rules_broken_should);
    if (r->target_args) {
        fprintf(p->out, "- again: %s\n",
                code(p, es_arena_printf(p->arena, "estspec run %s --seed %" PRIx64,
                                        r->target_args, r->seed)));
    }
    if (r->interrupted) {
        fprintf(
            p->out,
            "- **interrupted**: what is \"not run\" below was not reached\n"
            "- goes on with: %s\n",
            code(p, es_arena_printf(p->arena, "estspec run --resume %s", r->folder)));
    }
}

static void print_list(struct paper *p, const char *title, const char *const *texts,
                       size_t n)
{
    if (n) {
        fprintf(p->out, "\n## %s\n\n", title);
    }
    for (size_t i = 0; i < n; i++) {
        fprintf(p->out, "- %s\n", cell(p, texts[i]));
    }
}

/* The text between the bars. A judged finding is shown with its own verdict, that of a known
 * deviation as known. */
static void print_finding_row(struct paper *p, const struct es_instance_result *i,
                              const struct es_finding *f)
{
    const char *verdict = i->status == ES_STATUS_KNOWN    ? "known"
                          : f->verdict == ES_VERDICT_PASS ? "observed"
                                                          : es_verdict_name(f->verdict);
    fprintf(p->out, "| %s | %s | %s | %s | %s | %s | %s |\n", verdict,
            f->requirement ? code(p, f->requirement) : "none", cell(p, f->level),
            cell(p, f->section), code(p, i->id), cell(p, f->step),
            cell(p, es_report_difference(p->arena, f)));
}

/* Rows for the findings of one verdict; the heading comes with the first. */
static void print_findings_of(struct paper *p, const struct es_instance_result *i,
                              enum es_verdict verdict, bool *begun)
{
    for (size_t k = 0; k < i->findings_n; k++) {
        if (i->findings[k].verdict != verdict || es_report_is_repeated(i, k)) {
            continue;
        }
        if (!*begun) {
            fputs("\n## Findings\n\n"
                  "| verdict | rule | level | section | instance | step | what |\n"
                  "|---|---|---|---|---|---|---|\n",
                  p->out);
            *begun = true;
        }
        print_finding_row(p, i, &i->findings[k]);
    }
}

/* All findings, the gravest verdict first. */
static void print_findings(struct paper *p)
{
    bool begun = false;
    for (int v = ES_VERDICT_ERROR; v >= ES_VERDICT_PASS; v--) {
        for (size_t n = 0; n < p->r->instances_n; n++) {
            print_findings_of(p, &p->r->instances[n], (enum es_verdict)v, &begun);
        }
    }
}

/* The failure text, indented: that is code in Markdown, whatever stands in it. */
static void print_text(struct paper *p, const struct es_instance_result *i)
{
    struct es_arena *a = es_arena_new();
    struct es_slice rest = es_slice_of(es_failure_text(p->r, i, a));
    while (rest.n) {
        struct es_slice line = es_slice_split(&rest, '\n');
        fprintf(p->out, "%s%.*s\n", line.n ? "    " : "", ES_SLICE_ARG(line));
    }
    es_arena_free(a);
}

static bool has_text(const struct es_instance_result *i)
{
    return es_report_is_red(i, true) && i->status != ES_STATUS_NOT_RUN &&
           (i->findings_n || i->verdict != ES_VERDICT_INCONCLUSIVE);
}

/* One failure text of each kind; the table above names the others. */
static void print_texts(struct paper *p)
{
    struct {
        uint64_t *at;
        size_t n, room;
    } shown = {0};
    for (size_t i = 0; i < p->r->instances_n; i++) {
        const struct es_instance_result *at = &p->r->instances[i];
        uint64_t print = es_report_fingerprint(at);
        size_t k = 0;
        while (k < shown.n && shown.at[k] != print) {
            k++;
        }
        if (k == shown.n && has_text(at)) {
            fprintf(p->out, "%s\n### %s\n\n",
                    shown.n ? "" : "\n## Details\n\nOne of each kind.\n",
                    code(p, at->id));
            print_text(p, at);
            ES_PUSH(p->arena, &shown, print);
        }
    }
}

static void print_status(struct paper *p, const char *title, enum es_status status)
{
    bool begun = false;
    for (size_t i = 0; i < p->r->instances_n; i++) {
        const struct es_instance_result *at = &p->r->instances[i];
        if (at->status == status) {
            fprintf(p->out, "%s%s%s| %s | %s |\n", begun ? "" : "\n## ",
                    begun ? "" : title,
                    begun ? "" : "\n\n| instance | reason |\n|---|---|\n",
                    code(p, at->id), cell(p, es_report_why(p->arena, at)));
            begun = true;
        }
    }
}

static void print_matrix(struct paper *p, const struct es_rules *rules)
{
    static const enum es_mark order[] = {
        ES_MARK_PASS,  ES_MARK_WARNING, ES_MARK_FAIL,       ES_MARK_INCONCLUSIVE,
        ES_MARK_ERROR, ES_MARK_KNOWN,   ES_MARK_NOT_JUDGED, ES_MARK_REPORT,
    };
    fputs("\n## Rules\n\nIn how many instances a rule came to what.\n\n"
          "| rule | level | pass | warning | fail | inconclusive | error | known | "
          "not judged | observed |\n|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
          p->out);
    for (size_t i = 0; i < rules->n; i++) {
        const struct es_rule *rule = &rules->at[i];
        fprintf(p->out, "| %s | %s |", code(p, rule->id), cell(p, rule->level));
        for (size_t k = 0; k < ES_COUNT(order); k++) {
            size_t n = rule->instances[order[k]];
            fputs(n ? es_arena_printf(p->arena, " %zu |", n) : " |", p->out);
        }
        fputs("\n", p->out);
    }
}

static void print_instances(struct paper *p)
{
    fputs("\n## Instances\n\n| verdict | instance | seconds | evidence |\n"
          "|---|---|--:|---|\n",
          p->out);
    for (size_t i = 0; i < p->r->instances_n; i++) {
        const struct es_instance_result *at = &p->r->instances[i];
        fprintf(p->out, "| %s | %s | %.3f | %s |\n", es_report_state(at),
                code(p, at->id), (double)at->wall_us / (double)ES_USEC_PER_S,
                at->folder ? code(p, at->folder) : "");
    }
}

static void print_paper(struct paper *p)
{
    const struct es_run_result *r = p->r;
    struct es_tally t = es_run_tally(r);
    struct es_rules rules;
    es_rules_build(&rules, r, p->arena);
    print_headline(p, &t);
    print_run(p, &t);
    print_list(p, "Broken prerequisites", r->broken_prerequisites,
               r->broken_prerequisites_n);
    print_findings(p);
    print_status(p, "Unexpected passes", ES_STATUS_UNEXPECTED_PASS);
    print_texts(p);
    print_status(p, "Known deviations", ES_STATUS_KNOWN);
    print_list(p, "Notes", r->notices, r->notices_n);
    print_matrix(p, &rules);
    print_instances(p);
    print_status(p, "Not applicable", ES_STATUS_NOT_APPLICABLE);
}

bool es_report_write_summary(const struct es_run_result *r, const char *path,
                             struct es_diag *d)
{
    struct es_arena *a = es_arena_new();
    struct paper p = {r, a, NULL};
    struct es_report_file file;
    bool good = es_report_file_open(&file, path, a, d);
    if (good) {
        p.out = file.out;
        print_paper(&p);
        good = es_report_file_close(&file, true, d);
    }
    es_arena_free(a);
    return good;
}
