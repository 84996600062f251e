/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/dtls_server.h"
#include "net/capture.h"

#include <criterion/criterion.h>

#define CCM_8 "ECDHE-ECDSA-AES128-CCM-8"
#define GCM "ECDHE-ECDSA-AES128-GCM-SHA256"

static struct test_identity ca, server_id, client_id, stranger_ca, stranger_id;

/* One client against one server on a simulated network. */
struct world {
    struct es_arena *arena;
    struct es_diag *diag;
    struct es_evidence *evidence;
    struct es_dtls_config cfg;
    struct es_filter *client, *server_end;
    struct es_sim_end *from_client, *from_server;
    struct test_server server;
    es_usec now;
};

static struct world w;

static void set_up(void)
{
    es_dtls_start();
    test_identity_make(&ca, "Test CA", NULL);
    test_identity_make(&server_id, "server", &ca);
    test_identity_make(&client_id, "client", &ca);
    test_identity_make(&stranger_ca, "Other CA", NULL);
    test_identity_make(&stranger_id, "stranger", &stranger_ca);
    memset(&w, 0, sizeof w);
    w.arena = es_arena_new();
    w.diag = es_diag_new();
    w.evidence = es_evidence_open(&(struct es_evidence_config){0}, w.arena, w.diag);
    w.cfg = (struct es_dtls_config){
        .cert_chain[0] = {client_id.cert, client_id.cert_n},
        .key_der = {client_id.key_der, client_id.key_n},
        .evidence = w.evidence,
    };
}

static void tear_down(void)
{
    if (w.client) {
        es_filter_close(w.client, w.now);
    }
    test_server_stop(&w.server);
    es_arena_free(w.arena);
    es_diag_free(w.diag);
    wc_ecc_free(&ca.key);
    wc_ecc_free(&server_id.key);
    wc_ecc_free(&client_id.key);
    wc_ecc_free(&stranger_ca.key);
    wc_ecc_free(&stranger_id.key);
}

TestSuite(dtls_client, .init = set_up, .fini = tear_down);

static void connect_client(void)
{
    struct es_filter *end;
    es_sim_pair(w.arena, &end, &w.from_client, &w.server_end, &w.from_server);
    struct es_filter *capture = es_capture_push(w.arena, end, w.evidence, false);
    w.client = es_dtls_connect(w.arena, capture, &w.cfg, w.diag);
    cr_assert_not_null(w.client);
}

static void start(const char *server_suites)
{
    test_server_start(&w.server, server_suites, &ca, &server_id);
    connect_client();
    test_server_accept(&w.server, w.arena, w.server_end);
}

/* Lets virtual time pass to the next deadline of either end; false if there is none. */
static bool pass_time(es_usec limit)
{
    es_usec next = es_filter_next_deadline(w.client);
    es_usec other =
        w.server.error ? ES_USEC_NEVER : es_filter_next_deadline(w.server_end);
    next = other < next ? other : next;
    if (next > limit) {
        return false;
    }
    if (next > w.now) {
        w.now = next;
    }
    es_filter_on_deadline(w.client, w.now);
    return true;
}

static enum es_io handshake(void)
{
    enum es_io io;
    unsigned turns = 0;
    do {
        io = es_filter_open(w.client, w.now);
        test_server_step(&w.server, w.now);
        cr_assert_lt(turns++, 1000);
    } while (io == ES_IO_AGAIN && pass_time(200 * ES_USEC_PER_S));
    test_server_step(&w.server, w.now);
    return io;
}

static const char *echo(const char *text)
{
    struct es_datagram d = {.bytes = es_slice_of(text)};
    cr_assert_eq(es_filter_send(w.client, &d, w.now), ES_IO_OK);
    test_server_step(&w.server, w.now);
    if (es_filter_recv(w.client, &d, w.now) != ES_IO_OK) {
        return "";
    }
    return es_arena_text(w.arena, d.bytes);
}

static size_t lines_with(const char *text)
{
    size_t n = 0;
    for (size_t i = 0; i < es_evidence_count(w.evidence); i++) {
        struct es_slice line = es_evidence_get(w.evidence, i);
        n += es_slice_search(line, es_slice_of(text)) < line.n;
    }
    return n;
}

Test(dtls_client, mutual_handshake_tells_what_was_negotiated)
{
    start(CCM_8);
    cr_assert_eq(handshake(), ES_IO_OK);
    const struct es_dtls_info *info = es_dtls_info(w.client);
    cr_expect_eq(info->outcome, ES_DTLS_OPEN);
    cr_expect_eq(info->version, 0xfefd);
    cr_expect_eq(info->suite, ES_DTLS_SUITE_CCM_8);
    cr_expect_eq(info->curve, 23);
    cr_expect_eq(info->signature_scheme, 0x0403);
    cr_expect(info->extended_master_secret);
    cr_expect(info->certificate_requested);
    cr_expect(info->cookie_exchanged);
    cr_expect_not(info->resumed);
    cr_assert_eq(info->peer_chain_n, 1);
    cr_expect(es_slice_eq(info->peer_chain[0],
                          es_slice_make(server_id.cert, server_id.cert_n)));
    cr_expect_str_eq(echo("hello"), "hello");
}

Test(dtls_client, tls_unique_is_that_of_the_server)
{
    uint8_t theirs[64];
    start(CCM_8);
    cr_assert_eq(handshake(), ES_IO_OK);
    size_t n = wolfSSL_get_peer_finished(w.server.ssl, theirs, sizeof theirs);
    cr_assert_eq(n, 12);
    cr_expect(
        es_slice_eq(es_dtls_info(w.client)->tls_unique, es_slice_make(theirs, n)));
}

Test(dtls_client, resumes_a_serialised_session)
{
    uint8_t theirs[64];
    start(CCM_8);
    cr_assert_eq(handshake(), ES_IO_OK);
    w.cfg.resume = es_dtls_session(w.client, w.arena);
    cr_assert_gt(w.cfg.resume.n, 0);
    es_filter_close(w.client, w.now);
    test_server_step(&w.server, w.now);
    connect_client();
    test_server_accept(&w.server, w.arena, w.server_end);
    cr_assert_eq(handshake(), ES_IO_OK);
    const struct es_dtls_info *info = es_dtls_info(w.client);
    cr_expect(info->resumed);
    cr_expect(info->extended_master_secret);
    cr_expect_eq(info->peer_chain_n, 1);
    size_t n = wolfSSL_get_finished(w.server.ssl, theirs, sizeof theirs);
    cr_expect(es_slice_eq(info->tls_unique, es_slice_make(theirs, n)));
    cr_expect_str_eq(echo("again"), "again");
}

Test(dtls_client, full_handshake_when_the_server_has_forgotten_the_session)
{
    start(CCM_8);
    cr_assert_eq(handshake(), ES_IO_OK);
    w.cfg.resume = es_dtls_session(w.client, w.arena);
    es_filter_close(w.client, w.now);
    test_server_stop(&w.server);
    memset(&w.server, 0, sizeof w.server);
    test_server_start(&w.server, CCM_8, &ca, &server_id);
    wolfSSL_CTX_set_session_cache_mode(w.server.ctx, WOLFSSL_SESS_CACHE_OFF);
    connect_client();
    test_server_accept(&w.server, w.arena, w.server_end);
    cr_assert_eq(handshake(), ES_IO_OK);
    cr_expect_not(es_dtls_info(w.client)->resumed);
    cr_expect_str_eq(echo("fresh"), "fresh");
}

/* Loses one datagram of each direction, by number. */
static bool is_nth(void *context, unsigned nth, struct es_slice bytes)
{
    (void)bytes;
    return nth == *(unsigned *)context;
}

struct loss {
    unsigned of_client, of_server;
};

static const struct loss losses[] = {
    {1, 0}, {2, 0}, {3, 0}, {0, 1}, {0, 2}, {0, 3}, {2, 2}, {3, 3},
};

Test(dtls_client, handshake_survives_lost_datagrams)
{
    for (size_t i = 0; i < ES_COUNT(losses); i++) {
        struct loss loss = losses[i];
        memset(&w.server, 0, sizeof w.server);
        start(CCM_8);
        w.now = 0;
        w.from_client->drop = w.from_server->drop = is_nth;
        w.from_client->context = &loss.of_client;
        w.from_server->context = &loss.of_server;
        cr_expect_eq(handshake(), ES_IO_OK, "case %zu", i);
        cr_expect_geq(es_dtls_info(w.client)->flights_resent, 1, "case %zu", i);
        cr_expect_geq(w.now, ES_USEC_PER_S, "case %zu", i);
        cr_expect_str_eq(echo("ok"), "ok", "case %zu", i);
        es_filter_close(w.client, w.now);
        w.client = NULL;
        if (i + 1 < ES_COUNT(losses)) {
            test_server_stop(&w.server);
        }
    }
}

static bool always(void *context, unsigned nth, struct es_slice bytes)
{
    (void)context;
    (void)nth;
    (void)bytes;
    return true;
}

Test(dtls_client, retransmission_doubles_up_to_60_seconds)
{
    static const es_usec expected[] = {1, 3, 7, 15, 31, 63, 123, 183};
    start(CCM_8);
    w.from_client->drop = always;
    cr_assert_eq(es_filter_open(w.client, 0), ES_IO_AGAIN);
    for (size_t i = 0; i < ES_COUNT(expected); i++) {
        es_usec next = es_filter_next_deadline(w.client);
        cr_expect_eq(next, expected[i] * ES_USEC_PER_S);
        es_filter_on_deadline(w.client, next);
        cr_expect_eq(w.from_client->sent, i + 2);
        cr_expect_eq(es_filter_open(w.client, next), ES_IO_AGAIN);
    }
    es_filter_close(w.client, 200 * ES_USEC_PER_S);
    cr_expect_eq(es_dtls_info(w.client)->outcome, ES_DTLS_SILENCE);
    w.client = NULL;
}

Test(dtls_client, retransmission_can_be_switched_off)
{
    w.cfg.without_retransmission = true;
    start(CCM_8);
    w.from_client->drop = always;
    es_filter_open(w.client, 0);
    cr_expect_eq(es_filter_next_deadline(w.client), ES_USEC_NEVER);
}

static bool is_last_of_resumed(void *context, unsigned nth, struct es_slice bytes)
{
    (void)nth;
    unsigned *lost = context;
    /* Our CCS and Finished: the first datagram that begins with a ChangeCipherSpec. */
    return bytes.n && bytes.p[0] == 20 && (*lost)++ == 0;
}

Test(dtls_client, last_flight_of_a_resumed_handshake_is_repeated)
{
    unsigned lost = 0;
    start(CCM_8);
    cr_assert_eq(handshake(), ES_IO_OK);
    w.cfg.resume = es_dtls_session(w.client, w.arena);
    es_filter_close(w.client, w.now);
    connect_client();
    w.from_client->drop = is_last_of_resumed;
    w.from_client->context = &lost;
    test_server_accept(&w.server, w.arena, w.server_end);
    cr_assert_eq(handshake(), ES_IO_OK);
    cr_assert_eq(lost, 1);
    cr_assert_eq(w.server.accepted, 0);
    /* The server's timer. */
    wolfSSL_dtls_got_timeout(w.server.ssl);
    struct es_datagram d;
    cr_expect_eq(es_filter_recv(w.client, &d, w.now), ES_IO_AGAIN);
    test_server_step(&w.server, w.now);
    cr_expect_eq(w.server.accepted, 1);
    cr_expect_str_eq(echo("ok"), "ok");
}

Test(dtls_client, fatal_alert_is_an_outcome)
{
    w.cfg.cert_chain[0] = es_slice_make(stranger_id.cert, stranger_id.cert_n);
    w.cfg.key_der = es_slice_make(stranger_id.key_der, stranger_id.key_n);
    start(CCM_8);
    cr_assert_eq(handshake(), ES_IO_CLOSED);
    const struct es_dtls_info *info = es_dtls_info(w.client);
    cr_expect_eq(info->outcome, ES_DTLS_ALERT);
    cr_expect(info->alert_received);
    cr_expect_neq(info->alert, 0);
    cr_expect_eq(lines_with("< Alert fatal"), 1);
    struct es_datagram d;
    cr_expect_eq(es_filter_recv(w.client, &d, w.now), ES_IO_CLOSED);
}

Test(dtls_client, no_common_suite_is_handshake_failure)
{
    start(GCM);
    cr_assert_eq(handshake(), ES_IO_CLOSED);
    cr_expect_eq(es_dtls_info(w.client)->alert, 40);
    cr_expect_str_eq(es_filter_reason(w.client),
                     "the peer sent fatal alert handshake_failure");
}

Test(dtls_client, suites_are_offered_as_configured)
{
    static const uint16_t suites[] = {0xc02b, ES_DTLS_SUITE_CCM_8};
    w.cfg.suites = suites;
    w.cfg.suites_n = 2;
    start(GCM);
    cr_assert_eq(handshake(), ES_IO_OK);
    cr_expect_eq(es_dtls_info(w.client)->suite, 0xc02b);
}

Test(dtls_client, untrusted_server_is_not_judged_here)
{
    test_server_start(&w.server, CCM_8, &ca, &stranger_id);
    connect_client();
    test_server_accept(&w.server, w.arena, w.server_end);
    cr_expect_eq(handshake(), ES_IO_OK);
}

Test(dtls_client, chain_of_the_client_reaches_the_server)
{
    w.cfg.cert_chain[1] = es_slice_make(ca.cert, ca.cert_n);
    start(CCM_8);
    cr_assert_eq(handshake(), ES_IO_OK);
    cr_expect_eq(lines_with("> Certificate (2 certificates)"), 1);
    cr_expect_eq(wolfSSL_get_chain_count(wolfSSL_get_peer_chain(w.server.ssl)), 2);
}

Test(dtls_client, anonymous_client_sends_an_empty_certificate)
{
    w.cfg.cert_chain[0] = ES_SLICE_NONE;
    start(CCM_8);
    /* wolfSSL's server gives up without an alert. */
    cr_expect_eq(handshake(), ES_IO_AGAIN);
    cr_expect_eq(w.server.error, NO_PEER_CERT);
    cr_expect_geq(lines_with("> Certificate (0 certificates)"), 1);
}

Test(dtls_client, close_notify_of_the_server_closes)
{
    struct es_datagram d;
    start(CCM_8);
    cr_assert_eq(handshake(), ES_IO_OK);
    wolfSSL_shutdown(w.server.ssl);
    cr_expect_eq(es_filter_recv(w.client, &d, w.now), ES_IO_CLOSED);
    cr_expect_eq(es_dtls_info(w.client)->outcome, ES_DTLS_CLOSE);
    cr_expect_eq(lines_with("< Alert warning close_notify"), 1);
}

Test(dtls_client, own_close_notify_reaches_the_server_once)
{
    start(CCM_8);
    cr_assert_eq(handshake(), ES_IO_OK);
    cr_expect_eq(es_dtls_notify_close(w.client, w.now), ES_IO_OK);
    es_filter_close(w.client, w.now);
    test_server_step(&w.server, w.now);
    cr_expect_eq(w.server.error, WOLFSSL_ERROR_ZERO_RETURN);
    cr_expect_eq(lines_with("> Alert warning close_notify"), 1);
    w.client = NULL;
}

Test(dtls_client, answer_to_own_close_notify_is_seen)
{
    struct es_datagram d;
    start(CCM_8);
    cr_assert_eq(handshake(), ES_IO_OK);
    es_dtls_notify_close(w.client, w.now);
    cr_expect_eq(es_filter_recv(w.client, &d, w.now), ES_IO_AGAIN);
    wolfSSL_shutdown(w.server.ssl);
    cr_expect_eq(es_filter_recv(w.client, &d, w.now), ES_IO_CLOSED);
    cr_expect_eq(es_dtls_info(w.client)->outcome, ES_DTLS_CLOSE);
}

static const size_t sizes[] = {1, 1359, 1360, 1500, 4096, 16384};

Test(dtls_client, records_of_any_size_reach_the_server)
{
    start(CCM_8);
    cr_assert_eq(handshake(), ES_IO_OK);
    for (size_t i = 0; i < ES_COUNT(sizes); i++) {
        struct es_datagram d = {.bytes = {es_arena_alloc(w.arena, sizes[i]), sizes[i]}};
        cr_assert_eq(es_filter_send(w.client, &d, w.now), ES_IO_OK, "size %zu",
                     sizes[i]);
        cr_expect_eq(d.number, es_evidence_last(w.evidence));
        test_server_step(&w.server, w.now);
        cr_expect_eq(w.server.received, (int)i + 1, "size %zu", sizes[i]);
        cr_expect_eq((size_t)w.server.received_n, sizes[i], "size %zu", sizes[i]);
    }
    while (es_filter_recv(w.client, &(struct es_datagram){0}, w.now) == ES_IO_OK) {
    }
    cr_expect_str_eq(echo("small again"), "small again");
    es_dtls_notify_close(w.client, w.now);
    test_server_step(&w.server, w.now);
    cr_expect_eq(w.server.error, WOLFSSL_ERROR_ZERO_RETURN);
    cr_expect_eq(lines_with("> Alert warning close_notify"), 1);
}

Test(dtls_client, record_beyond_the_limit_fails_and_leaves_the_session_open)
{
    struct es_datagram d = {.bytes = {es_arena_alloc(w.arena, 16385), 16385}};
    start(CCM_8);
    cr_assert_eq(handshake(), ES_IO_OK);
    cr_expect_eq(es_filter_send(w.client, &d, w.now), ES_IO_FAILED);
    cr_expect_str_eq(echo("still open"), "still open");
}

Test(dtls_client, empty_record_is_sent_and_skipped_by_the_server)
{
    struct es_datagram d = {.bytes = ES_SLICE_NONE};
    start(CCM_8);
    cr_assert_eq(handshake(), ES_IO_OK);
    unsigned before = w.from_client->sent;
    cr_expect_eq(es_filter_send(w.client, &d, w.now), ES_IO_OK);
    cr_expect_eq(w.from_client->sent, before + 1);
}

static void inject(const void *bytes, size_t n)
{
    struct es_datagram d = {.bytes = es_slice_make(bytes, n)};
    es_filter_send(w.server_end, &d, w.now);
}

struct junk {
    const char *bytes;
    size_t n;
};

#define JUNK(s)                                                                        \
    {                                                                                  \
        s, sizeof(s) - 1                                                               \
    }
static const struct junk junks[] = {
    JUNK("\x44\x01\x12\x34\x01\x02\x03\x04"),                     /* plain CoAP */
    JUNK("\x17\xfe\xfd\x00\x01\x00\x00\x00\x00\x01\x00\x7f\xff"), /* lying length */
    JUNK("\x17\xfe\xfd\x00\x01\x00\x00"),                         /* short header */
    JUNK(
        "\x15\xfe\xfd\x00\x00\x00\x00\x00\x00\x00\x09\x00\x02\x02\x28"), /* plain alert */
    JUNK("\x14\xfe\xfd\x00\x00\x00\x00\x00\x00\x00\x09\x00\x01\x01"),    /* plain CCS */
    JUNK("\x18\xfe\xfd\x00\x01\x00\x00\x00\x00\x00\x09\x00\x01\x01"),    /* heartbeat */
    JUNK("\x16\xfe\xfd\x00\x00\x00\x00\x00\x00\x00\x09\x00\x00"), /* empty handshake */
};

Test(dtls_client, foreign_records_do_not_end_an_open_session)
{
    struct es_datagram d;
    start(CCM_8);
    cr_assert_eq(handshake(), ES_IO_OK);
    for (size_t i = 0; i < ES_COUNT(junks); i++) {
        inject(junks[i].bytes, junks[i].n);
        cr_expect_eq(es_filter_recv(w.client, &d, w.now), ES_IO_AGAIN, "case %zu", i);
        cr_expect_eq(es_dtls_info(w.client)->records_dropped, i + 1, "case %zu", i);
        cr_expect_str_eq(echo("alive"), "alive", "case %zu", i);
    }
}

Test(dtls_client, foreign_datagrams_do_not_end_a_handshake)
{
    start(CCM_8);
    es_filter_open(w.client, w.now);
    inject(junks[0].bytes, junks[0].n);
    inject(junks[1].bytes, junks[1].n);
    inject(junks[4].bytes, junks[4].n);
    cr_expect_eq(handshake(), ES_IO_OK);
    cr_expect_eq(es_dtls_info(w.client)->records_dropped, 3);
}

Test(dtls_client, trace_names_every_record_in_order)
{
    static const char *const expected[] = {
        "> ClientHello seq=0",
        "< HelloVerifyRequest seq=0",
        "> ClientHello seq=1",
        "< ServerHello (TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8, extended master secret) seq=1",
        "< Certificate (1 certificate) seq=2",
        "< ServerKeyExchange seq=3",
        "< CertificateRequest seq=4",
        "< ServerHelloDone seq=5",
        "> Certificate (1 certificate) seq=2",
        "> ClientKeyExchange seq=3",
        "> CertificateVerify seq=4",
        "> ChangeCipherSpec",
        "> Finished",
        "< ChangeCipherSpec",
        "< Finished",
    };
    start(CCM_8);
    cr_assert_eq(handshake(), ES_IO_OK);
    echo("data leaves no line here");
    cr_assert_eq(es_evidence_count(w.evidence), ES_COUNT(expected));
    for (size_t i = 0; i < ES_COUNT(expected); i++) {
        struct es_slice line = es_evidence_get(w.evidence, i);
        cr_expect(es_slice_has_suffix(line, expected[i]), "line %zu is '%.*s'", i,
                  ES_SLICE_ARG(line));
    }
}

Test(dtls_client, datagrams_know_their_number_in_the_capture)
{
    struct es_datagram d = {.bytes = ES_SLICE_LIT("ping")};
    start(CCM_8);
    cr_assert_eq(handshake(), ES_IO_OK);
    uint32_t before = es_evidence_last(w.evidence);
    es_filter_send(w.client, &d, w.now);
    cr_expect_eq(d.number, before + 1);
    test_server_step(&w.server, w.now);
    cr_assert_eq(es_filter_recv(w.client, &d, w.now), ES_IO_OK);
    cr_expect_eq(d.number, before + 2);
}

Test(dtls_client, unusable_key_is_refused_with_a_note)
{
    struct es_filter *a, *b;
    struct es_sim_end *x, *y;
    w.cfg.key_der = ES_SLICE_LIT("not a key");
    es_sim_pair(w.arena, &a, &x, &b, &y);
    cr_assert_null(es_dtls_connect(w.arena, a, &w.cfg, w.diag));
    cr_expect_eq(w.diag->notes[0].code, ES_CODE_INPUT);
}

Test(dtls_client, suite_that_is_not_built_in_is_refused_with_a_note)
{
    static const uint16_t unknown[] = {ES_DTLS_SUITE_CCM_8, 0x7777};
    struct es_filter *a, *b;
    struct es_sim_end *x, *y;
    w.cfg.suites = unknown;
    w.cfg.suites_n = 2;
    es_sim_pair(w.arena, &a, &x, &b, &y);
    cr_assert_null(es_dtls_connect(w.arena, a, &w.cfg, w.diag));
    cr_expect_str_eq(w.diag->notes[0].msg,
                     "cipher suite 0x7777 is not built into wolfSSL");
}

/* A bottom whose port is closed. */
static enum es_io refuse_recv(struct es_filter *f, struct es_datagram *out, es_usec now)
{
    (void)out;
    (void)now;
    f->reason = "port unreachable";
    return ES_IO_FAILED;
}

static enum es_io swallow(struct es_filter *f, struct es_datagram *d, es_usec now)
{
    (void)f;
    d->time = now;
    return ES_IO_OK;
}

Test(dtls_client, closed_port_is_refused)
{
    static const struct es_filter_type closed_port = {
        .name = "closed", .send = swallow, .recv = refuse_recv};
    struct es_filter bottom = {.type = &closed_port, .fd = -1};
    w.client = es_dtls_connect(w.arena, &bottom, &w.cfg, w.diag);
    cr_assert_not_null(w.client);
    cr_expect_eq(es_filter_open(w.client, 0), ES_IO_FAILED);
    cr_expect_eq(es_dtls_info(w.client)->outcome, ES_DTLS_REFUSED);
    cr_expect_str_eq(es_filter_reason(w.client), "port unreachable");
    es_filter_close(w.client, 0);
    w.client = NULL;
}
