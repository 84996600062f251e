/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/assert.h"
#include "base/vector.h"
#include "coap/transfer_int.h"

#include <string.h>

enum { TOKEN_BYTES = 2, BODY_MAX = 16 << 20 };

static void add_option(struct es_coap_message *m, uint32_t number,
                       struct es_slice value)
{
    bool added = es_coap_option_add(m, number, value);
    es_assert(added);
}

static void add_block2(struct es_transfer *t, struct es_coap_message *m)
{
    struct es_coap_block b = {.num = (uint32_t)(t->want >> (t->szx2 + 4)),
                              .szx = t->szx2};
    add_option(m, ES_COAP_OPT_BLOCK2, es_coap_block_encode(t->arena, b));
}

/* A request whose payload is a block of the body (RFC 7959, 2.5). The wish for a block size
 * of the response goes with the last one (RFC 7959, Figure 11). */
static void add_upload(struct es_transfer *t, struct es_coap_message *m)
{
    struct es_coap_block b = {.num = (uint32_t)(t->upload_at >> (t->szx1 + 4)),
                              .szx = t->szx1};
    size_t size = es_coap_block_size(b);
    m->payload = es_slice_sub(t->request.body, (size_t)t->upload_at, size);
    b.m = t->upload_at + m->payload.n < t->request.body.n;
    add_option(m, ES_COAP_OPT_BLOCK1, es_coap_block_encode(t->arena, b));
    if (b.num > 0) {
        es_coap_option_remove(m, ES_COAP_OPT_IF_NONE_MATCH);
    }
    if (!b.m && t->has_szx2) {
        add_block2(t, m);
    }
}

/* A request for a further block of the response: no payload (RFC 7959, 2.7, 3.3), and nothing
 * that only made sense the first time. */
static void add_fetch(struct es_transfer *t, struct es_coap_message *m)
{
    es_coap_option_remove(m, ES_COAP_OPT_OBSERVE);
    es_coap_option_remove(m, ES_COAP_OPT_SIZE1);
    es_coap_option_remove(m, ES_COAP_OPT_SIZE2);
    add_block2(t, m);
}

static void add_whole(struct es_transfer *t, struct es_coap_message *m)
{
    m->payload = t->request.has_body ? t->request.body : ES_SLICE_NONE;
    if (t->has_szx2) {
        add_block2(t, m);
    }
}

enum es_transfer_progress es_transfer_send_next(struct es_transfer *t, es_usec now)
{
    struct es_coap_message *m = ES_NEW(t->arena, struct es_coap_message);
    *m = t->request.head;
    m->mid = es_coap_endpoint_mid(t->endpoint);
    if (t->current && t->request.token_per_block) {
        t->token = es_coap_endpoint_token(t->endpoint, TOKEN_BYTES);
    }
    m->token = t->token;
    if (t->is_fetch) {
        add_fetch(t, m);
    } else if (t->is_upload) {
        add_upload(t, m);
    } else {
        add_whole(t, m);
    }
    m->has_payload = m->payload.n > 0;
    enum es_io io =
        es_coap_endpoint_send(t->endpoint, m, t->request.without_retransmission, now);
    if (io != ES_IO_OK && io != ES_IO_AGAIN) {
        return es_transfer_break(t, "%s", es_coap_endpoint_reason(t->endpoint));
    }
    t->current = m;
    t->has_empty_ack = false;
    t->ack_packet = 0;
    ES_PUSH(t->arena, &t->mids, m->mid);
    t->result.first_sent = t->result.first_sent ? t->result.first_sent : m;
    t->result.last_sent = m;
    t->result.blocks_sent++;
    return ES_TRANSFER_BLOCK;
}

void es_transfer_describe(const struct es_transfer *t, struct es_coap_seen *seen)
{
    const struct es_coap_message *m = seen->message;
    seen->is_block1 = es_coap_block_get(m, ES_COAP_OPT_BLOCK1, &seen->block1);
    seen->is_block2 = es_coap_block_get(m, ES_COAP_OPT_BLOCK2, &seen->block2);
    bool may_shrink = t->blocks == 1 && !t->has_szx2 && seen->block2.szx < t->szx2;
    seen->steady = t->blocks == 0 || seen->block2.szx == t->szx2 || may_shrink;
    seen->full = !seen->block2.m || m->payload.n == es_coap_block_size(seen->block2);
    seen->is_next = es_coap_block_offset(seen->block2) == t->want;
}

static void append(struct es_transfer *t, struct es_slice bytes)
{
    size_t n = t->result.body.n;
    if (bytes.n > t->body_room - n) {
        t->body_room = 2 * (n + bytes.n);
        uint8_t *larger = es_arena_alloc(t->arena, t->body_room);
        if (n) {
            memcpy(larger, t->body, n);
        }
        t->body = larger;
    }
    if (bytes.n) {
        memcpy(t->body + n, bytes.p, bytes.n);
    }
    t->result.body = es_slice_make(t->body, n + bytes.n);
}

/* The response stands alone: no block follows. */
static enum es_transfer_progress complete(struct es_transfer *t,
                                          const struct es_coap_seen *seen)
{
    append(t, seen->message->payload);
    return es_transfer_end(t, ES_TRANSFER_COMPLETE);
}

static enum es_transfer_progress break_number(struct es_transfer *t,
                                              const struct es_coap_seen *seen)
{
    return es_transfer_break(
        t, "block %u of %zu bytes came, but the one at byte %llu was asked for",
        (unsigned)seen->block2.num, es_coap_block_size(seen->block2),
        (unsigned long long)t->want);
}

/* Why a response cannot be the next block, or OTHER where it can. */
static enum es_transfer_progress refuse_block(struct es_transfer *t,
                                              const struct es_coap_seen *seen)
{
    const struct es_coap_message *m = seen->message;
    if (es_coap_code_class(m->code) != 2) {
        return es_transfer_break(t, "the request for the block at byte %llu got %s",
                                 (unsigned long long)t->want,
                                 es_coap_code_text(m->code, t->arena));
    }
    if (!seen->is_block2 && es_coap_option_count(m, ES_COAP_OPT_BLOCK2)) {
        return es_transfer_break(t, "Block2 is longer than 3 bytes (RFC 7959, 2.1)");
    }
    if (!seen->is_block2) {
        return es_transfer_break(
            t, "the response to the request for the block at byte %llu has no Block2",
            (unsigned long long)t->want);
    }
    if (seen->block2.szx == ES_COAP_SZX_RESERVED) {
        return es_transfer_break(
            t, "Block2 has the reserved size exponent 7 (RFC 7959, 2.2)");
    }
    return seen->is_next ? ES_TRANSFER_OTHER : break_number(t, seen);
}

/* Puts the block to the body and asks for the next one (RFC 7959, 2.4). */
static enum es_transfer_progress add_block(struct es_transfer *t,
                                           const struct es_coap_seen *seen, es_usec now)
{
    uint8_t later = 0;
    append(t, seen->message->payload);
    t->blocks++;
    if (!seen->block2.m || t->request.only_one_block) {
        return es_transfer_end(t, ES_TRANSFER_COMPLETE);
    }
    if (!seen->full) {
        return es_transfer_break(
            t,
            "block %u has %zu bytes instead of %zu though more follow "
            "(RFC 7959, 2.3)",
            (unsigned)seen->block2.num, seen->message->payload.n,
            es_coap_block_size(seen->block2));
    }
    t->want += seen->message->payload.n;
    t->szx2 = seen->block2.szx;
    if (es_coap_szx_of_size(t->request.block2_later_size, &later) && later < t->szx2) {
        t->szx2 = later;
    }
    t->is_fetch = true;
    if (t->want >> (t->szx2 + 4) > ES_COAP_BLOCK_NUM_MAX || t->want > BODY_MAX) {
        return es_transfer_break(t,
                                 "the body does not end: %llu bytes and more to come",
                                 (unsigned long long)t->want);
    }
    return es_transfer_send_next(t, now);
}

static enum es_transfer_progress take_response(struct es_transfer *t,
                                               const struct es_coap_seen *seen,
                                               es_usec now)
{
    const struct es_coap_message *m = seen->message;
    bool is_first = !t->is_fetch;
    if (m->code == ES_COAP_CONTINUE) {
        return es_transfer_break(
            t, "2.31 (Continue) where no block is left to send (RFC 7959, 2.9.1)");
    }
    bool is_whole = es_coap_option_count(m, ES_COAP_OPT_BLOCK2) == 0 && t->want == 0;
    if (is_first && (es_coap_code_class(m->code) != 2 || is_whole)) {
        return complete(t, seen);
    }
    enum es_transfer_progress refused = refuse_block(t, seen);
    return refused == ES_TRANSFER_OTHER ? add_block(t, seen, now) : refused;
}

/* A 4.13 that names a smaller size is a hint to try that (RFC 7959, 2.9.3). The size only
 * ever shrinks, so this ends. */
static bool hints_smaller(const struct es_transfer *t, const struct es_coap_seen *seen)
{
    return seen->message->code == ES_COAP_TOO_LARGE && seen->is_block1 &&
           seen->block1.szx < t->szx1;
}

/* A 4.13 with Block1 to a body in one message asks for it in blocks (RFC 7959, 2.9.3). */
static bool hints_blocks(const struct es_transfer *t, const struct es_coap_seen *seen)
{
    return !t->is_upload && t->request.has_body &&
           seen->message->code == ES_COAP_TOO_LARGE && seen->is_block1 &&
           seen->block1.szx != ES_COAP_SZX_RESERVED &&
           es_coap_block_size(seen->block1) < t->request.body.n;
}

/* A block that is not the last was taken: follow the server's size and send the next one,
 * counted in that size (RFC 7959, 2.3, 2.5). */
static enum es_transfer_progress upload_further(struct es_transfer *t,
                                                const struct es_coap_seen *seen,
                                                struct es_coap_block sent, es_usec now)
{
    if (seen->is_block1 && seen->block1.num != sent.num) {
        return es_transfer_break(t, "block %u was sent, but block %u acknowledged",
                                 (unsigned)sent.num, (unsigned)seen->block1.num);
    }
    if (seen->is_block1 && seen->block1.szx == ES_COAP_SZX_RESERVED) {
        return es_transfer_break(
            t, "Block1 has the reserved size exponent 7 (RFC 7959, 2.2)");
    }
    t->upload_at += t->current->payload.n;
    if (seen->is_block1 && seen->block1.szx < t->szx1) {
        t->szx1 = seen->block1.szx;
    }
    return es_transfer_send_next(t, now);
}

enum es_transfer_progress es_transfer_go_on(struct es_transfer *t,
                                            const struct es_coap_seen *seen,
                                            es_usec now)
{
    const struct es_coap_message *m = seen->message;
    struct es_coap_block sent;
    bool hinted = !t->is_fetch && hints_blocks(t, seen);
    bool in_blocks = es_coap_block_get(t->current, ES_COAP_OPT_BLOCK1, &sent);
    if (t->is_fetch || (!in_blocks && !hinted)) {
        return take_response(t, seen, now);
    }
    if (hinted || hints_smaller(t, seen)) {
        t->is_upload = true;
        t->szx1 = seen->block1.szx;
        t->upload_at = 0;
        return es_transfer_send_next(t, now);
    }
    if (!sent.m) {
        return take_response(t, seen, now);
    }
    if (es_coap_code_class(m->code) != 2) {
        return complete(t, seen);
    }
    /* Without 2.31 a server may act on each block by itself, and says so with Block1. */
    if (m->code != ES_COAP_CONTINUE && !seen->is_block1) {
        return es_transfer_break(
            t, "%s without Block1 to block %u, which is not the last",
            es_coap_code_text(m->code, t->arena), (unsigned)sent.num);
    }
    return upload_further(t, seen, sent, now);
}
