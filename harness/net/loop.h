/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_NET_LOOP_H
#define ES_NET_LOOP_H

/*
 * The only place that waits. The caller collects what it waits for, waits, and looks at what
 * became ready; there is no callback and no thread. A signal ends the wait early.
 */

#include "base/text.h"

enum { ES_LOOP_MAX = 64 };

struct es_loop {
    int fds[ES_LOOP_MAX];
    bool ready[ES_LOOP_MAX];
    size_t n;
    es_usec deadline;
};

/* Forgets everything; deadline never. */
void es_loop_clear(struct es_loop *l);
/* Waits for fd to be readable (or hung up); returns its index. fd -1 is ignored (index is
 * then ES_LOOP_MAX). */
size_t es_loop_watch(struct es_loop *l, int fd);
/* Waits no longer than until `when`; the earliest counts. */
void es_loop_until(struct es_loop *l, es_usec when);
/* Waits; fills ready[]; returns the time afterwards. */
es_usec es_loop_wait(struct es_loop *l);

#endif
