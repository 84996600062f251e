/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/dtls_server.h"
#include "dtls/records.h"

#include <criterion/criterion.h>

#define CCM_8 "ECDHE-ECDSA-AES128-CCM-8"

/* wolfSSL as server wants its ClientHello whole, so that a piece has room for it. */
enum { PIECE = 150, MESSAGE_HEADER = 12 };

static struct test_identity ca, server_id, client_id;
static struct es_arena *arena;
static struct es_diag *diag;
static struct es_filter *client, *server_end;
static struct es_sim_end *from_client, *from_server;
static struct test_server server;
static struct es_dtls_config cfg;
static es_usec now;
static unsigned to_lose;

/* What was seen of the client's datagrams. */
static struct {
    unsigned fragments, most_records;
    size_t longest;
    uint64_t next_seq; /* of epoch 0 */
    bool repeats_a_number;
} seen;

static void set_up(void)
{
    es_dtls_start();
    test_identity_make(&ca, "Test CA", NULL);
    test_identity_make(&server_id, "server", &ca);
    test_identity_make(&client_id, "client", &ca);
    arena = es_arena_new();
    diag = es_diag_new();
    cfg = (struct es_dtls_config){
        .cert_chain[0] = {client_id.cert, client_id.cert_n},
        .key_der = {client_id.key_der, client_id.key_n},
    };
}

static void tear_down(void)
{
    es_filter_close(client, now);
    test_server_stop(&server);
    es_arena_free(arena);
    es_diag_free(diag);
    wc_ecc_free(&ca.key);
    wc_ecc_free(&server_id.key);
    wc_ecc_free(&client_id.key);
}

TestSuite(dtls_recut, .init = set_up, .fini = tear_down);

static uint32_t u24(const uint8_t *p)
{
    return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

/* Looks on, and loses as many encrypted datagrams as are to be lost. */
static bool look(void *context, unsigned nth, struct es_slice bytes)
{
    struct es_record r;
    unsigned records = 0;
    bool encrypted = false;
    (void)context;
    (void)nth;
    while (es_record_next(&bytes, &r)) {
        records++;
        encrypted = r.epoch > 0;
        if (encrypted) {
            continue;
        }
        seen.repeats_a_number = seen.repeats_a_number || r.seq < seen.next_seq;
        seen.next_seq = r.seq + 1;
        if (r.type == ES_RECORD_HANDSHAKE) {
            size_t n = r.body.n - MESSAGE_HEADER;
            seen.fragments += n < u24(r.body.p + 1);
            seen.longest = n > seen.longest ? n : seen.longest;
        }
    }
    seen.most_records = records > seen.most_records ? records : seen.most_records;
    if (encrypted && to_lose) {
        --to_lose;
        return true;
    }
    return false;
}

static enum es_io handshake(unsigned lost)
{
    enum es_io io;
    test_server_start(&server, CCM_8, &ca, &server_id);
    es_sim_pair(arena, &client, &from_client, &server_end, &from_server);
    client = es_dtls_connect(arena, client, &cfg, diag);
    cr_assert_not_null(client);
    from_client->drop = look;
    to_lose = lost;
    test_server_accept(&server, arena, server_end);
    for (unsigned turns = 0; turns < 100; turns++) {
        io = es_filter_open(client, now);
        test_server_step(&server, now);
        if (io != ES_IO_AGAIN) {
            break;
        }
        es_usec next = es_filter_next_deadline(client);
        if (turns % 8 == 7 && next != ES_USEC_NEVER) {
            now = next;
            es_filter_on_deadline(client, now);
        }
    }
    return io;
}

Test(dtls_recut, messages_go_in_small_fragments_with_numbers_of_their_own)
{
    cfg.fragment = PIECE;
    cr_assert_eq(handshake(0), ES_IO_OK);
    cr_expect_eq(server.accepted, 1);
    cr_expect_geq(seen.fragments, 2);
    cr_expect_eq(seen.longest, PIECE);
    cr_expect_eq(seen.most_records, 1);
    cr_expect_not(seen.repeats_a_number);
}

Test(dtls_recut, repeated_fragments_have_fresh_numbers)
{
    cfg.fragment = PIECE;
    cr_assert_eq(handshake(1), ES_IO_OK);
    cr_expect_eq(to_lose, 0);
    cr_expect_geq(es_dtls_info(client)->flights_resent, 1);
    cr_expect_geq(seen.fragments, 4);
    cr_expect_not(seen.repeats_a_number);
}

Test(dtls_recut, each_record_has_a_datagram_of_its_own)
{
    cfg.records_alone = true;
    cr_assert_eq(handshake(0), ES_IO_OK);
    cr_expect_eq(seen.most_records, 1);
    cr_expect_eq(seen.fragments, 0);
    cr_expect_gt(seen.longest, PIECE);
}

Test(dtls_recut, hello_offers_what_it_is_told)
{
    uint16_t suite = 0xc0a8, group = 24, format = 1;
    cfg.offer = (struct es_dtls_offer){{&suite, 1}, {&group, 1}, {&format, 1}};
    cr_expect_neq(handshake(0), ES_IO_OK);
    const struct es_dtls_hello *hello = es_dtls_info(client)->hello;
    cr_assert_not_null(hello);
    cr_expect_eq(hello->suites.n, 1);
    cr_expect_eq(hello->suites.at[0], suite);
    cr_expect_eq(hello->groups.n, 1);
    cr_expect_eq(hello->groups.at[0], group);
    cr_expect_eq(hello->point_formats.n, 1);
    cr_expect_eq(hello->point_formats.at[0], format);
    cr_expect_gt(hello->signatures.n, 0);
    cr_expect_eq(es_dtls_info(client)->suite, 0);
}

Test(dtls_recut, right_cookie_follows_the_wrong_one)
{
    cfg.spoil_cookie = true;
    cr_assert_eq(handshake(0), ES_IO_OK);
    cr_expect_eq(es_dtls_info(client)->wrong_cookie, ES_DTLS_COOKIE_ASKED_AGAIN);
    cr_expect_geq(now, ES_USEC_PER_S);
}

Test(dtls_recut, cookie_is_left_alone_unless_asked_for)
{
    cr_assert_eq(handshake(0), ES_IO_OK);
    cr_expect_eq(es_dtls_info(client)->wrong_cookie, ES_DTLS_COOKIE_UNSENT);
    cr_expect_eq(now, 0);
}
