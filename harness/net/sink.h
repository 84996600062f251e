/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_NET_SINK_H
#define ES_NET_SINK_H

/*
 * A file that is only appended to, through a small buffer. An error latches: what comes
 * after it is dropped. Private to net/.
 */

#include "base/buf.h"

enum { ES_SINK_BUFFER = 4096 };

struct es_sink {
    int fd; /* -1: nothing is kept */
    int error;
    const char *path;
    struct es_buf buf;
    uint8_t storage[ES_SINK_BUFFER];
};

/* Keeps nothing until it is opened. */
void es_sink_init(struct es_sink *s);
/* Makes or empties the file; false and errno if the system refuses. path must outlive s. */
bool es_sink_open(struct es_sink *s, const char *path);
void es_sink_put(struct es_sink *s, struct es_slice bytes);
void es_sink_flush(struct es_sink *s);
/* How many bytes have been put so far. */
uint64_t es_sink_tell(struct es_sink *s);
/* Writes over what stands at `at`. */
void es_sink_rewrite(struct es_sink *s, uint64_t at, struct es_slice bytes);
/* Flushes and closes; the errno of the first error, or 0. */
int es_sink_close(struct es_sink *s);

#endif
