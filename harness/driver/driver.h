/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_DRIVER_DRIVER_H
#define ES_DRIVER_DRIVER_H

/*
 * Running the implementation under test (drivers/CONTRACT.md), in the way that its adapter
 * says: a process that is started and told things, a command for each operation, a device that
 * asks for its next case, a person who is asked, or somebody who is just there.
 *
 * Nothing here waits by itself: the caller watches what es_driver_watch names with net/loop.h
 * and calls es_driver_poll; es_driver_wait_ready does that for one driver. A person who is
 * asked a last question by es_driver_leave is the exception.
 *
 * A driver that is_shared is started by a process that then forks workers, one at a time. A
 * worker calls es_driver_enter, uses it, and calls es_driver_leave; meanwhile the parent does
 * nothing but es_driver_tend, and when the worker has ended es_driver_revive.
 */

#include "net/address.h"
#include "net/loop.h"
#include "scenario/driver_spec.h"

struct es_driver;

struct es_driver_config {
    const struct es_driver_spec *spec;
    enum es_role role;      /* of the IUT */
    const char *pki_folder; /* ES_PKI_DIR */
    const char *log_folder; /* ES_LOG_DIR */
    const char *log_path;   /* peer.log: what it prints and is told, with times */
    const char *uri;        /* ES_URI for client IUTs; or NULL */
    const char *instance;   /* id, for questions to a person; or NULL */
    const struct es_prepared_answers *answers; /* instead of a person; or NULL */
    int dtls_fd;    /* passive client: where it comes to; -1: it is not waited for */
    bool is_shared; /* workers will be forked that use it, too */
};

enum es_driver_state {
    ES_DRIVER_STARTING,
    ES_DRIVER_READY,
    ES_DRIVER_UNSUPPORTED, /* exit status 77 */
    ES_DRIVER_FAILED, /* could not be started, or not ready in time: es_driver_reason */
    ES_DRIVER_CRASHED, /* was ready, then ended by itself: exit status, signal, sanitizer */
    ES_DRIVER_STOPPED,
};

/* Notes what is wrong with the addresses in driver.yaml (code INPUT). */
bool es_driver_check_addresses(const struct es_driver_spec *spec, struct es_diag *d);

/* Starts the process, opens the socket or terminal, takes the address. Never NULL; look at the
 * state. */
struct es_driver *es_driver_start(const struct es_driver_config *cfg,
                                  struct es_arena *arena, es_usec now);
/* Adds what must be watched to the loop, with its deadline. */
void es_driver_watch(struct es_driver *v, struct es_loop *loop);
/* Takes in what has happened; returns the state. */
enum es_driver_state es_driver_poll(struct es_driver *v, es_usec now);
/* Loops until it is no longer STARTING. */
enum es_driver_state es_driver_wait_ready(struct es_driver *v);
enum es_driver_state es_driver_state(const struct es_driver *v);
/* One line: "exited with status 1 before it was ready", "killed by signal 11 (SIGSEGV)",
 * "AddressSanitizer: heap-buffer-overflow"; "" if there is nothing to say. */
const char *es_driver_reason(const struct es_driver *v);
/* Where the server listens; valid when READY. */
const struct es_address *es_driver_address(const struct es_driver *v);
/* Writes a line to the process's stdin. False if it cannot be written. */
bool es_driver_tell(struct es_driver *v, const char *line);
/* Whether the IUT has answered the last es_driver_tell, or takes the operation: 1 `ok <line>`,
 * -1 `unsupported <line>` or exit status 77, 0 not yet. */
int es_driver_acknowledged(const struct es_driver *v);

/* --- Operations of a client */

/* Has it start an operation by the driver's `op`. False if it cannot. */
bool es_driver_begin(struct es_driver *v, const char *op, const char *uri)
    ES_MUST_CHECK;
/* Whether the device (or the person at it) has been told. */
bool es_driver_is_begun(const struct es_driver *v);
/* Whether only its coming shows that it has started, since somebody else makes it start. */
bool es_driver_awaits_device(const struct es_driver *v);
/* Whether it comes by itself. */
bool es_driver_is_unasked(const struct es_driver *v);
/* It does what the scenario waits for. Until then one that comes by itself may be about
 * something else. */
void es_driver_confirm(struct es_driver *v);
bool es_driver_is_confirmed(const struct es_driver *v);
/* How long that may take: not long any more, once the device was waited for in vain; without
 * end, where a person can say that it does not come; 0: no time is said. */
es_usec es_driver_patience(const struct es_driver *v);
/* Whether it came (or asked) when it was waited for. */
void es_driver_appeared(struct es_driver *v, bool did);
/* The scenario has seen all it wants of the operation: whoever can tell how it ended is asked
 * now. */
void es_driver_conclude(struct es_driver *v);
/* How the operation ended, by the patterns of the driver. */
enum es_outcome es_driver_outcome(const struct es_driver *v);
/* The line that ended it, or what the group `error` of the failure pattern found in it; NULL
 * before. */
const char *es_driver_outcome_text(const struct es_driver *v);
/* Starts the IUT again, with what it has stored, and waits until it is ready. False if that
 * did not work or (the state is still READY) nobody can: es_driver_reason. */
bool es_driver_restart(struct es_driver *v);

/* --- One device for many instances */

/* In a worker: takes over what the parent started. */
void es_driver_enter(struct es_driver *v, const struct es_driver_config *cfg,
                     struct es_arena *arena, es_usec now);
/* Waits until the device is idle, and resets it if the driver says how; a process that cannot
 * is started again. False: es_driver_reason. */
bool es_driver_settle(struct es_driver *v) ES_MUST_CHECK;
/* In the worker, at its end: nothing of this instance goes on. */
void es_driver_leave(struct es_driver *v);
/* Whether the device has shown that it works, and nothing has gone wrong since. False if it is
 * not as it was then: it is reset before each instance, or another one. */
void es_driver_prove(struct es_driver *v, bool works);
bool es_driver_is_proven(const struct es_driver *v);
/* Who says how operations end, if that is a person; NULL otherwise. */
const char *es_driver_person(const struct es_driver *v);
/* In the parent, at least every ES_DRIVER_TEND_INTERVAL while a worker runs. */
#define ES_DRIVER_TEND_INTERVAL (50 * ES_USEC_PER_MS)
void es_driver_tend(struct es_driver *v);
/* In the parent, after the worker: starts it again if it has ended. *crash is why it ended, if
 * nobody wanted that; NULL otherwise. False: it does not start. */
bool es_driver_revive(struct es_driver *v, const char **crash);

/* Time in which somebody outside was waited for: a person, a device that comes by itself. It
 * does not count against the budget of an instance. Worker and parent both see it. */
void es_driver_wait_outside(struct es_driver *v, bool waits, es_usec now);
es_usec es_driver_waited(const struct es_driver *v, es_usec now);
void es_driver_forget_waited(struct es_driver *v);

/* A line of driver.yaml with $value, $op and $uri replaced; each may be NULL (empty). */
const char *es_driver_fill(const char *line, const char *value, const char *op,
                           const char *uri, struct es_arena *a);
/* The last lines of its output, for reports; in the arena. */
const char *es_driver_log_tail(const struct es_driver *v, struct es_arena *a);
/* Ends all: a process group by SIGTERM, and SIGKILL if it is still there after a second. Does
 * not count as a crash. */
void es_driver_stop(struct es_driver *v);

#endif
