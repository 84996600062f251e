/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/dtls_server.h"

#include "net/capture.h"

#include <criterion/criterion.h>

/* Our client against our server on a simulated network. */
struct world {
    struct es_arena *arena;
    struct es_diag *diag;
    struct es_evidence *evidence;
    struct es_dtls_config client_cfg, server_cfg;
    struct es_filter *client, *server;
    struct es_sim_end *from_client, *from_server;
    es_usec now;
};

static struct test_identity ca, server_id, client_id;
static struct world w;

static void set_up(void)
{
    es_dtls_start();
    test_identity_make(&ca, "Test CA", NULL);
    test_identity_make(&server_id, "server", &ca);
    test_identity_make(&client_id, "client", &ca);
    memset(&w, 0, sizeof w);
    w.arena = es_arena_new();
    w.diag = es_diag_new();
    w.evidence = es_evidence_open(&(struct es_evidence_config){0}, w.arena, w.diag);
    w.client_cfg = (struct es_dtls_config){
        .cert_chain[0] = {client_id.cert, client_id.cert_n},
        .key_der = {client_id.key_der, client_id.key_n},
        .server_name = "localhost",
    };
    w.server_cfg = (struct es_dtls_config){
        .cert_chain = {{server_id.cert, server_id.cert_n}, {ca.cert, ca.cert_n}},
        .key_der = {server_id.key_der, server_id.key_n},
        .evidence = w.evidence,
    };
}

static void close_both(void)
{
    if (w.client) {
        es_filter_close(w.client, w.now);
        es_filter_close(w.server, w.now);
        w.client = NULL;
    }
}

static void tear_down(void)
{
    close_both();
    es_arena_free(w.arena);
    es_diag_free(w.diag);
    wc_ecc_free(&ca.key);
    wc_ecc_free(&server_id.key);
    wc_ecc_free(&client_id.key);
}

TestSuite(dtls_server, .init = set_up, .fini = tear_down);

static void start(void)
{
    struct es_filter *client_end, *server_end;
    es_sim_pair(w.arena, &client_end, &w.from_client, &server_end, &w.from_server);
    w.client = es_dtls_connect(w.arena, client_end, &w.client_cfg, w.diag);
    w.server =
        es_dtls_accept(w.arena, es_capture_push(w.arena, server_end, w.evidence, false),
                       &w.server_cfg, w.diag);
    cr_assert_not_null(w.client);
    cr_assert_not_null(w.server);
}

static bool pass_time(es_usec limit)
{
    es_usec a = es_filter_next_deadline(w.client),
            b = es_filter_next_deadline(w.server);
    es_usec next = a < b ? a : b;
    if (next > limit) {
        return false;
    }
    w.now = next > w.now ? next : w.now;
    es_filter_on_deadline(w.client, w.now);
    es_filter_on_deadline(w.server, w.now);
    return true;
}

/* An open end still has to read: the other may not have seen its last flight. */
static enum es_io advance(struct es_filter *f, enum es_io io)
{
    struct es_datagram d;
    if (io == ES_IO_OK) {
        es_filter_recv(f, &d, w.now);
        return io;
    }
    return io == ES_IO_AGAIN ? es_filter_open(f, w.now) : io;
}

/* Both ends make what progress they can until both are open or have ended. */
static void shake_hands(es_usec limit)
{
    enum es_io c = ES_IO_AGAIN, s = ES_IO_AGAIN;
    int turns = 0;
    do {
        for (int i = 0; i < 8; i++) {
            c = advance(w.client, c);
            s = advance(w.server, s);
        }
        cr_assert_lt(turns++, 1000);
    } while ((c == ES_IO_AGAIN || s == ES_IO_AGAIN) && pass_time(limit));
}

static bool are_open(void)
{
    return es_dtls_info(w.client)->outcome == ES_DTLS_OPEN &&
           es_dtls_info(w.server)->outcome == ES_DTLS_OPEN;
}

static bool carries(struct es_filter *from, struct es_filter *to, const char *text)
{
    struct es_datagram d = {.bytes = es_slice_of(text)}, got = {0};
    cr_assert_eq(es_filter_send(from, &d, w.now), ES_IO_OK);
    return es_filter_recv(to, &got, w.now) == ES_IO_OK && es_slice_is(got.bytes, text);
}

Test(dtls_server, client_and_server_exchange_data)
{
    start();
    shake_hands(60 * ES_USEC_PER_S);
    cr_assert(are_open());
    cr_assert(carries(w.client, w.server, "question"));
    cr_assert(carries(w.server, w.client, "answer"));
}

Test(dtls_server, hands_out_the_chain_of_the_client_and_its_own)
{
    start();
    shake_hands(60 * ES_USEC_PER_S);
    const struct es_dtls_info *s = es_dtls_info(w.server), *c = es_dtls_info(w.client);
    cr_assert_eq(s->peer_chain_n, 1);
    cr_assert(es_slice_eq(s->peer_chain[0], w.client_cfg.cert_chain[0]));
    cr_assert_eq(c->peer_chain_n, 2);
    cr_assert(c->certificate_requested);
    cr_assert(c->cookie_exchanged);
}

Test(dtls_server, both_ends_have_the_same_tls_unique)
{
    start();
    shake_hands(60 * ES_USEC_PER_S);
    const struct es_dtls_info *s = es_dtls_info(w.server), *c = es_dtls_info(w.client);
    cr_assert_eq(s->tls_unique.n, 12);
    cr_assert(es_slice_eq(s->tls_unique, c->tls_unique));
}

Test(dtls_server, tells_what_the_client_offered)
{
    start();
    shake_hands(60 * ES_USEC_PER_S);
    const struct es_dtls_hello *h = es_dtls_info(w.server)->hello;
    cr_assert_not_null(h);
    cr_assert(es_dtls_numbers_has(&h->suites, ES_DTLS_SUITE_CCM_8));
    cr_assert(es_dtls_numbers_has(&h->groups, 23));
    cr_assert(es_dtls_numbers_has(&h->signatures, 0x0403));
    cr_assert_str_eq(h->server_name, "localhost");
    cr_assert(h->cookie_n > 0);
}

Test(dtls_server, client_without_certificate_is_let_in_and_seen)
{
    w.client_cfg.cert_chain[0] = ES_SLICE_NONE;
    w.client_cfg.key_der = ES_SLICE_NONE;
    start();
    shake_hands(60 * ES_USEC_PER_S);
    cr_assert(are_open());
    cr_assert_eq(es_dtls_info(w.server)->peer_chain_n, 0);
}

static bool drop_one(void *context, unsigned nth, struct es_slice bytes)
{
    (void)bytes;
    return nth == *(unsigned *)context;
}

/* Any single datagram of either end may be lost. */
#define LOSS_CASES 7

Test(dtls_server, any_lost_datagram_of_the_server_is_made_good)
{
    for (unsigned nth = 1; nth <= LOSS_CASES; nth++) {
        start();
        w.from_server->drop = drop_one;
        w.from_server->context = &nth;
        shake_hands(w.now + 60 * ES_USEC_PER_S);
        cr_assert(are_open(), "datagram %u of the server was lost", nth);
        close_both();
    }
}

Test(dtls_server, any_lost_datagram_of_the_client_is_made_good)
{
    for (unsigned nth = 1; nth <= LOSS_CASES; nth++) {
        start();
        w.from_client->drop = drop_one;
        w.from_client->context = &nth;
        shake_hands(w.now + 60 * ES_USEC_PER_S);
        cr_assert(are_open(), "datagram %u of the client was lost", nth);
        close_both();
    }
}

/* Keeps back the records of everything behind the second ClientHello. */
struct reorder {
    struct es_filter filter;
    struct es_slice late[8];
    size_t n, sent;
    struct es_arena *arena;
};

static enum es_io reorder_send(struct es_filter *f, struct es_datagram *d, es_usec now)
{
    struct reorder *r = (struct reorder *)f;
    (void)now;
    r->sent++;
    if (r->sent <= 2) {
        return es_filter_send(f->below, d, now);
    }
    struct es_slice rest = es_arena_dup(r->arena, d->bytes);
    while (rest.n > 13) {
        size_t length = 13U + (size_t)rest.p[11] * 256 + rest.p[12];
        r->late[r->n++] = es_slice_sub(rest, 0, length);
        rest = es_slice_from(rest, length);
    }
    return ES_IO_OK;
}

static const struct es_filter_type reorder_type = {.name = "reorder",
                                                   .send = reorder_send};

Test(dtls_server, flight_of_the_client_may_arrive_backwards)
{
    struct reorder r = {.filter = {.type = &reorder_type, .fd = -1}, .arena = w.arena};
    struct es_filter *client_end, *server_end;
    es_sim_pair(w.arena, &client_end, &w.from_client, &server_end, &w.from_server);
    r.filter.below = client_end;
    w.client = es_dtls_connect(w.arena, &r.filter, &w.client_cfg, w.diag);
    w.server = es_dtls_accept(w.arena, server_end, &w.server_cfg, w.diag);
    for (int i = 0; i < 8; i++) {
        es_filter_open(w.client, w.now);
        es_filter_open(w.server, w.now);
    }
    cr_assert_gt(r.n, 1, "the flight has several datagrams");
    for (size_t i = r.n; i-- > 0;) {
        struct es_datagram d = {.bytes = r.late[i]};
        es_filter_send(client_end, &d, w.now);
        es_filter_open(w.server, w.now);
    }
    es_filter_open(w.client, w.now);
    cr_assert(are_open());
    es_filter_close(w.client, w.now);
    es_filter_close(w.server, w.now);
    w.client = NULL;
}

Test(dtls_server, spoofed_records_do_not_end_a_session)
{
    static const uint8_t long_one[] = {23, 254, 253, 0, 1,   0,   0,
                                       0,  0,   0,   9, 255, 255, 1};
    static const uint8_t plain_ccs[] = {20, 254, 253, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 1};
    start();
    shake_hands(60 * ES_USEC_PER_S);
    struct es_datagram a = {.bytes = es_slice_make(long_one, sizeof long_one)};
    struct es_datagram b = {.bytes = es_slice_make(plain_ccs, sizeof plain_ccs)};
    es_filter_send(w.client->below, &a, w.now);
    es_filter_send(w.client->below, &b, w.now);
    cr_assert(carries(w.client, w.server, "still here"));
    cr_assert_geq(es_dtls_info(w.server)->records_dropped, 2);
}

Test(dtls_server, session_can_be_resumed)
{
    start();
    shake_hands(60 * ES_USEC_PER_S);
    w.client_cfg.resume = es_dtls_session(w.client, w.arena);
    cr_assert_gt(w.client_cfg.resume.n, 0);
    close_both();
    start();
    shake_hands(w.now + 60 * ES_USEC_PER_S);
    cr_assert(are_open());
    cr_assert(es_dtls_info(w.server)->resumed);
    cr_assert(es_slice_eq(es_dtls_info(w.server)->tls_unique,
                          es_dtls_info(w.client)->tls_unique));
    cr_assert(carries(w.client, w.server, "again"));
}

Test(dtls_server, new_hello_on_an_open_session_ends_it)
{
    start();
    shake_hands(60 * ES_USEC_PER_S);
    struct es_dtls_config again = w.client_cfg;
    struct es_filter *second =
        es_dtls_connect(w.arena, w.client->below, &again, w.diag);
    struct es_datagram d;
    es_filter_open(second, w.now);
    cr_assert_eq(es_filter_recv(w.server, &d, w.now), ES_IO_CLOSED);
    es_filter_close(second, w.now);
}

Test(dtls_server, client_that_offers_no_common_suite_gets_an_alert)
{
    static const uint16_t gcm = 0xc02b;
    w.client_cfg.suites = &gcm;
    w.client_cfg.suites_n = 1;
    start();
    shake_hands(5 * ES_USEC_PER_S);
    cr_assert_eq(es_dtls_info(w.client)->outcome, ES_DTLS_ALERT);
    cr_assert_neq(es_dtls_info(w.server)->outcome, ES_DTLS_OPEN);
}

Test(dtls_server, handshake_in_small_pieces_is_completed_and_repeated)
{
    for (unsigned nth = 1; nth <= 60; nth += 7) {
        w.server_cfg.fragment = 40;
        start();
        w.from_server->drop = drop_one;
        w.from_server->context = &nth;
        shake_hands(w.now + 60 * ES_USEC_PER_S);
        cr_assert(are_open(), "datagram %u of the server was lost", nth);
        cr_assert_gt(w.from_server->sent, 15);
        cr_assert(carries(w.client, w.server, "question"));
        close_both();
    }
}
