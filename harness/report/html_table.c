/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/html_int.h"

#include <string.h>

/* The columns, the gravest first: the first that is not empty is what the rule came to. */
static const struct {
    enum es_mark mark;
    const char *word, *state;
} columns[] = {
    {ES_MARK_FAIL, "fail", "fail"},
    {ES_MARK_ERROR, "error", "error"},
    {ES_MARK_INCONCLUSIVE, "inconclusive", "inconclusive"},
    {ES_MARK_WARNING, "warning", "warning"},
    {ES_MARK_KNOWN, "known", "known"},
    {ES_MARK_PASS, "pass", "pass"},
    {ES_MARK_REPORT, "observed", "observed"},
    {ES_MARK_NOT_JUDGED, "not judged", "not-judged"},
};

/* Columns in which no rule has a number are left out. */
static bool is_shown(const struct es_html *h, size_t column)
{
    for (size_t i = 0; i < h->rules.n; i++) {
        if (h->rules.at[i].instances[columns[column].mark]) {
            return true;
        }
    }
    return false;
}

static size_t count_shown(const struct es_html *h)
{
    size_t n = 0;
    for (size_t i = 0; i < ES_COUNT(columns); i++) {
        n += is_shown(h, i);
    }
    return n;
}

static void put_rules_head(const struct es_html *h)
{
    es_html_put(
        h, "<h2 id=\"rules\">Rules by section</h2>\n<div class=\"wide\">\n<table>\n"
           "<caption>What each rule came to, and in how many instances.</caption>\n"
           "<thead><tr><th scope=\"col\">verdict</th><th scope=\"col\">rule</th>");
    for (size_t i = 0; i < ES_COUNT(columns); i++) {
        if (is_shown(h, i)) {
            fprintf(h->out, "<th scope=\"col\" class=\"n\">%s</th>", columns[i].word);
        }
    }
    es_html_put(h, "</tr></thead>\n");
}

static void put_rule(const struct es_html *h, const struct es_rule *rule)
{
    size_t worst = 0;
    while (worst + 1 < ES_COUNT(columns) && !rule->instances[columns[worst].mark]) {
        worst++;
    }
    es_html_put(h, "<tr id=\"");
    es_html_text(h, rule->id);
    fprintf(h->out, "\"><td><span class=\"badge %s\">%s</span></td><td>",
            columns[worst].state, columns[worst].word);
    es_html_code(h, rule->id);
    es_html_put(h, " <strong>");
    es_html_text(h, rule->level);
    es_html_put(h, "</strong><br/>");
    es_html_text(h, rule->paraphrase);
    es_html_put(h, "</td>");
    for (size_t i = 0; i < ES_COUNT(columns); i++) {
        size_t n = rule->instances[columns[i].mark];
        if (n) {
            fprintf(h->out, "<td class=\"n %s\"><b>%zu</b></td>", columns[i].state, n);
        } else {
            es_html_put(h, is_shown(h, i) ? "<td></td>" : "");
        }
    }
    es_html_put(h, "</tr>\n");
}

static bool is_same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Rules are sorted by id, and so by section. */
void es_html_rules(const struct es_html *h)
{
    if (!h->rules.n) {
        return;
    }
    put_rules_head(h);
    for (size_t i = 0; i < h->rules.n; i++) {
        const char *section = h->rules.at[i].section;
        if (i == 0 || !is_same(section, h->rules.at[i - 1].section)) {
            fprintf(h->out, "%s<tbody>\n<tr><th colspan=\"%zu\" scope=\"rowgroup\">",
                    i ? "</tbody>\n" : "", count_shown(h) + 2);
            es_html_section(h, section ? section : "of no section");
            es_html_put(h, "</th></tr>\n");
        }
        put_rule(h, &h->rules.at[i]);
    }
    es_html_put(h, "</tbody>\n</table>\n</div>\n");
}

static void put_instance(const struct es_html *h, size_t at)
{
    const struct es_instance_result *i = &h->r->instances[at];
    const char *why = es_report_why(h->arena, i);
    es_html_put(h, "<tr><td>");
    es_html_badge(h, i);
    es_html_put(h, "</td><td>");
    if (h->kind_of[at] < h->kinds.n) {
        fprintf(h->out, "<a href=\"#kind-%zu\">", h->kind_of[at] + 1);
    }
    es_html_code(h, i->id);
    es_html_put(h, h->kind_of[at] < h->kinds.n ? "</a>" : "");
    es_html_put(h, *why ? "<br/>" : "");
    es_html_text(h, why);
    fprintf(h->out, "</td><td class=\"n\">%.3f</td><td>",
            (double)i->wall_us / (double)ES_USEC_PER_S);
    es_html_evidence(h, i);
    es_html_put(h, "</td></tr>\n");
}

void es_html_instances(const struct es_html *h)
{
    fprintf(h->out,
            "<h2 id=\"instances\">Instances</h2>\n"
            "<details><summary>All %zu</summary>\n",
            h->r->instances_n);
    es_html_put(h, "<div class=\"wide\">\n<table>\n"
                   "<thead><tr><th scope=\"col\">verdict</th>"
                   "<th scope=\"col\">instance</th>"
                   "<th scope=\"col\" class=\"n\">seconds</th>"
                   "<th scope=\"col\">evidence</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < h->r->instances_n; i++) {
        put_instance(h, i);
    }
    es_html_put(h, "</tbody>\n</table>\n</div>\n</details>\n");
}
