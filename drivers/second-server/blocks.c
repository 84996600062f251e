/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "blocks.h"

#include <mbedtls/sha256.h>

#include <string.h>

void es_upload_close(struct es_upload *u)
{
    es_octets_free(&u->body);
    *u = (struct es_upload){.open = false};
}

static bool refuse(struct es_upload *u, uint8_t code, struct es_response *response)
{
    es_upload_close(u);
    *response = es_response_new(code);
    if (code == ES_TOO_LARGE) {
        response->size1 = ES_BODY_MAX;
    }
    return false;
}

/* Block 0 is answered in the size we prefer, if the client's is larger (RFC 7959, 2.3). */
static bool go_on(const struct es_request *request, struct es_response *response)
{
    *response = es_response_new(ES_CONTINUE);
    response->block1 = request->block1;
    if (request->block1.num == 0 && request->block1.szx > ES_SZX_OWN) {
        response->block1.szx = ES_SZX_OWN;
    }
    return false;
}

/* The client did not get our answer and sends the block once more, as a new message. */
static bool is_repeated(const struct es_upload *u, const struct es_request *request)
{
    size_t n = request->payload.n;
    return u->open && request->block1.more &&
           es_block_offset(&request->block1) + n == u->body.n &&
           memcmp(u->body.p + u->body.n - n, request->payload.p, n) == 0;
}

static bool is_too_large(const struct es_request *request, size_t end)
{
    return end > ES_BODY_MAX || request->size1 > ES_BODY_MAX;
}

static bool fits(const struct es_block *b, size_t n)
{
    return b->more ? n == es_block_size(b) : n <= es_block_size(b);
}

bool es_upload_take(struct es_upload *u, const struct es_request *request,
                    struct es_response *response)
{
    const struct es_block *b = &request->block1;
    size_t offset = b->present ? es_block_offset(b) : 0;
    if (b->present && !fits(b, request->payload.n)) {
        return refuse(u, ES_BAD_REQUEST, response);
    }
    if (is_too_large(request, offset + request->payload.n)) {
        return refuse(u, ES_TOO_LARGE, response);
    }
    if (offset == 0) {
        es_upload_close(u);
        u->open = true;
    } else if (is_repeated(u, request)) {
        return go_on(request, response);
    } else if (!u->open || offset != u->body.n) {
        return refuse(u, ES_INCOMPLETE, response);
    }
    es_octets_add_bytes(&u->body, request->payload);
    if (request->block2.present) {
        u->block2 = request->block2;
    }
    return !b->more || go_on(request, response);
}

static void add_etag(struct es_bytes body, struct es_response *response)
{
    unsigned char digest[32];
    mbedtls_sha256_ret(body.p, body.n, digest, 0);
    memcpy(response->etag, digest, ES_ETAG_LEN);
    response->has_etag = true;
}

void es_slice(struct es_bytes body, int32_t content_format,
              const struct es_block *asked, struct es_response *response)
{
    struct es_block b = {true, false, 0, ES_SZX_OWN};
    bool own_size = !asked->present || (asked->num == 0 && asked->szx > ES_SZX_OWN);
    if (!own_size) {
        b.num = asked->num;
        b.szx = asked->szx;
    }
    size_t offset = es_block_offset(&b), size = es_block_size(&b);
    if (offset > 0 && offset >= body.n) {
        response->code = ES_BAD_OPTION;
        return;
    }
    size_t n = body.n - offset < size ? body.n - offset : size;
    b.more = offset + n < body.n;
    response->content_format = content_format;
    add_etag(body, response);
    if (asked->present || b.more) {
        response->block2 = b;
    }
    es_octets_add(&response->payload, body.p + offset, n);
}
