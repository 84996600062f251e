/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/capture.h"

#include "net/udp.h"

struct capture {
    struct es_filter filter;
    struct es_evidence *evidence;
    const struct es_address *local, *remote; /* NULL where there is no network */
    bool plain;
};

static enum es_io capture_send(struct es_filter *f, struct es_datagram *d, es_usec now)
{
    struct capture *c = (struct capture *)f;
    enum es_io io = es_filter_send(f->below, d, now);
    if (io == ES_IO_OK) {
        d->number = es_evidence_packet(c->evidence, ES_SENT, c->local, c->remote,
                                       d->bytes, c->plain, d->time);
    }
    return io;
}

static enum es_io capture_recv(struct es_filter *f, struct es_datagram *out,
                               es_usec now)
{
    struct capture *c = (struct capture *)f;
    enum es_io io = es_filter_recv(f->below, out, now);
    if (io == ES_IO_OK) {
        out->number = es_evidence_packet(c->evidence, ES_RECEIVED, c->local, c->remote,
                                         out->bytes, c->plain, out->time);
    }
    es_evidence_flush(c->evidence);
    return io;
}

static const struct es_filter_type capture_type = {
    .name = "capture",
    .send = capture_send,
    .recv = capture_recv,
};

struct es_filter *es_capture_push(struct es_arena *arena, struct es_filter *udp,
                                  struct es_evidence *evidence, bool plain)
{
    struct capture *c = ES_NEW(arena, struct capture);
    c->filter.type = &capture_type;
    c->filter.below = udp;
    c->filter.fd = -1;
    c->evidence = evidence;
    c->local = es_udp_local(udp);
    c->remote = es_udp_remote(udp);
    c->plain = plain;
    return &c->filter;
}
