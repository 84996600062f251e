/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_SUPPORT_COAP_SERVER_H
#define ES_SUPPORT_COAP_SERVER_H

/*
 * A scripted block-wise server on the other end of a simulated network, and the loop that lets
 * it talk with a transfer in virtual time. Header only: included by one test program each.
 */

#include "coap/transfer.h"
#include "net/sim.h"

#include <criterion/criterion.h>

enum { BODY = 2500, UPLOAD = 700 };

/* How the scripted server at the other end behaves; zero is a good server. */
struct behaviour {
    uint8_t own_szx;  /* never larger than this */
    bool ignores_szx; /* answers in own_szx whatever is asked */
    bool separate, crossing, separate_non;
    bool repeats; /* every response twice */
    bool no_block1_in_final, stateless;
    uint8_t upload_szx;  /* named in every Block1 answer */
    unsigned too_large;  /* 4.13 for blocks above this size */
    bool too_large_mute; /* ... without Block1 */
    int32_t odd_at;      /* number of the response that `odd` changes; 0: none */
    void (*odd)(struct es_coap_message *response);
};

static struct es_arena *arena;
static struct es_filter *client_filter, *server_filter;
static struct es_sim_end *client_end, *server_end;
static struct es_coap_endpoint *client;
static struct behaviour server;
static struct es_coap_message requests[300]; /* as the server saw them */
static size_t requests_n;
static uint8_t uploaded[4096];
static size_t uploaded_n;
static uint8_t body[BODY], upload[UPLOAD];
static uint16_t server_mid;
static es_usec now;

static inline void set_up(void)
{
    struct es_coap_endpoint_config cfg = {0};
    arena = es_arena_new();
    es_sim_pair(arena, &client_filter, &client_end, &server_filter, &server_end);
    cfg.filter = client_filter;
    es_prng_init(&cfg.prng, 7, es_slice_of("test"), es_slice_of("coap"));
    client = es_coap_endpoint_new(arena, &cfg);
    server = (struct behaviour){.own_szx = 6, .upload_szx = 6, .too_large = 9999};
    server_mid = 0x7000;
    for (size_t i = 0; i < BODY; i++) {
        body[i] = (uint8_t)(i * 7 + i / 256);
    }
    for (size_t i = 0; i < UPLOAD; i++) {
        upload[i] = (uint8_t)(i * 5 + i / 128);
    }
}

static inline void tear_down(void)
{
    es_arena_free(arena);
}

static inline void server_sends(const struct es_coap_message *m)
{
    struct es_buf out;
    es_buf_build(&out, arena, 2000);
    es_coap_encode_raw(m, &(struct es_coap_raw){0}, &out);
    struct es_datagram d = {.bytes = es_buf_slice(&out)};
    es_filter_send(server_filter, &d, now);
    if (server.repeats) {
        es_filter_send(server_filter, &d, now);
    }
}

static inline void set_block(struct es_coap_message *m, uint32_t number,
                             struct es_coap_block b)
{
    es_coap_option_remove(m, number);
    es_coap_option_add(m, number, es_coap_block_encode(arena, b));
}

static inline bool is_too_large(const struct es_coap_message *q,
                                struct es_coap_block answer, struct es_coap_message *a)
{
    if (q->payload.n <= server.too_large) {
        return false;
    }
    a->code = ES_COAP_TOO_LARGE;
    if (!server.too_large_mute) {
        set_block(a, ES_COAP_OPT_BLOCK1, answer);
    }
    return true;
}

/* Takes the payload; true if the body is whole. */
static inline bool take_upload(const struct es_coap_message *q,
                               struct es_coap_message *a)
{
    struct es_coap_block b;
    bool in_blocks = es_coap_block_get(q, ES_COAP_OPT_BLOCK1, &b);
    struct es_coap_block answer = b;
    answer.szx = server.upload_szx < b.szx ? server.upload_szx : b.szx;
    if (is_too_large(q, answer, a)) {
        return false;
    }
    uploaded_n = b.num == 0 ? 0 : uploaded_n;
    cr_assert_eq(es_coap_block_offset(b), uploaded_n, "blocks come in order");
    for (size_t i = 0; i < q->payload.n; i++) {
        uploaded[uploaded_n++] = q->payload.p[i];
    }
    answer.m = b.m && !server.stateless;
    if (in_blocks && (b.m || !server.no_block1_in_final)) {
        set_block(a, ES_COAP_OPT_BLOCK1, answer);
    }
    a->code = answer.m ? ES_COAP_CONTINUE : ES_COAP_CODE(2, 4);
    return !b.m;
}

static inline void give_body(const struct es_coap_message *q, struct es_coap_message *a)
{
    struct es_coap_block b;
    bool asked = es_coap_block_get(q, ES_COAP_OPT_BLOCK2, &b);
    if (!asked || server.ignores_szx || b.szx > server.own_szx) {
        b.num = asked ? (uint32_t)(es_coap_block_offset(b) >> (server.own_szx + 4)) : 0;
        b.szx = server.own_szx;
    }
    struct es_slice all = es_slice_make(body, BODY);
    size_t at = (size_t)es_coap_block_offset(b);
    a->payload = es_slice_sub(all, at, es_coap_block_size(b));
    b.m = at + a->payload.n < BODY;
    set_block(a, ES_COAP_OPT_BLOCK2, b);
}

static inline void respond(struct es_coap_message *a)
{
    struct es_coap_message ack = {.type = ES_COAP_ACK, .mid = a->mid};
    if (server.separate || server.separate_non || server.crossing) {
        a->type = server.separate_non ? ES_COAP_NON : ES_COAP_CON;
        a->mid = server_mid++;
    }
    if (server.crossing) {
        server_sends(a);
        server_sends(&ack);
        return;
    }
    if (a->type != ES_COAP_ACK) {
        server_sends(&ack);
    }
    server_sends(a);
}

static inline void serve(const struct es_coap_message *q)
{
    struct es_coap_message a = {.type = ES_COAP_ACK,
                                .code = ES_COAP_CODE(2, 5),
                                .mid = q->mid,
                                .token = q->token};
    requests[requests_n++] = *es_coap_message_dup(arena, q);
    bool is_fetch = es_coap_option_count(q, ES_COAP_OPT_BLOCK2) && q->payload.n == 0;
    if (q->code != ES_COAP_POST || is_fetch || take_upload(q, &a)) {
        give_body(q, &a);
    }
    if (server.odd_at && requests_n == (size_t)server.odd_at) {
        server.odd(&a);
    }
    respond(&a);
}

static inline void run_server(void)
{
    struct es_datagram d;
    while (es_filter_recv(server_filter, &d, now) == ES_IO_OK) {
        struct es_coap_message q;
        const char *reason;
        size_t offset;
        cr_assert(es_coap_decode(d.bytes, &q, &reason, &offset), "%s", reason);
        if (es_coap_code_is_request(q.code)) {
            serve(&q);
        }
    }
}

static inline es_usec next_deadline(void)
{
    es_usec next = es_coap_endpoint_next_deadline(client);
    es_usec other = es_filter_next_deadline(client_filter);
    next = other < next ? other : next;
    other = es_filter_next_deadline(server_filter);
    return other < next ? other : next;
}

/* Lets both ends talk in virtual time until the transfer has ended or nothing moves. */
static inline enum es_transfer_progress finish(struct es_coap_transfer *t)
{
    struct es_coap_incoming in;
    for (int turns = 0; turns < 2000; turns++) {
        run_server();
        while (es_coap_endpoint_recv(client, arena, &in, now) == ES_IO_OK) {
            enum es_transfer_progress p = es_coap_transfer_take(t, &in, now);
            if (p != ES_TRANSFER_WAITING && p != ES_TRANSFER_BLOCK) {
                return p;
            }
        }
        run_server();
        if (es_filter_next_deadline(client_filter) <= now) {
            continue;
        }
        es_usec next = next_deadline();
        if (next == ES_USEC_NEVER) {
            return ES_TRANSFER_WAITING;
        }
        now = next > now ? next : now;
        es_coap_endpoint_on_deadline(client, now);
        if (es_coap_transfer_check(t) != ES_TRANSFER_WAITING) {
            return es_coap_transfer_check(t);
        }
    }
    cr_assert_fail("the transfer does not end");
    return ES_TRANSFER_WAITING;
}

static inline struct es_coap_request get(uint16_t block2_size)
{
    struct es_coap_request r = {.head = {.type = ES_COAP_CON, .code = ES_COAP_GET},
                                .block2_size = block2_size};
    es_coap_option_add(&r.head, ES_COAP_OPT_URI_PATH, es_slice_of("crts"));
    es_coap_option_add(&r.head, ES_COAP_OPT_ACCEPT, es_coap_uint_encode(arena, 281));
    return r;
}

static inline struct es_coap_request post(uint16_t block1_size)
{
    struct es_coap_request r = {.head = {.type = ES_COAP_CON, .code = ES_COAP_POST},
                                .body = es_slice_make(upload, UPLOAD),
                                .has_body = true,
                                .block1_size = block1_size};
    es_coap_option_add(&r.head, ES_COAP_OPT_URI_PATH, es_slice_of("sen"));
    es_coap_option_add(&r.head, ES_COAP_OPT_CONTENT_FORMAT,
                       es_coap_uint_encode(arena, 286));
    return r;
}

static inline struct es_coap_transfer *start(const struct es_coap_request *r)
{
    struct es_coap_transfer *t = es_coap_transfer_start(client, arena, r, now);
    cr_assert_not_null(t);
    return t;
}

static inline void expect_body(const struct es_coap_transfer *t)
{
    cr_assert(es_slice_eq(t->body, es_slice_make(body, BODY)));
}

static inline void expect_upload(void)
{
    cr_assert(es_slice_eq(es_slice_make(uploaded, uploaded_n),
                          es_slice_make(upload, UPLOAD)));
}

static inline void expect_all_good(const struct es_coap_transfer *t)
{
    for (size_t i = 0; i < t->seen_n; i++) {
        const struct es_coap_seen *s = &t->seen[i];
        cr_assert(s->steady && s->full && s->is_next && s->token_matches &&
                  s->mid_matches);
    }
}

static inline const char *sent_text(size_t i)
{
    cr_assert_lt(i, requests_n);
    requests[i].token = ES_SLICE_NONE;
    return es_coap_text(&requests[i], arena);
}

static inline void expect_broken(const struct es_coap_transfer *t, const char *part)
{
    cr_assert_not_null(t->broken);
    struct es_slice why = es_slice_of(t->broken);
    cr_assert_lt(es_slice_search(why, es_slice_of(part)), why.n, "%s", t->broken);
}

#endif
