/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_DRIVER_CHILD_H
#define ES_DRIVER_CHILD_H

/*
 * Private to driver/: a program of the driver folder with the environment of the contract,
 * whose output goes line by line to peer.log and to whoever wants to read it.
 */

#include "driver/driver_int.h"
#include "driver/process.h"

enum { ES_EXIT_UNSUPPORTED = 77, ES_EXIT_CANNOT_START = 127 };

struct es_child {
    struct es_process process;
    struct es_output_stream out, err;
};

/* `end` is where it is told how it ended; FAILED and false if the system refuses. */
bool es_child_start(struct es_child *c, struct es_driver *v, const char *command,
                    const char *listen, struct es_process_end *end);
/* Whether it is there and has not ended, as far as we know. */
bool es_child_is_running(const struct es_child *c);
void es_child_watch(const struct es_child *c, struct es_loop *loop);
/* Reads what it has printed and hands the lines of stdout to take (a function of driver v),
 * those of stderr to take_err, which may be NULL. */
void es_child_read(struct es_child *c, struct es_driver *v, es_usec now,
                   es_output_take *take, es_output_take *take_err);
/* Ends its group: SIGTERM, SIGKILL after a second. It does not count how it ends. */
void es_child_end(struct es_child *c, struct es_driver *v, es_output_take *take,
                  es_output_take *take_err);
/* The exit status; -1: a signal has ended it. */
int es_child_status(const struct es_child *c);
/* Why it could not be executed at all, or NULL. */
const char *es_child_refusal(const struct es_child *c, const struct es_driver *v);
/* The signal that ended it, or by which a shell says that it has ended its program (status 128
 * and the signal); 0: none that means a crash. */
int es_child_crash_signal(const struct es_child *c);

#endif
