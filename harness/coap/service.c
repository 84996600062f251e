/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "coap/service.h"

#include "base/assert.h"
#include "base/vector.h"
#include "coap/service_int.h"

#include <string.h>

enum { URI_MAX = 1024, UPLOAD_MAX = 1 << 20 };

struct es_coap_service *es_coap_service_new(struct es_coap_endpoint *e,
                                            struct es_arena *arena)
{
    struct es_coap_service *v = ES_NEW(arena, struct es_coap_service);
    v->endpoint = e;
    v->arena = arena;
    return v;
}

unsigned es_coap_service_mids_reused(const struct es_coap_service *v)
{
    return v->mids_reused;
}

struct es_coap_asked *es_coap_service_first(const struct es_coap_service *v)
{
    return v->first ? &v->first->asked : NULL;
}

const char *es_coap_uri_text(const struct es_coap_message *m, struct es_arena *a)
{
    struct es_buf b;
    es_buf_build(&b, a, URI_MAX);
    for (size_t i = 0; i < es_coap_option_count(m, ES_COAP_OPT_URI_PATH); i++) {
        es_buf_u8(&b, '/');
        es_buf_put(&b, es_coap_option_find(m, ES_COAP_OPT_URI_PATH, i)->value);
    }
    if (b.n == 0) {
        es_buf_u8(&b, '/');
    }
    for (size_t i = 0; i < es_coap_option_count(m, ES_COAP_OPT_URI_QUERY); i++) {
        es_buf_u8(&b, i == 0 ? '?' : '&');
        es_buf_put(&b, es_coap_option_find(m, ES_COAP_OPT_URI_QUERY, i)->value);
    }
    return es_buf_cstr(&b);
}

static struct es_service_entry *entry_of(struct es_coap_asked *asked)
{
    return (struct es_service_entry *)asked;
}

/* The latest request of the same method and URI in this state. */
static struct es_service_entry *find(struct es_coap_service *v,
                                     const struct es_coap_message *m, const char *uri,
                                     enum es_asked_state state)
{
    struct es_service_entry *found = NULL;
    for (struct es_coap_asked *k = es_coap_service_first(v); k; k = k->next) {
        if (k->state == state && k->first->code == m->code &&
            strcmp(k->uri, uri) == 0) {
            found = entry_of(k);
        }
    }
    return found;
}

static struct es_service_entry *add(struct es_coap_service *v,
                                    const struct es_coap_message *m, const char *uri)
{
    struct es_service_entry *x = ES_NEW(v->arena, struct es_service_entry);
    x->asked.first = es_coap_message_dup(v->arena, m);
    x->asked.uri = uri;
    x->answer_at = x->ack_at = ES_USEC_NEVER;
    if (v->last) {
        v->last->asked.next = &x->asked;
    } else {
        v->first = x;
    }
    v->last = x;
    return x;
}

static void append(struct es_coap_service *v, struct es_service_entry *x,
                   struct es_slice bytes)
{
    size_t n = x->asked.body.n;
    if (bytes.n > x->room - n) {
        x->room = 2 * (n + bytes.n);
        uint8_t *larger = es_arena_alloc(v->arena, x->room);
        if (n) {
            memcpy(larger, x->bytes, n);
        }
        x->bytes = larger;
    }
    if (bytes.n) {
        memcpy(x->bytes + n, bytes.p, bytes.n);
    }
    x->asked.body = es_slice_make(x->bytes, n + bytes.n);
}

static struct es_coap_asked_block describe(const struct es_service_entry *x,
                                           const struct es_coap_message *m)
{
    struct es_coap_asked_block b = {
        .message = m, .steady = true, .full = true, .is_next = true};
    b.is_block1 = es_coap_block_get(m, ES_COAP_OPT_BLOCK1, &b.block1);
    b.is_block2 = es_coap_block_get(m, ES_COAP_OPT_BLOCK2, &b.block2);
    if (b.is_block1) {
        b.full = !b.block1.m || m->payload.n == es_coap_block_size(b.block1);
        b.is_next = es_coap_block_offset(b.block1) == x->asked.body.n;
        b.steady = b.block1.num == 0 || b.block1.szx == x->szx1;
    }
    b.is_fetch = b.is_block2 && b.block2.num > 0;
    if (b.is_fetch) {
        b.is_next = es_coap_block_offset(b.block2) == x->sent_until;
    }
    return b;
}

static void record(struct es_coap_service *v, struct es_service_entry *x,
                   const struct es_coap_message *m)
{
    const struct es_coap_message *copy = es_coap_message_dup(v->arena, m);
    struct es_coap_asked_block b = describe(x, copy);
    x->asked.time = m->time;
    if (!b.is_fetch) {
        x->asked.last = copy;
        x->has_block1 = b.is_block1;
    }
    ES_PUSH(v->arena, &x->asked.blocks, b);
}

void es_service_add_option(struct es_coap_message *m, uint32_t number,
                           struct es_slice value)
{
    bool added = es_coap_option_add(m, number, value);
    es_assert(added);
}

void es_service_respond(struct es_coap_service *v,
                        const struct es_coap_message *request,
                        struct es_coap_message *m, es_usec now)
{
    bool confirmable = request->type == ES_COAP_CON;
    m->type = confirmable ? ES_COAP_ACK : ES_COAP_NON;
    m->mid = confirmable ? request->mid : es_coap_endpoint_mid(v->endpoint);
    m->token = request->token;
    m->has_payload = m->payload.n > 0;
    /* What cannot be sent the client will ask for again. */
    (void)es_coap_endpoint_send(v->endpoint, m, true, now);
}

void es_service_send_again(struct es_coap_service *v, const struct es_coap_message *m,
                           es_usec now)
{
    uint32_t packet;
    (void)es_coap_endpoint_send_bytes(v->endpoint, m->raw, &packet, now);
}

void es_service_refuse(struct es_coap_service *v, const struct es_coap_message *request,
                       uint8_t code, es_usec now)
{
    struct es_coap_message *m = ES_NEW(v->arena, struct es_coap_message);
    m->code = code;
    es_service_respond(v, request, m, now);
}

/* Whether the policy deviates at this block, now. */
static bool deviates(struct es_coap_upload_policy *p, struct es_coap_block b)
{
    if (!p || p->deviation == ES_DEVIATE_NOT || p->block != b.num ||
        p->done >= (p->times ? p->times : 1)) {
        return false;
    }
    p->done++;
    return true;
}

static void add_block1(struct es_coap_service *v, struct es_coap_message *m,
                       struct es_coap_block b)
{
    es_service_add_option(m, ES_COAP_OPT_BLOCK1, es_coap_block_encode(v->arena, b));
}

/* The answer to a block that is not the last, with one thing wrong. */
static void continue_wrongly(struct es_coap_service *v,
                             const struct es_coap_message *in, struct es_coap_block b,
                             const struct es_coap_upload_policy *p, es_usec now)
{
    struct es_coap_message *m = ES_NEW(v->arena, struct es_coap_message);
    bool has_option = p->deviation != ES_DEVIATE_NO_OPTION;
    uint8_t szx;
    m->code = ES_COAP_CONTINUE;
    b.num += p->deviation == ES_DEVIATE_NUMBER;
    b.szx = (uint8_t)(b.szx + (p->deviation == ES_DEVIATE_LARGER && b.szx < 6));
    b.szx = p->deviation == ES_DEVIATE_RESERVED ? ES_COAP_SZX_RESERVED : b.szx;
    if (p->deviation == ES_DEVIATE_FINAL) {
        m->code = ES_COAP_CODE(2, 4);
    } else if (p->deviation == ES_DEVIATE_CODE) {
        m->code = p->code;
        has_option = es_coap_szx_of_size(p->code_size, &szx);
        b.szx = has_option ? szx : b.szx;
        b.m = false;
    }
    if (has_option) {
        add_block1(v, m, b);
    }
    if (p->deviation == ES_DEVIATE_CODE && p->code_size1) {
        es_service_add_option(m, ES_COAP_OPT_SIZE1,
                              es_coap_uint_encode(v->arena, p->code_size1));
    }
    if (p->deviation != ES_DEVIATE_SILENT) {
        es_service_respond(v, in, m, now);
    }
    if (p->deviation == ES_DEVIATE_TWICE) {
        v->again = m;
    }
}

/* What the client says to the first message of an answer. */
static void note_acknowledgement(struct es_coap_service *v,
                                 const struct es_coap_message *m)
{
    for (struct es_coap_asked *k = es_coap_service_first(v); k; k = k->next) {
        bool meant = k->sent && k->sent->type == ES_COAP_CON && k->sent->mid == m->mid;
        k->acks += meant && m->type == ES_COAP_ACK;
        k->resets += meant && m->type == ES_COAP_RST;
    }
}

/* 2.31, with the size that is wished from here on (RFC 7959, 2.3). */
static void go_on(struct es_coap_service *v, struct es_service_entry *x,
                  const struct es_coap_message *in, struct es_coap_block b, es_usec now)
{
    struct es_coap_message *m = ES_NEW(v->arena, struct es_coap_message);
    m->code = ES_COAP_CONTINUE;
    b.szx = x->szx1;
    add_block1(v, m, b);
    es_service_respond(v, in, m, now);
}

/* The size of the upload: what the client began with, or what we wish if that is smaller. */
static void agree_size(struct es_service_entry *x, struct es_coap_block b,
                       const struct es_coap_upload_policy *p)
{
    uint8_t wished;
    if (b.num == 0 || b.szx < x->szx1) {
        x->szx1 = b.szx;
    }
    if (p && es_coap_szx_of_size(p->size, &wished) && wished < x->szx1) {
        x->szx1 = wished;
    }
}

static enum es_service_event finish(struct es_service_entry *x)
{
    x->asked.state = ES_ASKED_WHOLE;
    return ES_SERVICE_ASKED;
}

/* Why a block cannot be taken, as the code of the answer; 0: it can. */
static uint8_t refuse_block(const struct es_service_entry *x,
                            const struct es_coap_asked_block *b)
{
    if (b->block1.szx == ES_COAP_SZX_RESERVED || !b->full) {
        return ES_COAP_CODE(4, 0);
    }
    if (!b->is_next) {
        return ES_COAP_CODE(4, 8);
    }
    return x->asked.body.n > UPLOAD_MAX ? ES_COAP_TOO_LARGE : 0;
}

/* A block whose answer is wrong on purpose. */
static enum es_service_event take_wrongly(struct es_coap_service *v,
                                          struct es_service_entry *x,
                                          const struct es_coap_message *m,
                                          struct es_coap_block b,
                                          const struct es_coap_upload_policy *policy,
                                          es_usec now)
{
    continue_wrongly(v, m, b, policy, now);
    if (policy->deviation == ES_DEVIATE_SILENT ||
        policy->deviation == ES_DEVIATE_CODE) {
        return ES_SERVICE_DONE;
    }
    append(v, x, m->payload);
    return b.m ? ES_SERVICE_DONE : finish(x);
}

/* Whether the block came before, in a message of its own. */
static bool is_repeated(const struct es_service_entry *x,
                        const struct es_coap_message *m, struct es_coap_block b)
{
    for (size_t i = x->attempt_from; i < x->asked.blocks.n; i++) {
        const struct es_coap_asked_block *k = &x->asked.blocks.at[i];
        if (k->is_block1 && k->block1.num == b.num && k->block1.szx == b.szx &&
            es_slice_eq(k->message->payload, m->payload)) {
            return true;
        }
    }
    return false;
}

/* The upload that the block belongs to, though it is whole already. */
static struct es_service_entry *find_finished(struct es_coap_service *v,
                                              const struct es_coap_message *m,
                                              const char *uri, struct es_coap_block b)
{
    struct es_service_entry *x = find(v, m, uri, ES_ASKED_WHOLE);
    x = x ? x : find(v, m, uri, ES_ASKED_ANSWERED);
    return x && b.num > 0 && is_repeated(x, m, b) ? x : NULL;
}

/* An upload that starts again: what came of it before remains to be judged. */
static void take_over(struct es_coap_service *v, const struct es_service_entry *before,
                      struct es_service_entry *x)
{
    for (size_t i = 0; before && i < before->asked.blocks.n; i++) {
        ES_PUSH(v->arena, &x->asked.blocks, before->asked.blocks.at[i]);
    }
    x->attempt_from = x->asked.blocks.n;
}

/* A block of an upload. */
static enum es_service_event take_block(struct es_coap_service *v,
                                        const struct es_coap_message *m,
                                        const char *uri, struct es_coap_block b,
                                        struct es_coap_upload_policy *policy,
                                        struct es_coap_asked **asked, es_usec now)
{
    struct es_service_entry *before = find(v, m, uri, ES_ASKED_PART);
    struct es_service_entry *x = before ? before : find_finished(v, m, uri, b);
    if (b.num == 0 || !x) {
        x = add(v, m, uri);
        take_over(v, before, x);
    }
    *asked = &x->asked;
    x->asked.repeats += b.num > 0 && is_repeated(x, m, b);
    if (x->asked.state != ES_ASKED_PART) {
        es_service_refuse(v, m, ES_COAP_CODE(4, 8), now);
        return ES_SERVICE_DONE;
    }
    record(v, x, m);
    if (deviates(policy, b)) {
        return take_wrongly(v, x, m, b, policy, now);
    }
    uint8_t code = refuse_block(x, &x->asked.blocks.at[x->asked.blocks.n - 1]);
    if (code) {
        es_service_refuse(v, m, code, now);
        return ES_SERVICE_DONE;
    }
    agree_size(x, b, policy);
    append(v, x, m->payload);
    if (b.m) {
        go_on(v, x, m, b, now);
        return ES_SERVICE_DONE;
    }
    return finish(x);
}

/* A request for a further block of an answer. */
static enum es_service_event take_fetch(struct es_coap_service *v,
                                        const struct es_coap_message *m,
                                        const char *uri, struct es_coap_asked **asked,
                                        es_usec now)
{
    struct es_service_entry *x = find(v, m, uri, ES_ASKED_ANSWERED);
    if (!x || x->reply.kind != ES_REPLY_MESSAGE) {
        es_service_refuse(v, m, ES_COAP_CODE(4, 8), now);
        return ES_SERVICE_DONE;
    }
    *asked = &x->asked;
    record(v, x, m);
    es_service_send_block(v, x, m, now);
    return ES_SERVICE_DONE;
}

enum es_service_event es_coap_service_take(struct es_coap_service *v,
                                           const struct es_coap_incoming *in,
                                           struct es_coap_upload_policy *policy,
                                           struct es_coap_asked **asked, es_usec now)
{
    const struct es_coap_message *m = &in->message;
    struct es_coap_block b;
    *asked = NULL;
    if (in->kind != ES_COAP_MALFORMED) {
        note_acknowledgement(v, m);
    }
    if (in->kind == ES_COAP_MALFORMED || !es_coap_code_is_request(m->code) ||
        (m->type != ES_COAP_CON && m->type != ES_COAP_NON)) {
        return ES_SERVICE_OTHER;
    }
    if (in->kind == ES_COAP_DUPLICATE) {
        v->mids_reused += !in->identical;
        return ES_SERVICE_DONE;
    }
    if (v->again) {
        es_service_send_again(v, v->again, now);
        v->again = NULL;
    }
    const char *uri = es_coap_uri_text(m, v->arena);
    if (es_coap_block_get(m, ES_COAP_OPT_BLOCK2, &b) && b.num > 0) {
        return take_fetch(v, m, uri, asked, now);
    }
    if (es_coap_block_get(m, ES_COAP_OPT_BLOCK1, &b)) {
        return take_block(v, m, uri, b, policy, asked, now);
    }
    struct es_service_entry *x = add(v, m, uri);
    *asked = &x->asked;
    record(v, x, m);
    append(v, x, m->payload);
    return finish(x);
}
