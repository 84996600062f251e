/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "endpoint.h"

#include "host.h"

#include <string.h>

void es_endpoint_open(struct es_endpoint *e)
{
    es_random(&e->next_mid, sizeof e->next_mid);
    e->seen = es_memory_new(ES_SEEN_COUNT * sizeof *e->seen);
}

void es_endpoint_close(struct es_endpoint *e)
{
    for (size_t i = 0; e->seen != NULL && i < ES_SEEN_COUNT; i++) {
        es_octets_free(&e->seen[i].answer);
    }
    es_memory_free(e->seen);
    for (size_t i = 0; i < e->outgoing_count; i++) {
        es_octets_free(&e->outgoing[i].message);
    }
    *e = (struct es_endpoint){.seen = NULL};
}

static void send_empty(struct es_endpoint *e, enum es_type type, uint16_t mid)
{
    struct es_octets message = {NULL, 0, 0};
    es_empty_write(type, mid, &message);
    e->send(e->context, es_octets_view(&message));
    es_octets_free(&message);
}

static struct es_seen *find_seen(struct es_endpoint *e, uint16_t mid, uint64_t now_ms)
{
    for (size_t i = 0; i < ES_SEEN_COUNT; i++) {
        struct es_seen *s = &e->seen[i];
        if (s->until_ms > now_ms && s->mid == mid) {
            return s;
        }
    }
    return NULL;
}

static struct es_seen *remember(struct es_endpoint *e, uint16_t mid, uint64_t now_ms)
{
    struct es_seen *s = &e->seen[e->seen_next];
    e->seen_next = (e->seen_next + 1) % ES_SEEN_COUNT;
    s->mid = mid;
    s->until_ms = now_ms + ES_EXCHANGE_LIFETIME_MS;
    es_octets_clear(&s->answer);
    return s;
}

/* ACK or RST: both end the retransmission of what they answer. */
static void settle(struct es_endpoint *e, uint16_t mid)
{
    for (size_t i = 0; i < e->outgoing_count; i++) {
        struct es_outgoing *o = &e->outgoing[i];
        if (o->mid == mid && o->sent > 0) {
            es_octets_free(&o->message);
            e->outgoing_count--;
            memmove(o, o + 1, (e->outgoing_count - i) * sizeof *o);
            return;
        }
    }
}

static void queue(struct es_endpoint *e, const struct es_request *request,
                  const struct es_response *response, uint64_t now_ms)
{
    struct es_outgoing *o = &e->outgoing[e->outgoing_count++];
    uint16_t chance;
    es_random(&chance, sizeof chance);
    *o = (struct es_outgoing){
        .mid = e->next_mid++,
        .due_ms = now_ms + response->delay_ms,
        .timeout_ms = ES_ACK_TIMEOUT_MS + chance % ES_ACK_SPREAD_MS,
    };
    es_pdu_write(request, response, ES_TYPE_CON, o->mid, &o->message);
}

static void answer(struct es_endpoint *e, const struct es_request *request,
                   struct es_response *response, uint64_t now_ms)
{
    struct es_seen *s = remember(e, request->head.mid, now_ms);
    struct es_octets non = {NULL, 0, 0};
    if (request->head.type == ES_TYPE_NON) {
        es_pdu_write(request, response, ES_TYPE_NON, e->next_mid++, &non);
        e->send(e->context, es_octets_view(&non));
        es_octets_free(&non);
    } else if (response->slow && e->outgoing_count < ES_OUTGOING_MAX) {
        es_empty_write(ES_TYPE_ACK, request->head.mid, &s->answer);
        e->send(e->context, es_octets_view(&s->answer));
        queue(e, request, response, now_ms);
    } else {
        es_pdu_write(request, response, ES_TYPE_ACK, request->head.mid, &s->answer);
        e->send(e->context, es_octets_view(&s->answer));
    }
}

static void take_request(struct es_endpoint *e, const struct es_request *request,
                         uint64_t now_ms)
{
    const struct es_seen *known = find_seen(e, request->head.mid, now_ms);
    if (known != NULL) {
        if (known->answer.n > 0 && request->head.type == ES_TYPE_CON) {
            e->send(e->context, es_octets_view(&known->answer));
        }
        return;
    }
    /* RFC 7252, 5.4.1: in a NON, 4.02 is not said; the message is dropped (4.3). */
    if (request->head.type == ES_TYPE_NON && request->has_unknown_critical) {
        remember(e, request->head.mid, now_ms);
        return;
    }
    struct es_response response = e->serve(e->context, request);
    answer(e, request, &response, now_ms);
    es_octets_free(&response.payload);
}

void es_endpoint_receive(struct es_endpoint *e, struct es_bytes datagram,
                         uint64_t now_ms)
{
    struct es_request request;
    enum es_sense sense = es_pdu_read(datagram, &request);
    if (sense == ES_SENSE_FOREIGN) {
        return;
    }
    if (request.head.type == ES_TYPE_ACK || request.head.type == ES_TYPE_RST) {
        if (sense == ES_SENSE_OK && request.head.code == ES_EMPTY) {
            settle(e, request.head.mid);
        }
        return;
    }
    bool is_request = request.head.code != ES_EMPTY && request.head.code >> 5 == 0;
    if (sense == ES_SENSE_OK && is_request) {
        take_request(e, &request, now_ms);
    } else if (request.head.type == ES_TYPE_CON) {
        /* A ping, a reserved class, a response nobody asked for, or not well-formed. */
        send_empty(e, ES_TYPE_RST, request.head.mid);
    }
}

/* One at a time (NSTART is 1): the first of the queue until it is settled. */
uint64_t es_endpoint_tick(struct es_endpoint *e, uint64_t now_ms)
{
    while (e->outgoing_count > 0) {
        struct es_outgoing *o = &e->outgoing[0];
        if (o->due_ms > now_ms) {
            return o->due_ms;
        }
        if (o->sent == ES_TRANSMISSIONS) {
            es_log("nobody acknowledged response %u", (unsigned int)o->mid);
            settle(e, o->mid);
            continue;
        }
        e->send(e->context, es_octets_view(&o->message));
        o->sent++;
        o->due_ms = now_ms + o->timeout_ms;
        o->timeout_ms *= 2;
    }
    return UINT64_MAX;
}
