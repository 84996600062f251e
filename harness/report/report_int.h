/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_REPORT_REPORT_INT_H
#define ES_REPORT_REPORT_INT_H

/*
 * What the renderers share: words for states, texts made harmless, the rules of a run counted
 * by outcome, and writing a file so that it is there whole or not at all.
 */

#include "report/report.h"

/* The text as well-formed UTF-8 that XML 1.0 and a terminal can take: ill-formed octets and
 * control characters become \xNN, C1 controls, direction marks and noncharacters \uNNNN; line
 * feed and tab stay, CR LF becomes LF. NULL gives "". */
const char *es_report_clean(struct es_arena *a, const char *text);
/* Clean, on one line, and cut to about max bytes. */
const char *es_report_line(struct es_arena *a, const char *text, size_t max);
/* Clean, on one line, safe between the bars of a Markdown table. */
const char *es_report_cell(struct es_arena *a, const char *text);
/* Writes the text clean, each line indented and broken at blanks before column 100. */
void es_report_wrap(struct es_arena *a, const char *text, size_t indent, FILE *out);
/* 2026-03-01T12:00:00Z, or with `iso` false 2026-03-01 12:00:00 UTC. */
const char *es_report_time(struct es_arena *a, int64_t unix_us, bool iso);

/* FAIL, UNEXPECTED PASS ...: for the console. */
const char *es_report_word(const struct es_instance_result *i);
/* fail, unexpected-pass ...: for machines. */
const char *es_report_state(const struct es_instance_result *i);
/* Fail, error, inconclusive, unexpected pass, not run; a warning only if strict. */
bool es_report_is_red(const struct es_instance_result *i, bool strict);
/* "got 1024, wanted ..64", or the sentence of the finding. */
const char *es_report_difference(struct es_arena *a, const struct es_finding *f);
/* Why the instance is not a pass, on one line. */
const char *es_report_why(struct es_arena *a, const struct es_instance_result *i);

/* The same check gone wrong the same way, be it in another block or another instance. */
bool es_report_same_finding(const struct es_finding *a, const struct es_finding *b);
/* Whether an earlier finding of the instance is the same as findings[index]. */
bool es_report_is_repeated(const struct es_instance_result *i, size_t index);
/* Equal for instances whose failure texts would say the same; see es_console_instance. */
uint64_t es_report_fingerprint(const struct es_instance_result *i);

/* The whole failure text, in the arena. */
const char *es_failure_text(const struct es_run_result *r,
                            const struct es_instance_result *i, struct es_arena *a);

/* What became of a rule in an instance, the stronger last. */
enum es_mark {
    ES_MARK_NOT_JUDGED,
    ES_MARK_PASS,
    ES_MARK_REPORT,
    ES_MARK_WARNING,
    ES_MARK_INCONCLUSIVE,
    ES_MARK_FAIL,
    ES_MARK_ERROR,
    ES_MARK_KNOWN,
    ES_MARK_COUNT,
};

struct es_rule {
    const char *id, *level, *section, *paraphrase; /* all but id may be NULL */
    size_t instances[ES_MARK_COUNT];
    /* While counting: the instance at hand and its mark. */
    const struct es_instance_result *at;
    enum es_mark mark;
};

struct es_rules {
    struct es_rule *at;
    size_t n, room;
};

/* Every rule that an instance of the run cites or breaks, sorted by id. */
void es_rules_build(struct es_rules *rules, const struct es_run_result *r,
                    struct es_arena *a);
const struct es_rule *es_rules_find(const struct es_rules *rules, const char *id);

/* A file that is there whole or not at all: what goes to `out` lands in <path>.part, and
 * closing renames it. */
struct es_report_file {
    const char *path, *part;
    FILE *out;
};
/* `path` must outlive the file. False and a note naming path. */
bool es_report_file_open(struct es_report_file *f, const char *path, struct es_arena *a,
                         struct es_diag *d) ES_MUST_CHECK;
/* Renames if every write and the closing went well, and `good` says that the content is; else
 * removes what was written: false and a note naming path. */
bool es_report_file_close(struct es_report_file *f, bool good, struct es_diag *d)
    ES_MUST_CHECK;

#endif
