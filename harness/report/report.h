/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_REPORT_REPORT_H
#define ES_REPORT_REPORT_H

/*
 * Renderers over the verdict tree (run/result.h). None computes a verdict.
 *
 * Files of a report folder: junit.xml, run.jsonl, summary.md, report.html, and a folder per instance that
 * the workers wrote. Each file is written under a temporary name and renamed, so it is whole at
 * any time, and what was judged is not lost to a crash or Ctrl-C.
 *
 * Calls: es_console_init, es_console_start, es_console_instance for each instance as it comes
 * in, es_report_write now and then (it writes everything; once a second is enough) and once at
 * the end, es_console_end. Everything is borrowed; nothing is kept but the console's stream.
 *
 * Not checked: that the verdicts fit the findings. The tree is taken as it is.
 */

#include "run/result.h"

#include <stdio.h>

enum { ES_CONSOLE_GROUPS = 256 };

/* How the console is written: colours only on a terminal, and never with NO_COLOR. The
 * progress line is for terminals too; a file or a pipe gets plain text. */
struct es_console {
    FILE *out;
    bool colour, progress_line, verbose;
    /* Private: what was written so far. */
    bool wrote, progress_shown;
    size_t passed, failed, other;
    uint64_t groups[ES_CONSOLE_GROUPS]; /* fingerprints of the failures shown in full */
    size_t groups_n;
};
/* `out` stays the caller's. Change the three flags after this call if need be. */
void es_console_init(struct es_console *c, FILE *out, bool verbose);
/* One line at the start: target, seed, number of instances. */
void es_console_start(struct es_console *c, const struct es_run_result *r,
                      size_t selected);
/* After each instance: progress, and the failure text if it is not a pass. The same rule broken
 * in the same step of the same scenario is shown in full once; its neighbours in the matrix get
 * one line each. Instances that are inconclusive for a reason already shown are only counted,
 * and what was not applicable, known or passed is shown if verbose. */
void es_console_instance(struct es_console *c, const struct es_run_result *r,
                         const struct es_instance_result *i, size_t done,
                         size_t selected);
/* At the end: broken prerequisites first, what is wrong and whose fault it is, the tally,
 * `report: <folder>` as the last line. */
void es_console_end(struct es_console *c, const struct es_run_result *r);

/* The failure text: scenario line and caret, got and wanted, rule, level, section, paraphrase,
 * messages, context, the command to repeat it, packets. The finding that made the verdict comes
 * first; a finding that repeats an earlier one (in the next block, say) is only counted. What
 * the peer sent is shown with control characters and ill-formed UTF-8 as \xNN. */
void es_failure_text_print(const struct es_run_result *r,
                           const struct es_instance_result *i, FILE *out);

/* Writes folder/junit.xml, run.jsonl, summary.md. False and a note naming the file if a write
 * fails (disk full). */
bool es_report_write_junit(const struct es_run_result *r, const char *path,
                           struct es_diag *d);
bool es_report_write_jsonl(const struct es_run_result *r, const char *path,
                           struct es_diag *d);
bool es_report_write_summary(const struct es_run_result *r, const char *path,
                             struct es_diag *d);
/* All three: what is written again and again while a run goes on. */
bool es_report_write(const struct es_run_result *r, struct es_diag *d);

/* Writes the page for readers, report.html: what went wrong, whose fault it is, with source line
 * and trace; every rule by section; every instance. It reads the traces, so it is written at
 * the end. False and a note naming the file. */
bool es_report_write_html(const struct es_run_result *r, const char *path,
                          struct es_diag *d);

/* Ids of the instances that were not green in the run whose run.jsonl this is, for
 * --last-failed: fail, error, inconclusive, unexpected pass, not run, and with --strict warnings.
 * They lie in the arena, in the order of the file. False and a note if it cannot be read. */
bool es_report_read_failed(const char *jsonl_path, struct es_arena *arena,
                           const char ***ids, size_t *n, struct es_diag *d);

#endif
