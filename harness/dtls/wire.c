/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/buf.h"
#include "dtls/recut.h"

#include <wolfssl/wolfio.h>

#include <string.h>

/* Readers of the capture need the secret ahead of the first ChangeCipherSpec. */
static void log_secret(struct es_session *s, struct es_slice master)
{
    uint8_t line[256];
    struct es_buf b;
    if (!s->evidence || !s->records.random_known || !master.n) {
        return;
    }
    es_buf_init(&b, line, sizeof line);
    es_buf_text(&b, "CLIENT_RANDOM ");
    es_buf_hex(
        &b, es_slice_make(s->records.client_random, sizeof s->records.client_random));
    es_buf_u8(&b, ' ');
    es_buf_hex(&b, master);
    es_evidence_secret(s->evidence, es_buf_slice(&b));
}

/* wolfSSL knows the master secret once the ClientKeyExchange is built, so it can be had
 * when the ChangeCipherSpec is about to be sent. */
static void log_negotiated_secret(struct es_session *s)
{
    unsigned char *master, *server, *client;
    unsigned master_n, server_n, client_n;
    if (s->secret_logged || !s->evidence) {
        return;
    }
    s->secret_logged = true;
    if (!es_records_is_resuming(&s->records) &&
        wolfSSL_get_keys(s->ssl, &master, &master_n, &server, &server_n, &client,
                         &client_n) == WOLFSSL_SUCCESS) {
        log_secret(s, es_slice_make(master, master_n));
    }
}

static bool has_ccs(struct es_slice datagram)
{
    struct es_record r;
    while (es_record_next(&datagram, &r)) {
        if (r.type == ES_RECORD_CCS) {
            return true;
        }
    }
    return false;
}

static void see_sent_alert(struct es_session *s, const struct es_datagram *d)
{
    WOLFSSL_ALERT_HISTORY h;
    wolfSSL_get_alert_history(s->ssl, &h);
    if (s->sealing) {
        /* The only alert that we seal is close_notify. */
        h.last_tx.level = 1;
        h.last_tx.code = 0;
    }
    es_records_see_alert(&s->records, ES_SENT, (uint8_t)h.last_tx.level,
                         (uint8_t)h.last_tx.code, d->number, d->time);
}

static void see_sent(struct es_session *s, const struct es_datagram *d)
{
    struct es_slice rest = d->bytes;
    struct es_record r;
    while (es_record_next(&rest, &r)) {
        if (r.epoch > 0) {
            s->sent_seq = r.seq;
        }
        if (r.type == ES_RECORD_ALERT && r.epoch > 0) {
            see_sent_alert(s, d);
        } else {
            es_records_see(&s->records, ES_SENT, &r, d->number, d->time);
        }
    }
}

/* In a resumed handshake our flight is the last one. */
static void keep_last_flight(struct es_session *s, struct es_slice datagram)
{
    struct es_session_flight *f = &s->last_flight;
    if (f->n < ES_COUNT(f->at)) {
        f->at[f->n++] = es_arena_dup(s->arena, datagram);
    }
}

enum es_io es_session_send_below(struct es_session *s, struct es_slice bytes)
{
    char label[ES_RECORD_LABEL_MAX];
    struct es_datagram d = {
        .bytes = bytes,
        .time = s->now,
        .label = es_records_label(&s->records, bytes, label),
    };
    enum es_io io = es_filter_send(s->filter.below, &d, s->now);
    if (io == ES_IO_OK) {
        s->sent_number = d.number;
        see_sent(s, &d);
    } else if (io != ES_IO_AGAIN) {
        s->below_failed = true;
    }
    return io;
}

/* Whether the datagram begins with a handshake message that was sent before. wolfSSL repeats
 * its flight of its own accord when messages come out of order; where the scenario leaves
 * recovery to the peer, that must not be. */
static bool is_repetition(struct es_session *s, struct es_slice datagram)
{
    struct es_record r;
    bool known = false;
    for (bool first = true; es_record_next(&datagram, &r); first = false) {
        if (r.type != ES_RECORD_HANDSHAKE || r.epoch > 0 || r.body.n < 6) {
            continue;
        }
        unsigned seq = (unsigned)r.body.p[4] << 8 | r.body.p[5];
        known = known || (first && seq < s->next_message_seq);
        s->next_message_seq =
            seq + 1 > s->next_message_seq ? seq + 1 : s->next_message_seq;
    }
    return known;
}

int es_session_on_send(WOLFSSL *ssl, char *bytes, int n, void *context)
{
    struct es_session *s = context;
    struct es_slice datagram = es_slice_make(bytes, (size_t)n);
    (void)ssl;
    if (s->info.outcome == ES_DTLS_PENDING) {
        if (s->without_retransmission && is_repetition(s, datagram)) {
            return n;
        }
        bool first = !s->records.random_known;
        if (has_ccs(datagram)) {
            log_negotiated_secret(s);
        }
        if (es_records_is_resuming(&s->records)) {
            keep_last_flight(s, datagram);
        }
        enum es_io io = es_recut_send(s, datagram);
        if (io == ES_IO_AGAIN) {
            return WOLFSSL_CBIO_ERR_WANT_WRITE;
        }
        /* The server of a resumed session sends its ChangeCipherSpec before ours. */
        if (first) {
            log_secret(s, es_slice_make(s->offered_master, s->offered_master_n));
        }
        if (!s->resending) {
            s->timeout = s->first_timeout;
            s->deadline =
                s->without_retransmission ? ES_USEC_NEVER : s->now + s->timeout;
        }
        return n;
    }
    /* A datagram that the network refused is lost, as far as wolfSSL is concerned. */
    return es_session_send_below(s, datagram) == ES_IO_AGAIN
               ? WOLFSSL_CBIO_ERR_WANT_WRITE
               : n;
}

void es_session_drop(struct es_session *s, const char *what)
{
    s->info.records_dropped++;
    if (s->evidence) {
        es_evidence_line(s->evidence, s->in.number, ES_RECEIVED, s->in.time,
                         "dropped: %s", what);
    }
}

/* The server says its last flight again: it has not seen ours, and wolfSSL, which is done,
 * would not repeat it. */
static void repeat_last_flight(struct es_session *s)
{
    if (s->without_retransmission) {
        return;
    }
    s->info.flights_resent += s->last_flight.n > 0;
    for (size_t i = 0; i < s->last_flight.n; i++) {
        es_session_send_below(s, s->last_flight.at[i]);
    }
}

/* Whether wolfSSL may have the record. It answers some records that should be passed over in
 * silence with a fatal alert. */
static bool admit(struct es_session *s, const struct es_record *r)
{
    const struct es_records *v = &s->records;
    if (s->info.outcome != ES_DTLS_PENDING && r->epoch == 0) {
        if (r->type == ES_RECORD_CCS && s->last_flight.n) {
            repeat_last_flight(s);
        }
        es_session_drop(s, "unencrypted record after the handshake");
        return false;
    }
    if (r->type != ES_RECORD_DATA && r->body.n == 0) {
        es_session_drop(s, "empty record");
        return false;
    }
    if (r->type == ES_RECORD_CCS && !v->ccs_sent && !es_records_is_resuming(v)) {
        es_session_drop(s, "ChangeCipherSpec ahead of its time");
        return false;
    }
    if (!es_recut_admit(s, r)) {
        es_session_drop(s, "answer to the wrong cookie");
        return false;
    }
    return true;
}

/* The next record for wolfSSL out of the datagram in hand. */
static bool next_record(struct es_session *s, struct es_record *r)
{
    while (s->rest.n) {
        if (!es_record_next(&s->rest, r)) {
            s->info.records_torn += es_record_is_torn(s->rest);
            es_session_drop(s, "not a DTLS record");
            s->rest = ES_SLICE_NONE;
            return false;
        }
        es_records_see(&s->records, ES_RECEIVED, r, s->in.number, s->in.time);
        if (r->type == ES_RECORD_ALERT && r->epoch > 0) {
            s->alert_number = s->in.number;
            s->alert_seen = true;
        }
        if (admit(s, r)) {
            return true;
        }
    }
    return false;
}

int es_session_on_recv(WOLFSSL *ssl, char *bytes, int room, void *context)
{
    struct es_session *s = context;
    struct es_record r;
    (void)ssl;
    do {
        while (!next_record(s, &r)) {
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
    memcpy(bytes, r.whole.p, r.whole.n);
    return (int)r.whole.n;
}
