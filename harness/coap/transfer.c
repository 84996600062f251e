/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "coap/transfer.h"

#include "base/assert.h"
#include "base/vector.h"
#include "coap/transfer_int.h"

#include <stdarg.h>

enum { TOKEN_BYTES = 2 };

enum es_transfer_progress es_transfer_end(struct es_transfer *t,
                                          enum es_transfer_progress how)
{
    t->end = how;
    if (t->current) {
        es_coap_endpoint_cancel(t->endpoint, t->current->mid);
    }
    return how;
}

enum es_transfer_progress es_transfer_break(struct es_transfer *t, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    t->result.broken = es_arena_vprintf(t->arena, fmt, args);
    va_end(args);
    return es_transfer_end(t, ES_TRANSFER_BROKEN);
}

static void copy_request(struct es_transfer *t, const struct es_coap_request *request)
{
    t->request = *request;
    t->request.head = *es_coap_message_dup(t->arena, &request->head);
    t->request.body = es_arena_dup(t->arena, request->body);
}

struct es_coap_transfer *es_coap_transfer_start(struct es_coap_endpoint *e,
                                                struct es_arena *arena,
                                                const struct es_coap_request *request,
                                                es_usec now)
{
    struct es_transfer *t = ES_NEW(arena, struct es_transfer);
    t->endpoint = e;
    t->arena = arena;
    t->end = ES_TRANSFER_WAITING;
    copy_request(t, request);
    t->token = request->has_token ? t->request.head.token
                                  : es_coap_endpoint_token(e, TOKEN_BYTES);
    t->is_upload = request->has_body && request->block1_size;
    t->has_szx2 = request->block2_size != 0;
    bool sizes_are_valid =
        (!t->is_upload || es_coap_szx_of_size(request->block1_size, &t->szx1)) &&
        (!t->has_szx2 || es_coap_szx_of_size(request->block2_size, &t->szx2));
    es_assert(sizes_are_valid);
    es_assert(t->has_szx2 || request->first_block2 == 0);
    t->want = (uint64_t)request->first_block2 << (t->szx2 + 4);
    es_transfer_send_next(t, now);
    return t->end == ES_TRANSFER_WAITING ? &t->result : NULL;
}

/* A response of this transfer: record it, then go on or end. */
static enum es_transfer_progress record(struct es_transfer *t,
                                        const struct es_coap_message *m,
                                        bool mid_matches, es_usec now)
{
    struct es_coap_seen seen = {
        .request = t->current,
        .message = es_coap_message_dup(t->arena, m),
        .has_empty_ack = t->has_empty_ack,
        .ack_packet = t->ack_packet,
        .token_matches = es_slice_eq(m->token, t->current->token),
        .mid_matches = mid_matches,
    };
    es_transfer_describe(t, &seen);
    t->result.seen = es_vector_grow(t->arena, t->result.seen, t->result.seen_n,
                                    &t->seen_room, sizeof seen);
    t->result.seen[t->result.seen_n++] = seen;
    if (!seen.token_matches) {
        return es_transfer_break(t,
                                 "the piggybacked response does not carry the token of "
                                 "its request (RFC 7252, 5.3.2)");
    }
    if (!mid_matches) {
        return es_transfer_break(t,
                                 "the piggybacked response does not carry the message "
                                 "ID of its request (RFC 7252, 5.3.2)");
    }
    es_coap_endpoint_cancel(t->endpoint, t->current->mid);
    return es_transfer_go_on(t, &seen, now);
}

static bool is_mid_of_transfer(const struct es_transfer *t, uint16_t mid)
{
    for (size_t i = t->mids.n; i-- > 0;) {
        if (t->mids.at[i] == mid) {
            return true;
        }
    }
    return false;
}

static enum es_transfer_progress take_acknowledgement(struct es_transfer *t,
                                                      const struct es_coap_incoming *in,
                                                      es_usec now)
{
    const struct es_coap_message *m = &in->message;
    if (m->mid != t->current->mid) {
        if (is_mid_of_transfer(t, m->mid)) {
            return ES_TRANSFER_WAITING;
        }
        bool is_astray = !in->answers && es_coap_code_is_response(m->code) &&
                         es_slice_eq(m->token, t->current->token);
        return is_astray ? record(t, m, false, now) : ES_TRANSFER_OTHER;
    }
    if (m->code == ES_COAP_EMPTY) {
        t->has_empty_ack = true;
        t->ack_packet = m->packet;
        return ES_TRANSFER_WAITING;
    }
    /* An ACK with a request or a reserved class is ignored silently (RFC 7252, 4.2). */
    return es_coap_code_is_response(m->code) ? record(t, m, true, now)
                                             : ES_TRANSFER_OTHER;
}

static enum es_transfer_progress take_reset(struct es_transfer *t,
                                            const struct es_coap_message *m)
{
    if (!is_mid_of_transfer(t, m->mid) || m->code != ES_COAP_EMPTY) {
        return ES_TRANSFER_OTHER;
    }
    if (m->mid != t->current->mid) {
        return ES_TRANSFER_WAITING;
    }
    t->result.rst = es_coap_message_dup(t->arena, m);
    return es_transfer_end(t, ES_TRANSFER_GIVEN_UP);
}

static enum es_transfer_progress take_separate(struct es_transfer *t,
                                               const struct es_coap_incoming *in,
                                               es_usec now)
{
    const struct es_coap_message *m = &in->message;
    bool repeated = in->kind == ES_COAP_DUPLICATE && in->identical;
    if (!es_coap_code_is_response(m->code)) {
        return ES_TRANSFER_OTHER;
    }
    if (!repeated && es_slice_eq(m->token, t->current->token)) {
        return record(t, m, true, now);
    }
    for (size_t i = 0; repeated && i < t->result.seen_n; i++) {
        if (es_slice_eq(m->raw, t->result.seen[i].message->raw)) {
            return ES_TRANSFER_WAITING;
        }
    }
    return ES_TRANSFER_OTHER;
}

/* Ours if the header that could be read says so. */
static enum es_transfer_progress take_malformed(struct es_transfer *t,
                                                const struct es_coap_incoming *in)
{
    const struct es_coap_message *m = &in->message;
    bool is_ours = m->type == ES_COAP_ACK
                       ? m->mid == t->current->mid && m->raw.n >= 4
                       : m->token.n > 0 && es_slice_eq(m->token, t->current->token);
    if (!is_ours) {
        return ES_TRANSFER_OTHER;
    }
    return es_transfer_break(t, "the response is malformed at byte %zu: %s", in->offset,
                             in->reason);
}

enum es_transfer_progress es_coap_transfer_take(struct es_coap_transfer *transfer,
                                                const struct es_coap_incoming *in,
                                                es_usec now)
{
    struct es_transfer *t = (struct es_transfer *)transfer;
    if (t->end != ES_TRANSFER_WAITING) {
        return ES_TRANSFER_OTHER;
    }
    if (in->kind == ES_COAP_MALFORMED) {
        return take_malformed(t, in);
    }
    switch (in->message.type) {
    case ES_COAP_ACK:
        return take_acknowledgement(t, in, now);
    case ES_COAP_RST:
        return take_reset(t, &in->message);
    case ES_COAP_CON:
    case ES_COAP_NON:
        return take_separate(t, in, now);
    }
    return ES_TRANSFER_OTHER;
}

enum es_transfer_progress es_coap_transfer_check(struct es_coap_transfer *transfer)
{
    struct es_transfer *t = (struct es_transfer *)transfer;
    if (t->end == ES_TRANSFER_WAITING &&
        es_coap_endpoint_has_given_up(t->endpoint, t->current->mid)) {
        return es_transfer_end(t, ES_TRANSFER_GIVEN_UP);
    }
    return t->end;
}

void es_coap_transfer_abandon(struct es_coap_transfer *transfer)
{
    struct es_transfer *t = (struct es_transfer *)transfer;
    if (t->end == ES_TRANSFER_WAITING) {
        es_transfer_break(t, "abandoned");
    }
}
