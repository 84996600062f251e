/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/assert.h"
#include "dtls/seal.h"
#include "dtls/session.h"

#include <wolfssl/error-ssl.h>

enum {
    WOLFSSL_WRITE_MAX = 1359,
    LEVEL_WARNING = 1,
    LEVEL_FATAL = 2,
    TLS_UNIQUE_MAX = 64
};

#define TIMEOUT_MAX (60 * ES_USEC_PER_S)

static struct es_session *session_of(struct es_filter *f)
{
    es_assert(f->type == &es_session_type);
    return (struct es_session *)f;
}

static const struct es_session *const_session_of(const struct es_filter *f)
{
    es_assert(f->type == &es_session_type);
    return (const struct es_session *)f;
}

/* Encrypted alerts are readable only once wolfSSL has had them. */
static void trace_alert(struct es_session *s)
{
    WOLFSSL_ALERT_HISTORY h;
    if (!s->alert_seen) {
        return;
    }
    s->alert_seen = false;
    wolfSSL_get_alert_history(s->ssl, &h);
    if (h.last_rx.code >= 0) {
        es_records_see_alert(&s->records, ES_RECEIVED, (uint8_t)h.last_rx.level,
                             (uint8_t)h.last_rx.code, s->alert_number, s->now);
    } else if (s->evidence) {
        es_evidence_line(s->evidence, s->alert_number, ES_RECEIVED, s->now,
                         "Alert that cannot be decrypted");
    }
}

static enum es_io end(struct es_session *s, enum es_dtls_outcome outcome, enum es_io io,
                      const char *reason)
{
    s->info.outcome = outcome;
    s->filter.reason = reason;
    s->deadline = ES_USEC_NEVER;
    return io;
}

static enum es_io end_by_library(struct es_session *s, int error)
{
    const char *text = wolfSSL_ERR_reason_error_string((unsigned long)error);
    s->info.library_code = error;
    s->info.library_text = text ? text : "unknown reason";
    return end(
        s, ES_DTLS_LIBRARY, ES_IO_FAILED,
        es_arena_printf(s->arena, "wolfSSL: %s (%d)", s->info.library_text, error));
}

/* What a call of wolfSSL that did not succeed means. */
static enum es_io settle(struct es_session *s, int rc)
{
    WOLFSSL_ALERT_HISTORY h;
    int error = wolfSSL_get_error(s->ssl, rc);
    trace_alert(s);
    if (s->restarted) {
        return end(s, ES_DTLS_CLOSE, ES_IO_CLOSED,
                   "the client began a new handshake (RFC 6347, 4.2.8)");
    }
    if (error == WOLFSSL_ERROR_WANT_READ || error == WOLFSSL_ERROR_WANT_WRITE ||
        error == WOLFSSL_ERROR_NONE) {
        if (s->below_failed) {
            /* The reason is that of the filter below. Not an end for wolfSSL: a later call
             * goes on where this one stopped. */
            s->info.outcome = ES_DTLS_REFUSED;
            return ES_IO_FAILED;
        }
        return ES_IO_AGAIN;
    }
    wolfSSL_get_alert_history(s->ssl, &h);
    if (h.last_rx.code == 0) {
        return end(s, ES_DTLS_CLOSE, ES_IO_CLOSED, "the peer sent close_notify");
    }
    if (h.last_rx.code > 0 && h.last_rx.level == LEVEL_FATAL) {
        s->info.alert = (uint8_t)h.last_rx.code;
        s->info.alert_received = true;
        return end(s, ES_DTLS_ALERT, ES_IO_CLOSED,
                   es_arena_printf(s->arena, "the peer sent fatal alert %s",
                                   es_dtls_alert_name(s->info.alert)));
    }
    return end_by_library(s, error);
}

/* In a resumed session the peer's certificates are those of the first one. */
static void take_chain_of_library(struct es_session *s)
{
    WOLFSSL_X509_CHAIN *chain = wolfSSL_get_peer_chain(s->ssl);
    int n = chain ? wolfSSL_get_chain_count(chain) : 0;
    for (int i = 0; i < n && i < ES_DTLS_CHAIN_MAX; i++) {
        struct es_slice der = es_slice_make(wolfSSL_get_chain_cert(chain, i),
                                            (size_t)wolfSSL_get_chain_length(chain, i));
        s->info.peer_chain[i] = es_arena_dup(s->arena, der);
        s->info.peer_chain_n = (size_t)i + 1;
    }
}

static enum es_io finish_handshake(struct es_session *s)
{
    uint8_t finished[TLS_UNIQUE_MAX];
    s->info.resumed = wolfSSL_session_reused(s->ssl) != 0;
    /* RFC 5929, 3.1: the first Finished, which is the client's unless resumed. */
    size_t n = s->info.resumed != s->is_server
                   ? wolfSSL_get_peer_finished(s->ssl, finished, sizeof finished)
                   : wolfSSL_get_finished(s->ssl, finished, sizeof finished);
    s->info.tls_unique = es_arena_dup(s->arena, es_slice_make(finished, n));
    if (!s->info.peer_chain_n) {
        take_chain_of_library(s);
    }
    end(s, ES_DTLS_OPEN, ES_IO_OK, NULL);
    return ES_IO_OK;
}

static bool is_over(const struct es_session *s)
{
    return s->info.outcome == ES_DTLS_ALERT || s->info.outcome == ES_DTLS_CLOSE ||
           s->info.outcome == ES_DTLS_LIBRARY;
}

static enum es_io over(const struct es_session *s)
{
    return s->info.outcome == ES_DTLS_LIBRARY ? ES_IO_FAILED : ES_IO_CLOSED;
}

static void begin(struct es_session *s, es_usec now)
{
    s->now = now;
    s->below_failed = false;
    if (s->info.outcome == ES_DTLS_REFUSED) {
        s->info.outcome =
            wolfSSL_is_init_finished(s->ssl) ? ES_DTLS_OPEN : ES_DTLS_PENDING;
    }
}

static enum es_io session_open(struct es_filter *f, es_usec now)
{
    struct es_session *s = session_of(f);
    enum es_io io = es_filter_open(f->below, now);
    if (io != ES_IO_OK || is_over(s)) {
        return io != ES_IO_OK ? io : over(s);
    }
    begin(s, now);
    if (s->info.outcome == ES_DTLS_OPEN) {
        return ES_IO_OK;
    }
    int rc;
    if (!s->started) {
        /* Reading, not connecting: it makes wolfSSL take records as large as this buffer,
         * where it would pass over handshake records of more than 1500 octets. */
        s->started = true;
        rc = wolfSSL_read(s->ssl, s->plain, ES_SESSION_READ_MAX);
        s->early_n = rc > 0 ? (size_t)rc : 0;
    } else {
        rc = s->is_server ? wolfSSL_accept(s->ssl) : wolfSSL_connect(s->ssl);
    }
    if (wolfSSL_is_init_finished(s->ssl)) {
        return finish_handshake(s);
    }
    return settle(s, rc);
}

/* Writes one record by hand. */
static enum es_io send_sealed(struct es_session *s, uint8_t type, struct es_slice plain)
{
    struct es_buf b;
    if (plain.n > ES_SESSION_PLAIN_MAX || !es_seal_knows(s->info.suite)) {
        s->filter.reason = es_arena_printf(
            s->arena, "%zu octets do not fit in one record of this session", plain.n);
        return ES_IO_FAILED;
    }
    es_buf_build(&b, s->arena, plain.n + ES_SEAL_OVERHEAD);
    bool sealed =
        es_seal_record(s->ssl, s->info.suite, type, s->sent_seq + 1, plain, &b);
    es_assert(sealed);
    s->sealing = true;
    return es_session_send_below(s, es_buf_slice(&b));
}

static enum es_io session_send(struct es_filter *f, struct es_datagram *d, es_usec now)
{
    struct es_session *s = session_of(f);
    if (is_over(s) && !s->notified) {
        return over(s);
    }
    begin(s, now);
    es_assert(s->info.outcome == ES_DTLS_OPEN || s->notified);
    d->time = now;
    /* What comes behind close_notify wolfSSL would not write. */
    if (s->sealing || s->notified || d->bytes.n > WOLFSSL_WRITE_MAX || !d->bytes.n) {
        enum es_io io = send_sealed(s, ES_RECORD_DATA, d->bytes);
        d->number = s->sent_number;
        return io;
    }
    int rc = wolfSSL_write(s->ssl, d->bytes.p, (int)d->bytes.n);
    if (rc <= 0 || s->below_failed) {
        return settle(s, rc);
    }
    d->number = s->sent_number;
    return ES_IO_OK;
}

static int read_plain(struct es_session *s)
{
    int rc = 0;
    if (s->early_n) {
        rc = (int)s->early_n;
        s->early_n = 0;
        return rc;
    }
    do {
        rc = wolfSSL_read(s->ssl, s->plain, ES_SESSION_READ_MAX);
    } while (rc == 0 && s->rest.n &&
             wolfSSL_get_error(s->ssl, rc) == WOLFSSL_ERROR_NONE);
    return rc;
}

static enum es_io session_recv(struct es_filter *f, struct es_datagram *out,
                               es_usec now)
{
    struct es_session *s = session_of(f);
    if (is_over(s)) {
        return over(s);
    }
    begin(s, now);
    es_assert(s->info.outcome == ES_DTLS_OPEN);
    int rc = read_plain(s);
    if (rc <= 0) {
        return settle(s, rc);
    }
    trace_alert(s);
    *out = (struct es_datagram){
        .bytes = {s->plain, (size_t)rc},
        .time = s->in.time,
        .number = s->in.number,
        .label = "ApplicationData",
    };
    return ES_IO_OK;
}

static es_usec session_next_deadline(const struct es_filter *f)
{
    return const_session_of(f)->deadline;
}

static void session_on_deadline(struct es_filter *f, es_usec now)
{
    struct es_session *s = session_of(f);
    begin(s, now);
    s->timeout = s->timeout * 2 > TIMEOUT_MAX ? TIMEOUT_MAX : s->timeout * 2;
    s->deadline = now + s->timeout;
    s->info.flights_resent++;
    s->resending = true;
    wolfSSL_dtls_retransmit(s->ssl);
    s->resending = false;
}

enum es_io es_dtls_notify_close(struct es_filter *dtls, es_usec now)
{
    struct es_session *s = session_of(dtls);
    if (is_over(s) && s->info.outcome != ES_DTLS_CLOSE) {
        return over(s);
    }
    s->now = now;
    s->below_failed = false;
    if (!s->notified && wolfSSL_is_init_finished(s->ssl)) {
        static const uint8_t close_notify[] = {LEVEL_WARNING, 0};
        s->notified = true;
        if (s->sealing) {
            send_sealed(s, ES_RECORD_ALERT,
                        es_slice_make(close_notify, sizeof close_notify));
        } else {
            wolfSSL_shutdown(s->ssl);
        }
    }
    return s->below_failed ? ES_IO_FAILED : ES_IO_OK;
}

static void session_close(struct es_filter *f, es_usec now)
{
    struct es_session *s = session_of(f);
    if (s->ssl) {
        es_dtls_notify_close(f, now);
        if (s->info.outcome == ES_DTLS_PENDING) {
            s->info.outcome = ES_DTLS_SILENCE;
        }
        wolfSSL_free(s->ssl);
        wolfSSL_ERR_clear_error();
        s->ssl = NULL;
    }
    es_filter_close(f->below, now);
}

const struct es_filter_type es_session_type = {
    .name = "dtls",
    .open = session_open,
    .send = session_send,
    .recv = session_recv,
    .next_deadline = session_next_deadline,
    .on_deadline = session_on_deadline,
    .close = session_close,
};

size_t es_dtls_room(const struct es_filter *dtls)
{
    int room = wolfSSL_GetMaxOutputSize(const_session_of(dtls)->ssl);
    return room > 0 ? (size_t)room : WOLFSSL_WRITE_MAX;
}

const struct es_dtls_info *es_dtls_info(const struct es_filter *dtls)
{
    return &const_session_of(dtls)->info;
}

struct es_slice es_dtls_session(const struct es_filter *dtls, struct es_arena *arena)
{
    const struct es_session *s = const_session_of(dtls);
    struct es_slice state = ES_SLICE_NONE;
    /* Without an ID from the server there is nothing to come back to. */
    if (!s->ssl || s->info.outcome == ES_DTLS_PENDING || !s->records.session_given_n) {
        return state;
    }
    WOLFSSL_SESSION *session = wolfSSL_get1_session(s->ssl);
    int n = session ? wolfSSL_i2d_SSL_SESSION(session, NULL) : 0;
    if (n > 0) {
        uint8_t *p = es_arena_alloc(arena, (size_t)n);
        unsigned char *at = p;
        wolfSSL_i2d_SSL_SESSION(session, &at);
        state = es_slice_make(p, (size_t)n);
    }
    wolfSSL_SESSION_free(session);
    return state;
}
