/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/assert.h"
#include "coap/service_int.h"

#include <string.h>

enum { SIZE_DEFAULT = 1024, SZX_LARGEST = 6 };

/* Header, token and options of an answer. */
enum { HEAD_ROOM = 64 };

/* RFC 7252, 5.2.2: before the client repeats itself it should hear of us. */
#define ACK_AFTER ES_USEC_PER_S

/* What goes into one message of the answer. */
struct part {
    struct es_coap_block block;
    struct es_slice bytes;
    bool has_option, other_etag;
};

/* The size of the blocks: ours, or the client's wish if that is smaller. */
static uint8_t choose_size(const struct es_service_entry *x,
                           const struct es_coap_message *m)
{
    struct es_coap_block wish;
    uint8_t szx = SZX_LARGEST;
    es_coap_szx_of_size(x->reply.size ? x->reply.size : SIZE_DEFAULT, &szx);
    bool wished = es_coap_block_get(m, ES_COAP_OPT_BLOCK2, &wish);
    return wished && !x->reply.insists && wish.szx < szx ? wish.szx : szx;
}

static void cut(const struct es_service_entry *x, struct part *p, uint64_t at)
{
    size_t size = es_coap_block_size(p->block);
    uint64_t from = at - (x->missing && at > 0 ? x->missing : 0);
    p->bytes = from < x->reply.body.n ? es_slice_sub(x->reply.body, (size_t)from, size)
                                      : ES_SLICE_NONE;
    p->block.num = (uint32_t)(at / size);
    p->block.m = from + p->bytes.n < x->reply.body.n;
}

/* Makes the block wrong in the way the reply wants. */
static void deviate(struct es_service_entry *x, struct part *p, uint64_t at)
{
    size_t size = es_coap_block_size(p->block);
    switch (x->reply.deviation) {
    case ES_DEVIATE_NUMBER:
        p->block.num++;
        break;
    case ES_DEVIATE_LARGER:
        p->block.szx = (uint8_t)(p->block.szx + (p->block.szx < SZX_LARGEST));
        x->szx2 = p->block.szx;
        cut(x, p, at);
        break;
    case ES_DEVIATE_SMALLER:
        p->block.szx = (uint8_t)(p->block.szx - (p->block.szx > 0));
        x->szx2 = p->block.szx;
        cut(x, p, at);
        break;
    case ES_DEVIATE_NO_OPTION:
        p->has_option = false;
        break;
    case ES_DEVIATE_SKIP:
        cut(x, p, at + size);
        break;
    case ES_DEVIATE_REPEAT:
        cut(x, p, at >= size ? at - size : 0);
        break;
    case ES_DEVIATE_MORE:
        p->block.m = true;
        break;
    case ES_DEVIATE_LAST:
        p->block.m = false;
        break;
    case ES_DEVIATE_SHORT:
        /* Who joins what comes, without a look at its length, gets the right body. */
        x->missing = p->bytes.n > 0;
        p->bytes = es_slice_sub(p->bytes, 0, p->bytes.n - x->missing);
        break;
    case ES_DEVIATE_RESERVED:
        p->block.szx = ES_COAP_SZX_RESERVED;
        break;
    case ES_DEVIATE_NOT:
    case ES_DEVIATE_CODE:
    case ES_DEVIATE_SILENT:
    case ES_DEVIATE_ETAG:
    case ES_DEVIATE_FINAL:
    case ES_DEVIATE_TWICE:
        break;
    }
}

/* The last block counts as the one where M may lie. */
static bool is_due(const struct es_service_entry *x, const struct part *p)
{
    if (x->reply.deviation == ES_DEVIATE_NOT || x->is_broken) {
        return false;
    }
    return x->reply.deviation == ES_DEVIATE_MORE ? !p->block.m
                                                 : p->block.num == x->reply.block;
}

static struct es_slice another_etag(struct es_coap_service *v,
                                    const struct es_coap_message *m)
{
    const struct es_coap_option *o = es_coap_option_find(m, ES_COAP_OPT_ETAG, 0);
    uint8_t bytes[8] = {0xe7, 0xa6};
    size_t n = o && o->value.n && o->value.n <= sizeof bytes ? o->value.n : 2;
    if (o && o->value.n == n) {
        memcpy(bytes, o->value.p, n);
    }
    bytes[n - 1] ^= 0xff;
    return es_arena_dup(v->arena, es_slice_make(bytes, n));
}

/* The part of the answer that m asks for; false where that is beyond its end. */
static bool find_part(struct es_service_entry *x, const struct es_coap_message *m,
                      struct part *p)
{
    struct es_coap_block wish;
    bool wished = es_coap_block_get(m, ES_COAP_OPT_BLOCK2, &wish);
    uint64_t at = wished ? es_coap_block_offset(wish) : 0;
    if (at == 0) {
        x->szx2 = choose_size(x, m);
    } else if (wish.szx < x->szx2 && !x->reply.insists) {
        x->szx2 = wish.szx;
    }
    p->block.szx = x->szx2;
    cut(x, p, at);
    x->sent_until = at + p->bytes.n;
    p->has_option = wished || x->reply.body.n > es_coap_block_size(p->block);
    if (at > 0 && at >= x->reply.body.n + x->missing) {
        return false;
    }
    if (is_due(x, p)) {
        deviate(x, p, at);
        x->is_broken = true;
    }
    p->other_etag = x->is_broken && x->reply.deviation == ES_DEVIATE_ETAG;
    return true;
}

static void add_options(struct es_coap_service *v, struct es_service_entry *x,
                        const struct es_coap_message *request, const struct part *p,
                        struct es_coap_message *m)
{
    struct es_coap_block b;
    if (p->other_etag) {
        struct es_slice etag = another_etag(v, m);
        es_coap_option_remove(m, ES_COAP_OPT_ETAG);
        es_service_add_option(m, ES_COAP_OPT_ETAG, etag);
    }
    if (p->has_option) {
        es_service_add_option(m, ES_COAP_OPT_BLOCK2,
                              es_coap_block_encode(v->arena, p->block));
    }
    if (x->has_block1 && es_coap_block_get(request, ES_COAP_OPT_BLOCK1, &b)) {
        es_service_add_option(m, ES_COAP_OPT_BLOCK1, es_coap_block_encode(v->arena, b));
    }
}

static void note_sent(struct es_service_entry *x, const struct es_coap_message *m,
                      bool is_last)
{
    x->asked.sent = x->asked.sent ? x->asked.sent : m;
    x->asked.sent_last = m;
    x->asked.blocks_sent++;
    bool is_spoilt = x->is_broken && x->reply.deviation != ES_DEVIATE_TWICE;
    x->asked.is_done = x->asked.is_done || is_last || is_spoilt;
}

/* Whether the message just made is the one to go out twice. */
static bool is_to_be_repeated(const struct es_service_entry *x, bool was_broken)
{
    return x->reply.deviation == ES_DEVIATE_TWICE && x->is_broken && !was_broken;
}

/* The message that carries the part m asks for; NULL: it is to be left unanswered. */
static struct es_coap_message *make(struct es_coap_service *v,
                                    struct es_service_entry *x,
                                    const struct es_coap_message *request,
                                    bool *is_last)
{
    struct part p = {0};
    struct es_coap_message *m = ES_NEW(v->arena, struct es_coap_message);
    bool was_broken = x->is_broken;
    *is_last = false;
    if (!find_part(x, request, &p)) {
        m->code = ES_COAP_CODE(4, 0);
        return m;
    }
    bool now_broken = x->is_broken && !was_broken;
    if (now_broken && x->reply.deviation == ES_DEVIATE_SILENT) {
        x->asked.is_done = true;
        return NULL;
    }
    if (now_broken && x->reply.deviation == ES_DEVIATE_CODE) {
        m->code = x->reply.code;
        return m;
    }
    *m = x->reply.head;
    m->payload = p.bytes;
    add_options(v, x, request, &p, m);
    *is_last = !p.block.m;
    return m;
}

void es_service_send_block(struct es_coap_service *v, struct es_service_entry *x,
                           const struct es_coap_message *request, es_usec now)
{
    bool is_last, was_broken = x->is_broken;
    struct es_coap_message *m = make(v, x, request, &is_last);
    if (!m) {
        return;
    }
    if (x->reply.has_token) {
        struct es_coap_message *odd = es_coap_message_dup(v->arena, request);
        odd->token = x->reply.head.token;
        request = odd;
    }
    es_service_respond(v, request, m, now);
    if (is_to_be_repeated(x, was_broken)) {
        es_service_send_again(v, m, now);
    }
    note_sent(x, m, is_last);
}

static void send_empty(struct es_coap_service *v, const struct es_coap_message *request,
                       enum es_coap_type type, es_usec now)
{
    struct es_coap_message *m = ES_NEW(v->arena, struct es_coap_message);
    m->type = type;
    m->mid = request->mid;
    if (request->type == ES_COAP_CON || type == ES_COAP_RST) {
        (void)es_coap_endpoint_send(v->endpoint, m, true, now);
    }
}

static void send_separately(struct es_coap_service *v, struct es_service_entry *x,
                            es_usec now)
{
    bool is_last, was_broken = x->is_broken;
    const struct es_coap_message *request = x->asked.last;
    struct es_coap_message *m = make(v, x, request, &is_last);
    if (!m) {
        return;
    }
    bool confirmable =
        request->type == ES_COAP_CON && x->reply.style != ES_STYLE_SEPARATE_NON;
    m->type = confirmable ? ES_COAP_CON : ES_COAP_NON;
    m->mid = es_coap_endpoint_mid(v->endpoint);
    m->token = x->reply.has_token ? x->reply.head.token : request->token;
    m->has_payload = m->payload.n > 0;
    (void)es_coap_endpoint_send(v->endpoint, m, x->reply.once, now);
    if (is_to_be_repeated(x, was_broken)) {
        es_service_send_again(v, m, now);
    }
    note_sent(x, m, is_last);
    if (x->reply.style == ES_STYLE_CROSSED) {
        send_empty(v, request, ES_COAP_ACK, now);
    }
}

static void send_decoy(struct es_coap_service *v, const struct es_service_entry *x,
                       es_usec now)
{
    static const uint8_t other[] = {0xde, 0xc0, 0x75};
    const struct es_coap_message *request = x->asked.last;
    struct es_coap_message *m = ES_NEW(v->arena, struct es_coap_message);
    bool by_mid = x->reply.decoy == ES_DECOY_MID;
    m->type = ES_COAP_ACK;
    m->code = x->reply.decoy_code;
    m->mid = by_mid ? es_coap_endpoint_mid(v->endpoint) : request->mid;
    m->token = by_mid ? request->token : es_slice_make(other, sizeof other);
    (void)es_coap_endpoint_send(v->endpoint, m, true, now);
}

/* Gives the answer, now that its time has come. */
static void perform(struct es_coap_service *v, struct es_service_entry *x, es_usec now)
{
    const struct es_coap_message *request = x->asked.last;
    x->answer_at = ES_USEC_NEVER;
    switch (x->reply.kind) {
    case ES_REPLY_MESSAGE:
        break;
    case ES_REPLY_EMPTY:
        send_empty(v, request, ES_COAP_ACK, now);
        x->asked.is_done = true;
        return;
    case ES_REPLY_RST:
        send_empty(v, request, ES_COAP_RST, now);
        x->asked.is_done = true;
        return;
    case ES_REPLY_NONE:
        x->asked.is_done = true;
        return;
    }
    if (x->reply.decoy != ES_DECOY_NONE) {
        send_decoy(v, x, now);
    }
    if (x->reply.style == ES_STYLE_AUTO || x->reply.style == ES_STYLE_PIGGYBACK) {
        es_service_send_block(v, x, request, now);
    } else {
        send_separately(v, x, now);
    }
}

void es_coap_service_limit(struct es_coap_service *v, size_t room)
{
    v->size_max = SIZE_DEFAULT;
    while (v->size_max > 16 && (size_t)v->size_max + HEAD_ROOM > room) {
        v->size_max /= 2;
    }
}

static void limit_size(const struct es_coap_service *v, struct es_coap_reply *r)
{
    uint16_t size = r->size ? r->size : SIZE_DEFAULT;
    r->size = v->size_max && size > v->size_max ? v->size_max : r->size;
}

void es_coap_service_answer(struct es_coap_service *v, struct es_coap_asked *asked,
                            const struct es_coap_reply *reply, es_usec now)
{
    struct es_service_entry *x = (struct es_service_entry *)asked;
    es_assert(asked->state == ES_ASKED_WHOLE);
    asked->state = ES_ASKED_ANSWERED;
    x->reply = *reply;
    x->reply.body = es_arena_dup(v->arena, reply->body);
    x->reply.head = *es_coap_message_dup(v->arena, &reply->head);
    limit_size(v, &x->reply);
    x->answer_at = asked->time + reply->delay;
    if (x->reply.style == ES_STYLE_AUTO && reply->kind == ES_REPLY_MESSAGE &&
        x->answer_at > now + ACK_AFTER) {
        x->reply.style = ES_STYLE_SEPARATE;
        x->ack_at = now + ACK_AFTER / 2;
    }
    bool at_once =
        reply->style == ES_STYLE_SEPARATE || reply->style == ES_STYLE_SEPARATE_NON;
    if (at_once && reply->kind == ES_REPLY_MESSAGE) {
        send_empty(v, asked->last, ES_COAP_ACK, now);
    }
    if (x->answer_at <= now) {
        perform(v, x, now);
    }
}

es_usec es_coap_service_next_deadline(const struct es_coap_service *v)
{
    es_usec next = ES_USEC_NEVER;
    for (struct es_coap_asked *k = es_coap_service_first(v); k; k = k->next) {
        const struct es_service_entry *x = (const struct es_service_entry *)k;
        next = x->answer_at < next ? x->answer_at : next;
        next = x->ack_at < next ? x->ack_at : next;
    }
    return next;
}

void es_coap_service_on_deadline(struct es_coap_service *v, es_usec now)
{
    for (struct es_coap_asked *k = es_coap_service_first(v); k; k = k->next) {
        struct es_service_entry *x = (struct es_service_entry *)k;
        if (x->ack_at <= now) {
            x->ack_at = ES_USEC_NEVER;
            send_empty(v, k->last, ES_COAP_ACK, now);
        }
        if (x->answer_at <= now) {
            perform(v, x, now);
        }
    }
}
