/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer.h"

#include "host.h"

#include <stdio.h>
#include <string.h>

/* Blocks of 128 octets, and of 32 for a server that has no room and does not say how much
   it has. */
enum { SZX_OWN = 3, SZX_SMALL = 1, BODY_MAX = 65536, RESTARTS_MAX = 3 };

const char *es_answer_name(const struct es_answer *answer)
{
    static char text[32];
    snprintf(text, sizeof text, "the server answered %u.%02u", answer->code >> 5U,
             answer->code & 31U);
    return text;
}

/* How far a body has got to the server. */
struct upload {
    struct es_bytes body;
    bool is_blocked;
    unsigned int szx, restarts;
    size_t sent; /* and taken */
    struct es_request request;
    struct es_response response;
};

static void cut(struct upload *u)
{
    struct es_block b = {.present = u->is_blocked, .szx = u->szx};
    size_t left = u->body.n - u->sent;
    b.more = u->is_blocked && left > es_block_size(&b);
    b.num = (uint32_t)(u->sent >> (u->szx + 4));
    u->request.block1 = b;
    u->request.payload =
        (struct es_bytes){u->body.p + u->sent, b.more ? es_block_size(&b) : left};
}

/* 2.31: the server has the block, and may want smaller ones (RFC 7959, 2.3). */
static const char *go_on(struct upload *u)
{
    const struct es_block *asked = &u->request.block1, *taken = &u->response.block1;
    if (!asked->more || !taken->present || taken->num != asked->num) {
        return "2.31 (Continue) for another block";
    }
    u->sent += u->request.payload.n;
    u->szx = taken->szx < u->szx ? taken->szx : u->szx;
    return NULL;
}

static bool restart(struct upload *u, unsigned int szx)
{
    u->sent = 0;
    u->szx = szx;
    u->is_blocked = true;
    return u->restarts++ < RESTARTS_MAX;
}

/* 4.13: the server may say how large a block it takes (RFC 7959, 2.9.3). */
static bool can_shrink(struct upload *u)
{
    const struct es_block *hint = &u->response.block1;
    unsigned int szx = hint->present ? hint->szx : SZX_SMALL;
    bool is_smaller = u->is_blocked ? szx < u->szx : u->body.n > 0;
    return is_smaller && restart(u, szx < u->szx ? szx : u->szx);
}

/* True if another request belongs to the upload. */
static bool continues(struct upload *u, const char **why)
{
    switch (u->response.head.code) {
    case ES_CONTINUE:
        *why = go_on(u);
        return *why == NULL;
    case ES_INCOMPLETE:
        return u->is_blocked && restart(u, u->szx);
    case ES_TOO_LARGE:
        return can_shrink(u);
    default:
        if (u->response.head.code >> 5 == 2 && u->request.block1.more) {
            *why = "success before the last block";
        }
        return false;
    }
}

static const char *upload(struct upload *u)
{
    const char *why = NULL;
    bool goes_on = true;
    while (goes_on && why == NULL) {
        cut(u);
        es_octets_free(&u->response.payload);
        why = es_exchange_run(&u->request, &u->response);
        goes_on = why == NULL && continues(u, &why);
    }
    return why;
}

/* What all blocks of one answer have in common. */
struct download {
    struct es_response first; /* without its payload */
    unsigned int szx;
    bool has_changed; /* while it was fetched */
};

static const char *check_block(const struct download *d, const struct es_response *r,
                               size_t offset)
{
    const struct es_block *b = &r->block2;
    if (!b->present) {
        return offset == 0 ? NULL : "no Block2 in the middle of a body";
    }
    if (b->szx == ES_SZX_RESERVED || b->szx > d->szx || es_block_offset(b) != offset) {
        return "another block than asked for";
    }
    bool is_full = r->payload.n == es_block_size(b);
    return is_full || (!b->more && r->payload.n < es_block_size(b))
               ? NULL
               : "a block of the wrong size";
}

static const char *check_part(struct download *d, const struct es_response *r,
                              size_t offset)
{
    const struct es_response *first = &d->first;
    if (r->head.code != first->head.code) {
        return "another code in the middle of a body";
    }
    if (r->etag_len != first->etag_len ||
        memcmp(r->etag, first->etag, first->etag_len) != 0) {
        d->has_changed = true;
        return "the ETag changed";
    }
    if (r->content_format >= 0 && r->content_format != first->content_format) {
        return "the Content-Format changed";
    }
    return check_block(d, r, offset);
}

/* RFC 7959, 2.7: the request without payload and Block1, for the next block. */
static void ask_on(struct upload *u, struct download *d, size_t offset)
{
    d->szx = u->response.block2.szx;
    u->request.payload = (struct es_bytes){NULL, 0};
    u->request.block1 = (struct es_block){.present = false};
    u->request.block2 = (struct es_block){
        .present = true, .num = (uint32_t)(offset >> (d->szx + 4)), .szx = d->szx};
}

static const char *download(struct upload *u, struct download *d,
                            struct es_octets *body)
{
    struct es_response *r = &u->response;
    for (;;) {
        const char *why = check_part(d, r, body->n);
        if (why == NULL && body->n + r->payload.n > BODY_MAX) {
            why = "the body is too large";
        }
        if (why != NULL) {
            return why;
        }
        es_octets_add_bytes(body, es_octets_view(&r->payload));
        if (!r->block2.more) {
            return NULL;
        }
        ask_on(u, d, body->n);
        es_octets_free(&r->payload);
        why = es_exchange_run(&u->request, r);
        if (why != NULL) {
            return why;
        }
    }
}

static const char *attempt(const struct es_request *ask, struct es_answer *out,
                           bool *has_changed)
{
    struct es_block own = {.szx = SZX_OWN};
    struct upload u = {.body = ask->payload,
                       .is_blocked = ask->payload.n > es_block_size(&own),
                       .szx = SZX_OWN,
                       .request = *ask};
    es_octets_clear(&out->body);
    const char *why = upload(&u);
    if (why == NULL) {
        struct download d = {.first = u.response, .szx = u.response.block2.szx};
        why = download(&u, &d, &out->body);
        out->code = d.first.head.code;
        out->content_format = d.first.content_format;
        out->max_age = d.first.max_age;
        *has_changed = d.has_changed;
    }
    es_octets_free(&u.response.payload);
    return why;
}

/* What changed while it was fetched may be fetched again (RFC 7959, 2.4); what was made for
   a POST may not. */
const char *es_transfer_run(const struct es_request *ask, struct es_answer *out)
{
    const char *why = NULL;
    bool has_changed = true;
    *out = (struct es_answer){.content_format = -1, .max_age = -1};
    for (int i = 0; has_changed && i <= RESTARTS_MAX; i++) {
        has_changed = false;
        why = attempt(ask, out, &has_changed);
        has_changed = has_changed && ask->code == ES_GET;
    }
    return why;
}
