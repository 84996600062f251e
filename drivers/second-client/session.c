/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

#include "host.h"
#include "profile.h"
#include "wait.h"

#include <mbedtls/ssl_internal.h>

#include <unistd.h>

enum { DATAGRAM_MAX = 16384, MESSAGE_MAX = 16384 };

static bool set_up(struct es_session *s, const struct es_credential *credential)
{
    mbedtls_ssl_config *c = &s->config;
    const struct es_uri *uri = s->authority.uri;
    if (mbedtls_ssl_config_defaults(c, MBEDTLS_SSL_IS_CLIENT,
                                    MBEDTLS_SSL_TRANSPORT_DATAGRAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT) != 0 ||
        mbedtls_ssl_conf_own_cert(c, credential->chain, credential->key) != 0) {
        return false;
    }
    es_profile_set(c);
    mbedtls_ssl_conf_session_tickets(c, MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
    mbedtls_ssl_conf_ca_chain(c, es_trust_anchors(&es_pledge.trust), NULL);
    mbedtls_ssl_conf_verify(c, es_authority_verify, &s->authority);
    /* RFC 6066, 3: a server is named by its name, never by an address. */
    return mbedtls_ssl_setup(&s->ssl, c) == 0 &&
           (uri->ip_len > 0 || mbedtls_ssl_set_hostname(&s->ssl, uri->host) == 0);
}

static const char *explain(struct es_session *s, int ret)
{
    uint32_t flags = mbedtls_ssl_get_verify_result(&s->ssl);
    es_log("handshake failed: -0x%04x", (unsigned int)-ret);
    if (ret == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED) {
        return es_trust_explain(flags);
    }
    return ret == MBEDTLS_ERR_SSL_TIMEOUT ? "the server does not answer"
                                          : "the handshake failed";
}

/* Feeds mbedTLS with what is there; `advance` says how far it got. */
static int feed(struct es_session *s, int (*advance)(struct es_session *s))
{
    static uint8_t datagram[DATAGRAM_MAX];
    struct es_address from;
    long n;
    int ret = es_link_is_due(&s->link) ? advance(s) : MBEDTLS_ERR_SSL_WANT_READ;
    while (es_link_would_block(ret) &&
           (n = es_udp_receive(s->link.fd, datagram, sizeof datagram, &from)) >= 0) {
        if (es_address_equal(&from, &s->link.address)) {
            s->link.inbox = (struct es_bytes){datagram, (size_t)n};
            ret = advance(s);
            s->link.inbox.n = 0;
        }
    }
    return ret;
}

static int shake(struct es_session *s)
{
    return mbedtls_ssl_handshake(&s->ssl);
}

static const char *shake_hands(struct es_session *s)
{
    int ret = shake(s);
    while (es_link_would_block(ret)) {
        uint64_t due = s->link.timer_end_ms;
        if (!es_wait(s->link.fd, due > 0 ? due : UINT64_MAX)) {
            return "aborted";
        }
        ret = feed(s, shake);
    }
    return ret == 0 ? NULL : explain(s, ret);
}

static const char *connect_to(struct es_session *s, const struct es_uri *uri)
{
    unsigned int port;
    if (!es_uri_resolve(uri, &s->link.address)) {
        return "the host has no address";
    }
    bool v6 = s->link.address.storage.ss_family == AF_INET6;
    s->link.fd = es_udp_open(v6 ? "::" : "0.0.0.0", &port);
    return s->link.fd >= 0 ? NULL : "no socket";
}

const char *es_session_open(struct es_session *s, const struct es_uri *uri,
                            const struct es_credential *credential)
{
    es_session_close(s);
    s->is_made = true;
    s->link = (struct es_link){.fd = -1};
    s->authority = (struct es_authority){uri, es_pledge.trust.is_explicit};
    mbedtls_ssl_config_init(&s->config);
    mbedtls_ssl_init(&s->ssl);
    const char *why = connect_to(s, uri);
    if (why == NULL && !set_up(s, credential)) {
        why = "no session can be made";
    }
    if (why == NULL) {
        es_link_attach(&s->link, &s->ssl);
        why = shake_hands(s);
    }
    s->is_open = why == NULL;
    if (why != NULL) {
        es_session_close(s);
    }
    return why;
}

void es_session_close(struct es_session *s)
{
    if (!s->is_made) {
        return;
    }
    if (s->is_open) {
        mbedtls_ssl_close_notify(&s->ssl);
    }
    mbedtls_ssl_free(&s->ssl);
    mbedtls_ssl_config_free(&s->config);
    if (s->link.fd >= 0) {
        close(s->link.fd);
    }
    s->is_made = s->is_open = false;
}

void es_session_send(struct es_session *s, struct es_bytes message)
{
    int ret = mbedtls_ssl_write(&s->ssl, message.p, message.n);
    if (ret < 0) {
        es_log("a message could not be sent: -0x%04x", (unsigned int)-ret);
    }
}

static int read_messages(struct es_session *s)
{
    static uint8_t message[MESSAGE_MAX];
    int ret;
    while ((ret = mbedtls_ssl_read(&s->ssl, message, sizeof message)) >= 0) {
        s->take((struct es_bytes){message, (size_t)ret});
    }
    return ret;
}

bool es_session_step(struct es_session *s, uint64_t until_ms)
{
    bool goes_on = es_wait(s->is_open ? s->link.fd : -1, until_ms);
    if (!s->is_open) {
        return goes_on;
    }
    int ret = feed(s, read_messages);
    if (!es_link_would_block(ret)) {
        es_log("the session ended: -0x%04x", (unsigned int)-ret);
        if (ret == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
            mbedtls_ssl_close_notify(&s->ssl);
        }
        s->is_open = false;
    }
    return goes_on;
}

/* The first Finished is that of the client: no session is ever resumed. */
struct es_bytes es_session_binding(const struct es_session *s)
{
    const uint8_t *own = (const uint8_t *)s->ssl.own_verify_data;
    return (struct es_bytes){own, s->ssl.verify_data_len};
}

const mbedtls_x509_crt *es_session_peer(const struct es_session *s)
{
    return s->is_open ? mbedtls_ssl_get_peer_cert(&s->ssl) : NULL;
}
