/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer.h"

#include "behaviour.h"
#include "exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SZX_DEFAULT = 4,
    SZX_SMALL = 1, /* of variants */
    SZX_EARLY = 3,
    SZX_AFTER_REFUSAL = 2, /* after 4.13 without a hint */
    RESTART_MAX = 3,
    BODY_MAX = 65536
};

static uint8_t preferred_szx = SZX_DEFAULT;

void es_transfer_setup(const char *block_size)
{
    long size = block_size != NULL ? strtol(block_size, NULL, 10) : 0;
    for (uint8_t szx = 0; szx <= ES_SZX_MAX; szx++) {
        if (size == (long)es_block_size(szx)) {
            preferred_szx = szx;
        }
    }
}

const char *es_answer_name(const struct es_answer *answer)
{
    static char text[32];
    snprintf(text, sizeof text, "the server answered %d.%02d", answer->code >> 5,
             answer->code & 31);
    return text;
}

struct transfer {
    const struct es_ask *ask;
    struct es_request request;
    uint8_t echo[ES_ECHO_MAX];
    bool echoed;
    /* upload */
    bool blocked;
    uint8_t szx;
    size_t sent; /* bytes that the server has */
    unsigned int restarts;
    struct es_block last_block1;
    struct es_response response;
};

static bool is_success(uint8_t code)
{
    return code >> 5 == 2;
}

static size_t slice_size(const struct transfer *t)
{
    size_t left = t->ask->body.n - t->sent;
    size_t size = t->blocked ? es_block_size(t->szx) : left;
    return left < size ? left : size;
}

static void write_slice(struct transfer *t)
{
    struct es_request *request = &t->request;
    size_t n = slice_size(t);
    bool more = t->sent + n < t->ask->body.n;
    if (more && es_mutant_is(ES_MUTANT_BLOCK1_WRONG_INNER_SIZE)) {
        n--;
    }
    request->payload = (struct es_bytes){t->ask->body.p + t->sent, n};
    request->block1 = (struct es_block){
        .present = t->blocked,
        .more = more,
        .num = (uint32_t)(t->sent >> (t->szx + 4)),
        .szx = t->szx,
    };
    t->last_block1 = request->block1;
}

static void restart_upload(struct transfer *t, uint8_t szx)
{
    t->restarts++;
    t->blocked = t->ask->body.n > 0;
    t->szx = szx;
    t->sent = 0;
    es_log("the upload starts again with blocks of %zu bytes", es_block_size(szx));
}

/* 2.31: the server has the block. */
static const char *go_on(struct transfer *t)
{
    const struct es_block *sent = &t->request.block1;
    const struct es_block *taken = &t->response.block1;
    if (!sent->present || !sent->more) {
        return "2.31 after the last block";
    }
    if (!taken->present || taken->num != sent->num) {
        return "2.31 for another block";
    }
    t->sent += t->request.payload.n;
    if (taken->szx < t->szx && !es_mutant_is(ES_MUTANT_BLOCK1_SZX_HINT_IGNORED)) {
        t->szx = taken->szx;
    }
    return NULL;
}

/* 4.13: the body may come in blocks, or in smaller ones (RFC 7959, 2.5, 2.9.3). True if
   another attempt makes sense. */
static bool can_shrink(struct transfer *t)
{
    const struct es_block *hint = &t->response.block1;
    uint8_t szx = hint->present ? hint->szx : t->blocked ? t->szx : SZX_AFTER_REFUSAL;
    bool smaller = t->blocked ? szx < t->szx : t->ask->body.n > 0;
    if (t->restarts >= RESTART_MAX || !smaller) {
        return false;
    }
    restart_upload(t, szx);
    return true;
}

/* 4.08: the server has lost a block. */
static bool can_repeat(struct transfer *t)
{
    if (es_mutant_is(ES_MUTANT_BLOCK1_408_NO_RESTART) && t->request.block1.more) {
        t->sent += t->request.payload.n;
        return true;
    }
    if (!t->blocked || t->restarts >= RESTART_MAX) {
        return false;
    }
    restart_upload(t, t->szx);
    return true;
}

/* 4.01 with Echo: the server wants to hear that we are there (RFC 9175, 2.3). */
static bool can_echo(struct transfer *t)
{
    if (t->response.echo_len == 0 || t->echoed) {
        return false;
    }
    t->echoed = true;
    memcpy(t->echo, t->response.echo, t->response.echo_len);
    t->request.echo = (struct es_bytes){t->echo, t->response.echo_len};
    return true;
}

/* True if the upload goes on after this response. */
static bool continues(struct transfer *t, const char **why)
{
    switch (t->response.code) {
    case ES_CODE_CONTINUE:
        *why = go_on(t);
        return *why == NULL;
    case ES_CODE_INCOMPLETE:
        return can_repeat(t);
    case ES_CODE_TOO_LARGE:
        return can_shrink(t);
    case ES_CODE_UNAUTHORIZED:
        return can_echo(t);
    default:
        if (is_success(t->response.code) && t->request.block1.more &&
            !es_mutant_is(ES_MUTANT_EMPTY_SUCCESS_TAKEN)) {
            *why = "success before the last block";
        }
        return false;
    }
}

/* Sends the request, all of it; t->response is then the first one that is no step of the
   upload. */
static const char *upload(struct transfer *t)
{
    const char *why = NULL;
    for (;;) {
        write_slice(t);
        why = es_exchange_run(&t->request, &t->response);
        if (why != NULL) {
            return why;
        }
        if (!continues(t, &why)) {
            break;
        }
        es_response_free(&t->response);
    }
    if (why != NULL) {
        es_response_free(&t->response);
    }
    return why;
}

struct download {
    uint8_t code, szx;
    int32_t content_format;
    uint8_t etag[ES_ETAG_MAX];
    size_t etag_len;
    bool etag_changed;
    bool complete;
};

static void begin_download(struct download *d, const struct es_response *r)
{
    *d = (struct download){
        .code = r->code,
        .szx = r->block2.szx,
        .content_format = r->content_format,
        .etag_len = r->etag_len,
    };
    memcpy(d->etag, r->etag, r->etag_len);
}

static bool has_same_etag(const struct download *d, const struct es_response *r)
{
    bool same =
        d->etag_len == r->etag_len && memcmp(d->etag, r->etag, r->etag_len) == 0;
    return same || es_mutant_is(ES_MUTANT_BLOCK2_ETAG_UNCHECKED);
}

/* Whether the block lies at offset and is as long as it must be. */
static const char *check_block(const struct download *d, const struct es_response *r,
                               size_t offset)
{
    const struct es_block *b = &r->block2;
    size_t size = es_block_size(b->szx);
    bool loose = es_mutant_is(ES_MUTANT_BLOCK2_SIZE_MISMATCH_ACCEPTED) ||
                 es_mutant_is(ES_MUTANT_BLOCK2_ERROR_ENDS);
    bool placed = loose || es_mutant_is(ES_MUTANT_BLOCK2_NUM_UNCHECKED) ||
                  (size_t)b->num << (b->szx + 4) == offset;
    if (!placed) {
        return "another block than asked for";
    }
    if (b->szx > d->szx) {
        return "a larger block than asked for";
    }
    bool full = b->more ? r->payload.n == size : r->payload.n <= size;
    return full || loose ? NULL : "a block of the wrong size";
}

/* Whether the response can be the part of the body that starts at offset. */
static const char *check_part(struct download *d, const struct es_response *r,
                              size_t offset)
{
    if (r->code != d->code && es_mutant_is(ES_MUTANT_BLOCK2_ERROR_ENDS)) {
        return NULL;
    }
    if (r->code != d->code) {
        return "another code in the middle of a body";
    }
    if (!has_same_etag(d, r)) {
        d->etag_changed = true;
        return "the ETag changed";
    }
    if (r->content_format != d->content_format) {
        return "the Content-Format changed";
    }
    if (r->block2.present) {
        return check_block(d, r, offset);
    }
    return offset == 0 ? NULL : "no Block2 in the middle of a body";
}

/* The next request of a download: no payload, no Block1 (RFC 7959, 2.7). */
static void ask_for_next(struct transfer *t, struct download *d, size_t offset)
{
    const struct es_block *got = &t->response.block2;
    struct es_request *request = &t->request;
    bool stubborn = es_mutant_is(ES_MUTANT_BLOCK2_SZX_NOT_FOLLOWED);
    d->szx = got->szx;
    request->payload = (struct es_bytes){NULL, 0};
    request->block1 = (struct es_block){.present = false};
    if (es_mutant_is(ES_MUTANT_BLOCK1_KEPT_IN_BLOCK2_PHASE)) {
        request->block1 = t->last_block1;
    }
    bool whole = offset >> (got->szx + 4) << (got->szx + 4) == offset;
    request->block2 = (struct es_block){
        .present = true,
        .more = es_mutant_is(ES_MUTANT_BLOCK2_M_BIT_SET),
        .num = whole && !stubborn ? (uint32_t)(offset >> (got->szx + 4)) : got->num + 1,
        .szx = stubborn ? ES_SZX_MAX : got->szx,
    };
}

/* Fetches the rest of the body whose first part is t->response. Frees the response. */
static const char *download(struct transfer *t, struct download *d,
                            struct es_buffer *body)
{
    const char *why = NULL;
    begin_download(d, &t->response);
    while (why == NULL) {
        const struct es_response *r = &t->response;
        why = check_part(d, r, body->n);
        if (why == NULL && body->n + r->payload.n > BODY_MAX) {
            why = "the body is too large";
        }
        if (why != NULL) {
            break;
        }
        es_buffer_add(body, r->payload.p, r->payload.n);
        if (!r->block2.present || !r->block2.more) {
            break;
        }
        ask_for_next(t, d, body->n);
        es_response_free(&t->response);
        why = es_exchange_run(&t->request, &t->response);
    }
    es_response_free(&t->response);
    return why;
}

static struct transfer new_transfer(const struct es_ask *ask)
{
    bool formatted =
        ask->body.n > 0 && !es_mutant_is(ES_MUTANT_REQUEST_CONTENT_FORMAT_WRONG);
    uint8_t szx = es_variant_is(ES_VARIANT_OK_UPLOAD_WHOLE)   ? ES_SZX_MAX
                  : es_variant_is(ES_VARIANT_OK_SMALL_BLOCKS) ? SZX_SMALL
                                                              : preferred_szx;
    return (struct transfer){
        .ask = ask,
        .szx = szx,
        .blocked = ask->body.n > es_block_size(szx),
        .request = {.whole_n = ask->body.n,
                    .block2 = {es_variant_is(ES_VARIANT_OK_EARLY_BLOCK2), false, 0,
                               SZX_EARLY},
                    .method = ask->method,
                    .path = ask->path,
                    .query = ask->query,
                    .accept = ask->accept,
                    .content_format =
                        formatted ? ask->content_format : ES_FORMAT_ABSENT},
    };
}

/* The mutant that takes the blocks of an answered upload for kept. */
static void start_late(struct transfer *t)
{
    static size_t sent_before;
    if (es_mutant_is(ES_MUTANT_503_UPLOAD_RESUMED) && t->blocked) {
        t->sent = sent_before;
        t->restarts = RESTART_MAX;
        sent_before = es_block_size(t->szx);
    }
}

const char *es_transfer_run(const struct es_ask *ask, struct es_answer *out)
{
    *out = (struct es_answer){.content_format = ES_FORMAT_ABSENT};
    for (unsigned int attempt = 0;; attempt++) {
        struct transfer t = new_transfer(ask);
        struct download d;
        start_late(&t);
        es_exchange_start_transfer();
        es_buffer_resize(&out->body, 0);
        const char *why = upload(&t);
        if (why != NULL) {
            return why;
        }
        out->code = t.response.code;
        out->content_format = t.response.content_format;
        out->has_max_age = t.response.has_max_age;
        out->max_age = t.response.max_age;
        d.etag_changed = false;
        why = download(&t, &d, &out->body);
        bool again = why != NULL && d.etag_changed && ask->method == ES_CODE_GET &&
                     attempt < RESTART_MAX;
        if (!again) {
            return why;
        }
        es_log("%s, the transfer starts again", why);
    }
}
