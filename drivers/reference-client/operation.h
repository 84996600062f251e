/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_OPERATION_H
#define ES_OPERATION_H

#include <stdint.h>

/* The lines of drivers/CONTRACT.md: "crts URI", "sen URI", "boot" and so on. */

/* The URI of lines that have none; NULL or "" if there is no such thing. */
void es_operation_setup(const char *uri);

/* Carries out one line. NULL, or why it failed. */
const char *es_operation_run(const char *line);

/* Between the operations: handles what comes in on the session of the latest one, for a
   short time, so that copies of its last messages are answered; then closes it. Returns
   when a line, the end of stdin or a signal has come, or time has passed. */
void es_operation_idle(void);

/* Closes the session. */
void es_operation_stop(void);

#endif
