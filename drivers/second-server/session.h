/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_SESSION_H
#define ES_SESSION_H

#include "endpoint.h"
#include "est.h"
#include "hello.h"
#include "link.h"
#include "tls.h"

/* One DTLS session with one client, from its ClientHello to its end. */

struct es_session {
    struct es_session *next;
    struct es_link link;
    struct es_hello_view hello;
    mbedtls_ssl_context ssl;
    struct es_tls_client client;
    bool is_resumed, is_open;
    uint64_t used_ms;
    struct es_endpoint endpoint;
    struct es_peer peer;
};

enum es_session_state {
    ES_SESSION_ALIVE,
    ES_SESSION_STATELESS, /* answered by a HelloVerifyRequest, to be forgotten */
    ES_SESSION_DEAD,
};

struct es_session *es_session_new(int fd, const struct es_address *address,
                                  const struct es_hello_view *hello);
void es_session_free(struct es_session *s);
enum es_session_state es_session_take(struct es_session *s, struct es_bytes datagram);
/* Timers; *next_ms becomes the time of the next one if that is earlier. */
enum es_session_state es_session_tick(struct es_session *s, uint64_t *next_ms);
bool es_session_is_open(const struct es_session *s);

#endif
