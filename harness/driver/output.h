/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_DRIVER_OUTPUT_H
#define ES_DRIVER_OUTPUT_H

/*
 * Private to driver/: what a process prints, cut into lines. Every line goes to the log with
 * its time and stream, the last ones are kept for reports, and the report of a sanitizer is
 * recognised. Memory is fixed, whatever the process prints: long lines are cut, a log that
 * grew too large takes no more.
 */

#include "base/text.h"

#include <stdio.h>

enum {
    ES_OUTPUT_LINE_MAX = 2048,
    ES_OUTPUT_TAIL_LINES = 24,
    ES_OUTPUT_TAIL_WIDTH = 240,
    ES_OUTPUT_READ_MAX =
        256 * 1024, /* per call: a flood must not keep us from the peers */
    ES_OUTPUT_LOG_MAX = 8 * 1024 * 1024,
};

/* One stream; the rest of an unfinished line waits here. */
struct es_output_stream {
    const char *name; /* "out", "err" */
    char line[ES_OUTPUT_LINE_MAX];
    size_t n;
    bool cut; /* the rest of an overlong line is passed over */
};

struct es_output {
    FILE *log; /* or NULL */
    size_t logged;
    es_usec start;
    char tail[ES_OUTPUT_TAIL_LINES][ES_OUTPUT_TAIL_WIDTH];
    size_t lines;
    char sanitizer[ES_OUTPUT_TAIL_WIDTH]; /* first report, or empty */
};

/* Appends to the file at log_path (may be NULL). False if it cannot be opened. */
bool es_output_open(struct es_output *o, const char *log_path, es_usec start);
void es_output_close(struct es_output *o);
/* Enters a line that did not come from the process: what it was told, how it ended. */
void es_output_note(struct es_output *o, const char *stream, const char *text,
                    es_usec now);

typedef void es_output_take(void *context, struct es_slice line);
/* Reads what is there from *fd (closing it at its end) and hands each finished line to take.
 */
void es_output_read(struct es_output *o, struct es_output_stream *s, int *fd,
                    es_usec now, es_output_take *take, void *context);
/* The kept lines, oldest first. */
const char *es_output_tail(const struct es_output *o, struct es_arena *a);

#endif
