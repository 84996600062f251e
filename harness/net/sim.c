/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/sim.h"

struct in_flight {
    struct in_flight *next;
    struct es_slice bytes;
    es_usec arrival;
};

struct sim {
    struct es_filter filter;
    struct es_sim_end end;
    struct es_arena *arena;
    struct sim *peer;
    struct in_flight *inbox; /* by arrival, earliest first */
};

static void enqueue(struct sim *to, struct es_slice bytes, es_usec arrival)
{
    struct in_flight *item = ES_NEW(to->arena, struct in_flight);
    item->bytes = es_arena_dup(to->arena, bytes);
    item->arrival = arrival;
    struct in_flight **at = &to->inbox;
    while (*at && (*at)->arrival <= arrival) {
        at = &(*at)->next;
    }
    item->next = *at;
    *at = item;
}

static enum es_io sim_send(struct es_filter *f, struct es_datagram *d, es_usec now)
{
    struct sim *s = (struct sim *)f;
    struct es_sim_end *end = &s->end;
    d->time = now;
    end->sent++;
    if (!end->drop || !end->drop(end->context, end->sent, d->bytes)) {
        enqueue(s->peer, d->bytes, now + end->delay);
    }
    return ES_IO_OK;
}

static enum es_io sim_recv(struct es_filter *f, struct es_datagram *out, es_usec now)
{
    struct sim *s = (struct sim *)f;
    struct in_flight *first = s->inbox;
    if (!first || first->arrival > now) {
        return ES_IO_AGAIN;
    }
    s->inbox = first->next;
    *out = (struct es_datagram){.bytes = first->bytes, .time = now};
    return ES_IO_OK;
}

static es_usec sim_next_deadline(const struct es_filter *f)
{
    const struct sim *s = (const struct sim *)f;
    return s->inbox ? s->inbox->arrival : ES_USEC_NEVER;
}

static const struct es_filter_type sim_type = {
    .name = "sim",
    .send = sim_send,
    .recv = sim_recv,
    .next_deadline = sim_next_deadline,
};

static struct sim *sim_new(struct es_arena *arena)
{
    struct sim *s = ES_NEW(arena, struct sim);
    s->filter.type = &sim_type;
    s->filter.fd = -1;
    s->arena = arena;
    return s;
}

void es_sim_pair(struct es_arena *arena, struct es_filter **a,
                 struct es_sim_end **a_end, struct es_filter **b,
                 struct es_sim_end **b_end)
{
    struct sim *one = sim_new(arena);
    struct sim *two = sim_new(arena);
    one->peer = two;
    two->peer = one;
    *a = &one->filter;
    *a_end = &one->end;
    *b = &two->filter;
    *b_end = &two->end;
}
