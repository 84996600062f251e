/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_REPORT_CONSOLE_INT_H
#define ES_REPORT_CONSOLE_INT_H

/*
 * The two halves of the console: console.c writes while the run goes on, overview.c writes
 * the end.
 */

#include "report/report_int.h"

/* Red: the peer is wrong. Yellow: it could be better. Blue: open. Pink: we are wrong. */
enum es_paint {
    ES_PAINT_NONE,
    ES_PAINT_RED,
    ES_PAINT_GREEN,
    ES_PAINT_YELLOW,
    ES_PAINT_BLUE,
    ES_PAINT_PINK,
    ES_PAINT_DIM,
    ES_PAINT_BOLD,
};

/* Writes n bytes of text, painted if the console has colour. */
void es_console_paint(const struct es_console *c, enum es_paint paint, const char *text,
                      size_t n);
/* Everything that stands below the last instance. */
void es_console_overview(struct es_console *c, const struct es_run_result *r);

#endif
