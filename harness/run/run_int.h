/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_RUN_RUN_INT_H
#define ES_RUN_RUN_INT_H

/*
 * The parts of the scheduler, private to run/: worker processes, prerequisites, known
 * deviations, a peer that several instances share, interruption.
 */

#include "run/worker.h"

/* --- Results */

/* The frame of a result: what is known of an instance before it runs. */
void es_result_start(struct es_instance_result *r, const struct es_job *job,
                     struct es_arena *arena);
/* Makes the result ERROR, FAIL or INCONCLUSIVE with one finding that says `text`. */
void es_result_conclude(struct es_instance_result *r, enum es_verdict verdict,
                        const char *text, struct es_arena *arena);

/* The result as bytes, in a buffer as large as needed and made in few steps: what a worker
 * touches counts as its own. False if it would be too large. */
bool es_result_encode(const struct es_instance_result *r, struct es_arena *arena,
                      struct es_buf *out);
/* Writes all of it, or fails with errno. */
bool es_write_all(int fd, struct es_slice bytes);

/* --- Known deviations */

/* Compares a judged result with the entries of expected.yaml that have not expired at now_s:
 * the status becomes KNOWN or UNEXPECTED_PASS where they say so. */
void es_known_apply(const struct es_expected_list *list, int64_t now_s,
                    struct es_instance_result *r, struct es_arena *arena);
/* Whether the entry has lost its force. */
bool es_known_is_expired(const struct es_expected *e, int64_t now_s);
bool es_known_names(const struct es_expected *e, const char *instance_id);

/* --- Prerequisites */

struct es_prerequisite {
    const struct es_requirement *rule;
    es_usec budget;        /* the smallest one of the jobs that judge it */
    size_t pending;        /* such jobs that have not ended */
    const char *broken_by; /* instance that found it broken, or NULL */
};
struct es_prerequisites {
    struct {
        struct es_prerequisite *at;
        size_t n, room;
    };
    struct es_arena *arena;
};

/* Collects the rules that one selected job needs and another judges. Of the jobs that judge
 * a rule those with the smallest budget count; the rest would only delay the others. */
void es_prerequisites_build(struct es_prerequisites *p, const struct es_job *jobs,
                            size_t n, struct es_arena *arena);
/* Whether the job is one of those that settle a prerequisite: it runs first. */
bool es_prerequisites_settles(const struct es_prerequisites *p,
                              const struct es_job *job);
/* Whether a rule that the job needs is not settled yet. */
bool es_prerequisites_delay(const struct es_prerequisites *p, const struct es_job *job);
/* A broken rule that the job needs and does not judge itself, or NULL. */
const struct es_prerequisite *es_prerequisites_broken(const struct es_prerequisites *p,
                                                      const struct es_job *job);
/* Takes in how a job ended. */
void es_prerequisites_settle(struct es_prerequisites *p, const struct es_job *job,
                             const struct es_instance_result *r);

/* --- Worker processes */

struct es_worker_process {
    const struct es_job *job;
    struct es_arena *arena; /* of the bytes received */
    pid_t pid;
    int fd;       /* read end of its pipe */
    int words_fd; /* read end of its stderr */
    es_usec start, deadline;
    int64_t start_unix_us;
    es_usec fork_cpu_us; /* what forking cost the parent */
    const char *path;    /* its evidence */
    const char *killed;  /* why it was killed, or NULL */
    const char *crash;   /* of a shared peer while it ran, or NULL */
    struct {
        struct es_slice *at;
        size_t n, room;
    } parts;
    size_t bytes;
};

/* Forks a worker. False and a note if the system refuses. */
bool es_worker_process_start(struct es_worker_process *w,
                             const struct es_worker_config *cfg, struct es_diag *d);
/* Reads what is there; true when the worker has closed its end. */
bool es_worker_process_read(struct es_worker_process *w);
/* Kills it; the pipe ends soon after. */
void es_worker_process_kill(struct es_worker_process *w, const char *why);
/* Waits for its end and makes the result of it. Releases what belongs to w. */
void es_worker_process_finish(struct es_worker_process *w,
                              struct es_instance_result *out, struct es_arena *arena);

/* --- A peer that several instances share */

struct es_shared_peer {
    const struct es_run_config *cfg;
    struct es_arena *arena;
    struct es_driver *driver;     /* NULL: each worker has its own */
    struct es_listener *listener; /* where a client comes to; NULL: as above */
    enum es_role role;
};

/* Starts it if the isolation calls for it. False and a note (DRIVER) if it does not start. */
bool es_shared_peer_start(struct es_shared_peer *p, const struct es_run_config *cfg,
                          struct es_arena *arena, struct es_diag *d);
/* What a worker inherits. */
void es_shared_peer_lend(const struct es_shared_peer *p, struct es_worker_config *w);
/* Before an instance: brings a server back to its first state, where it can do that. */
void es_shared_peer_reset(struct es_shared_peer *p);
/* Adds what must be watched to the loop. */
void es_shared_peer_watch(struct es_shared_peer *p, struct es_loop *loop);
/* Takes in what a server printed; the reason if it has crashed (it is started again), or NULL.
 * While a worker has the client, only looks whether it is still there. */
const char *es_shared_peer_poll(struct es_shared_peer *p);
/* After a worker: the reason if its client has crashed (it is started again), or NULL. */
const char *es_shared_peer_take_back(struct es_shared_peer *p);
/* How long the worker has waited for somebody outside, which is not its fault. */
es_usec es_shared_peer_waited(const struct es_shared_peer *p);
void es_shared_peer_stop(struct es_shared_peer *p);

/* --- Interruption */

/* Catches SIGINT and SIGTERM from here on; a second signal ends the process at once. Returns a
 * descriptor that becomes readable; -1 if the system refuses. */
int es_interrupt_catch(void);
bool es_interrupt_came(void);
/* Puts the former handlers back. */
void es_interrupt_release(void);
/* In a worker: the terminal's Ctrl-C is for the parent. */
void es_interrupt_forked(void);

#endif
