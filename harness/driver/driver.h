/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_DRIVER_DRIVER_H
#define ES_DRIVER_DRIVER_H

/*
 * Running the implementation under test (drivers/CONTRACT.md). A process adapter starts a
 * command of the driver folder in a process group of its own, waits for its ready line, reads
 * its output into a log, tells it things on stdin, notices when it dies, and stops it. A
 * passive adapter only knows an address.
 *
 * Nothing here waits by itself: the caller watches the descriptors of es_driver_fds with
 * net/loop.h and calls es_driver_poll; es_driver_wait_ready does that for one driver.
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
    const char *log_path;   /* peer.log: stdout and stderr of the process, with times */
    const char *uri;        /* ES_URI for client IUTs; or NULL */
};

enum es_driver_state {
    ES_DRIVER_STARTING,
    ES_DRIVER_READY,
    ES_DRIVER_UNSUPPORTED, /* exit status 77 */
    ES_DRIVER_FAILED, /* could not be started, or not ready in time: es_driver_reason */
    ES_DRIVER_CRASHED, /* was ready, then ended by itself: exit status, signal, sanitizer */
    ES_DRIVER_STOPPED,
};

/* Starts the process (or takes the address). Never NULL; look at the state. */
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
/* Writes a line to the process's stdin. *done is a handle for es_driver_acknowledged. False
 * if it cannot be written. */
bool es_driver_tell(struct es_driver *v, const char *line);
/* Whether the process has answered the last es_driver_tell: 1 `ok <line>`, -1
 * `unsupported <line>`, 0 not yet. */
int es_driver_acknowledged(const struct es_driver *v);
/* How the operation started by the last es_driver_tell ended, by the patterns of the driver:
 * 1 success, -1 failure, 0 not yet. */
int es_driver_result(const struct es_driver *v);
/* The line that ended it, or what the group `error` of the failure pattern found in it; NULL
 * before. */
const char *es_driver_result_text(const struct es_driver *v);
/* Starts an operation of a client by the driver's `op`. False if the driver has none, or if it
 * cannot be done. */
bool es_driver_begin(struct es_driver *v, const char *op, const char *uri)
    ES_MUST_CHECK;
/* Ends the process and starts it again, and waits until it is ready. */
enum es_driver_state es_driver_restart(struct es_driver *v);
/* A line of driver.yaml with $value, $op and $uri replaced; each may be NULL (empty). */
const char *es_driver_fill(const char *line, const char *value, const char *op,
                           const char *uri, struct es_arena *a);
/* The last lines of its output, for reports; in the arena. */
const char *es_driver_log_tail(const struct es_driver *v, struct es_arena *a);
/* Ends the process group: SIGTERM, and SIGKILL if it is still there after a second. Does not
 * count as a crash. */
void es_driver_stop(struct es_driver *v);

#endif
