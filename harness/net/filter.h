/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_NET_FILTER_H
#define ES_NET_FILTER_H

/*
 * The network is a stack of datagram filters: coap on top, then dtls, fault, capture, udp
 * (or sim). Each filter type is one const struct; an instance embeds `struct es_filter` as
 * its first member, holds the filter `below` and its own state, and passes straight through
 * what it does not transform. Connect goes bottom-up, close top-down. No filter sleeps or
 * reads a clock: `now` is always passed in, and the loop (net/loop.h) asks for the next
 * deadline. The one exception is udp, which stamps datagrams with the true time: `now` is
 * that of the loop's last turn, and cryptography takes milliseconds.
 *
 * A datagram carries its label upward and downward: dtls describes the records, handshake
 * messages and plaintext it saw, so that faults, capture and trace below and beside it use
 * the same names. net only carries labels, it does not interpret them.
 */

#include "base/diag.h"
#include "base/text.h"

struct es_filter;

enum es_io {
    ES_IO_OK,     /* done; for recv: *out holds a datagram */
    ES_IO_AGAIN,  /* nothing now: wait for the socket or next_deadline */
    ES_IO_CLOSED, /* the other side ended the conversation; es_filter_reason says how */
    ES_IO_FAILED, /* this layer gave up; es_filter_reason says why */
};

struct es_datagram {
    struct es_slice bytes; /* recv: valid until the next recv on the same filter */
    es_usec time;          /* when it was received or is sent */
    uint32_t number;       /* its packet number in the capture; 0 if none */
    const char *label;     /* "ClientHello", "ApplicationData" ...; NULL if unknown */
};

/* A slot that is NULL passes straight through to the filter below. next_deadline and
 * on_deadline concern this filter alone: es_filter_next_deadline walks the stack. */
struct es_filter_type {
    const char *name;
    /* Makes progress towards being open; call again after AGAIN when something happened. */
    enum es_io (*open)(struct es_filter *f, es_usec now);
    /* Sends one datagram; sets d->number and d->time. */
    enum es_io (*send)(struct es_filter *f, struct es_datagram *d, es_usec now);
    enum es_io (*recv)(struct es_filter *f, struct es_datagram *out, es_usec now);
    es_usec (*next_deadline)(const struct es_filter *f);
    void (*on_deadline)(struct es_filter *f, es_usec now);
    /* Ends it and everything below; releases what the filter holds. */
    void (*close)(struct es_filter *f, es_usec now);
};

struct es_filter {
    const struct es_filter_type *type;
    struct es_filter *below; /* NULL at the bottom */
    int fd;             /* what to poll for reading; -1 if there is nothing (sim) */
    const char *reason; /* after CLOSED or FAILED: one line, own storage or arena */
};

enum es_io es_filter_open(struct es_filter *f, es_usec now);
enum es_io es_filter_send(struct es_filter *f, struct es_datagram *d, es_usec now);
enum es_io es_filter_recv(struct es_filter *f, struct es_datagram *out, es_usec now);
/* The earliest deadline of this filter and all below; ES_USEC_NEVER if none. */
es_usec es_filter_next_deadline(const struct es_filter *f);
/* Fires on_deadline of every filter of the stack whose deadline is due. */
void es_filter_on_deadline(struct es_filter *f, es_usec now);
void es_filter_close(struct es_filter *f, es_usec now);
/* The fd to poll: that of the bottom. */
int es_filter_fd(const struct es_filter *f);
/* The reason of the topmost filter that has one, never NULL. */
const char *es_filter_reason(const struct es_filter *f);

#endif
