/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/fault.h"

#include "base/assert.h"
#include "base/buf.h"

/* A datagram that goes on later. */
struct held {
    struct held *next;
    enum es_direction direction;
    struct es_datagram datagram;
    es_usec due;
    bool behind_next; /* also goes on behind the next datagram of its direction */
    bool joins_next;  /* goes on in one datagram with it */
};

struct fault {
    struct es_filter filter;
    struct es_arena *arena;
    es_fault_fn decide;
    void *context;
    struct es_evidence *evidence;
    struct held *held; /* in the order in which they came */
};

static struct held *hold(struct fault *f, enum es_direction direction,
                         const struct es_datagram *d, es_usec due, bool behind_next)
{
    struct held *h = ES_NEW(f->arena, struct held);
    struct held **end = &f->held;
    while (*end) {
        end = &(*end)->next;
    }
    h->direction = direction;
    h->datagram = *d;
    h->datagram.bytes = es_arena_dup(f->arena, d->bytes);
    h->due = due;
    h->behind_next = behind_next;
    *end = h;
    return h;
}

/* Takes the first held datagram of the direction that may go on. */
static struct held *take_due(struct fault *f, enum es_direction direction, es_usec now)
{
    for (struct held **at = &f->held; *at; at = &(*at)->next) {
        struct held *h = *at;
        if (h->direction == direction && h->due <= now) {
            *at = h->next;
            return h;
        }
    }
    return NULL;
}

/* The next datagram of the direction has passed: what waited for it may go on. */
static void release_behind(struct fault *f, enum es_direction direction, es_usec now)
{
    for (struct held *h = f->held; h; h = h->next) {
        if (h->direction == direction && h->behind_next) {
            h->due = now;
        }
    }
}

static void tell(struct fault *f, enum es_direction direction,
                 const struct es_datagram *d, es_usec now, const char *what)
{
    if (f->evidence) {
        es_evidence_note(f->evidence, now, "%s: %s %s (%zu bytes)", what,
                         direction == ES_SENT ? "sent" : "received",
                         d->label ? d->label : "datagram", d->bytes.n);
    }
}

static enum es_io send_held(struct fault *f, es_usec now)
{
    struct held *h;
    enum es_io io = ES_IO_OK;
    while (io == ES_IO_OK && (h = take_due(f, ES_SENT, now)) != NULL) {
        io = es_filter_send(f->filter.below, &h->datagram, now);
    }
    return io;
}

/* Puts what waited for it in front of a datagram. */
static void join(struct fault *f, struct es_datagram *d)
{
    for (struct held **at = &f->held; *at;) {
        struct held *h = *at;
        if (!h->joins_next) {
            at = &h->next;
            continue;
        }
        struct es_buf b;
        es_buf_build(&b, f->arena, h->datagram.bytes.n + d->bytes.n);
        es_buf_put(&b, h->datagram.bytes);
        es_buf_put(&b, d->bytes);
        d->bytes = es_buf_slice(&b);
        *at = h->next;
    }
}

static enum es_io pass_on(struct fault *f, struct es_datagram *d, es_usec now)
{
    join(f, d);
    enum es_io io = es_filter_send(f->filter.below, d, now);
    release_behind(f, ES_SENT, now);
    enum es_io later = send_held(f, now);
    return io == ES_IO_OK ? later : io;
}

static enum es_io fault_send(struct es_filter *filter, struct es_datagram *d,
                             es_usec now)
{
    struct fault *f = (struct fault *)filter;
    struct es_fault_effect effect = f->decide(f->context, ES_SENT, d, now);
    struct es_datagram copy = *d;
    d->time = now;
    switch (effect.kind) {
    case ES_FAULT_NONE:
        return pass_on(f, d, now);
    case ES_FAULT_DROP:
        tell(f, ES_SENT, d, now, "lost");
        return ES_IO_OK;
    case ES_FAULT_DUP:
        tell(f, ES_SENT, d, now, "doubled");
        return es_filter_send(filter->below, &copy, now) == ES_IO_OK
                   ? pass_on(f, d, now)
                   : ES_IO_FAILED;
    case ES_FAULT_DELAY:
    case ES_FAULT_REORDER:
        tell(f, ES_SENT, d, now,
             effect.kind == ES_FAULT_DELAY ? "delayed" : "reordered");
        hold(f, ES_SENT, d, now + effect.span, effect.kind == ES_FAULT_REORDER);
        return ES_IO_OK;
    case ES_FAULT_JOIN:
        tell(f, ES_SENT, d, now, "kept for the next datagram");
        hold(f, ES_SENT, d, now + effect.span, false)->joins_next = true;
        return ES_IO_OK;
    case ES_FAULT_REPLACE:
        tell(f, ES_SENT, d, now, "changed");
        copy.bytes = effect.bytes;
        return pass_on(f, &copy, now);
    }
    return ES_IO_FAILED;
}

/* Applies the effect to a datagram that has come. True if it goes up now. */
static bool receive(struct fault *f, struct es_datagram *d, es_usec now)
{
    struct es_fault_effect effect = f->decide(f->context, ES_RECEIVED, d, now);
    switch (effect.kind) {
    case ES_FAULT_NONE:
    case ES_FAULT_JOIN:
        return true;
    case ES_FAULT_DROP:
        tell(f, ES_RECEIVED, d, now, "lost");
        return false;
    case ES_FAULT_DUP:
        tell(f, ES_RECEIVED, d, now, "doubled");
        hold(f, ES_RECEIVED, d, now, false);
        return true;
    case ES_FAULT_DELAY:
    case ES_FAULT_REORDER:
        tell(f, ES_RECEIVED, d, now,
             effect.kind == ES_FAULT_DELAY ? "delayed" : "reordered");
        hold(f, ES_RECEIVED, d, now + effect.span, effect.kind == ES_FAULT_REORDER);
        return false;
    case ES_FAULT_REPLACE:
        tell(f, ES_RECEIVED, d, now, "changed");
        d->bytes = es_arena_dup(f->arena, effect.bytes);
        return true;
    }
    return false;
}

static enum es_io fault_recv(struct es_filter *filter, struct es_datagram *out,
                             es_usec now)
{
    struct fault *f = (struct fault *)filter;
    struct held *h = take_due(f, ES_RECEIVED, now);
    if (h) {
        *out = h->datagram;
        return ES_IO_OK;
    }
    enum es_io io;
    while ((io = es_filter_recv(filter->below, out, now)) == ES_IO_OK) {
        if (receive(f, out, now)) {
            release_behind(f, ES_RECEIVED, now);
            return ES_IO_OK;
        }
    }
    return io;
}

static es_usec fault_next_deadline(const struct es_filter *filter)
{
    const struct fault *f = (const struct fault *)filter;
    es_usec earliest = ES_USEC_NEVER;
    for (const struct held *h = f->held; h; h = h->next) {
        earliest = h->due < earliest ? h->due : earliest;
    }
    return earliest;
}

/* Received datagrams that are due are taken by the next recv. */
static void fault_on_deadline(struct es_filter *filter, es_usec now)
{
    (void)send_held((struct fault *)filter, now);
}

static const struct es_filter_type fault_type = {
    .name = "fault",
    .send = fault_send,
    .recv = fault_recv,
    .next_deadline = fault_next_deadline,
    .on_deadline = fault_on_deadline,
};

struct es_filter *es_fault_push(struct es_arena *arena, struct es_filter *below,
                                es_fault_fn decide, void *context,
                                struct es_evidence *evidence)
{
    es_assert(decide != NULL);
    struct fault *f = ES_NEW(arena, struct fault);
    f->filter = (struct es_filter){.type = &fault_type, .below = below, .fd = -1};
    f->arena = arena;
    f->decide = decide;
    f->context = context;
    f->evidence = evidence;
    return &f->filter;
}
