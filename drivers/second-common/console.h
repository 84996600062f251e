/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CONSOLE_H
#define ES_CONSOLE_H

#include <stdbool.h>

/* Lines of the harness on stdin, and the signals that end the program. */

void es_console_open(void);
/* Reads what is there; to be called when stdin is readable. */
void es_console_fill(void);
/* The oldest complete line, valid until the next call; NULL if there is none. */
const char *es_console_take(void);
/* Whether this line is complete and not taken yet. */
bool es_console_holds(const char *line);
/* Stdin has ended, or sent more than fits, or a signal came. */
bool es_console_is_over(void);

#endif
