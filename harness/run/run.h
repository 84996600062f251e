/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_RUN_RUN_H
#define ES_RUN_RUN_H

/*
 * Running instances: the parent schedules workers and gathers verdicts (es_run_execute), a
 * worker runs one instance in a process of its own (es_worker_run, run/worker.h).
 *
 * The parent forks a worker per instance, at most `parallel` at once, reads its result from a
 * pipe, kills it at budget + 5 s, and makes one ERROR of a worker that dies. Instances that
 * judge prerequisite rules run first; when such a rule has failed, the instances that need it
 * are inconclusive "because of" it and do not run. Known deviations (expected.yaml) are
 * applied to what comes back. Results of a run that goes on count as if they came now. SIGINT
 * stops new workers, ends the running ones and keeps what was judged; the caller writes the
 * reports and exits 130.
 *
 * With isolation `process` each worker starts and stops a peer of its own. With `shared` and
 * `serial` the parent starts one server (or knows its address) and workers get the address.
 * With `serial` it opens what one client needs for the whole run, the socket to which it comes
 * and the driver, and the workers, one at a time, inherit both.
 */

#include "driver/driver.h"
#include "pki/identity.h"
#include "pki/zoo.h"
#include "run/journal.h"
#include "scenario/scenario.h"

/* The plan of a job may lack its steps: the worker builds it anew (catalogue, bindings), so
 * that the parent, whose memory each worker inherits, stays small. */
struct es_job {
    const struct es_instance *instance;
    const struct es_plan *plan;
    bool selected;      /* false: not asked for on the command line; it is left out */
    bool applies;       /* false: not-applicable, reason says why */
    const char *reason; /* clause or flag */
    const char
        *error; /* what the driver should say and does not: ERROR without a worker;
                           plan may then be NULL */
};

struct es_run_config {
    const struct es_catalogue *catalogue;
    const struct es_bindings *bindings;
    const struct es_driver_spec *driver;
    const struct es_expected_list *expected;
    const struct es_registry *registry;
    struct es_job *jobs;
    size_t jobs_n;
    const char *run_id;     /* "20260301T120000Z-7f3a" */
    const char *folder;     /* of the report; exists */
    const char *pki_folder; /* exported zoo, for the driver */
    const struct es_zoo *zoo;
    const struct es_identity
        *operator_identity; /* --cert, --key; NULL: the zoo's idevid */
    const struct es_x509_bag *operator_trust; /* --trust; NULL: the zoo's root */
    const char
        *server_name; /* host of --server, for SNI and name checks; NULL: localhost */
    const struct es_prepared_answers *answers; /* --answers; or NULL */
    unsigned parallel;
    uint64_t seed;
    bool strict, without_secrets;
    const char *target_args; /* how to name this target on the command line again */
    const char *libraries;   /* versions, for the reports */
    const char **notices;    /* told in the reports, before those that the run adds */
    size_t notices_n;
    struct es_journal *journal; /* gets each result; or NULL */
    /* A run that goes on: its journal, without what is to run again; else all zero. */
    struct es_journal_content resumed;
    /* Before the start, where a device must come by itself, to this URI. */
    void (*on_wait)(void *context, const char *uri);
    void (*on_start)(void *context, const struct es_run_result *r, size_t selected);
    void (*on_result)(void *context, const struct es_run_result *r,
                      const struct es_instance_result *i, size_t done, size_t selected);
    void *context;
};

/* The most workers that may run at once; more are not started. */
enum { ES_RUN_PARALLEL_MAX = 48 };

/* Where the evidence of an instance lies below the report folder: its id with `[`, `]` and
 * whatever a file system may dislike mapped, as in
 * rfc9148/4.6-fragmentation/crts-block2-sizes.size=64. Different ids give different folders. */
const char *es_run_instance_folder(const char *id, struct es_arena *arena);
/* Makes the folder and those above it; false and a note (ENVIRONMENT) with the path. */
bool es_run_folder_make(const char *path, struct es_diag *d) ES_MUST_CHECK;
/* Opens the zoo in the folder as es_zoo_open does, exported. Where keys must be made, a
 * process of its own makes them: what that takes of memory would be inherited by each worker.
 * Generated keys are told in *notice. */
struct es_zoo *es_run_zoo_open(const char *folder, int64_t now_s, const char **notice,
                               struct es_arena *arena, struct es_diag *d) ES_MUST_CHECK;
/* "20260301T120000Z-7f3a": time in UTC and seed. */
const char *es_run_id(int64_t unix_us, uint64_t seed, struct es_arena *arena);

/* Runs the selected jobs and fills *out (arena). False and notes only where nothing could be
 * run at all (the report folder cannot be written, the shared peer does not start). */
bool es_run_execute(const struct es_run_config *cfg, struct es_arena *arena,
                    struct es_run_result *out, struct es_diag *d);

#endif
