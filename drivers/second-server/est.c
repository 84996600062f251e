/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "est.h"

#include "ca.h"
#include "policy.h"

enum { SEPARATE_DELAY_MS = 500, PATH_LEN_MAX = 3 };

struct resource {
    const char *path[PATH_LEN_MAX];
    size_t path_len;
    uint8_t method;
    int32_t formats[2]; /* the first is the default; -1: no other */
};

static const struct resource resources[ES_OP_COUNT] = {
    [ES_OP_CORE] = {{".well-known", "core"}, 2, ES_GET, {ES_FORMAT_LINK, -1}},
    [ES_OP_CRTS] = {{".well-known", "est", "crts"}, 3, ES_GET, {ES_FORMAT_CERTS, -1}},
    [ES_OP_SEN] = {{".well-known", "est", "sen"},
                   3,
                   ES_POST,
                   {ES_FORMAT_CERTS, ES_FORMAT_CERT}},
    [ES_OP_SKG] = {{".well-known", "est", "skg"},
                   3,
                   ES_POST,
                   {ES_FORMAT_MULTIPART, -1}},
    [ES_OP_SKC] = {{".well-known", "est", "skc"},
                   3,
                   ES_POST,
                   {ES_FORMAT_MULTIPART, -1}},
    [ES_OP_SREN] = {{".well-known", "est", "sren"},
                    3,
                    ES_POST,
                    {ES_FORMAT_CERTS, ES_FORMAT_CERT}},
};

/* All links are told, whatever the query: filtering is optional (RFC 6690, 4.1). */
static const char links[] = "</.well-known/core>;ct=40,"
                            "</.well-known/est/sren>;ct=\"281 287\";rt=ace.est.sren,"
                            "</.well-known/est/sen>;ct=\"281 287\";rt=ace.est.sen,"
                            "</.well-known/est/crts>;ct=281;rt=ace.est.crts,"
                            "</.well-known/est/skg>;rt=ace.est.skg;ct=62,"
                            "</.well-known/est/skc>;rt=ace.est.skc;ct=62";

bool es_est_load(const char *dir)
{
    return es_ca_load(dir) && es_enroll_load(dir);
}

void es_est_unload(void)
{
    es_enroll_unload();
    es_ca_unload();
}

void es_peer_close(struct es_peer *peer)
{
    for (size_t i = 0; i < ES_OP_COUNT; i++) {
        es_upload_close(&peer->uploads[i]);
        es_octets_free(&peer->results[i].body);
    }
    *peer = (struct es_peer){.cert = NULL};
}

static bool path_is(const struct es_request *request, const struct resource *r)
{
    bool same = request->path_len == r->path_len;
    for (size_t i = 0; same && i < r->path_len; i++) {
        same = es_bytes_are(request->path[i], r->path[i]);
    }
    return same;
}

static bool find(const struct es_request *request, enum es_op *op)
{
    for (size_t i = 0; i < ES_OP_COUNT; i++) {
        if (path_is(request, &resources[i])) {
            *op = (enum es_op)i;
            return true;
        }
    }
    return false;
}

static struct es_response get(enum es_op op, const struct es_request *request)
{
    struct es_response response = es_response_new(ES_CONTENT);
    struct es_bytes body = es_ca_certificates();
    if (op == ES_OP_CORE) {
        body = (struct es_bytes){(const uint8_t *)links, sizeof links - 1};
        /* Legal at any time (RFC 7252, 5.2.2), and a surprise to many. */
        response.slow = true;
    }
    es_slice(body, resources[op].formats[0], &request->block2, &response);
    return response;
}

/* RFC 7959, 2.7: later blocks of an answer are asked for by a POST without payload. */
static bool is_later_block(const struct es_request *request)
{
    return request->block2.present && request->block2.num > 0 &&
           !request->block1.present && request->payload.n == 0;
}

static struct es_response later_block(struct es_peer *peer, enum es_op op,
                                      const struct es_request *request)
{
    const struct es_representation *r = &peer->results[op];
    struct es_response response = es_response_new(ES_INCOMPLETE);
    if (r->body.n > 0) {
        response.code = ES_CHANGED;
        es_slice(es_octets_view(&r->body), r->content_format, &request->block2,
                 &response);
    }
    return response;
}

static struct es_response finish(struct es_peer *peer, enum es_op op,
                                 const struct es_request *request)
{
    struct es_upload *upload = &peer->uploads[op];
    struct es_representation *r = &peer->results[op];
    struct es_response response;
    es_octets_clear(&r->body);
    if (es_enroll(peer, op, es_octets_view(&upload->body), request->accept, r,
                  &response)) {
        response = es_response_new(ES_CHANGED);
        es_slice(es_octets_view(&r->body), r->content_format, &upload->block2,
                 &response);
        response.slow = es_policy_answer() == ES_ANSWER_SEPARATE;
        response.delay_ms = SEPARATE_DELAY_MS;
    }
    es_upload_close(upload);
    return response;
}

static struct es_response post(struct es_peer *peer, enum es_op op,
                               const struct es_request *request)
{
    struct es_upload *upload = &peer->uploads[op];
    struct es_response response;
    if (is_later_block(request)) {
        return later_block(peer, op, request);
    }
    if (request->content_format != ES_FORMAT_CSR) {
        bool inside = upload->open && request->block1.num > 0;
        es_upload_close(upload);
        return inside ? es_response_new(ES_INCOMPLETE)
                      : es_response_error(ES_BAD_REQUEST, "Content-Format is not 286");
    }
    if (es_upload_take(upload, request, &response)) {
        response = finish(peer, op, request);
    }
    return response;
}

static bool is_acceptable(enum es_op op, int32_t accept)
{
    const int32_t *formats = resources[op].formats;
    return accept < 0 || accept == formats[0] || accept == formats[1];
}

static struct es_response serve(struct es_peer *peer, const struct es_request *request)
{
    enum es_op op;
    if (request->has_unknown_critical) {
        /* Here a text is asked for (RFC 7252, 5.4.1); with most codes it is not (5.5.2). */
        return es_response_error(ES_BAD_OPTION, "a critical option is not understood");
    }
    if (request->has_proxy) {
        return es_response_new(ES_PROXYING);
    }
    if (request->block1.szx == ES_SZX_RESERVED ||
        request->block2.szx == ES_SZX_RESERVED) {
        return es_response_error(ES_BAD_REQUEST, "block size is reserved");
    }
    if (!find(request, &op)) {
        return es_response_new(ES_NOT_FOUND);
    }
    if (request->head.code != resources[op].method) {
        return es_response_new(ES_METHOD_NOT_ALLOWED);
    }
    if (!is_acceptable(op, request->accept)) {
        return es_response_new(ES_NOT_ACCEPTABLE);
    }
    return request->head.code == ES_GET ? get(op, request) : post(peer, op, request);
}

struct es_response es_est_serve(struct es_peer *peer, const struct es_request *request)
{
    struct es_response response = serve(peer, request);
    const struct es_block *b = &request->block1;
    /* RFC 7959, 2.3: the answer to the last block says so; 4.08 and 4.13 are answers to
       none in particular. */
    bool final = request->head.code == ES_POST && b->present && !b->more;
    if (final && b->szx != ES_SZX_RESERVED && response.code != ES_INCOMPLETE &&
        response.code != ES_TOO_LARGE) {
        response.block1 = *b;
    }
    return response;
}
