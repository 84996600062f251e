/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_REPORT_HTML_INT_H
#define ES_REPORT_HTML_INT_H

/*
 * The parts of report.html: the page (html.c), what went wrong (html_failure.c), the tables
 * of rules and instances (html_table.c), the style (html_style.c). The page is HTML5 that an
 * XML parser reads, too, and fetches nothing. Foreign text goes through es_html_text, which
 * leaves no character that HTML would understand.
 */

#include "report/report_int.h"

/* Whose fault it is, in the order of the page. */
enum es_fault {
    ES_FAULT_PEER,
    ES_FAULT_EXPECTED,
    ES_FAULT_HARNESS,
    ES_FAULT_OPEN,
    ES_FAULT_WARNING,
    ES_FAULT_COUNT,
    ES_FAULT_NONE = ES_FAULT_COUNT,
};

/* Instances that went wrong alike. */
struct es_html_kind {
    const struct es_instance_result *first;
    uint64_t print; /* es_report_fingerprint */
    size_t n;
    enum es_fault fault;
};

struct es_html {
    const struct es_run_result *r;
    struct es_arena *arena; /* as long as the page */
    FILE *out;
    struct es_rules rules;
    struct {
        struct es_html_kind *at;
        size_t n, room;
    } kinds;         /* by fault */
    size_t *kind_of; /* of each instance; SIZE_MAX: of none */
};

/* Text that is ours, with its tags. */
void es_html_put(const struct es_html *h, const char *markup);
/* Any text, escaped and harmless; NULL is nothing. */
void es_html_text(const struct es_html *h, const char *text);
/* <code>text</code> */
void es_html_code(const struct es_html *h, const char *text);
/* The word for the state of the instance, in its colour. */
void es_html_badge(const struct es_html *h, const struct es_instance_result *i);
/* "RFC 7959 section 2.4" as a link to it, where it is an RFC. */
void es_html_section(const struct es_html *h, const char *section);
/* Links to the evidence of the instance, if there is any. */
void es_html_evidence(const struct es_html *h, const struct es_instance_result *i);

/* Fills kinds and kind_of. */
void es_html_collect(struct es_html *h);
/* A line for each kind: what, which rule, how often. */
void es_html_glance(const struct es_html *h);
/* Everything about the first of each kind. */
void es_html_details(const struct es_html *h);

/* Every rule of the run, by section, with what became of it. */
void es_html_rules(const struct es_html *h);
/* Every instance. */
void es_html_instances(const struct es_html *h);

/* What stands between <style> and </style>. */
void es_html_style(FILE *out);

#endif
