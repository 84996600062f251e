/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/buf.h"
#include "dtls/recut.h"
#include "dtls/session.h"

#include <wolfssl/wolfio.h>

#include <string.h>

enum {
    CLIENT_HELLO = 1,
    HELLO_VERIFY_REQUEST = 3,
    CERTIFICATE = 11,
    CERTIFICATE_VERIFY = 15,
    CLIENT_KEY_EXCHANGE = 16,
    HELLO_RANDOM_AT = 12 + 2, /* in a ClientHello message */
};

/* The secret is known only when the client's ChangeCipherSpec lies in the capture already:
 * a place for it is kept ahead of that. */
static void keep_place_for_secret(struct es_session *s)
{
    if (s->evidence && s->evidence_mark == ES_EVIDENCE_NO_MARK) {
        s->evidence_mark = es_evidence_reserve_secret(s->evidence);
    }
}

static void fill_in_secret(struct es_session *s)
{
    unsigned char *master, *server, *client;
    unsigned master_n, server_n, client_n;
    uint8_t line[256];
    struct es_buf b;
    if (s->secret_logged || !s->evidence ||
        wolfSSL_get_keys(s->ssl, &master, &master_n, &server, &server_n, &client,
                         &client_n) != WOLFSSL_SUCCESS) {
        return;
    }
    s->secret_logged = true;
    es_buf_init(&b, line, sizeof line);
    es_buf_text(&b, "CLIENT_RANDOM ");
    es_buf_hex(
        &b, es_slice_make(s->records.client_random, sizeof s->records.client_random));
    es_buf_u8(&b, ' ');
    es_buf_hex(&b, es_slice_make(master, master_n));
    es_evidence_fill_secret(s->evidence, s->evidence_mark, es_buf_slice(&b));
}

/* What is in a datagram of ours, as far as it matters here. */
struct content {
    bool has_ccs, is_verify_request;
};

static struct content content_of(struct es_slice datagram)
{
    struct content c = {0};
    struct es_record r;
    while (es_record_next(&datagram, &r)) {
        c.has_ccs = c.has_ccs || r.type == ES_RECORD_CCS;
        c.is_verify_request =
            c.is_verify_request || (r.type == ES_RECORD_HANDSHAKE && r.epoch == 0 &&
                                    r.body.n && r.body.p[0] == HELLO_VERIFY_REQUEST);
    }
    return c;
}

/* Everything from our ChangeCipherSpec on is the last flight, unless the session is resumed:
 * then the client has the last word. */
static void keep_last_flight(struct es_session *s, struct es_slice datagram)
{
    struct es_session_flight *f = &s->last_flight;
    if (f->n < ES_COUNT(f->at) && !es_records_is_resuming(&s->records)) {
        f->at[f->n++] = es_arena_dup(s->arena, datagram);
    }
}

static void start_timer(struct es_session *s)
{
    s->timeout = s->first_timeout;
    s->deadline = s->without_retransmission ? ES_USEC_NEVER : s->now + s->timeout;
}

int es_server_on_send(WOLFSSL *ssl, char *bytes, int n, void *context)
{
    struct es_session *s = context;
    struct es_slice datagram = es_slice_make(bytes, (size_t)n);
    (void)ssl;
    bool pending = s->info.outcome == ES_DTLS_PENDING;
    struct content c = pending ? content_of(datagram) : (struct content){0};
    if (pending && !c.is_verify_request) {
        keep_place_for_secret(s);
    }
    if (c.has_ccs) {
        fill_in_secret(s);
    }
    if (c.has_ccs || s->last_flight.n) {
        keep_last_flight(s, datagram);
    }
    enum es_io io =
        pending ? es_recut_send(s, datagram) : es_session_send_below(s, datagram);
    if (io == ES_IO_AGAIN) {
        return WOLFSSL_CBIO_ERR_WANT_WRITE;
    }
    /* A HelloVerifyRequest is not repeated by a timer (RFC 6347, 4.2.1). */
    if (pending && !c.is_verify_request && !s->resending) {
        start_timer(s);
    }
    return n;
}

/* The client says its last flight again: it has not seen ours, and wolfSSL, which is done,
 * would not repeat it (RFC 6347, 4.2.4). */
static void repeat_last_flight(struct es_session *s)
{
    if (s->without_retransmission || !s->last_flight.n) {
        return;
    }
    s->info.flights_resent++;
    for (size_t i = 0; i < s->last_flight.n; i++) {
        es_recut_send(s, s->last_flight.at[i]);
    }
}

static bool has_come(const struct es_session *s, unsigned type)
{
    return (s->records.received_types >> type & 1) != 0;
}

/* wolfSSL answers a ChangeCipherSpec that overtook the messages before it with a fatal
 * alert, and passes over protected records that come before it. */
static bool is_its_turn(const struct es_session *s, const struct es_record *r)
{
    if (r->epoch > 0) {
        return s->ccs_passed;
    }
    if (r->type != ES_RECORD_CCS) {
        return true;
    }
    if (es_records_is_resuming(&s->records)) {
        return s->records.ccs_sent;
    }
    bool certified = !s->info.certificate_requested ||
                     (has_come(s, CERTIFICATE) &&
                      (s->info.peer_chain_n == 0 || has_come(s, CERTIFICATE_VERIFY)));
    return certified && has_come(s, CLIENT_KEY_EXCHANGE);
}

static bool is_first_hello_again(const struct es_session *s, const struct es_record *r)
{
    struct es_slice random = es_slice_sub(r->body, HELLO_RANDOM_AT, 32);
    return random.n == 32 && memcmp(random.p, s->first_random, 32) == 0;
}

/* An unencrypted record while the session is open. */
static void take_stray(struct es_session *s, const struct es_record *r)
{
    bool is_hello = r->type == ES_RECORD_HANDSHAKE && r->body.n > HELLO_RANDOM_AT &&
                    r->body.p[0] == CLIENT_HELLO;
    if (r->type == ES_RECORD_CCS) {
        repeat_last_flight(s);
    }
    if (is_hello && !is_first_hello_again(s, r)) {
        /* RFC 6347, 4.2.8: it has lost its state and begins anew. */
        s->restarted = true;
        return;
    }
    es_session_drop(s, r->type == ES_RECORD_CCS
                           ? "client's last flight again"
                           : "unencrypted record after the handshake");
}

/* Whether wolfSSL may have the record at all. */
static bool admit(struct es_session *s, const struct es_record *r)
{
    if (s->info.outcome != ES_DTLS_PENDING && r->epoch == 0) {
        take_stray(s, r);
        return false;
    }
    if (s->info.outcome != ES_DTLS_PENDING && r->type == ES_RECORD_HANDSHAKE) {
        es_session_drop(s, "handshake message after the handshake");
        return false;
    }
    if (r->type != ES_RECORD_DATA && r->body.n == 0) {
        es_session_drop(s, "empty record");
        return false;
    }
    if (r->type == ES_RECORD_CCS && s->ccs_passed) {
        es_session_drop(s, "second ChangeCipherSpec");
        return false;
    }
    return true;
}

static void hold(struct es_session *s, const struct es_record *r)
{
    if (s->held_n == ES_COUNT(s->held)) {
        es_session_drop(s, "record ahead of its time");
        return;
    }
    s->held[s->held_n++] = es_arena_dup(s->arena, r->whole);
}

/* A record that was held and whose turn has come. */
static bool take_held(struct es_session *s, struct es_record *r)
{
    for (size_t i = 0; i < s->held_n; i++) {
        struct es_slice whole = s->held[i];
        if (!es_record_next(&whole, r) || !is_its_turn(s, r)) {
            continue;
        }
        s->held_n--;
        memmove(&s->held[i], &s->held[i + 1], (s->held_n - i) * sizeof *s->held);
        return true;
    }
    return false;
}

/* The next record for wolfSSL out of the datagram in hand. */
static bool next_record(struct es_session *s, struct es_record *r)
{
    while (s->rest.n) {
        if (!es_record_next(&s->rest, r)) {
            es_session_drop(s, "not a DTLS record");
            s->rest = ES_SLICE_NONE;
            return false;
        }
        es_records_see(&s->records, ES_RECEIVED, r, s->in.number, s->in.time);
        if (!s->first_random_known && s->records.random_known) {
            s->first_random_known = true;
            memcpy(s->first_random, s->records.client_random, sizeof s->first_random);
        }
        if (r->type == ES_RECORD_ALERT && r->epoch > 0) {
            s->alert_number = s->in.number;
            s->alert_seen = true;
        }
        if (!admit(s, r)) {
            continue;
        }
        if (is_its_turn(s, r)) {
            return true;
        }
        hold(s, r);
    }
    return false;
}

int es_server_on_recv(WOLFSSL *ssl, char *bytes, int room, void *context)
{
    struct es_session *s = context;
    struct es_record r;
    (void)ssl;
    do {
        while (!take_held(s, &r) && !next_record(s, &r)) {
            enum es_io io = es_filter_recv(s->filter.below, &s->in, s->now);
            if (io != ES_IO_OK) {
                s->below_failed = io != ES_IO_AGAIN;
                return WOLFSSL_CBIO_ERR_WANT_READ;
            }
            s->rest = s->in.bytes;
        }
        if (r.whole.n > (size_t)room) {
            es_session_drop(s, "record larger than wolfSSL reads");
        }
    } while (r.whole.n > (size_t)room);
    s->ccs_passed = s->ccs_passed || r.type == ES_RECORD_CCS;
    memcpy(bytes, r.whole.p, r.whole.n);
    return (int)r.whole.n;
}
