/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/capture.h"
#include "net/udp.h"
#include "stage/stage_int.h"

#include <string.h>

struct es_channel *es_stage_connect(struct es_stage *g, const struct es_step *step,
                                    const struct es_address *local, uint16_t port,
                                    bool plain)
{
    struct es_address remote = g->cfg.peer;
    if (port) {
        es_address_set_port(&remote, port);
    }
    struct es_diag *d = es_diag_new();
    struct es_filter *udp = es_udp_connect(g->arena, local, &remote, d);
    if (!udp) {
        es_stage_trouble(g, step, ES_VERDICT_ERROR, "%s",
                         d->count ? d->notes[0].msg : "no socket");
        es_diag_free(d);
        return NULL;
    }
    es_diag_free(d);
    struct es_channel *ch = ES_NEW(g->arena, struct es_channel);
    ch->slot = step->slot;
    ch->udp = udp;
    ch->filter = es_capture_push(g->arena, udp, g->cfg.evidence, plain);
    ch->filter = es_stage_push_faults(g, ch->filter, false);
    ch->next = g->channels;
    g->channels = ch;
    return ch;
}

void es_stage_open(struct es_stage *g, struct es_channel *ch)
{
    ch->session = ch->filter;
    ch->filter = es_stage_push_faults(g, ch->filter, true);
    struct es_coap_endpoint_config cfg = {.filter = ch->filter,
                                          .evidence = g->cfg.evidence};
    es_prng_init(&cfg.prng, es_prng_next(&g->prng), g->cfg.instance,
                 ES_SLICE_LIT("coap"));
    ch->endpoint = es_coap_endpoint_new(g->arena, &cfg);
    es_coap_endpoint_set_automatic(ch->endpoint, !ch->leaves_unacknowledged);
    ch->is_open = true;
}

struct es_channel *es_stage_channel(struct es_stage *g, const struct es_step *step,
                                    bool quiet)
{
    struct es_channel *found = NULL;
    for (struct es_channel *ch = g->channels; ch && !found; ch = ch->next) {
        bool meant = step->on == ES_SLOT_NONE || step->on == ch->slot;
        found = meant && ch->filter ? ch : NULL;
    }
    if (!found && !quiet) {
        es_stage_trouble(g, step, ES_VERDICT_INCONCLUSIVE,
                         "there is no open session to the peer");
    }
    return found;
}

void es_stage_close(struct es_stage *g, struct es_channel *ch)
{
    if (ch->filter) {
        es_filter_close(ch->filter, g->now);
        ch->filter = NULL;
        ch->is_open = false;
    }
}

void es_stage_abandon(struct es_stage *g, struct es_channel *ch)
{
    if (ch->filter) {
        es_filter_close(ch->udp, g->now);
        ch->filter = NULL;
        ch->is_open = false;
    }
}

void es_stage_close_all(struct es_stage *g)
{
    es_stage_stop_listening(g);
    for (struct es_channel *ch = g->channels; ch; ch = ch->next) {
        es_stage_close(g, ch);
    }
}

void es_stage_keep(struct es_stage *g, const struct es_event *event)
{
    if (event->kind == ES_EVENT_MESSAGE) {
        ES_PUSH(g->arena, &event->channel->kept, event->incoming);
    }
}

const struct es_coap_incoming *es_stage_take_kept(struct es_channel *ch)
{
    if (ch->kept.n == 0) {
        return NULL;
    }
    const struct es_coap_incoming *oldest = ch->kept.at[0];
    ch->kept.n--;
    memmove(&ch->kept.at[0], &ch->kept.at[1], ch->kept.n * sizeof *ch->kept.at);
    return oldest;
}

/* Turns what a filter says into an event; false where it has nothing. */
static bool event_of(struct es_channel *ch, enum es_io io, struct es_event *event)
{
    switch (io) {
    case ES_IO_AGAIN:
        return false;
    case ES_IO_OK:
        event->kind = ES_EVENT_FILTER;
        return true;
    case ES_IO_CLOSED:
    case ES_IO_FAILED:
        break;
    }
    ch->ended = true;
    ch->reason = es_filter_reason(ch->filter);
    event->kind = ES_EVENT_ENDED;
    return true;
}

/* A peer that came by itself is taken in without a step's doing. */
static bool opening_event(struct es_stage *g, struct es_channel *ch,
                          struct es_event *event)
{
    enum es_io io = es_filter_open(ch->filter, g->now);
    if (io == ES_IO_OK) {
        es_stage_open(g, ch);
    }
    bool is_event = event_of(ch, io, event);
    if (is_event) {
        es_stage_settle(g, ch);
    }
    return is_event;
}

/* A server has nothing to keep of a session that has ended; the address of the peer counts as
 * new again. */
static void release(struct es_stage *g, struct es_channel *ch)
{
    if (ch->listening && ch->ended) {
        es_stage_close(g, ch);
    }
}

static bool channel_event(struct es_stage *g, struct es_channel *ch,
                          struct es_event *event)
{
    *event = (struct es_event){.channel = ch};
    if (!ch->filter || ch->ended) {
        return false;
    }
    if (!ch->is_open && ch->listening) {
        return opening_event(g, ch, event);
    }
    if (!ch->is_open) {
        return event_of(ch, es_filter_open(ch->filter, g->now), event);
    }
    /* A spare one is kept: most looks find nothing. */
    if (!g->incoming) {
        g->incoming = ES_NEW(g->arena, struct es_coap_incoming);
    }
    struct es_coap_incoming *in = g->incoming;
    enum es_io io = es_coap_endpoint_recv(ch->endpoint, g->arena, in, g->now);
    if (io == ES_IO_OK) {
        g->incoming = NULL;
        event->kind = ES_EVENT_MESSAGE;
        event->incoming = in;
        if (in->kind != ES_COAP_MALFORMED && in->message.type == ES_COAP_CON) {
            ch->last_con = &in->message;
        }
        return !ch->service || es_stage_serve(g, ch, in, event);
    }
    bool is_event = event_of(ch, io, event);
    release(g, ch);
    return is_event;
}

bool es_stage_next_event(struct es_stage *g, struct es_event *event)
{
    es_stage_answer_rest(g);
    es_stage_accept(g);
    for (struct es_channel *ch = g->channels; ch; ch = ch->next) {
        if (channel_event(g, ch, event)) {
            return true;
        }
    }
    return false;
}

void es_stage_watch(struct es_stage *g, struct es_loop *loop)
{
    es_loop_until(loop, g->wake);
    for (size_t i = 0; i < g->ports_n; i++) {
        es_loop_watch(loop, es_listener_fd(g->ports[i].listener));
    }
    for (struct es_channel *ch = g->channels; ch; ch = ch->next) {
        if (!ch->filter || ch->ended) {
            continue;
        }
        es_loop_watch(loop, es_filter_fd(ch->filter));
        es_loop_until(loop, es_filter_next_deadline(ch->filter));
        if (ch->endpoint) {
            es_loop_until(loop, es_coap_endpoint_next_deadline(ch->endpoint));
        }
        if (ch->service) {
            es_loop_until(loop, es_coap_service_next_deadline(ch->service));
        }
    }
}

void es_stage_on_deadline(struct es_stage *g)
{
    if (g->wake <= g->now) {
        g->wake = ES_USEC_NEVER;
    }
    for (struct es_channel *ch = g->channels; ch; ch = ch->next) {
        if (!ch->filter || ch->ended) {
            continue;
        }
        es_filter_on_deadline(ch->filter, g->now);
        if (ch->endpoint && es_coap_endpoint_next_deadline(ch->endpoint) <= g->now) {
            es_coap_endpoint_on_deadline(ch->endpoint, g->now);
        }
        if (ch->service && es_coap_service_next_deadline(ch->service) <= g->now) {
            es_coap_service_on_deadline(ch->service, g->now);
        }
    }
}
