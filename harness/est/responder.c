/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "est/responder.h"

#include "codec/pkcs7.h"
#include "est/issue.h"

#include <string.h>

enum {
    FORMAT_LINKS = 40,
    FORMAT_MULTIPART = 62,
    FORMAT_CERTS_ONLY = 281,
    FORMAT_PKCS8 = 284,
    FORMAT_PKCS10 = 286,
    FORMAT_CERTIFICATE = 287,
    CODE_CONTENT = 2 << 5 | 5,
    CODE_CHANGED = 2 << 5 | 4,
    CODE_BAD_REQUEST = 4 << 5 | 0,
    CODE_NOT_FOUND = 4 << 5 | 4,
    CODE_NOT_ALLOWED = 4 << 5 | 5,
    CODE_NOT_ACCEPTABLE = 4 << 5 | 6,
    CODE_UNSUPPORTED_FORMAT = 4 << 5 | 15,
    LINKS_MAX = 1024,
};

struct turn {
    struct es_arena *arena;
    const struct es_responder *responder;
    const struct es_coap_asked *asked;
    struct es_coap_reply *reply;
};

static const char *answer(struct turn *t, uint8_t code, const char *what)
{
    t->reply->head.code = code;
    return what;
}

static const char *answer_body(struct turn *t, uint8_t code, uint32_t format,
                               struct es_slice body, const char *what)
{
    t->reply->body = body;
    es_coap_option_add(&t->reply->head, ES_COAP_OPT_CONTENT_FORMAT,
                       es_coap_uint_encode(t->arena, format));
    return answer(t, code, what);
}

/* A number option of the request; false if it is absent. */
static bool number_of(const struct turn *t, uint32_t option, uint64_t *v)
{
    const struct es_coap_option *o = es_coap_option_find(t->asked->first, option, 0);
    return o && es_coap_uint_decode(o->value, v);
}

/* 0 without Accept: anything will do. */
static uint64_t accepted(const struct turn *t)
{
    uint64_t v = 0;
    return number_of(t, ES_COAP_OPT_ACCEPT, &v) ? v : 0;
}

static const char *serve_crts(struct turn *t)
{
    const struct es_zoo *zoo = t->responder->zoo;
    struct es_slice certs[] = {zoo->at[ES_ZOO_ISSUING_CA].cert,
                               zoo->at[ES_ZOO_ROOT].cert};
    uint64_t accept = accepted(t);
    if (accept != 0 && accept != FORMAT_CERTS_ONLY) {
        return answer(t, CODE_NOT_ACCEPTABLE, "CA certificates in another format");
    }
    return answer_body(t, CODE_CONTENT, FORMAT_CERTS_ONLY,
                       es_pkcs7_build(t->arena, certs, ES_COUNT(certs)),
                       "CA certificates");
}

/* Issues for the request in the body; NULL and an answer of 4.00 if that cannot be done. */
static bool issue(struct turn *t, enum es_issue_key key, struct es_issued *issued)
{
    struct es_issue_order order = {.csr = t->asked->body, .key = key};
    struct es_diag *d = es_diag_new();
    bool ok =
        es_issue(t->arena, t->responder->zoo, t->responder->now_s, &order, issued, d);
    es_diag_free(d);
    if (!ok) {
        answer(t, CODE_BAD_REQUEST, NULL);
    }
    return ok;
}

static const char *serve_enrolment(struct turn *t)
{
    struct es_issued issued;
    uint64_t accept = accepted(t);
    if (accept != 0 && accept != FORMAT_CERTS_ONLY && accept != FORMAT_CERTIFICATE) {
        return answer(t, CODE_NOT_ACCEPTABLE, "a certificate in another format");
    }
    if (!issue(t, ES_ISSUE_REQUESTED, &issued)) {
        return "a request that cannot be certified";
    }
    return accept == FORMAT_CERTIFICATE
               ? answer_body(t, CODE_CHANGED, FORMAT_CERTIFICATE, issued.cert,
                             "a certificate")
               : answer_body(t, CODE_CHANGED, FORMAT_CERTS_ONLY, issued.p7,
                             "a certificate");
}

static void put_cbor_head(struct es_buf *b, unsigned major, size_t n)
{
    if (n < 24) {
        es_buf_u8(b, major << 5 | (unsigned)n);
    } else if (n < 256) {
        es_buf_u8(b, major << 5 | 24);
        es_buf_u8(b, (unsigned)n);
    } else {
        es_buf_u8(b, major << 5 | 25);
        es_buf_u16(b, (unsigned)n);
    }
}

/* RFC 8710: an array of formats and byte strings in turn. */
static struct es_slice multipart(struct turn *t, struct es_slice key, unsigned format,
                                 struct es_slice certificate)
{
    struct es_buf b;
    es_buf_build(&b, t->arena, key.n + certificate.n + 16);
    put_cbor_head(&b, 4, 4);
    put_cbor_head(&b, 0, FORMAT_PKCS8);
    put_cbor_head(&b, 2, key.n);
    es_buf_put(&b, key);
    put_cbor_head(&b, 0, format);
    put_cbor_head(&b, 2, certificate.n);
    es_buf_put(&b, certificate);
    return es_buf_slice(&b);
}

static const char *serve_key(struct turn *t, unsigned format)
{
    struct es_issued issued;
    uint64_t accept = accepted(t);
    if (accept != 0 && accept != FORMAT_MULTIPART) {
        return answer(t, CODE_NOT_ACCEPTABLE, "a key in another format");
    }
    if (!issue(t, ES_ISSUE_GENERATED, &issued)) {
        return "a request that cannot be certified";
    }
    struct es_slice part = format == FORMAT_CERTIFICATE ? issued.cert : issued.p7;
    return answer_body(t, CODE_CHANGED, FORMAT_MULTIPART,
                       multipart(t, issued.pkcs8, format, part),
                       "a key and a certificate");
}

static bool is_query_for_est(const char *uri)
{
    const char *query = strchr(uri, '?');
    return !query || strncmp(query, "?rt=ace.est", strlen("?rt=ace.est")) == 0 ||
           strcmp(query, "?rt=*") == 0;
}

static const char *serve_links(struct turn *t)
{
    static const struct {
        const char *word, *format;
    } links[] = {{"crts", "281"}, {"sen", "\"281 287\""}, {"sren", "\"281 287\""},
                 {"att", "285"},  {"skg", "62"},          {"skc", "62"}};
    struct es_buf b;
    if (!is_query_for_est(t->asked->uri)) {
        return answer_body(t, CODE_CONTENT, FORMAT_LINKS, ES_SLICE_NONE, "no links");
    }
    es_buf_build(&b, t->arena, LINKS_MAX);
    for (size_t i = 0; i < ES_COUNT(links); i++) {
        es_buf_printf(&b, "%s<%s/%s>;rt=\"ace.est.%s\";ct=%s", i ? "," : "",
                      t->responder->root, links[i].word, links[i].word,
                      links[i].format);
    }
    return answer_body(t, CODE_CONTENT, FORMAT_LINKS, es_buf_slice(&b), "links");
}

static const char *post(struct turn *t, struct es_slice word)
{
    uint64_t format = 0;
    if (t->asked->first->code != ES_COAP_POST) {
        return answer(t, CODE_NOT_ALLOWED, "a method that is not allowed");
    }
    if (!number_of(t, ES_COAP_OPT_CONTENT_FORMAT, &format) || format != FORMAT_PKCS10) {
        return answer(t, CODE_UNSUPPORTED_FORMAT, "a request that is no PKCS#10");
    }
    if (es_slice_is(word, "skg")) {
        return serve_key(t, FORMAT_CERTS_ONLY);
    }
    return es_slice_is(word, "skc") ? serve_key(t, FORMAT_CERTIFICATE)
                                    : serve_enrolment(t);
}

static const char *get(struct turn *t, const char *(*serve)(struct turn *))
{
    return t->asked->first->code == ES_COAP_GET
               ? serve(t)
               : answer(t, CODE_NOT_ALLOWED, "a method that is not allowed");
}

static const char *dispatch(struct turn *t)
{
    struct es_slice path = es_slice_of(t->asked->uri);
    struct es_slice rest = path;
    path = es_slice_split(&rest, '?');
    if (es_slice_is(path, "/.well-known/core")) {
        return get(t, serve_links);
    }
    size_t n = strlen(t->responder->root);
    if (!es_slice_has_prefix(path, t->responder->root) || path.n <= n ||
        path.p[n] != '/') {
        return answer(t, CODE_NOT_FOUND, "nothing there");
    }
    struct es_slice word = es_slice_from(path, n + 1);
    if (es_slice_is(word, "crts")) {
        return get(t, serve_crts);
    }
    bool enrols = es_slice_is(word, "sen") || es_slice_is(word, "sren") ||
                  es_slice_is(word, "skg") || es_slice_is(word, "skc");
    if (enrols) {
        return post(t, word);
    }
    return answer(t, CODE_NOT_FOUND,
                  es_slice_is(word, "att") ? "no attributes" : "nothing there");
}

const char *es_respond(struct es_arena *a, const struct es_responder *r,
                       const struct es_coap_asked *asked, struct es_coap_reply *reply)
{
    struct turn t = {.arena = a, .responder = r, .asked = asked, .reply = reply};
    reply->kind = ES_REPLY_MESSAGE;
    return dispatch(&t);
}
