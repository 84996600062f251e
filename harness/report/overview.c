/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/console_int.h"

#include <inttypes.h>
#include <string.h>

enum { LINES_MAX = 15 /* of one paragraph */ };

/* A paragraph at the end: its heading is written with its first line. */
struct paragraph {
    struct es_console *c;
    struct es_arena *arena;
    const char *heading;
    enum es_paint paint;
    size_t lines;
};

static struct paragraph open_paragraph(struct es_console *c, struct es_arena *arena,
                                       enum es_paint paint, const char *heading)
{
    return (struct paragraph){c, arena, heading, paint, 0};
}

/* Whether one more line is to be written. */
static bool begin_line(struct paragraph *p)
{
    if (p->lines == 0) {
        fputs(p->c->wrote ? "\n" : "", p->c->out);
        es_console_paint(p->c, p->paint, p->heading, strlen(p->heading));
        fputs("\n", p->c->out);
        p->c->wrote = true;
    }
    return p->lines++ < LINES_MAX;
}

static void close_paragraph(const struct paragraph *p)
{
    if (p->lines > LINES_MAX) {
        fprintf(p->c->out, "  and %zu more, see summary.md\n", p->lines - LINES_MAX);
    }
}

static void print_texts(struct paragraph *p, const char *const *texts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (begin_line(p)) {
            fprintf(p->c->out, "  %s\n", es_report_line(p->arena, texts[i], 300));
        }
    }
    close_paragraph(p);
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static size_t widest_id(const struct es_rules *rules, enum es_mark mark)
{
    size_t widest = 0;
    for (size_t i = 0; i < rules->n; i++) {
        size_t n = strlen(rules->at[i].id);
        widest = rules->at[i].instances[mark] && n > widest ? n : widest;
    }
    return widest < 60 ? widest : 60;
}

static void print_rules(struct paragraph *p, const struct es_rules *rules,
                        enum es_mark mark)
{
    int width = (int)widest_id(rules, mark);
    for (size_t i = 0; i < rules->n; i++) {
        const struct es_rule *rule = &rules->at[i];
        size_t n = rule->instances[mark];
        if (n && begin_line(p)) {
            fprintf(p->c->out, "  %-11s  %-*s  %zu instance%s\n",
                    rule->level ? rule->level : "", width, rule->id, n, plural(n));
            if (rule->paraphrase) {
                es_report_wrap(p->arena, rule->paraphrase, 15, p->c->out);
            }
        }
    }
    close_paragraph(p);
}

static bool has_verdict(const struct es_instance_result *i, enum es_verdict v)
{
    return i->status == ES_STATUS_JUDGED && i->verdict == v;
}

/* Failures that name no rule: nothing in print_rules would show them. */
static bool is_failure_without_rule(const struct es_instance_result *i)
{
    for (size_t k = 0; k < i->findings_n; k++) {
        if (i->findings[k].verdict == ES_VERDICT_FAIL && i->findings[k].requirement) {
            return false;
        }
    }
    return has_verdict(i, ES_VERDICT_FAIL);
}

static bool is_error(const struct es_instance_result *i)
{
    return has_verdict(i, ES_VERDICT_ERROR);
}

static bool is_unexpected(const struct es_instance_result *i)
{
    return i->status == ES_STATUS_UNEXPECTED_PASS;
}

static void print_instances(struct paragraph *p, const struct es_run_result *r,
                            bool (*wanted)(const struct es_instance_result *))
{
    for (size_t i = 0; i < r->instances_n; i++) {
        const struct es_instance_result *at = &r->instances[i];
        if (wanted(at) && begin_line(p)) {
            const char *why = es_report_why(p->arena, at);
            fprintf(p->c->out, "  %s%s%s\n", es_report_clean(p->arena, at->id),
                    *why ? "   " : "", why);
        }
    }
    close_paragraph(p);
}

/* Inconclusive instances by their reason, the number in front. */
static void print_reasons(struct paragraph *p, const struct es_run_result *r)
{
    struct group {
        const char *why;
        size_t n;
    };
    struct {
        struct group *at;
        size_t n, room;
    } groups = {0};
    for (size_t i = 0; i < r->instances_n; i++) {
        if (!has_verdict(&r->instances[i], ES_VERDICT_INCONCLUSIVE)) {
            continue;
        }
        struct group g = {es_report_why(p->arena, &r->instances[i]), 1};
        size_t k = 0;
        while (k < groups.n && strcmp(groups.at[k].why, g.why) != 0) {
            k++;
        }
        if (k < groups.n) {
            groups.at[k].n++;
        } else {
            ES_PUSH(p->arena, &groups, g);
        }
    }
    for (size_t k = 0; k < groups.n; k++) {
        if (begin_line(p)) {
            fprintf(p->c->out, "  %4zu instance%-2s %s\n", groups.at[k].n,
                    plural(groups.at[k].n), groups.at[k].why);
        }
    }
    close_paragraph(p);
}

/* What is wrong, sorted by whose fault it is. One failure alone is on the screen already. */
static void print_faults(struct es_console *c, const struct es_run_result *r,
                         const struct es_rules *rules, struct es_arena *a)
{
    struct paragraph p =
        open_paragraph(c, a, ES_PAINT_PINK,
                       "errors: the harness or the driver is at fault, not the peer");
    print_instances(&p, r, is_error);
    p = open_paragraph(c, a, ES_PAINT_BLUE,
                       "not judged: something that had to hold first did not");
    print_reasons(&p, r);
    p = open_paragraph(
        c, a, ES_PAINT_RED,
        "unexpected passes: expected.yaml lists what does not happen any more");
    print_instances(&p, r, is_unexpected);
    p = open_paragraph(c, a, ES_PAINT_YELLOW,
                       "warnings: the peer may have its reasons to do otherwise");
    print_rules(&p, rules, ES_MARK_WARNING);
    p = open_paragraph(c, a, ES_PAINT_RED, "broken rules: the peer is at fault");
    print_rules(&p, rules, ES_MARK_FAIL);
    p = open_paragraph(c, a, ES_PAINT_RED, "failures: the peer is at fault");
    print_instances(&p, r, is_failure_without_rule);
}

struct part {
    size_t n;
    const char *word;
    enum es_paint paint;
};

static void print_counts(struct es_console *c, const struct es_run_result *r,
                         const struct es_tally *t)
{
    const struct part parts[] = {
        {t->pass, "pass", ES_PAINT_GREEN},
        {t->warning, "warning", ES_PAINT_YELLOW},
        {t->inconclusive, "inconclusive", ES_PAINT_BLUE},
        {t->fail, "fail", ES_PAINT_RED},
        {t->error, "error", ES_PAINT_PINK},
        {t->unexpected_pass, "unexpected pass", ES_PAINT_RED},
        {t->known, "known", ES_PAINT_DIM},
        {t->not_applicable, "not applicable", ES_PAINT_DIM},
        {t->not_run, "not run", ES_PAINT_DIM},
    };
    fprintf(c->out, "%zu instance%s:", r->instances_n, plural(r->instances_n));
    const char *between = " ";
    for (size_t i = 0; i < ES_COUNT(parts); i++) {
        char text[48];
        if (parts[i].n) {
            int n = snprintf(text, sizeof text, "%zu %s", parts[i].n, parts[i].word);
            fputs(between, c->out);
            es_console_paint(c, parts[i].paint, text, (size_t)n);
            between = ", ";
        }
    }
}

static void print_tally(struct es_console *c, const struct es_run_result *r,
                        const struct es_tally *t)
{
    fputs(c->wrote ? "\n" : "", c->out);
    print_counts(c, r, t);
    fprintf(c->out, "   |   %zu requirement%s judged", t->rules_judged,
            plural(t->rules_judged));
    if (t->rules_broken_must) {
        fprintf(c->out, ", %zu broken (MUST)", t->rules_broken_must);
    }
    if (t->rules_broken_should) {
        fprintf(c->out, ", %zu broken (SHOULD)", t->rules_broken_should);
    }
    fprintf(c->out, "   |   %s, seed %" PRIx64 "\n",
            r->driver ? r->driver : "no driver", r->seed);
}

static void print_resume(struct es_console *c, const struct es_run_result *r)
{
    if (r->folder) {
        fprintf(c->out, "goes on with: estspec run --resume %s\n", r->folder);
    }
}

void es_console_overview(struct es_console *c, const struct es_run_result *r)
{
    struct es_arena *a = es_arena_new();
    struct es_tally t = es_run_tally(r);
    struct es_rules rules;
    es_rules_build(&rules, r, a);
    struct paragraph p =
        open_paragraph(c, a, ES_PAINT_RED,
                       "broken prerequisites: what depends on them was not judged");
    print_texts(&p, r->broken_prerequisites, r->broken_prerequisites_n);
    if (t.fail + t.warning + t.error + t.inconclusive + t.unexpected_pass > 1) {
        print_faults(c, r, &rules, a);
    }
    p = open_paragraph(c, a, ES_PAINT_NONE, "notes");
    print_texts(&p, r->notices, r->notices_n);
    if (r->interrupted) {
        fprintf(c->out, "\ninterrupted: %zu instance%s not run\n", t.not_run,
                t.not_run == 1 ? " was" : "s were");
        print_resume(c, r);
    } else if (es_run_exit_status(r) == 3) {
        fputs("\nnothing was judged\n", c->out);
    }
    print_tally(c, r, &t);
    if (r->folder) {
        fprintf(c->out, "report: %s\n", r->folder);
    }
    es_arena_free(a);
}
