/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "blockwise.h"

#include "behaviour.h"

#include <openssl/sha.h>

#include <stdlib.h>
#include <string.h>

/* Where the mutant that never says 4.13 runs out of the memory it is given. */
enum { MUTANT_MEMORY_BYTES = 32768 };

void es_upload_reset(struct es_upload *upload)
{
    es_buffer_free(&upload->body);
    *upload = (struct es_upload){.active = false};
}

static size_t block_size(const struct es_block *b)
{
    return (size_t)16 << b->szx;
}

static size_t block_offset(const struct es_block *b)
{
    return (size_t)b->num << (b->szx + 4);
}

static struct es_reply incomplete(const struct es_request *request, const char *text)
{
    struct es_reply reply = es_reply_error(ES_CODE_INCOMPLETE, text);
    if (es_variant_is(ES_VARIANT_OK_408_WITH_BLOCK1)) {
        reply.block1 = request->block1;
    }
    return reply;
}

static struct es_reply too_large(void)
{
    struct es_reply reply =
        es_reply_error(ES_CODE_TOO_LARGE, "request body is too large");
    if (!es_variant_is(ES_VARIANT_OK_413_WITHOUT_SIZE1) &&
        !es_variant_is(ES_VARIANT_OK_NO_SIZE_OPTIONS)) {
        reply.size1 = ES_UPLOAD_MAX_BYTES;
    }
    return reply;
}

static bool is_too_large(const struct es_request *request, size_t end)
{
    if (es_mutant_is(ES_MUTANT_BLOCK1_BODY_UNBOUNDED)) {
        if (end > MUTANT_MEMORY_BYTES) {
            abort();
        }
        return false;
    }
    uint32_t most = es_mutant_is(ES_MUTANT_SIZE1_REFUSED) ? 0 : ES_UPLOAD_MAX_BYTES;
    return end > ES_UPLOAD_MAX_BYTES || (request->has_size1 && request->size1 > most);
}

static struct es_reply go_on(const struct es_request *request)
{
    struct es_reply reply = es_reply_new(ES_CODE_CONTINUE);
    reply.block1 = request->block1;
    reply.token_dropped = es_mutant_is(ES_MUTANT_TOKEN_NOT_ECHOED_ON_BLOCK);
    return reply;
}

static void start(struct es_upload *upload, const struct es_request *request)
{
    es_upload_reset(upload);
    upload->active = true;
    upload->content_format = request->content_format;
    upload->token_len = request->token_len;
    memcpy(upload->token, request->token, request->token_len);
}

static bool same_token(const struct es_upload *upload, const struct es_request *request)
{
    return !es_mutant_is(ES_MUTANT_BLOCK_CONTEXT_BY_TOKEN) ||
           (upload->token_len == request->token_len &&
            memcmp(upload->token, request->token, request->token_len) == 0);
}

/* The block that was stored last comes again under a new Message ID: a client that lost
   our answer for good. Saying 2.31 again is harmless. */
static bool is_last_block_again(const struct es_upload *upload,
                                const struct es_request *request, size_t offset)
{
    size_t n = request->payload.n;
    return upload->active && request->block1.more && offset + n == upload->body.n &&
           memcmp(upload->body.p + offset, request->payload.p, n) == 0;
}

static bool take_whole(struct es_upload *upload, const struct es_request *request,
                       struct es_reply *reply)
{
    if (is_too_large(request, request->payload.n)) {
        *reply = too_large();
        return false;
    }
    if (es_variant_is(ES_VARIANT_OK_413_HINT) && request->payload.n > 256) {
        *reply = too_large();
        reply->block1 = (struct es_block){true, false, 0, 4};
        return false;
    }
    start(upload, request);
    es_buffer_add(&upload->body, request->payload.p, request->payload.n);
    return true;
}

/* A block that does not continue the body. True if it may be stored all the same. */
static bool judge_hole(struct es_upload *upload, const struct es_request *request,
                       size_t offset, struct es_reply *reply)
{
    if (is_last_block_again(upload, request, offset)) {
        *reply = go_on(request);
        reply->silent = es_mutant_is(ES_MUTANT_BLOCK1_DUPLICATE_NO_ANSWER);
        return es_mutant_is(ES_MUTANT_BLOCK1_DUPLICATE_APPENDED);
    }
    if (es_mutant_is(ES_MUTANT_BLOCK1_GAP_ACCEPTED) && upload->active) {
        upload->broken = true;
        return true;
    }
    if (es_variant_is(ES_VARIANT_OK_408_FINAL) && request->block1.more) {
        upload->broken = true;
        *reply = go_on(request);
        return false;
    }
    *reply = incomplete(request, "a block before this one is missing");
    es_upload_reset(upload);
    return false;
}

static bool continues(const struct es_upload *upload, const struct es_request *request,
                      size_t offset)
{
    /* These two store what does not fit, so that offsets say nothing any more. */
    bool counting = es_mutant_is(ES_MUTANT_BLOCK1_SIZE_MISMATCH_ACCEPTED) ||
                    es_mutant_is(ES_MUTANT_BLOCK1_DUPLICATE_APPENDED);
    bool next =
        counting ? request->block1.num == upload->blocks : offset == upload->body.n;
    bool gaps = es_mutant_is(ES_MUTANT_BLOCK1_GAP_ACCEPTED);
    return upload->active && (!upload->broken || gaps) && next;
}

/* Opens, continues or refuses. True if the payload belongs at the end of the body. */
static bool place_block(struct es_upload *upload, const struct es_request *request,
                        size_t offset, struct es_reply *reply)
{
    if (request->block1.num == 0) {
        if (upload->active && es_mutant_is(ES_MUTANT_BLOCK1_RESTART_REFUSED)) {
            *reply = incomplete(request, "another upload is open");
            return false;
        }
        start(upload, request);
        return true;
    }
    if (es_mutant_is(ES_MUTANT_BLOCK1_OFFSET_BY_OWN_SZX)) {
        offset = (size_t)request->block1.num << (ES_SZX_PREFERRED + 4);
    }
    if (es_mutant_is(ES_MUTANT_BLOCK1_SIZE_CHANGE_REFUSED) &&
        request->block1.num > upload->blocks) {
        *reply = es_reply_error(ES_CODE_BAD_REQUEST, "another block size than before");
        return false;
    }
    bool gapless = continues(upload, request, offset);
    if (!gapless || !same_token(upload, request)) {
        return judge_hole(upload, request, offset, reply);
    }
    if (upload->content_format != request->content_format) {
        *reply = incomplete(request, "Content-Format differs from that of block 0");
        es_upload_reset(upload);
        return false;
    }
    return true;
}

/* What is wrong with the length of a block; NULL if nothing is. */
static const char *judge_length(const struct es_block *b, size_t n)
{
    size_t size = block_size(b);
    bool misfit = b->more ? n != size : n > size;
    if (misfit && !es_mutant_is(ES_MUTANT_BLOCK1_SIZE_MISMATCH_ACCEPTED)) {
        return "payload does not fill its block";
    }
    bool full_last = !b->more && n == size;
    return full_last && es_mutant_is(ES_MUTANT_BLOCK1_FULL_LAST_REFUSED)
               ? "the last block is not short"
               : NULL;
}

bool es_upload_take(struct es_upload *upload, const struct es_request *request,
                    struct es_reply *reply)
{
    const struct es_block *b = &request->block1;
    if (!b->present) {
        return take_whole(upload, request, reply);
    }
    size_t offset = block_offset(b), n = request->payload.n;
    const char *wrong = judge_length(b, n);
    if (wrong != NULL) {
        *reply = es_reply_error(ES_CODE_BAD_REQUEST, wrong);
        return false;
    }
    if (is_too_large(request, offset + n)) {
        *reply = too_large();
        es_upload_reset(upload);
        return false;
    }
    if (!place_block(upload, request, offset, reply)) {
        return false;
    }
    bool lost = !b->more && n == 1 && es_mutant_is(ES_MUTANT_BLOCK1_LAST_OCTET_LOST);
    es_buffer_add(&upload->body, request->payload.p, lost ? 0 : n);
    upload->blocks = b->num + 1;
    if (request->block2.present) {
        upload->block2 = request->block2;
    }
    if (b->more) {
        *reply = go_on(request);
        return false;
    }
    return true;
}

void es_block_etag(const struct es_representation *rep, uint8_t etag[ES_ETAG_LEN])
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256(rep->body.p, rep->body.n, digest);
    memcpy(etag, digest, ES_ETAG_LEN);
    if (es_mutant_is(ES_MUTANT_ETAG_CONSTANT)) {
        memset(etag, 1, ES_ETAG_LEN);
    }
}

/* Whether more follows behind the end of a block of n octets. */
static bool has_more(size_t end, size_t n, size_t size, size_t total)
{
    if (es_mutant_is(ES_MUTANT_BLOCK2_FULL_LAST_CONTINUES) && n == size) {
        return true;
    }
    size_t lost = es_mutant_is(ES_MUTANT_BLOCK2_LAST_OCTET_LOST) ? 1 : 0;
    return end + lost < total;
}

static unsigned int choose_szx(const struct es_request *request)
{
    unsigned int szx = ES_SZX_PREFERRED;
    if (es_mutant_is(ES_MUTANT_BLOCK2_SZX_IGNORED)) {
        return ES_SZX_MAX;
    }
    if (!request->block2.present && es_mutant_is(ES_MUTANT_SZX7_SENT)) {
        return 7;
    }
    if (request->block2.present) {
        szx = request->block2.szx;
    } else if (request->block1.present) {
        szx = request->block1.szx;
    }
    /* Smaller than asked, but once only: the client goes on in the size of block 0, and all
       blocks have it (RFC 7959, 2.4). */
    bool is_first = !request->block2.present || request->block2.num == 0;
    if (es_variant_is(ES_VARIANT_OK_SMALLER_SZX) && szx > 0 && is_first &&
        (request->block2.present || request->block1.present)) {
        szx--;
    }
    return szx;
}

static size_t choose_offset(const struct es_request *request)
{
    if (!request->block2.present) {
        return 0;
    }
    if (es_mutant_is(ES_MUTANT_BLOCK2_SZX_IGNORED)) {
        return (size_t)request->block2.num << (ES_SZX_MAX + 4);
    }
    if (es_mutant_is(ES_MUTANT_BLOCK2_OFFSET_WRONG)) {
        return (size_t)request->block2.num << (ES_SZX_PREFERRED + 4);
    }
    return block_offset(&request->block2);
}

static size_t choose_size(const struct es_request *request, unsigned int szx,
                          size_t total)
{
    bool whole = !request->block2.present && es_mutant_is(ES_MUTANT_BODY_NEVER_SPLIT);
    return whole ? total : (size_t)16 << szx;
}

static void add_size2(const struct es_request *request, size_t total,
                      struct es_reply *reply)
{
    bool first = reply->block2.present && reply->block2.num == 0;
    bool wanted =
        request->has_size2 || (first && es_variant_is(ES_VARIANT_OK_SIZE_OPTIONS));
    if (wanted && !es_variant_is(ES_VARIANT_OK_NO_SIZE_OPTIONS)) {
        reply->size2 = (int64_t)total;
    }
}

void es_block_slice(const struct es_request *request,
                    const struct es_representation *rep, struct es_reply *reply)
{
    unsigned int szx = choose_szx(request);
    size_t total = rep->body.n, offset = choose_offset(request);
    size_t size = choose_size(request, szx, total);
    if (offset > 0 && offset >= total) {
        struct es_block block1 = reply->block1;
        *reply = es_reply_error(ES_CODE_BAD_REQUEST, "block lies behind the end");
        reply->block1 = block1;
        return;
    }
    size_t n = total - offset < size ? total - offset : size;
    bool more = has_more(offset + n, n, size, total);
    if (request->block2.present || more) {
        uint32_t num = (uint32_t)(offset >> (szx + 4));
        if (es_mutant_is(ES_MUTANT_BLOCK2_OFFSET_WRONG) && request->block2.present) {
            num = request->block2.num;
        }
        reply->block2 = (struct es_block){true, more, num, (uint8_t)szx};
        reply->token_dropped =
            num > 0 && es_mutant_is(ES_MUTANT_TOKEN_NOT_ECHOED_ON_BLOCK);
        if (more && es_mutant_is(ES_MUTANT_BLOCK2_PAYLOAD_NOT_SZX)) {
            n--;
        }
    }
    if (!es_variant_is(ES_VARIANT_OK_NO_ETAG)) {
        reply->has_etag = true;
        es_block_etag(rep, reply->etag);
    }
    add_size2(request, total, reply);
    reply->content_format = rep->content_format;
    reply->payload = (struct es_bytes){rep->body.p + offset, n};
}
