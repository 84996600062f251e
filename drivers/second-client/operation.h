/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_OPERATION_H
#define ES_OPERATION_H

#include <stdbool.h>

/* The lines of drivers/CONTRACT.md: "crts URI", "sen URI", "boot" and so on. */

/* Carries out one. NULL, or why it failed. A line without URI means that one, NULL: none. */
const char *es_operation_run(const char *line, const char *default_uri);
/* Waits for the next line; what the server of the latest operation repeats meanwhile is
   answered for a while. */
void es_operation_idle(void);
void es_operation_stop(void);

#endif
