/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_DRIVER_PROCESS_H
#define ES_DRIVER_PROCESS_H

/*
 * Private to driver/: one child process in a process group of its own, with pipes on stdin,
 * stdout and stderr. The child dies with us (where the system offers that), inherits no other
 * descriptor, and starts with default signals.
 */

#include "base/arena.h"

#include <sys/types.h>

/* A child that cannot be executed writes this to stderr, then the reason, and exits 127. */
#define ES_PROCESS_CANNOT_START "estspec: cannot start "

/* How it ended. May lie in memory that forked processes share: its parent reaps it, the others
 * read it there. */
struct es_process_end {
    bool dead;
    int status; /* as from waitpid, when dead */
};

struct es_process {
    pid_t pid;         /* 0: none */
    int in, out, err;  /* our ends; non-blocking; -1 when closed */
    bool is_inherited; /* we are not its parent */
    struct es_process_end *end;
};

/* A variable of the child's environment. value NULL removes what we have ourselves. */
struct es_process_variable {
    const char *name, *value;
};

/* Starts `command` (words separated by blanks) in `folder`. p->end has been set. False if the
 * system refuses; an unknown command shows only later, as exit status 127. */
bool es_process_start(struct es_process *p, const char *folder, const char *command,
                      const struct es_process_variable *variables, size_t n,
                      struct es_arena *arena);
/* Whether it has ended; never waits. Of an inherited one, whether its parent knows that. */
bool es_process_reap(struct es_process *p);
/* Sends the signal to the whole group. */
void es_process_kill(const struct es_process *p, int signal_number);
/* Kills what is left of the group, waits for the child and closes the pipes. */
void es_process_close(struct es_process *p);
/* "exited with status 1", "killed by signal 11 (SIGSEGV)". */
const char *es_process_ending(const struct es_process *p, struct es_arena *arena);
/* The second, for a number. */
const char *es_process_ending_by(int signal_number, struct es_arena *arena);

#endif
