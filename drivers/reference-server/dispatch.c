/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dispatch.h"

#include "behaviour.h"
#include "function.h"
#include "policy.h"

#include <string.h>

/* The body of the latest GET: it only has to live until the reply is encoded. */
static struct es_representation fetched;

static struct es_reply get(enum es_op op, const struct es_request *request)
{
    bool later = request->block2.present && request->block2.num > 0;
    if (!later || !es_mutant_is(ES_MUTANT_DOWNLOAD_SHARED)) {
        es_buffer_resize(&fetched.body, 0);
        es_function_get(op, request, &fetched);
    }
    struct es_reply reply = es_reply_new(ES_CODE_CONTENT);
    uint8_t etag[ES_ETAG_LEN];
    es_block_etag(&fetched, etag);
    for (size_t i = 0; i < request->etag_count; i++) {
        const struct es_bytes *e = &request->etag[i];
        if (e->n == sizeof etag && memcmp(e->p, etag, sizeof etag) == 0) {
            reply.code = ES_CODE_VALID;
            reply.has_etag = !es_mutant_is(ES_MUTANT_VALID_WITHOUT_ETAG);
            memcpy(reply.etag, etag, sizeof etag);
            if (es_mutant_is(ES_MUTANT_VALID_WITH_PAYLOAD)) {
                es_block_slice(request, &fetched, &reply);
            }
            return reply;
        }
    }
    es_block_slice(request, &fetched, &reply);
    reply.token_dropped =
        reply.token_dropped ||
        (op == ES_OP_ATT && es_mutant_is(ES_MUTANT_ATT_TOKEN_DROPPED));
    return reply;
}

/* A POST without payload that asks for a later block of the answer already given. It
   never runs the function again (RFC 7959, 2.7). */
static struct es_reply continue_post(struct es_peer *peer, enum es_op op,
                                     const struct es_request *request)
{
    struct es_result *result = es_peer_result(peer, op);
    if (!result->present) {
        return es_reply_error(ES_CODE_INCOMPLETE, "no answer to continue");
    }
    if (es_mutant_is(ES_MUTANT_BLOCK2_POST_REEXECUTES)) {
        struct es_reply error;
        es_buffer_resize(&result->rep.body, 0);
        if (!es_function_post(peer, op, request, es_buffer_view(&result->request),
                              &result->rep, &error)) {
            return error;
        }
    }
    if (request->accept != ES_FORMAT_ABSENT &&
        request->accept != result->rep.content_format &&
        !es_mutant_is(ES_MUTANT_ACCEPT_IGNORED) &&
        !es_mutant_is(ES_MUTANT_ENROLL_CONTENT_FORMAT_WRONG)) {
        return es_reply_error(ES_CODE_NOT_ACCEPTABLE, "the answer has another format");
    }
    struct es_reply reply = es_reply_new(result->code);
    es_block_slice(request, &result->rep, &reply);
    return reply;
}

static enum es_code wrong_format_code(void)
{
    if (es_variant_is(ES_VARIANT_OK_CF_REJECT_400)) {
        return ES_CODE_BAD_REQUEST;
    }
    if (es_variant_is(ES_VARIANT_OK_CF_REJECT_402)) {
        return ES_CODE_BAD_OPTION;
    }
    if (es_variant_is(ES_VARIANT_OK_CF_REJECT_406)) {
        return ES_CODE_NOT_ACCEPTABLE;
    }
    return ES_CODE_UNSUPPORTED_FORMAT;
}

/* The body is complete: run the function and answer with the first block of its result. */
static struct es_reply finish_post(struct es_peer *peer, enum es_op op,
                                   const struct es_request *request,
                                   const struct es_upload *upload)
{
    struct es_result *result = es_peer_result(peer, op);
    struct es_request asked = *request;
    if (!asked.block2.present) {
        asked.block2 = upload->block2;
    }
    result->present = false;
    es_buffer_resize(&result->rep.body, 0);
    struct es_reply reply;
    if (!es_function_post(peer, op, request, es_buffer_view(&upload->body),
                          &result->rep, &reply)) {
        return reply;
    }
    es_buffer_resize(&result->request, 0);
    es_buffer_add(&result->request, upload->body.p, upload->body.n);
    result->present = true;
    result->code = es_mutant_is(ES_MUTANT_ENROLL_RESPONSE_CODE_WRONG) ? ES_CODE_CONTENT
                                                                      : ES_CODE_CHANGED;
    reply = es_reply_new(result->code);
    es_block_slice(&asked, &result->rep, &reply);
    reply.slow = es_policy.answer == ES_ANSWER_SEPARATE;
    return reply;
}

/* Takes a block or a whole body. True once the body is complete. */
static bool take_body(struct es_upload *upload, enum es_op op,
                      const struct es_request *request, struct es_reply *reply)
{
    if (es_upload_take(upload, request, reply)) {
        return true;
    }
    bool changed = op == ES_OP_SREN && reply->code == ES_CODE_CONTINUE &&
                   es_mutant_is(ES_MUTANT_SREN_CONTINUE_CODE);
    reply->code = changed ? ES_CODE_CHANGED : reply->code;
    return false;
}

static bool is_taken(const struct es_request *request)
{
    return request->content_format == ES_FORMAT_CSR ||
           es_mutant_is(ES_MUTANT_POST_CONTENT_FORMAT_UNCHECKED) ||
           (request->block1.present &&
            es_mutant_is(ES_MUTANT_FORMAT_CHECKED_UNBLOCKED_ONLY));
}

static struct es_reply refuse_format(struct es_upload *open,
                                     const struct es_request *request)
{
    if (open->active && request->block1.present && request->block1.num > 0) {
        es_upload_reset(open);
        return es_reply_error(ES_CODE_INCOMPLETE, "block has another format");
    }
    return es_reply_error(wrong_format_code(), "only 286 is taken here");
}

static struct es_reply post(struct es_peer *peer, enum es_op op,
                            const struct es_request *request)
{
    struct es_reply reply;
    bool continues = request->block2.present && request->block2.num > 0 &&
                     !request->block1.present && request->payload.n == 0;
    if (continues) {
        return continue_post(peer, op, request);
    }
    struct es_upload *upload = es_peer_upload(peer, op);
    if (!is_taken(request)) {
        return refuse_format(upload, request);
    }
    if (!take_body(upload, op, request, &reply)) {
        return reply;
    }
    reply = finish_post(peer, op, request, upload);
    es_upload_reset(upload);
    return reply;
}

static struct es_reply wrong_method(void)
{
    if (es_mutant_is(ES_MUTANT_METHOD_ON_SEN_WRONG)) {
        return es_reply_error(ES_CODE_NOT_FOUND, "nothing is served here");
    }
    return es_reply_error(ES_CODE_METHOD_NOT_ALLOWED,
                          "method is not for this resource");
}

/* GET at the path of a POST and the like. */
static bool is_method_of(enum es_op op, const struct es_request *request)
{
    return (enum es_code)request->code == es_resource_method(op) ||
           (op == ES_OP_CORE && es_mutant_is(ES_MUTANT_DISCOVERY_METHOD_UNCHECKED));
}

static struct es_reply nothing_here(const struct es_request *request)
{
    bool post = request->code != ES_CODE_GET;
    if (post && es_mutant_is(ES_MUTANT_UNKNOWN_PATH_POST_405)) {
        return wrong_method();
    }
    return es_reply_error(ES_CODE_NOT_FOUND, "nothing is served here");
}

static bool is_authenticated(const struct es_peer *peer)
{
    return es_peer_certificate(peer) != NULL ||
           es_mutant_is(ES_MUTANT_CLIENT_CERT_OPTIONAL) ||
           es_mutant_is(ES_MUTANT_CLIENT_CERT_NOT_REQUESTED);
}

static bool is_accept_unseen(const struct es_request *request)
{
    bool blocked = request->block1.present || request->block2.present;
    return es_mutant_is(ES_MUTANT_ACCEPT_IGNORED) ||
           (blocked && es_mutant_is(ES_MUTANT_ACCEPT_UNBLOCKED_ONLY));
}

static struct es_reply serve(struct es_peer *peer, const struct es_request *request)
{
    enum es_op op;
    if (request->proxy) {
        return es_reply_error(ES_CODE_PROXYING, "this is no proxy");
    }
    if (request->szx7) {
        return es_reply_error(ES_CODE_BAD_REQUEST, "block size 7 is reserved");
    }
    if (request->path_odd || !es_resource_find(request->path, &op)) {
        return nothing_here(request);
    }
    if (!is_method_of(op, request)) {
        return wrong_method();
    }
    if (!is_authenticated(peer)) {
        return es_reply_error(ES_CODE_UNAUTHORIZED, "no client certificate");
    }
    if (request->accept != ES_FORMAT_ABSENT &&
        !es_resource_has_format(op, request->accept) && !is_accept_unseen(request)) {
        return es_reply_error(ES_CODE_NOT_ACCEPTABLE, "format is not offered");
    }
    bool fetches = es_resource_method(op) == ES_CODE_GET;
    return fetches ? get(op, request) : post(peer, op, request);
}

/* The answer to the last block of an upload, good or bad, says which block it answers
   (RFC 7959, 2.3). */
static void echo_final_block1(const struct es_request *request, struct es_reply *reply)
{
    const struct es_block *b = &request->block1;
    bool without =
        es_mutant_is(ES_MUTANT_BLOCK1_FINAL_OPTION_MISSING) ||
        (reply->code == ES_CODE_INCOMPLETE && es_variant_is(ES_VARIANT_OK_408_WITHOUT));
    if (request->code == ES_CODE_POST && b->present && !b->more &&
        b->szx <= ES_SZX_MAX && !reply->block1.present && !without) {
        reply->block1 = *b;
    }
}

struct es_reply es_dispatch(struct es_peer *peer, const struct es_request *request)
{
    struct es_reply reply = serve(peer, request);
    echo_final_block1(request, &reply);
    if (reply.code == ES_CODE_BAD_REQUEST &&
        es_mutant_is(ES_MUTANT_ERROR_CONTENT_FORMAT)) {
        reply.content_format = ES_FORMAT_CERTS;
    }
    if (es_variant_is(ES_VARIANT_OK_ALWAYS_SEPARATE)) {
        reply.slow = true;
    }
    return reply;
}
