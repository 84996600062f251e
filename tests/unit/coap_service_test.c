/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "coap/service.h"
#include "coap/transfer.h"
#include "net/sim.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <string.h>

enum { BODY = 700, UPLOAD = 500 };

/* Our client against our server. */
struct world {
    struct es_arena *arena;
    struct es_coap_endpoint *client, *server;
    struct es_filter *client_end, *server_end;
    struct es_coap_service *service;
    struct es_coap_upload_policy policy;
    struct es_coap_reply reply;
    bool answers; /* the server answers what is whole */
    struct es_coap_asked *asked;
    es_usec now;
};

static struct world w;
static uint8_t body[BODY], upload[UPLOAD];

static struct es_coap_endpoint *endpoint(struct es_filter *f, const char *purpose)
{
    struct es_coap_endpoint_config cfg = {.filter = f};
    es_prng_init(&cfg.prng, 1, ES_SLICE_LIT("test"), es_slice_of(purpose));
    return es_coap_endpoint_new(w.arena, &cfg);
}

static void set_up(void)
{
    struct es_sim_end *a, *b;
    memset(&w, 0, sizeof w);
    w.arena = es_arena_new();
    es_sim_pair(w.arena, &w.client_end, &a, &w.server_end, &b);
    w.client = endpoint(w.client_end, "client");
    w.server = endpoint(w.server_end, "server");
    w.service = es_coap_service_new(w.server, w.arena);
    w.answers = true;
    for (size_t i = 0; i < BODY; i++) {
        body[i] = (uint8_t)(i * 7 + i / 256);
    }
    memset(upload, 0x5a, sizeof upload);
    w.reply.head.code = ES_COAP_CODE(2, 5);
    w.reply.body = es_slice_make(body, sizeof body);
    es_coap_option_add(&w.reply.head, ES_COAP_OPT_ETAG, ES_SLICE_LIT("tag"));
}

static void tear_down(void)
{
    es_arena_free(w.arena);
}

TestSuite(coap_service, .init = set_up, .fini = tear_down);

static void serve(void)
{
    struct es_coap_incoming in;
    struct es_coap_asked *asked;
    while (es_coap_endpoint_recv(w.server, w.arena, &in, w.now) == ES_IO_OK) {
        enum es_service_event e =
            es_coap_service_take(w.service, &in, &w.policy, &asked, w.now);
        w.asked = asked ? asked : w.asked;
        if (e == ES_SERVICE_ASKED && w.answers) {
            es_coap_service_answer(w.service, asked, &w.reply, w.now);
        }
    }
    if (es_coap_service_next_deadline(w.service) <= w.now) {
        es_coap_service_on_deadline(w.service, w.now);
    }
}

static enum es_transfer_progress exchange(struct es_coap_transfer *t)
{
    struct es_coap_incoming in;
    enum es_transfer_progress p = ES_TRANSFER_WAITING;
    for (int i = 0; i < 400; i++) {
        serve();
        while ((p == ES_TRANSFER_WAITING || p == ES_TRANSFER_BLOCK ||
                p == ES_TRANSFER_OTHER) &&
               es_coap_endpoint_recv(w.client, w.arena, &in, w.now) == ES_IO_OK) {
            p = es_coap_transfer_take(t, &in, w.now);
        }
        if (p != ES_TRANSFER_WAITING && p != ES_TRANSFER_BLOCK &&
            p != ES_TRANSFER_OTHER) {
            break;
        }
        w.now += 100 * ES_USEC_PER_MS;
        es_coap_endpoint_on_deadline(w.client, w.now);
        es_coap_endpoint_on_deadline(w.server, w.now);
    }
    return p;
}

static struct es_coap_transfer *request(uint8_t code, uint16_t block1, uint16_t block2)
{
    struct es_coap_request r = {.head = {.type = ES_COAP_CON, .code = code},
                                .block1_size = block1,
                                .block2_size = block2};
    es_coap_option_add(&r.head, ES_COAP_OPT_URI_PATH, ES_SLICE_LIT("sen"));
    if (code == ES_COAP_POST) {
        r.body = es_slice_make(upload, sizeof upload);
        r.has_body = true;
    }
    return es_coap_transfer_start(w.client, w.arena, &r, w.now);
}

static bool body_came(const struct es_coap_transfer *t)
{
    return es_slice_eq(t->body, w.reply.body);
}

/* Index: block sizes of upload and answer, 16 to 1024 each. */
ParameterizedTestParameters(coap_service, every_size_goes_up_and_comes_down)
{
    static size_t index[49];
    for (size_t i = 0; i < ES_COUNT(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, ES_COUNT(index));
}

ParameterizedTest(size_t *index, coap_service, every_size_goes_up_and_comes_down)
{
    struct es_coap_transfer *t = request(ES_COAP_POST, (uint16_t)(16 << *index % 7),
                                         (uint16_t)(16 << *index / 7));
    cr_assert_eq(exchange(t), ES_TRANSFER_COMPLETE);
    cr_assert(body_came(t));
    cr_assert(es_slice_eq(w.asked->body, es_slice_make(upload, sizeof upload)));
    cr_assert_str_eq(w.asked->uri, "/sen");
    cr_assert(w.asked->is_done);
    for (size_t i = 0; i < t->seen_n; i++) {
        cr_assert(t->seen[i].full && t->seen[i].steady);
    }
}

/* A client with max_fragment_length 512 (RFC 6066, 4). */
Test(coap_service, blocks_of_answers_fit_into_what_the_client_can_take)
{
    es_coap_service_limit(w.service, 512);
    struct es_coap_transfer *t = request(ES_COAP_GET, 0, 0);
    cr_assert_eq(exchange(t), ES_TRANSFER_COMPLETE);
    cr_assert(body_came(t));
    for (size_t i = 0; i < t->seen_n; i++) {
        cr_assert_leq(t->seen[i].message->raw.n, 512);
        cr_assert_leq(es_coap_block_size(t->seen[i].block2), 256);
    }
}

Test(coap_service, wished_smaller_size_is_told_in_the_first_continue)
{
    w.policy.size = 64;
    struct es_coap_transfer *t = request(ES_COAP_POST, 256, 0);
    cr_assert_eq(exchange(t), ES_TRANSFER_COMPLETE);
    cr_assert_eq(w.asked->body.n, UPLOAD);
    cr_assert_eq(w.asked->blocks.at[1].block1.szx, 2);
    cr_assert_eq(w.asked->blocks.at[1].block1.num, 4);
    cr_assert(w.asked->blocks.at[1].steady);
}

Test(coap_service, block_that_leaves_a_hole_gets_4_08)
{
    struct es_coap_message m = {.type = ES_COAP_CON, .code = ES_COAP_POST, .mid = 9};
    struct es_coap_block b = {.num = 3, .m = true, .szx = 2};
    struct es_coap_incoming in;
    m.payload = es_slice_make(upload, 64);
    m.has_payload = true;
    es_coap_option_add(&m, ES_COAP_OPT_BLOCK1, es_coap_block_encode(w.arena, b));
    es_coap_endpoint_send(w.client, &m, true, w.now);
    serve();
    cr_assert_eq(es_coap_endpoint_recv(w.client, w.arena, &in, w.now), ES_IO_OK);
    cr_assert_eq(in.message.code, ES_COAP_CODE(4, 8));
}

struct style_case {
    enum es_coap_style style;
    bool separate, empty_ack_first;
    enum es_coap_type type;
};

static const struct style_case styles[] = {
    {ES_STYLE_PIGGYBACK, false, false, ES_COAP_ACK},
    {ES_STYLE_SEPARATE, true, true, ES_COAP_CON},
    {ES_STYLE_SEPARATE_NON, true, true, ES_COAP_NON},
    {ES_STYLE_CROSSED, true, false, ES_COAP_CON},
    {ES_STYLE_UNACKNOWLEDGED, true, false, ES_COAP_CON},
};

ParameterizedTestParameters(coap_service, answer_comes_in_the_style_of_the_reply)
{
    static size_t index[ES_COUNT(styles)];
    for (size_t i = 0; i < ES_COUNT(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, ES_COUNT(index));
}

ParameterizedTest(size_t *index, coap_service, answer_comes_in_the_style_of_the_reply)
{
    const struct style_case *k = &styles[*index];
    w.reply.style = k->style;
    w.reply.body = es_slice_make(body, 20);
    struct es_coap_transfer *t = request(ES_COAP_GET, 0, 0);
    cr_assert_eq(exchange(t), ES_TRANSFER_COMPLETE);
    cr_assert(body_came(t));
    cr_assert_eq(t->seen[0].message->type, k->type);
    cr_assert_eq(t->seen[0].has_empty_ack, k->empty_ack_first);
}

Test(coap_service, answer_that_takes_long_is_announced_by_an_empty_ack)
{
    w.reply.delay = 5 * ES_USEC_PER_S;
    struct es_coap_transfer *t = request(ES_COAP_GET, 0, 0);
    cr_assert_eq(exchange(t), ES_TRANSFER_COMPLETE);
    cr_assert(body_came(t));
    cr_assert(t->seen[0].has_empty_ack);
    cr_assert_geq(t->seen[0].message->time, 5 * ES_USEC_PER_S);
    cr_assert_eq(w.asked->blocks.n, t->blocks_sent, "no repetition was needed");
}

/* What the client makes of each deviation at block 1 of the answer. */
struct deviation_case {
    enum es_coap_deviation deviation;
    enum es_transfer_progress progress;
    bool whole; /* the right body arrives all the same */
};

static const struct deviation_case deviations[] = {
    {ES_DEVIATE_NOT, ES_TRANSFER_COMPLETE, true},
    {ES_DEVIATE_CODE, ES_TRANSFER_BROKEN, false},
    {ES_DEVIATE_SILENT, ES_TRANSFER_WAITING, false},
    {ES_DEVIATE_NUMBER, ES_TRANSFER_BROKEN, false},
    {ES_DEVIATE_SMALLER, ES_TRANSFER_COMPLETE, true},
    {ES_DEVIATE_NO_OPTION, ES_TRANSFER_BROKEN, false},
    {ES_DEVIATE_SKIP, ES_TRANSFER_BROKEN, false},
    {ES_DEVIATE_REPEAT, ES_TRANSFER_BROKEN, false},
    {ES_DEVIATE_ETAG, ES_TRANSFER_COMPLETE, true},
    {ES_DEVIATE_LAST, ES_TRANSFER_COMPLETE, false},
    {ES_DEVIATE_SHORT, ES_TRANSFER_BROKEN, false},
    {ES_DEVIATE_RESERVED, ES_TRANSFER_BROKEN, false},
    {ES_DEVIATE_MORE, ES_TRANSFER_BROKEN, true},
};

ParameterizedTestParameters(coap_service, each_deviation_shows_at_its_block)
{
    static size_t index[ES_COUNT(deviations)];
    for (size_t i = 0; i < ES_COUNT(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, ES_COUNT(index));
}

ParameterizedTest(size_t *index, coap_service, each_deviation_shows_at_its_block)
{
    const struct deviation_case *k = &deviations[*index];
    w.reply.deviation = k->deviation;
    w.reply.block = 1;
    w.reply.code = ES_COAP_CODE(5, 0);
    struct es_coap_transfer *t = request(ES_COAP_GET, 0, 64);
    enum es_transfer_progress p = exchange(t);
    p = p == ES_TRANSFER_BLOCK ? ES_TRANSFER_WAITING : p;
    cr_assert_eq(p, k->progress, "deviation %d: %d", (int)k->deviation, (int)p);
    cr_assert_eq(body_came(t), k->whole);
    cr_assert(w.asked->is_done);
    if (k->deviation == ES_DEVIATE_ETAG) {
        cr_assert(es_slice_is(
            es_coap_option_find(t->seen[0].message, ES_COAP_OPT_ETAG, 0)->value,
            "tag"));
        cr_assert_not(es_slice_is(
            es_coap_option_find(t->seen[1].message, ES_COAP_OPT_ETAG, 0)->value,
            "tag"));
    }
}

Test(coap_service, upload_can_be_refused_once_with_a_smaller_size)
{
    w.policy = (struct es_coap_upload_policy){.deviation = ES_DEVIATE_CODE,
                                              .code = ES_COAP_TOO_LARGE,
                                              .code_size = 32,
                                              .block = 0};
    struct es_coap_transfer *t = request(ES_COAP_POST, 128, 0);
    cr_assert_eq(exchange(t), ES_TRANSFER_COMPLETE);
    cr_assert(body_came(t));
    cr_assert_eq(w.asked->body.n, UPLOAD);
    cr_assert_eq(t->seen[0].message->code, ES_COAP_TOO_LARGE);
    cr_assert_eq(w.asked->blocks.at[0].block1.szx, 3, "the first attempt is kept");
    cr_assert_eq(w.asked->blocks.at[1].block1.szx, 1);
}

Test(coap_service, continue_may_name_a_wrong_block)
{
    w.policy =
        (struct es_coap_upload_policy){.deviation = ES_DEVIATE_NUMBER, .block = 1};
    struct es_coap_transfer *t = request(ES_COAP_POST, 128, 0);
    cr_assert_eq(exchange(t), ES_TRANSFER_BROKEN);
    cr_assert_eq(t->seen[1].block1.num, 2);
}

Test(coap_service, reset_and_silence_are_answers_too)
{
    w.reply.kind = ES_REPLY_RST;
    cr_assert_eq(exchange(request(ES_COAP_GET, 0, 0)), ES_TRANSFER_GIVEN_UP);
    w.reply.kind = ES_REPLY_NONE;
    struct es_coap_transfer *t = request(ES_COAP_GET, 0, 0);
    cr_assert_eq(exchange(t), ES_TRANSFER_WAITING);
    cr_assert_eq(t->seen_n, 0);
}

Test(coap_service, unanswered_request_waits_and_its_repetitions_are_one)
{
    w.answers = false;
    request(ES_COAP_GET, 0, 0);
    for (int i = 0; i < 60; i++) {
        serve();
        w.now += 100 * ES_USEC_PER_MS;
        es_coap_endpoint_on_deadline(w.client, w.now);
    }
    cr_assert_eq(es_coap_service_first(w.service), w.asked);
    cr_assert_null(w.asked->next);
    cr_assert_eq(w.asked->state, ES_ASKED_WHOLE);
}
