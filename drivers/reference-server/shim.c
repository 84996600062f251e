/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shim.h"

#include "behaviour.h"
#include "datagram.h"
#include "dispatch.h"
#include "hello.h"
#include "replay.h"

#include <openssl/err.h>

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* How long a separate response is held back after its empty ACK, and how long the shim
   sleeps when it has nothing to do. */
enum { SEPARATE_DELAY_MS = 250, IDLE_MS = 60000 };

/* The session whose next SSL_get_error must say "want read": its handshake has just been
   finished by us, and libcoap only takes a session as connected on this answer. Without
   this cure a request in the same datagram as the client's Finished wedges the session. */
static SSL *just_connected;

static void send_raw(struct es_peer *peer, struct es_bytes message)
{
    size_t written;
    if (SSL_write_ex(peer->ssl, message.p, message.n, &written) != 1) {
        es_log("could not send %zu bytes", message.n);
    }
}

/* Sends the immediate answer to a message and remembers it for copies. */
static void answer(struct es_peer *peer, uint16_t mid, struct es_bytes message)
{
    es_replay_remember(peer->replay, mid, es_now_ms(), message);
    if (message.n > 0) {
        send_raw(peer, message);
    }
}

static void answer_empty(struct es_peer *peer, enum es_type type, uint16_t mid)
{
    uint8_t message[4];
    es_message_write_empty(type, mid, message);
    answer(peer, mid, (struct es_bytes){message, sizeof message});
}

/* Queues a message for es_shim_tick. */
static void defer(struct es_peer *peer, uint16_t request_mid, uint64_t delay_ms,
                  struct es_buffer message)
{
    struct es_deferred *d = es_memory_new(sizeof *d);
    d->due_ms = es_now_ms() + delay_ms;
    d->request_mid = request_mid;
    d->message = message;
    d->next = peer->deferred;
    peer->deferred = d;
}

/* Empty ACK now and the response later; as a variant the response overtakes the ACK. */
static void send_separately(struct es_peer *peer, uint16_t request_mid,
                            struct es_buffer response)
{
    bool always = es_variant_is(ES_VARIANT_OK_ALWAYS_SEPARATE);
    if (!es_variant_is(ES_VARIANT_OK_CROSSED_RESPONSE)) {
        bool wrong = es_mutant_is(ES_MUTANT_EMPTY_ACK_MID_WRONG);
        uint16_t mid = wrong ? (uint16_t)(request_mid + 1) : request_mid;
        answer_empty(peer, ES_TYPE_ACK, mid);
        defer(peer, request_mid, always ? 20 : SEPARATE_DELAY_MS, response);
        return;
    }
    uint8_t ack[4];
    struct es_buffer late = {NULL, 0, 0};
    es_message_write_empty(ES_TYPE_ACK, request_mid, ack);
    es_replay_remember(peer->replay, request_mid, es_now_ms(),
                       (struct es_bytes){ack, sizeof ack});
    es_buffer_add(&late, ack, sizeof ack);
    defer(peer, request_mid, 0, response);
    defer(peer, request_mid, SEPARATE_DELAY_MS, late);
}

static void log_exchange(const struct es_request *request, const struct es_reply *reply)
{
    char block1[32] = "", block2[32] = "";
    if (request->block1.present) {
        snprintf(block1, sizeof block1, " 1:%u/%d/%u",
                 (unsigned int)request->block1.num, request->block1.more,
                 16U << request->block1.szx);
    }
    if (reply->block2.present) {
        snprintf(block2, sizeof block2, " 2:%u/%d/%u", (unsigned int)reply->block2.num,
                 reply->block2.more, 16U << reply->block2.szx);
    }
    es_log("%s 0.%02u /%s%s (%zu bytes) -> %u.%02u%s%s (%zu bytes)",
           request->type == ES_TYPE_CON ? "CON" : "NON", request->code & 31U,
           request->path, block1, request->payload.n, (unsigned int)reply->code >> 5,
           (unsigned int)reply->code & 31, block2, reply->slow ? " later" : "",
           reply->payload.n);
}

static uint16_t new_mid(const struct es_peer *peer)
{
    bool constant = es_mutant_is(ES_MUTANT_MESSAGE_ID_CONSTANT);
    return constant ? 0x4d1d : coap_new_message_id(peer->session);
}

static void send_reply(struct es_peer *peer, const struct es_request *request,
                       const struct es_reply *reply)
{
    struct es_buffer out = {NULL, 0, 0};
    if (reply->silent) {
        answer(peer, request->mid, (struct es_bytes){NULL, 0});
        return;
    }
    if (request->type == ES_TYPE_NON) {
        if (es_mutant_is(ES_MUTANT_NON_ACKNOWLEDGED)) {
            answer_empty(peer, ES_TYPE_ACK, request->mid);
        }
        es_message_write(ES_TYPE_NON, new_mid(peer), request, reply, &out);
        es_replay_remember(peer->replay, request->mid, es_now_ms(),
                           (struct es_bytes){NULL, 0});
        send_raw(peer, es_buffer_view(&out));
    } else if (reply->slow) {
        es_message_write(ES_TYPE_CON, 0, request, reply, &out);
        send_separately(peer, request->mid, out);
        return;
    } else {
        es_message_write(ES_TYPE_ACK, request->mid, request, reply, &out);
        answer(peer, request->mid, es_buffer_view(&out));
    }
    es_buffer_free(&out);
}

/* A critical option we do not know: 4.02 for CON; a NON is rejected, which may be silence
   (RFC 7252, 5.4.1, 4.3). True if the request is not to be served. */
static bool refuse_option(struct es_peer *peer, const struct es_request *request)
{
    bool later = (request->block1.present && request->block1.num > 0) ||
                 (request->block2.present && request->block2.num > 0);
    if (request->bad_option == 0 ||
        (later && es_mutant_is(ES_MUTANT_CRITICAL_IN_FIRST_BLOCK_ONLY))) {
        return false;
    }
    if (request->type == ES_TYPE_CON || es_variant_is(ES_VARIANT_OK_NON_CRITICAL_402)) {
        char text[48];
        snprintf(text, sizeof text, "option %u is not understood",
                 (unsigned int)request->bad_option);
        struct es_reply reply = es_reply_error(ES_CODE_BAD_OPTION, text);
        log_exchange(request, &reply);
        send_reply(peer, request, &reply);
    } else if (!es_variant_is(ES_VARIANT_OK_NON_CRITICAL_SILENT)) {
        answer_empty(peer, ES_TYPE_RST, request->mid);
    }
    return true;
}

/* True if the message is a copy of one that was answered. */
static bool repeat_answer(struct es_peer *peer, const struct es_request *request)
{
    struct es_bytes message;
    bool is_post = request->code == ES_CODE_POST;
    bool is_non = request->type == ES_TYPE_NON;
    if ((is_post && es_mutant_is(ES_MUTANT_MID_DEDUP_MISSING)) ||
        (is_non && es_mutant_is(ES_MUTANT_NON_DEDUP_MISSING))) {
        return false;
    }
    if (!es_replay_find(peer->replay, request->mid, es_now_ms(), &message)) {
        return false;
    }
    es_log("copy of message %u", request->mid);
    if (message.n > 0 && !es_variant_is(ES_VARIANT_OK_DUP_SILENT)) {
        send_raw(peer, message);
    }
    return true;
}

static void refuse_malformed(struct es_peer *peer, const struct es_request *request)
{
    es_log("malformed message %u", request->mid);
    if (es_mutant_is(ES_MUTANT_MALFORMED_KILLS_SESSION)) {
        SSL_shutdown(peer->ssl);
        return;
    }
    if (request->type != ES_TYPE_CON) {
        return;
    }
    if (es_variant_is(ES_VARIANT_OK_FORMAT_ERROR_400)) {
        struct es_reply reply =
            es_reply_error(ES_CODE_BAD_REQUEST, "malformed message");
        send_reply(peer, request, &reply);
        return;
    }
    answer_empty(peer, ES_TYPE_RST, request->mid);
}

/* CON or NON. */
static void take_message(struct es_peer *peer, struct es_bytes in)
{
    struct es_request request;
    enum es_reading reading = es_message_read(in, &request);
    if (reading == ES_READING_IGNORE) {
        return;
    }
    if (reading == ES_READING_MALFORMED) {
        refuse_malformed(peer, &request);
        return;
    }
    if (request.code == 0 || request.code >= 32) {
        /* A ping, a response nobody asked for, or a reserved class (RFC 7252, 4.2). */
        bool acked = request.code == 0 ? es_mutant_is(ES_MUTANT_PING_ACKED)
                                       : es_mutant_is(ES_MUTANT_STRAY_RESPONSE_ACKED);
        if (request.type == ES_TYPE_CON) {
            answer_empty(peer, acked ? ES_TYPE_ACK : ES_TYPE_RST, request.mid);
        }
        return;
    }
    if (repeat_answer(peer, &request) || refuse_option(peer, &request)) {
        return;
    }
    struct es_reply reply = es_dispatch(peer, &request);
    log_exchange(&request, &reply);
    send_reply(peer, &request, &reply);
}

/* ACK or RST. True if libcoap is to see it: it must be empty and well formed. */
static bool take_acknowledgement(struct es_peer *peer, struct es_bytes in)
{
    bool empty = in.n == 4 && in.p[0] >> 6 == 1 && (in.p[0] & 15) == 0 && in.p[1] == 0;
    bool awaited = peer->has_last_con && peer->last_con == es_message_mid(in);
    peer->last_con_ended = peer->last_con_ended || (empty && awaited);
    if (es_mutant_is(ES_MUTANT_RST_IN_REPLY_TO_ACK) && !(empty && awaited)) {
        uint8_t message[4];
        es_message_write_empty(ES_TYPE_RST, es_message_mid(in), message);
        send_raw(peer, (struct es_bytes){message, sizeof message});
        return false;
    }
    return empty;
}

/* Handles one decrypted message. True if libcoap is to see it. */
static bool take(struct es_peer *peer, struct es_bytes in)
{
    if (in.n < 4) {
        return false;
    }
    enum es_type type = es_message_type(in);
    if (type == ES_TYPE_ACK || type == ES_TYPE_RST) {
        return take_acknowledgement(peer, in);
    }
    take_message(peer, in);
    ERR_clear_error();
    return false;
}

static int finish_handshake(SSL *ssl)
{
    int r = SSL_do_handshake(ssl);
    if (r != 1) {
        return r;
    }
    X509 *cert = SSL_get0_peer_certificate(ssl);
    char name[256] = "nobody";
    if (cert != NULL) {
        X509_NAME_oneline(X509_get_subject_name(cert), name, sizeof name);
    }
    es_log("session with %s, %s%s", name, SSL_get_cipher_name(ssl),
           SSL_session_reused(ssl) ? ", resumed" : "");
    just_connected = ssl;
    struct es_peer *peer = es_peer_of(ssl);
    if (peer != NULL) {
        peer->fresh = true;
    }
    return -1;
}

/* OpenSSL has dropped the datagram: what mutants do then. */
static void nothing_read(struct es_peer *peer)
{
    if (es_datagram_is_copy() && es_mutant_is(ES_MUTANT_REPLAYED_RECORD_ANSWERED)) {
        send_raw(peer, es_replay_latest(peer->replay));
    }
    if (es_mutant_is(ES_MUTANT_BAD_RECORD_KILLS_SESSION) &&
        SSL_get_shutdown(peer->ssl) == 0 &&
        es_datagram_content_type() != ES_RECORD_HANDSHAKE) {
        SSL_shutdown(peer->ssl);
        SSL_set_shutdown(peer->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    }
}

/* libcoap's read of one message; see the chapter in the header. */
int SSL_read(SSL *ssl, void *buf, int num)
{
    if (SSL_in_init(ssl)) {
        return finish_handshake(ssl);
    }
    struct es_peer *peer = es_peer_of(ssl);
    if (peer == NULL || peer->starved) {
        return -1;
    }
    if (peer->stash.n > 0 && peer->stash.n <= (size_t)num) {
        int n = (int)peer->stash.n;
        memcpy(buf, peer->stash.p, peer->stash.n);
        es_buffer_resize(&peer->stash, 0);
        return n;
    }
    size_t n = 0;
    /* Errors left over by certificate code would look like errors of the session. */
    ERR_clear_error();
    bool empty = true;
    while (SSL_read_ex(ssl, buf, (size_t)num, &n) == 1) {
        empty = false;
        if (take(peer, (struct es_bytes){buf, n})) {
            return (int)n;
        }
    }
    if (empty) {
        nothing_read(peer);
    }
    return -1;
}

int SSL_get_error(const SSL *ssl, int ret)
{
    static int (*real)(const SSL *, int);
    if (ssl == just_connected) {
        just_connected = NULL;
        return SSL_ERROR_WANT_READ;
    }
    if (real == NULL) {
        void *lib = dlopen("libssl.so.3", RTLD_LAZY | RTLD_NOLOAD);
        void *symbol = lib != NULL ? dlsym(lib, "SSL_get_error") : NULL;
        memcpy(&real, &symbol, sizeof real);
    }
    return real != NULL ? real(ssl, ret) : SSL_ERROR_SYSCALL;
}

/* Reads the records that OpenSSL holds already. An ACK waits in the stash, where libcoap
   finds it at its next read. */
static void drain(struct es_peer *peer)
{
    uint8_t buf[ES_MESSAGE_MAX];
    size_t n;
    if (SSL_in_init(peer->ssl)) {
        return;
    }
    ERR_clear_error();
    while (peer->stash.n == 0 && (peer->fresh || SSL_has_pending(peer->ssl)) &&
           SSL_read_ex(peer->ssl, buf, sizeof buf, &n) == 1) {
        if (take(peer, (struct es_bytes){buf, n})) {
            es_buffer_add(&peer->stash, buf, n);
        }
    }
    peer->fresh = false;
    ERR_clear_error();
}

/* The mutants that do not leave retransmission to libcoap: after so many milliseconds a
   response is sent again. 0: it is left to libcoap. */
static uint64_t resend_after(unsigned int sent)
{
    enum { GAP_MS = 2200, LOW_GAP_MS = 300 };
    if (es_mutant_is(ES_MUTANT_ACK_TIMEOUT_LOWERED)) {
        return (uint64_t)LOW_GAP_MS << sent;
    }
    return es_mutant_is(ES_MUTANT_SEPARATE_REPEATED_AFTER_ACK) ||
                   es_mutant_is(ES_MUTANT_RETRANSMISSION_STEADY)
               ? GAP_MS
               : 0;
}

static void send_and_repeat(struct es_peer *peer, const struct es_deferred *d)
{
    enum { MAX_RETRANSMIT = 4 };
    bool over = peer->last_con_ended && d->sent > 0 &&
                !es_mutant_is(ES_MUTANT_SEPARATE_REPEATED_AFTER_ACK);
    if (over) {
        return;
    }
    send_raw(peer, es_buffer_view(&d->message));
    if (d->sent < MAX_RETRANSMIT) {
        struct es_buffer copy = {NULL, 0, 0};
        es_buffer_add(&copy, d->message.p, d->message.n);
        defer(peer, d->request_mid, resend_after(d->sent), copy);
        peer->deferred->sent = d->sent + 1;
    }
}

static void send_deferred(struct es_peer *peer, const struct es_deferred *d)
{
    const struct es_buffer *m = &d->message;
    if (es_message_type(es_buffer_view(m)) == ES_TYPE_ACK) {
        send_raw(peer, es_buffer_view(m));
        return;
    }
    if (d->sent > 0) {
        send_and_repeat(peer, d);
        return;
    }
    uint16_t mid = new_mid(peer);
    if (es_mutant_is(ES_MUTANT_SEPARATE_MID_REUSED)) {
        mid = d->request_mid;
    }
    m->p[2] = (uint8_t)(mid >> 8);
    m->p[3] = (uint8_t)mid;
    bool is_non = es_variant_is(ES_VARIANT_OK_SEPARATE_NON);
    if (is_non) {
        m->p[0] = (uint8_t)(m->p[0] | ES_TYPE_NON << 4);
    }
    peer->has_last_con = true;
    peer->last_con = mid;
    peer->last_con_ended = false;
    es_log("separate response %u", mid);
    if (is_non || es_mutant_is(ES_MUTANT_SEPARATE_NOT_RETRANSMITTED)) {
        send_raw(peer, es_buffer_view(m));
        return;
    }
    if (resend_after(0) > 0) {
        send_and_repeat(peer, d);
        return;
    }
    coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_EMPTY_CODE, mid, m->n);
    if (pdu == NULL || !coap_pdu_parse(COAP_PROTO_UDP, m->p, m->n, pdu)) {
        es_log("libcoap does not take the response");
        coap_delete_pdu(pdu);
        return;
    }
    coap_send(peer->session, pdu);
}

/* Takes the first response that is due off the list; NULL if none is. Lowers *wait_ms to
   the time until the next one. */
static struct es_deferred *next_due(struct es_peer *peer, uint64_t now_ms,
                                    uint64_t *wait_ms)
{
    for (struct es_deferred **p = &peer->deferred; *p != NULL; p = &(*p)->next) {
        struct es_deferred *d = *p;
        if (d->due_ms <= now_ms) {
            *p = d->next;
            return d;
        }
        *wait_ms = d->due_ms - now_ms < *wait_ms ? d->due_ms - now_ms : *wait_ms;
    }
    return NULL;
}

static uint64_t send_due(struct es_peer *peer, uint64_t now_ms)
{
    uint64_t wait_ms = IDLE_MS;
    struct es_deferred *d;
    /* A failed write may end the session and with it the peer. */
    while (es_peer_is_known(peer) && (d = next_due(peer, now_ms, &wait_ms)) != NULL) {
        bool other = es_mutant_is(ES_MUTANT_ANSWER_IN_OTHER_SESSION);
        send_deferred(other ? es_peer_first() : peer, d);
        es_buffer_free(&d->message);
        es_memory_free(d);
    }
    return wait_ms;
}

uint64_t es_shim_tick(uint64_t now_ms)
{
    uint64_t wait = IDLE_MS;
    for (struct es_peer *peer = es_peer_first(), *next; peer != NULL; peer = next) {
        next = peer->next;
        drain(peer);
        uint64_t own = send_due(peer, now_ms);
        wait = own < wait ? own : wait;
    }
    return wait;
}
