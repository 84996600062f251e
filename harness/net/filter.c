/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/filter.h"

#include "base/assert.h"

enum es_io es_filter_open(struct es_filter *f, es_usec now)
{
    if (f->type->open) {
        return f->type->open(f, now);
    }
    return f->below ? es_filter_open(f->below, now) : ES_IO_OK;
}

enum es_io es_filter_send(struct es_filter *f, struct es_datagram *d, es_usec now)
{
    if (f->type->send) {
        return f->type->send(f, d, now);
    }
    es_assert(f->below != NULL);
    return es_filter_send(f->below, d, now);
}

enum es_io es_filter_recv(struct es_filter *f, struct es_datagram *out, es_usec now)
{
    if (f->type->recv) {
        return f->type->recv(f, out, now);
    }
    es_assert(f->below != NULL);
    return es_filter_recv(f->below, out, now);
}

es_usec es_filter_next_deadline(const struct es_filter *f)
{
    es_usec earliest = ES_USEC_NEVER;
    for (; f; f = f->below) {
        es_usec own =
            f->type->next_deadline ? f->type->next_deadline(f) : ES_USEC_NEVER;
        if (own < earliest) {
            earliest = own;
        }
    }
    return earliest;
}

void es_filter_on_deadline(struct es_filter *f, es_usec now)
{
    for (; f; f = f->below) {
        if (f->type->on_deadline && f->type->next_deadline &&
            f->type->next_deadline(f) <= now) {
            f->type->on_deadline(f, now);
        }
    }
}

void es_filter_close(struct es_filter *f, es_usec now)
{
    if (f->type->close) {
        f->type->close(f, now);
    } else if (f->below) {
        es_filter_close(f->below, now);
    }
}

int es_filter_fd(const struct es_filter *f)
{
    while (f->below) {
        f = f->below;
    }
    return f->fd;
}

const char *es_filter_reason(const struct es_filter *f)
{
    for (; f; f = f->below) {
        if (f->reason) {
            return f->reason;
        }
    }
    return "no reason given";
}
