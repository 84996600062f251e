/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_SESSION_H
#define ES_SESSION_H

#include "authority.h"
#include "link.h"
#include "pledge.h"

/* One DTLS session with one server (RFC 9148, 3). */

enum { ES_BINDING_MAX = 12 };

struct es_session {
    bool is_made, is_open;
    struct es_authority authority;
    struct es_link link;
    mbedtls_ssl_config config;
    mbedtls_ssl_context ssl;
    void (*take)(struct es_bytes message); /* whatever the server says */
};

/* Shakes hands as that credential, with the anchors in force; closes what was open. NULL,
   or why there is no session. */
const char *es_session_open(struct es_session *s, const struct es_uri *uri,
                            const struct es_credential *credential);
void es_session_close(struct es_session *s);
void es_session_send(struct es_session *s, struct es_bytes message);
/* Waits for messages until this time at most. False as of es_wait. */
bool es_session_step(struct es_session *s, uint64_t until_ms);
/* tls-unique (RFC 5929, 3). */
struct es_bytes es_session_binding(const struct es_session *s);
/* The certificates of the server; NULL if there is no session. */
const mbedtls_x509_crt *es_session_peer(const struct es_session *s);

#endif
