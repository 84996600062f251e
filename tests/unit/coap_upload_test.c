/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/coap_server.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

TestSuite(coap_upload, .init = set_up, .fini = tear_down);

static void be_continue(struct es_coap_message *a)
{
    a->code = ES_COAP_CONTINUE;
}

ParameterizedTestParameters(coap_upload, every_size_uploads_the_body)
{
    static size_t index[] = {0, 1, 2, 3, 4, 5, 6};
    return cr_make_param_array(size_t, index, ES_COUNT(index));
}

ParameterizedTest(size_t *index, coap_upload, every_size_uploads_the_body)
{
    size_t size = (size_t)16 << *index;
    struct es_coap_request r = post((uint16_t)size);
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    expect_upload();
    expect_body(t);
    expect_all_good(t);
    size_t n = (UPLOAD + size - 1) / size;
    cr_assert_eq(requests_n, n + 2, "1024 byte blocks of the response follow");
    for (size_t i = 0; i < requests_n; i++) {
        cr_assert_not_null(
            es_coap_option_find(&requests[i], ES_COAP_OPT_CONTENT_FORMAT, 0));
        cr_assert_eq(es_coap_option_count(&requests[i], ES_COAP_OPT_BLOCK1), i < n);
    }
}

Test(coap_upload, both_directions_are_those_of_the_figures)
{
    struct es_coap_request r = post(256);
    r.block2_size = 1024;
    es_coap_option_add(&r.head, ES_COAP_OPT_IF_NONE_MATCH, ES_SLICE_NONE);
    es_coap_option_add(&r.head, ES_COAP_OPT_SIZE1, es_coap_uint_encode(arena, UPLOAD));
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    static const char *const want[] = {
        "CON POST /sen  1:0/1/256  if-none-match  cf=286  size1=700  256 bytes",
        "CON POST /sen  1:1/1/256  cf=286  size1=700  256 bytes",
        "CON POST /sen  1:2/0/256  2:0/0/1024  cf=286  size1=700  188 bytes",
        "CON POST /sen  2:1/0/1024  if-none-match  cf=286",
    };
    for (size_t i = 0; i < ES_COUNT(want); i++) {
        cr_assert_str_eq(sent_text(i), want[i]);
    }
    cr_assert_eq(t->seen[0].message->code, ES_COAP_CONTINUE);
    cr_assert_eq(t->seen[2].message->code, ES_COAP_CODE(2, 4));
    cr_assert(t->seen[2].is_block1 && t->seen[2].is_block2);
    cr_assert_eq(t->seen[2].block1.num, 2);
}

Test(coap_upload, short_wait_answers_the_last_block_separately)
{
    struct es_coap_request r = post(256);
    server.separate = true;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    expect_upload();
    expect_body(t);
}

Test(coap_upload, body_in_one_message_without_block1)
{
    struct es_coap_request r = post(0);
    r.block2_size = 1024;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    expect_upload();
    cr_assert_str_eq(sent_text(0), "CON POST /sen  2:0/0/1024  cf=286  700 bytes");
    cr_assert_str_eq(sent_text(1), "CON POST /sen  2:1/0/1024  cf=286");
}

Test(coap_upload, smaller_size_in_continue_is_followed)
{
    struct es_coap_request r = post(256);
    server.upload_szx = 2;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    expect_upload();
    cr_assert_str_eq(sent_text(1), "CON POST /sen  1:4/1/64  cf=286  64 bytes");
}

Test(coap_upload, hint_in_too_large_starts_again_smaller)
{
    struct es_coap_request r = post(1024);
    server.too_large = 64;
    server.upload_szx = 2;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    expect_upload();
    cr_assert_eq(t->seen[0].message->code, ES_COAP_TOO_LARGE);
    cr_assert_str_eq(sent_text(1), "CON POST /sen  1:0/1/64  cf=286  64 bytes");
}

Test(coap_upload, too_large_without_a_hint_is_the_answer)
{
    struct es_coap_request r = post(256);
    server.too_large = 64;
    server.too_large_mute = true;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    cr_assert_eq(t->seen_n, 1);
    cr_assert_eq(requests_n, 1);
    server.too_large_mute = false;
    t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    cr_assert_eq(requests_n, 2, "the same size is no hint either");
}

Test(coap_upload, stateless_server_gets_every_block)
{
    struct es_coap_request r = post(256);
    server.stateless = true;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    expect_upload();
}

Test(coap_upload, final_answer_without_block1_is_recorded)
{
    struct es_coap_request r = post(256);
    server.no_block1_in_final = true;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    cr_assert(t->seen[1].is_block1);
    cr_assert_not(t->seen[2].is_block1);
}

static void acknowledge_other_block(struct es_coap_message *a)
{
    set_block(a, ES_COAP_OPT_BLOCK1,
              (struct es_coap_block){.num = 5, .m = true, .szx = 4});
}

static void acknowledge_szx7(struct es_coap_message *a)
{
    set_block(a, ES_COAP_OPT_BLOCK1,
              (struct es_coap_block){.num = 0, .m = true, .szx = 7});
}

static void say_changed(struct es_coap_message *a)
{
    a->code = ES_COAP_CODE(2, 4);
    es_coap_option_remove(a, ES_COAP_OPT_BLOCK1);
}

static const struct {
    void (*odd)(struct es_coap_message *a);
    int32_t at;
    const char *why;
} upload_breaks[] = {
    {acknowledge_other_block, 2, "block 1 was sent, but block 5"},
    {acknowledge_szx7, 1, "exponent 7"},
    {say_changed, 1, "2.04 without Block1"},
    {be_continue, 3, "2.31"},
};

ParameterizedTestParameters(coap_upload, upload_that_cannot_go_on_is_broken)
{
    static size_t index[ES_COUNT(upload_breaks)];
    for (size_t i = 0; i < ES_COUNT(upload_breaks); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, ES_COUNT(index));
}

ParameterizedTest(size_t *index, coap_upload, upload_that_cannot_go_on_is_broken)
{
    struct es_coap_request r = post(256);
    server.odd = upload_breaks[*index].odd;
    server.odd_at = upload_breaks[*index].at;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_BROKEN);
    expect_broken(t, upload_breaks[*index].why);
}

static void be_incomplete(struct es_coap_message *a)
{
    a->code = ES_COAP_CODE(4, 8);
    es_coap_option_remove(a, ES_COAP_OPT_BLOCK1);
}

Test(coap_upload, incomplete_during_upload_is_the_answer)
{
    struct es_coap_request r = post(256);
    server.odd = be_incomplete;
    server.odd_at = 2;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    cr_assert_eq(t->seen[1].message->code, ES_COAP_CODE(4, 8));
    cr_assert(t->seen[1].request == t->last_sent);
}

static void be_too_large_for_128(struct es_coap_message *a)
{
    a->code = ES_COAP_TOO_LARGE;
    set_block(a, ES_COAP_OPT_BLOCK1,
              (struct es_coap_block){.num = 1, .m = true, .szx = 2});
}

Test(coap_upload, hint_midway_starts_again_at_block_0)
{
    struct es_coap_request r = post(128);
    server.odd = be_too_large_for_128;
    server.odd_at = 2;
    struct es_coap_transfer *t = start(&r);
    cr_assert_eq(finish(t), ES_TRANSFER_COMPLETE);
    expect_upload();
    cr_assert_str_eq(sent_text(2), "CON POST /sen  1:0/1/64  cf=286  64 bytes");
}
