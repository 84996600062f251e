/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_RUN_RESULT_H
#define ES_RUN_RESULT_H

/*
 * The verdict tree: what a run found, and nothing about how it is shown. `run` fills it;
 * console, JUnit, JSON lines, Markdown and coverage render it and compute no verdict.
 *
 * A worker process sends its part to the parent as bytes (es_instance_result_write/_read).
 * All texts are NUL-terminated and live in the arena that the tree was read into.
 */

#include "base/buf.h"
#include "base/text.h"
#include "stage/finding.h"

/* Shown besides the five verdicts: the instance was not run, and why. */
enum es_status {
    ES_STATUS_JUDGED,          /* verdict counts */
    ES_STATUS_NOT_APPLICABLE,  /* applies-if, driver, credentials or flags exclude it */
    ES_STATUS_KNOWN,           /* every deviation is listed in expected.yaml */
    ES_STATUS_UNEXPECTED_PASS, /* expected.yaml lists a deviation that did not occur */
    ES_STATUS_NOT_RUN,         /* the run was interrupted before it */
};

struct es_instance_result {
    const char *id;       /* rfc9148/4.6-fragmentation/crts-block2-sizes[size=64] */
    const char *scenario; /* the same without suffix */
    const char *title;
    const char *purpose;
    enum es_status status;
    enum es_verdict verdict;
    const char *reason; /* not-applicable, known, not run, inconclusive "because of" */
    const char
        *context; /* "preamble ok; step whole ok (the IUT is alive)": what held */
    struct es_finding *findings;
    size_t findings_n;
    const char **requirements; /* ids that the instance judges, sorted */
    size_t requirements_n;
    const char **judged; /* those of them that were really judged in this run */
    size_t judged_n;
    int64_t start_unix_us;
    es_usec wall_us, cpu_us;
    uint64_t rss_bytes; /* peak of the worker */
    const char *folder; /* evidence, relative to the report folder */
    const char
        *peer_log_tail; /* last lines of the peer's output, after a crash; or NULL */
};

struct es_run_result {
    const char *run_id;
    const char *folder; /* report folder, as printed */
    const char *driver; /* drivers/reference-server, or the --server URI */
    const char *peer;   /* what the peer says it is (driver version), or "" */
    const char *
        target_args; /* "--driver drivers/x" or "--server ... --trust ...": for repeating */
    const char *tool_version;
    const char *libraries; /* "wolfSSL 5.5.4, libcoap 4.3.1" */
    uint64_t seed;
    int64_t start_unix_us;
    es_usec wall_us;
    bool strict, interrupted;
    bool secrets_left_out; /* --no-secrets: the captures cannot be decrypted */
    const struct es_registry *registry;   /* levels and texts of rules; may be NULL */
    struct es_instance_result *instances; /* in the order of their ids */
    size_t instances_n;
    const char **notices; /* expired expectations, assumptions about the peer ... */
    size_t notices_n;
    const char *
        *broken_prerequisites; /* "RFC9148:4.1:well-known-root-served broken by ..." */
    size_t broken_prerequisites_n;
};

struct es_tally {
    size_t pass, warning, inconclusive, fail, error, not_applicable, known,
        unexpected_pass, not_run;
    size_t rules_judged, rules_broken_must, rules_broken_should;
};

/* Counts; a warning counts once, a known deviation is not a fail. */
struct es_tally es_run_tally(const struct es_run_result *r);
/* Exit status: 5 > 1 > 4 > 0; 3 if nothing was judged; 130 if interrupted. */
int es_run_exit_status(const struct es_run_result *r);
/* The finding that made the verdict: the first one of the worst verdict; NULL on pass. */
const struct es_finding *es_instance_worst(const struct es_instance_result *r);

/* Appends the result as bytes for the pipe between worker and parent. */
void es_instance_result_write(const struct es_instance_result *r, struct es_buf *out);
/* Reads it back into arena; false if the bytes are cut or wrong (the worker died). */
bool es_instance_result_read(struct es_slice bytes, struct es_arena *arena,
                             struct es_instance_result *out) ES_MUST_CHECK;

#endif
