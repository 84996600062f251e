/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CONSOLE_H
#define ES_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

/* The operation lines on stdin. Lines that come while an operation runs wait for its end,
   but for "reset", which ends it. */

/* Reads what is there; to be called when stdin is readable. */
void es_console_fill(void);
/* Takes the oldest complete line. False if there is none. */
bool es_console_take_line(char *line, size_t room);
/* Whether a line "reset" waits. */
bool es_console_has_reset(void);
/* Whether stdin has ended (or sent more than fits). */
bool es_console_is_over(void);

#endif
