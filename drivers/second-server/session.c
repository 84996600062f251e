/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

#include "host.h"

#include <mbedtls/ssl_internal.h>

#include <string.h>

/* Before the path is known to take more, and then (1280 less the heads of IPv6, UDP). */
enum { HANDSHAKE_MTU = 600, OPEN_MTU = 1232, MESSAGE_MAX = 4096, READS_MAX = 64 };

static void send_message(void *context, struct es_bytes message)
{
    struct es_session *s = context;
    int ret = mbedtls_ssl_write(&s->ssl, message.p, message.n);
    if (ret < 0) {
        es_log("a message could not be sent: -0x%04x", (unsigned int)-ret);
    }
}

static struct es_response serve(void *context, const struct es_request *request)
{
    struct es_session *s = context;
    return es_est_serve(&s->peer, request);
}

struct es_session *es_session_new(int fd, const struct es_address *address,
                                  const struct es_hello_view *hello)
{
    struct es_session *s = es_memory_new(sizeof *s);
    s->link.fd = fd;
    s->link.address = *address;
    s->hello = *hello;
    s->used_ms = es_now_ms();
    s->endpoint.send = send_message;
    s->endpoint.serve = serve;
    s->endpoint.context = s;
    mbedtls_ssl_init(&s->ssl);
    const unsigned char *id = (const unsigned char *)&s->link.address.storage;
    if (mbedtls_ssl_setup(&s->ssl, es_tls_config()) != 0 ||
        mbedtls_ssl_set_client_transport_id(&s->ssl, id, s->link.address.len) != 0) {
        es_session_free(s);
        return NULL;
    }
    mbedtls_ssl_set_mtu(&s->ssl, HANDSHAKE_MTU);
    es_link_attach(&s->link, &s->ssl);
    return s;
}

void es_session_free(struct es_session *s)
{
    es_endpoint_close(&s->endpoint);
    es_peer_close(&s->peer);
    mbedtls_ssl_free(&s->ssl);
    es_memory_free(s);
}

bool es_session_is_open(const struct es_session *s)
{
    return s->is_open;
}

/* RFC 5929, 3: the first Finished, which is the server's in an abbreviated handshake.
   RFC 7627, 5.4: not in a resumed session without extended master secret. */
static void note_binding(struct es_session *s)
{
    bool usable = !s->is_resumed || s->client.has_ems;
    s->peer.binding_len = usable ? s->ssl.verify_data_len : 0;
    if (s->peer.binding_len > ES_BINDING_MAX) {
        s->peer.binding_len = 0;
    }
    memcpy(s->peer.binding,
           s->is_resumed ? s->ssl.own_verify_data : s->ssl.peer_verify_data,
           s->peer.binding_len);
}

static bool open_session(struct es_session *s)
{
    s->peer.cert = mbedtls_ssl_get_peer_cert(&s->ssl);
    if (s->peer.cert == NULL) {
        return false;
    }
    s->is_open = true;
    note_binding(s);
    mbedtls_ssl_set_mtu(&s->ssl, OPEN_MTU);
    es_endpoint_open(&s->endpoint);
    es_log("session is open%s%s", s->is_resumed ? ", resumed" : "",
           s->client.has_ems ? "" : ", without extended master secret");
    return true;
}

static void note_progress(struct es_session *s)
{
    const mbedtls_ssl_handshake_params *h = s->ssl.handshake;
    if (h != NULL) {
        s->client.has_ems = h->extended_ms == MBEDTLS_SSL_EXTENDED_MS_ENABLED;
        s->is_resumed = h->resume != 0;
    }
}

static void refuse(struct es_session *s)
{
    mbedtls_ssl_send_alert_message(&s->ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                   MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE);
}

static int shake_hands(struct es_session *s)
{
    int ret = 0;
    es_tls_attend(&s->client);
    while (ret == 0 && s->ssl.state != MBEDTLS_SSL_HANDSHAKE_OVER) {
        ret = mbedtls_ssl_handshake_step(&s->ssl);
        note_progress(s);
        if (ret == 0 && s->client.must_abort) {
            refuse(s);
            ret = MBEDTLS_ERR_SSL_BAD_HS_CLIENT_HELLO;
        }
    }
    es_tls_attend(NULL);
    if (ret == MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE) {
        /* mbedTLS goes without a word; RFC 5246, 7.4.6 has one. */
        refuse(s);
    }
    return ret;
}

static enum es_session_state advance_handshake(struct es_session *s)
{
    int ret = shake_hands(s);
    if (ret == MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED) {
        return ES_SESSION_STATELESS;
    }
    if (ret != 0 && !es_link_would_block(ret)) {
        es_log("handshake failed: -0x%04x", (unsigned int)-ret);
        return ES_SESSION_DEAD;
    }
    return ret != 0 || open_session(s) ? ES_SESSION_ALIVE : ES_SESSION_DEAD;
}

/* Everything that came in the datagram. */
static enum es_session_state read_messages(struct es_session *s)
{
    unsigned char message[MESSAGE_MAX];
    for (int i = 0; i < READS_MAX; i++) {
        int ret = mbedtls_ssl_read(&s->ssl, message, sizeof message);
        if (es_link_would_block(ret)) {
            return ES_SESSION_ALIVE;
        }
        if (ret < 0) {
            if (ret == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
                mbedtls_ssl_close_notify(&s->ssl);
            }
            es_log("session ended: -0x%04x", (unsigned int)-ret);
            return ES_SESSION_DEAD;
        }
        es_endpoint_receive(&s->endpoint, (struct es_bytes){message, (size_t)ret},
                            es_now_ms());
    }
    return ES_SESSION_ALIVE;
}

static enum es_session_state advance(struct es_session *s)
{
    if (!s->is_open) {
        enum es_session_state state = advance_handshake(s);
        if (state != ES_SESSION_ALIVE || !s->is_open) {
            return state;
        }
    }
    return read_messages(s);
}

enum es_session_state es_session_take(struct es_session *s, struct es_bytes datagram)
{
    s->link.inbox = datagram;
    s->used_ms = es_now_ms();
    enum es_session_state state = advance(s);
    s->link.inbox.n = 0;
    return state;
}

enum es_session_state es_session_tick(struct es_session *s, uint64_t *next_ms)
{
    uint64_t now = es_now_ms(), due;
    if (es_link_is_due(&s->link)) {
        enum es_session_state state = advance(s);
        if (state != ES_SESSION_ALIVE) {
            return state;
        }
    }
    due = s->is_open ? es_endpoint_tick(&s->endpoint, now) : UINT64_MAX;
    *next_ms = due < *next_ms ? due : *next_ms;
    if (s->link.timer_end_ms > 0 && s->link.timer_end_ms < *next_ms) {
        *next_ms = s->link.timer_end_ms;
    }
    return ES_SESSION_ALIVE;
}
