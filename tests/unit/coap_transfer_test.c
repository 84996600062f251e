/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/coap_server.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

TestSuite(coap_transfer, .init = set_up, .fini = tear_down);

/* Index: exponent 0..6, without and with a new token for each block. */
ParameterizedTestParameters(coap_transfer, every_size_fetches_the_body)
{
    static size_t index[14];
    for (size_t i = 0; i < ES_COUNT(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, ES_COUNT(index));
}

ParameterizedTest(size_t *index, coap_transfer, every_size_fetches_the_body)
{
    size_t size = (size_t)16 << *index % 7;
    struct es_coap_request r = get((uint16_t)size);
    r.token_per_block = *index >= 7;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    expect_body(t);
    expect_all_good(t);
    cr_assert_eq(t->seen_n, (BODY + size - 1) / size);
    cr_assert_eq(t->blocks_sent, t->seen_n);
    cr_assert_eq(t->seen[1].block2.num, 1);
    bool same = es_slice_eq(requests[0].token, requests[1].token);
    cr_assert_neq(same, r.token_per_block);
    cr_assert_neq(requests[0].mid, requests[1].mid);
    cr_assert_not_null(es_coap_option_find(&requests[1], ES_COAP_OPT_ACCEPT, 0));
}

Test(coap_transfer, given_token_is_used)
{
    struct es_coap_request r = get(64);
    r.has_token = true;
    r.head.token = es_slice_of("abcdefgh");
    finish(start(&r));
    cr_assert(es_slice_is(requests[0].token, "abcdefgh"));
    cr_assert(es_slice_is(requests[5].token, "abcdefgh"));
}

Test(coap_transfer, without_a_wish_the_size_of_the_server_is_followed)
{
    struct es_coap_request r = get(0);
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    expect_body(t);
    cr_assert_str_eq(sent_text(0), "CON GET /crts  accept=281");
    cr_assert_str_eq(sent_text(1), "CON GET /crts  2:1/0/1024  accept=281");
}

Test(coap_transfer, late_negotiation_counts_on_in_the_smaller_size)
{
    struct es_coap_request r = get(0);
    r.block2_later_size = 64;
    server.own_szx = 3;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    expect_body(t);
    expect_all_good(t);
    cr_assert_str_eq(sent_text(1), "CON GET /crts  2:2/0/64  accept=281");
    cr_assert_str_eq(sent_text(2), "CON GET /crts  2:3/0/64  accept=281");
}

static void shrink_to_256(struct es_coap_message *a)
{
    struct es_coap_block b = {.num = 4, .m = true, .szx = 4};
    a->payload = es_slice_make(body + 1024, 256);
    set_block(a, ES_COAP_OPT_BLOCK2, b);
}

Test(coap_transfer, larger_first_block_that_nobody_sized_is_steady)
{
    struct es_coap_request r = get(0);
    server.odd_at = 2;
    server.odd = shrink_to_256;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    expect_body(t);
    expect_all_good(t);
    cr_assert_str_eq(sent_text(2), "CON GET /crts  2:5/0/256  accept=281");
}

Test(coap_transfer, size_that_shrinks_midway_is_followed_and_noted)
{
    struct es_coap_request r = get(1024);
    server.odd_at = 2;
    server.odd = shrink_to_256;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    expect_body(t);
    cr_assert_not(t->seen[1].steady);
    cr_assert(t->seen[2].steady);
}

Test(coap_transfer, server_may_choose_a_smaller_size)
{
    struct es_coap_request r = get(1024);
    server.own_szx = 2;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    expect_body(t);
    expect_all_good(t);
    cr_assert_str_eq(sent_text(1), "CON GET /crts  2:1/0/64  accept=281");
}

Test(coap_transfer, larger_size_than_asked_is_recorded_and_followed)
{
    struct es_coap_request r = get(64);
    server.ignores_szx = true;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    expect_body(t);
    cr_assert_eq(t->seen[0].block2.szx, 6);
}

Test(coap_transfer, random_access_takes_one_block)
{
    struct es_coap_request r = get(64);
    r.first_block2 = 7;
    r.only_one_block = true;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    cr_assert_eq(t->seen_n, 1);
    cr_assert(t->seen[0].is_next);
    cr_assert(es_slice_eq(t->body, es_slice_make(body + 448, 64)));
    cr_assert_str_eq(sent_text(0), "CON GET /crts  2:7/0/64  accept=281");
}

Test(coap_transfer, fetching_from_the_middle_gives_the_rest)
{
    struct es_coap_request r = get(512);
    r.first_block2 = 3;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    cr_assert(es_slice_eq(t->body, es_slice_make(body + 1536, BODY - 1536)));
}

static void set_separate(size_t i)
{
    server.separate = i == 0;
    server.separate_non = i == 1;
    server.crossing = i == 2;
}

ParameterizedTestParameters(coap_transfer, separate_responses_are_accepted)
{
    static size_t index[] = {0, 1, 2, 3, 4, 5};
    return cr_make_param_array(size_t, index, ES_COUNT(index));
}

ParameterizedTest(size_t *index, coap_transfer, separate_responses_are_accepted)
{
    struct es_coap_request r = get(256);
    set_separate(*index % 3);
    server.repeats = *index >= 3;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    expect_body(t);
    expect_all_good(t);
    cr_assert_eq(t->seen_n, 10);
    cr_assert_eq(requests_n, 10, "nothing was asked twice");
    cr_assert_eq(t->seen[0].has_empty_ack, *index % 3 != 2);
    cr_assert_eq(now, 0, "no timer was needed");
}

Test(coap_transfer, repeated_piggybacked_responses_are_taken_once)
{
    struct es_coap_request r = get(256);
    server.repeats = true;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    expect_body(t);
    cr_assert_eq(requests_n, 10);
}

static bool lose_second_and_third(void *context, unsigned nth, struct es_slice bytes)
{
    (void)context;
    (void)bytes;
    return nth == 2 || nth == 3;
}

Test(coap_transfer, lost_requests_are_repeated_in_virtual_time)
{
    struct es_coap_request r = get(1024);
    client_end->drop = lose_second_and_third;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    expect_body(t);
    cr_assert_eq(requests_n, 3);
    cr_assert_eq(t->blocks_sent, 3);
    cr_assert_geq(now, 6 * ES_USEC_PER_S);
    cr_assert_leq(now, 9 * ES_USEC_PER_S);
}

static bool lose_all(void *context, unsigned nth, struct es_slice bytes)
{
    (void)context;
    (void)nth;
    (void)bytes;
    return true;
}

Test(coap_transfer, silence_is_given_up)
{
    struct es_coap_request r = get(64);
    client_end->drop = lose_all;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_GIVEN_UP);
    cr_assert_eq(client_end->sent, 5);
    cr_assert_null(t->rst);
}

Test(coap_transfer, without_retransmission_a_loss_stays)
{
    struct es_coap_request r = get(64);
    r.without_retransmission = true;
    client_end->drop = lose_all;
    cr_assert_eq(finish(start(&r)), ES_TRANSFER_WAITING);
    cr_assert_eq(client_end->sent, 1);
}

static void skip_a_block(struct es_coap_message *a)
{
    set_block(a, ES_COAP_OPT_BLOCK2,
              (struct es_coap_block){.num = 2, .m = true, .szx = 4});
}

static void use_szx7(struct es_coap_message *a)
{
    set_block(a, ES_COAP_OPT_BLOCK2,
              (struct es_coap_block){.num = 0, .m = true, .szx = 7});
}

static void be_short(struct es_coap_message *a)
{
    a->payload.n--;
}

static void be_an_error(struct es_coap_message *a)
{
    a->code = ES_COAP_CODE(4, 4);
}

static void lack_block2(struct es_coap_message *a)
{
    es_coap_option_remove(a, ES_COAP_OPT_BLOCK2);
}

static void have_long_block2(struct es_coap_message *a)
{
    lack_block2(a);
    es_coap_option_add(a, ES_COAP_OPT_BLOCK2, es_slice_of("\1\2\3\4"));
}

static void change_token(struct es_coap_message *a)
{
    a->token = es_slice_of("?");
}

static void change_mid(struct es_coap_message *a)
{
    a->mid ^= 0x8000;
}

static void be_continue(struct es_coap_message *a)
{
    a->code = ES_COAP_CONTINUE;
}

static const struct {
    void (*odd)(struct es_coap_message *a);
    int32_t at;
    const char *why;
} breaks[] = {
    {skip_a_block, 2, "block 2 of 256 bytes came"},
    {use_szx7, 1, "exponent 7"},
    {be_short, 2, "255 bytes instead of 256"},
    {be_an_error, 2, "got 4.04"},
    {lack_block2, 2, "no Block2"},
    {have_long_block2, 1, "longer than 3"},
    {change_token, 2, "token"},
    {change_mid, 2, "message ID"},
    {be_continue, 1, "2.31"},
};

ParameterizedTestParameters(coap_transfer, response_that_cannot_go_on_breaks_it)
{
    static size_t index[ES_COUNT(breaks)];
    for (size_t i = 0; i < ES_COUNT(breaks); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, ES_COUNT(index));
}

ParameterizedTest(size_t *index, coap_transfer, response_that_cannot_go_on_breaks_it)
{
    struct es_coap_request r = get(256);
    server.odd = breaks[*index].odd;
    server.odd_at = breaks[*index].at;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_BROKEN);
    expect_broken(t, breaks[*index].why);
    cr_assert_eq(t->seen_n, (size_t)breaks[*index].at, "the odd response is recorded");
    cr_assert_eq(es_coap_endpoint_next_deadline(client), ES_USEC_NEVER);
    cr_assert_eq(es_coap_transfer_check(t), ES_TRANSFER_BROKEN);
}

Test(coap_transfer, error_at_once_is_complete)
{
    struct es_coap_request r = get(256);
    server.odd = be_an_error;
    server.odd_at = 1;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    cr_assert_eq(t->seen[0].message->code, ES_COAP_CODE(4, 4));
}

Test(coap_transfer, response_without_block2_is_the_whole_body)
{
    struct es_coap_request r = get(256);
    server.odd = lack_block2;
    server.odd_at = 1;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    cr_assert_eq(t->body.n, 256);
    cr_assert_not(t->seen[0].is_block2);
}

static void server_sends_hex(const char *text)
{
    struct es_slice bytes;
    size_t bad;
    cr_assert(es_text_hex(es_slice_of(text), arena, &bytes, &bad));
    struct es_datagram d = {.bytes = bytes};
    es_filter_send(server_filter, &d, now);
}

static enum es_transfer_progress take_next(struct es_coap_transfer *t)
{
    struct es_coap_incoming in;
    cr_assert_eq(es_coap_endpoint_recv(client, arena, &in, now), ES_IO_OK);
    return es_coap_transfer_take(t, &in, now);
}

Test(coap_transfer, reset_ends_it)
{
    struct es_coap_request r = get(256);
    struct es_coap_transfer *t = start(&r);
    server_sends_hex(es_arena_printf(arena, "70 00 %04x", t->last_sent->mid));
    cr_assert_eq(take_next(t), ES_TRANSFER_GIVEN_UP);
    cr_assert_not_null(t->rst);
}

Test(coap_transfer, malformed_response_breaks_it)
{
    struct es_coap_request r = get(256);
    struct es_coap_transfer *t = start(&r);
    server_sends_hex(es_arena_printf(arena, "60 45 %04x ff", t->last_sent->mid));
    cr_assert_eq(take_next(t), ES_TRANSFER_BROKEN);
    expect_broken(t, "malformed at byte 4");
}

Test(coap_transfer, foreign_messages_are_other)
{
    struct es_coap_request r = get(256);
    struct es_coap_transfer *t = start(&r);
    static const char *const foreign[] = {"40 00 0001", "41 45 0002 99",
                                          "41 01 0003 4f", "51 45 0004 99 ff"};
    for (size_t i = 0; i < ES_COUNT(foreign); i++) {
        server_sends_hex(foreign[i]);
        cr_assert_eq(take_next(t), ES_TRANSFER_OTHER, "%s", foreign[i]);
    }
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    server_sends_hex("60 00 0001");
    cr_assert_eq(take_next(t), ES_TRANSFER_OTHER);
}

Test(coap_transfer, abandoned_transfer_is_silent)
{
    struct es_coap_request r = get(256);
    struct es_coap_transfer *t = start(&r);
    es_coap_transfer_abandon(t);
    cr_assert_eq(es_coap_endpoint_next_deadline(client), ES_USEC_NEVER);
    cr_assert_eq(es_coap_transfer_check(t), ES_TRANSFER_BROKEN);
}

Test(coap_transfer, repetition_of_an_earlier_response_does_not_answer_the_next_request)
{
    struct es_coap_request r = get(64);
    struct es_coap_transfer *t = start(&r);
    uint8_t token[2] = {t->last_sent->token.p[0], t->last_sent->token.p[1]};
    const char *con = es_arena_printf(
        arena, "42 45 0001 %02x%02x d1 0a 0a ff %s", token[0], token[1],
        "00000000000000000000000000000000000000000000000000000000000000000000000000000000"
        "000000000000000000000000000000000000000000000000");
    server_sends_hex(con);
    cr_assert_eq(take_next(t), ES_TRANSFER_BLOCK);
    cr_assert_eq(t->blocks_sent, 2);
    server_sends_hex(con);
    cr_assert_eq(take_next(t), ES_TRANSFER_WAITING);
    cr_assert_eq(t->seen_n, 1);
    cr_assert_neq(es_coap_endpoint_next_deadline(client), ES_USEC_NEVER,
                  "the second request is still to be repeated");
}

Test(coap_transfer, ack_with_other_content_under_the_same_id_is_taken)
{
    struct es_coap_request r = get(64);
    struct es_coap_transfer *t = start(&r);
    unsigned mid = t->last_sent->mid;
    server_sends_hex(es_arena_printf(arena, "60 00 %04x", mid));
    cr_assert_eq(take_next(t), ES_TRANSFER_WAITING);
    server_sends_hex(es_arena_printf(arena, "62 45 %04x %02x%02x", mid,
                                     t->last_sent->token.p[0],
                                     t->last_sent->token.p[1]));
    cr_assert_eq(take_next(t), ES_TRANSFER_COMPLETE);
    cr_assert(t->seen[0].has_empty_ack);
}
