/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/loop.h"

#include "base/assert.h"
#include "net/clock.h"

#include <limits.h>
#include <poll.h>

void es_loop_clear(struct es_loop *l)
{
    l->n = 0;
    l->deadline = ES_USEC_NEVER;
}

size_t es_loop_watch(struct es_loop *l, int fd)
{
    if (fd < 0) {
        return ES_LOOP_MAX;
    }
    es_assert(l->n < ES_LOOP_MAX);
    l->fds[l->n] = fd;
    l->ready[l->n] = false;
    return l->n++;
}

void es_loop_until(struct es_loop *l, es_usec when)
{
    if (when < l->deadline) {
        l->deadline = when;
    }
}

/* Rounds up: to wake before the deadline would make the caller spin until it is due. */
static int timeout_ms(es_usec deadline)
{
    if (deadline == ES_USEC_NEVER) {
        return -1;
    }
    es_usec left = deadline - es_clock_now();
    if (left <= 0) {
        return 0;
    }
    es_usec ms = left / ES_USEC_PER_MS + (left % ES_USEC_PER_MS != 0);
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

es_usec es_loop_wait(struct es_loop *l)
{
    struct pollfd polled[ES_LOOP_MAX];
    for (size_t i = 0; i < l->n; i++) {
        polled[i] = (struct pollfd){.fd = l->fds[i], .events = POLLIN};
    }
    int n = poll(polled, (nfds_t)l->n, timeout_ms(l->deadline));
    for (size_t i = 0; i < l->n; i++) {
        l->ready[i] = n > 0 && polled[i].revents != 0;
    }
    return es_clock_now();
}
