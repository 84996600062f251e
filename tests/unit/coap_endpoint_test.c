/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "coap/endpoint.h"
#include "net/sim.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

/* `us` is the endpoint under test; the peer's end of the wire is read and written raw. */
static struct es_arena *arena;
static struct es_diag *diag;
static struct es_filter *us_filter, *peer;
static struct es_sim_end *us_end, *peer_end;
static struct es_evidence *evidence;
static struct es_coap_endpoint *us;
static es_usec now;

static void set_up(void)
{
    struct es_coap_endpoint_config cfg = {0};
    struct es_evidence_config where = {.folder = NULL};
    arena = es_arena_new();
    diag = es_diag_new();
    es_sim_pair(arena, &us_filter, &us_end, &peer, &peer_end);
    evidence = es_evidence_open(&where, arena, diag);
    cfg.filter = us_filter;
    cfg.evidence = evidence;
    es_prng_init(&cfg.prng, 7, es_slice_of("test"), es_slice_of("coap"));
    us = es_coap_endpoint_new(arena, &cfg);
    now = 1000;
}

static void tear_down(void)
{
    es_evidence_close(evidence, diag);
    es_diag_free(diag);
    es_arena_free(arena);
}

TestSuite(coap_endpoint, .init = set_up, .fini = tear_down);

static struct es_slice hex(const char *text)
{
    struct es_slice bytes;
    size_t bad;
    cr_assert(es_text_hex(es_slice_of(text), arena, &bytes, &bad));
    return bytes;
}

static void peer_sends(const char *text)
{
    struct es_datagram d = {.bytes = hex(text)};
    cr_assert_eq(es_filter_send(peer, &d, now), ES_IO_OK);
}

/* What the peer gets next, or nothing. */
static bool peer_gets(struct es_slice *bytes)
{
    struct es_datagram d;
    if (es_filter_recv(peer, &d, now) != ES_IO_OK) {
        return false;
    }
    *bytes = d.bytes;
    return true;
}

static void expect_at_peer(const char *text)
{
    struct es_slice got = ES_SLICE_NONE;
    cr_assert(peer_gets(&got), "nothing came, %s expected", text);
    cr_assert(es_slice_eq(got, hex(text)), "expected %s", text);
}

static void expect_nothing_at_peer(void)
{
    struct es_slice got;
    cr_assert_not(peer_gets(&got));
}

static struct es_coap_incoming take(void)
{
    static struct es_coap_incoming in;
    cr_assert_eq(es_coap_endpoint_recv(us, arena, &in, now), ES_IO_OK);
    return in;
}

static struct es_coap_message send_get(uint16_t mid, const char *token)
{
    static struct es_coap_message m;
    m = (struct es_coap_message){
        .type = ES_COAP_CON, .code = ES_COAP_GET, .mid = mid, .token = hex(token)};
    cr_assert_eq(es_coap_endpoint_send(us, &m, false, now), ES_IO_OK);
    return m;
}

static bool trace_has(const char *text)
{
    for (size_t i = 0; i < es_evidence_count(evidence); i++) {
        struct es_slice line = es_evidence_get(evidence, i);
        if (es_slice_search(line, es_slice_of(text)) < line.n) {
            return true;
        }
    }
    return false;
}

static void wait_for_deadline(void)
{
    now = es_coap_endpoint_next_deadline(us);
    cr_assert_neq(now, ES_USEC_NEVER);
    es_coap_endpoint_on_deadline(us, now);
}

Test(coap_endpoint, message_ids_are_not_used_twice)
{
    static bool used[65536];
    struct es_coap_message m = send_get(7, "01");
    used[m.mid] = true;
    for (int i = 0; i < 65535; i++) {
        uint16_t mid = es_coap_endpoint_mid(us);
        cr_assert_not(used[mid]);
        used[mid] = true;
    }
}

Test(coap_endpoint, tokens_are_not_used_twice)
{
    static bool used[256];
    send_get(1, "2a");
    used[0x2a] = true;
    for (int i = 0; i < 100; i++) {
        struct es_slice token = es_coap_endpoint_token(us, 1);
        cr_assert_eq(token.n, 1);
        cr_assert_not(used[token.p[0]]);
        used[token.p[0]] = true;
    }
    cr_assert_eq(es_coap_endpoint_token(us, 8).n, 8);
    cr_assert_eq(es_coap_endpoint_token(us, 0).n, 0);
}

Test(coap_endpoint, confirmable_is_repeated_in_doubling_intervals_then_given_up)
{
    es_usec start = now, last = now, gap = 0;
    struct es_coap_message m = send_get(0x1234, "4f");
    expect_at_peer("41 01 1234 4f");
    for (int i = 0; i < 4; i++) {
        wait_for_deadline();
        expect_at_peer("41 01 1234 4f");
        if (i == 0) {
            cr_assert_geq(now - last, 2 * ES_USEC_PER_S);
            cr_assert_leq(now - last, 3 * ES_USEC_PER_S);
        } else {
            cr_assert_eq(now - last, 2 * gap);
        }
        gap = now - last;
        last = now;
        cr_assert_not(es_coap_endpoint_has_given_up(us, m.mid));
    }
    wait_for_deadline();
    expect_nothing_at_peer();
    cr_assert(es_coap_endpoint_has_given_up(us, m.mid));
    cr_assert_eq(es_coap_endpoint_next_deadline(us), ES_USEC_NEVER);
    cr_assert_leq(now - start, 93 * ES_USEC_PER_S, "MAX_TRANSMIT_WAIT");
    cr_assert(trace_has("CON GET /  T=4f  (retransmission 4)"));
    cr_assert(trace_has("given up"));
}

Test(coap_endpoint, nothing_is_repeated_before_its_time)
{
    send_get(1, "4f");
    es_coap_endpoint_on_deadline(us, es_coap_endpoint_next_deadline(us) - 1);
    cr_assert_eq(us_end->sent, 1);
}

/* What ends the repetition of CON 1234 with token 4f, and what does not. */
static const struct {
    const char *bytes;
    bool ends, answers;
} endings[] = {
    {"60 00 1234", true, true},      /* Empty ACK */
    {"61 45 1234 4f", true, true},   /* piggybacked response */
    {"61 45 1234 50", true, true},   /* other token: the message was acknowledged */
    {"70 00 1234", true, true},      /* RST */
    {"41 45 0001 4f", true, true},   /* separate response, ACK lost */
    {"51 45 0001 4f", true, true},   /* the same as NON */
    {"60 00 1235", false, false},    /* another MID */
    {"61 45 1235 4f", false, false}, /* response in an ACK with another MID */
    {"70 45 1234", false, true},     /* RST that is not Empty: ignored, RFC 7252 4.2 */
    {"61 01 1234 4f", false, true},  /* ACK with a request: ignored */
    {"61 e1 1234 4f", false, true},  /* ACK with a reserved class: ignored */
    {"61 45 1234 4f ff", false, false}, /* malformed ACK */
    {"41 45 0001 50", false, false},    /* response to another token */
};

ParameterizedTestParameters(coap_endpoint, repetition_ends_with_what_rfc_7252_says)
{
    static size_t index[ES_COUNT(endings)];
    for (size_t i = 0; i < ES_COUNT(endings); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, ES_COUNT(index));
}

ParameterizedTest(size_t *index, coap_endpoint, repetition_ends_with_what_rfc_7252_says)
{
    send_get(0x1234, "4f");
    peer_sends(endings[*index].bytes);
    struct es_coap_incoming in = take();
    cr_expect_eq(in.answers, endings[*index].answers, "%s", endings[*index].bytes);
    bool ended = es_coap_endpoint_next_deadline(us) == ES_USEC_NEVER;
    cr_expect_eq(ended, endings[*index].ends, "%s", endings[*index].bytes);
    cr_expect_not(es_coap_endpoint_has_given_up(us, 0x1234));
}

Test(coap_endpoint, once_and_cancel_stop_repetition)
{
    struct es_coap_message m = {.type = ES_COAP_CON, .code = ES_COAP_GET, .mid = 1};
    es_coap_endpoint_send(us, &m, true, now);
    cr_assert_eq(es_coap_endpoint_next_deadline(us), ES_USEC_NEVER);
    m.mid = 2;
    es_coap_endpoint_send(us, &m, false, now);
    es_coap_endpoint_cancel(us, 2);
    cr_assert_eq(es_coap_endpoint_next_deadline(us), ES_USEC_NEVER);
    cr_assert_not(es_coap_endpoint_has_given_up(us, 2));
}

Test(coap_endpoint, the_same_message_sent_twice_is_acknowledged_as_one)
{
    send_get(0x1234, "4f");
    send_get(0x1234, "4f");
    peer_sends("61 45 1234 4f");
    take();
    cr_assert_eq(es_coap_endpoint_next_deadline(us), ES_USEC_NEVER);
    expect_at_peer("41 01 1234 4f");
    expect_at_peer("41 01 1234 4f");
    peer_sends("41 45 0001 4f");
    cr_assert_not(take().answers, "the exchange is over");
    expect_at_peer("70 00 0001");
}

/* What a CON of the peer gets at once while request 4f is open. NULL: nothing. */
static const struct {
    const char *bytes, *answer;
    enum es_coap_kind kind;
} replies[] = {
    {"40 00 0001", "70 00 0001", ES_COAP_NEW},    /* ping */
    {"41 45 0001 4f", "60 00 0001", ES_COAP_NEW}, /* our response */
    {"41 45 0001 50", "70 00 0001", ES_COAP_NEW}, /* nobody's response */
    {"40 e1 0001", "70 00 0001", ES_COAP_NEW},    /* reserved class */
    {"41 01 0001 4f", NULL, ES_COAP_NEW},         /* request: the caller answers */
    {"41 45 0001 4f ff", "70 00 0001", ES_COAP_MALFORMED}, /* format error */
    {"81 45 0001 4f", NULL, ES_COAP_MALFORMED},            /* version 2: silence */
    {"40 45", NULL, ES_COAP_MALFORMED},                    /* no header */
    {"51 45 0001 50", NULL, ES_COAP_NEW},                  /* NON is not acknowledged */
    {"50 45 0001 ff", NULL, ES_COAP_MALFORMED},
    {"60 45 0001 ff", NULL, ES_COAP_MALFORMED}, /* never answer an ACK */
    {"60 00 0001", NULL, ES_COAP_NEW},
    {"70 00 0001", NULL, ES_COAP_NEW},
};

ParameterizedTestParameters(coap_endpoint, confirmables_are_answered_automatically)
{
    static size_t index[2 * ES_COUNT(replies)];
    for (size_t i = 0; i < ES_COUNT(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, ES_COUNT(index));
}

ParameterizedTest(size_t *index, coap_endpoint, confirmables_are_answered_automatically)
{
    size_t i = *index / 2;
    bool automatic = *index % 2 == 0;
    send_get(0x1234, "4f");
    expect_at_peer("41 01 1234 4f");
    es_coap_endpoint_set_automatic(us, automatic);
    peer_sends(replies[i].bytes);
    cr_expect_eq(take().kind, replies[i].kind);
    if (automatic && replies[i].answer) {
        expect_at_peer(replies[i].answer);
    }
    expect_nothing_at_peer();
}

Test(coap_endpoint, malformed_has_reason_offset_and_trace)
{
    peer_sends("41 45 0001 4f ff");
    struct es_coap_incoming in = take();
    cr_assert_eq(in.kind, ES_COAP_MALFORMED);
    cr_assert_eq(in.offset, 5);
    cr_assert_not_null(in.reason);
    cr_assert(trace_has("malformed at byte 5"));
    cr_assert(trace_has("h'414500014fff'"));
}

Test(coap_endpoint, repeated_confirmable_response_is_acknowledged_again)
{
    send_get(0x1234, "4f");
    expect_at_peer("41 01 1234 4f");
    peer_sends("41 45 0001 4f");
    cr_assert(take().answers);
    expect_at_peer("60 00 0001");
    peer_sends("41 45 0001 4f");
    struct es_coap_incoming in = take();
    cr_assert_eq(in.kind, ES_COAP_DUPLICATE);
    cr_assert(in.identical);
    cr_assert_not(in.answers);
    expect_at_peer("60 00 0001");
    expect_nothing_at_peer();
}

Test(coap_endpoint, repeated_request_gets_the_same_piggybacked_response)
{
    peer_sends("41 02 0001 4f");
    cr_assert_eq(take().kind, ES_COAP_NEW);
    peer_sends("41 02 0001 4f");
    cr_assert_eq(take().kind, ES_COAP_DUPLICATE);
    expect_nothing_at_peer();
    struct es_coap_message m = {.type = ES_COAP_ACK,
                                .code = ES_COAP_CODE(2, 4),
                                .mid = 1,
                                .token = hex("4f"),
                                .payload = hex("aabb")};
    es_coap_endpoint_send(us, &m, false, now);
    expect_at_peer("61 44 0001 4f ff aabb");
    cr_assert_eq(es_coap_endpoint_next_deadline(us), ES_USEC_NEVER);
    peer_sends("41 02 0001 4f");
    take();
    expect_at_peer("61 44 0001 4f ff aabb");
    cr_assert(trace_has("(again)"));
}

Test(coap_endpoint, separate_response_of_ours_is_repeated_until_acknowledged)
{
    peer_sends("41 02 0001 4f");
    take();
    struct es_coap_message ack = {.type = ES_COAP_ACK, .mid = 1};
    es_coap_endpoint_send(us, &ack, false, now);
    expect_at_peer("60 00 0001");
    struct es_coap_message m = {.type = ES_COAP_CON,
                                .code = ES_COAP_CODE(2, 4),
                                .mid = 0x0102,
                                .token = hex("4f")};
    es_coap_endpoint_send(us, &m, false, now);
    expect_at_peer("41 44 0102 4f");
    wait_for_deadline();
    expect_at_peer("41 44 0102 4f");
    peer_sends("60 00 0102");
    cr_assert(take().answers);
    cr_assert_eq(es_coap_endpoint_next_deadline(us), ES_USEC_NEVER);
}

Test(coap_endpoint, message_id_with_other_content_is_a_duplicate_that_differs)
{
    peer_sends("41 02 0001 4f");
    take();
    peer_sends("41 02 0001 50");
    struct es_coap_incoming in = take();
    cr_assert_eq(in.kind, ES_COAP_DUPLICATE);
    cr_assert_not(in.identical);
}

Test(coap_endpoint, type_belongs_to_the_identity_of_a_message)
{
    peer_sends("50 01 0001");
    take();
    peer_sends("40 01 0001");
    cr_assert_eq(take().kind, ES_COAP_NEW);
}

Test(coap_endpoint, message_id_is_fresh_again_after_its_lifetime)
{
    peer_sends("40 01 0001");
    take();
    now += 246 * ES_USEC_PER_S;
    peer_sends("40 01 0001");
    cr_assert_eq(take().kind, ES_COAP_DUPLICATE);
    now += 2 * ES_USEC_PER_S;
    peer_sends("40 01 0001");
    cr_assert_eq(take().kind, ES_COAP_NEW);
}

Test(coap_endpoint, bytes_go_out_untouched_and_their_answer_is_recognised)
{
    uint32_t packet;
    cr_assert_eq(es_coap_endpoint_send_bytes(us, hex("4f 01 1234"), &packet, now),
                 ES_IO_OK);
    expect_at_peer("4f 01 1234");
    cr_assert(trace_has("h'4f011234'"));
    es_coap_endpoint_send_bytes(us, hex("41 01 1235 4f"), &packet, now);
    expect_at_peer("41 01 1235 4f");
    cr_assert_eq(es_coap_endpoint_next_deadline(us), ES_USEC_NEVER);
    peer_sends("41 45 0001 4f");
    cr_assert(take().answers);
}

Test(coap_endpoint, empty_messages_say_in_the_trace_what_they_belong_to)
{
    send_get(0x0011, "4f");
    peer_sends("60 00 0011");
    take();
    peer_sends("60 00 0012");
    take();
    cr_assert(trace_has("ACK empty  (to MID 17)"));
    cr_assert(trace_has("ACK empty  (to no message, MID 18)"));
}

Test(coap_endpoint, nothing_to_receive_is_again)
{
    struct es_coap_incoming in;
    cr_assert_eq(es_coap_endpoint_recv(us, arena, &in, now), ES_IO_AGAIN);
    cr_assert_eq(es_coap_endpoint_next_deadline(us), ES_USEC_NEVER);
}

Test(coap_endpoint, second_separate_response_to_a_token_is_reset)
{
    send_get(0x1234, "4f");
    expect_at_peer("41 01 1234 4f");
    peer_sends("41 45 0001 4f");
    cr_assert(take().answers);
    expect_at_peer("60 00 0001");
    peer_sends("41 45 0002 4f");
    cr_assert_not(take().answers);
    expect_at_peer("70 00 0002");
}
