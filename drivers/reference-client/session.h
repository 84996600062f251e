/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_SESSION_H
#define ES_SESSION_H

#include "pledge.h"

#include <coap3/coap.h>
#include <openssl/ssl.h>

/* One DTLS session with the server; there is never more than one at a time. Each has a
   libcoap context of its own, because freeing the context is the only way to make libcoap
   give up a message that it is still repeating. */

struct es_session {
    struct es_uri uri;
    const X509 *shown;       /* whom the server was told it talks with */
    coap_context_t *context; /* NULL: closed */
    coap_session_t *coap;
};

enum { ES_TLS_UNIQUE_MAX = 64 };

/* Runs the handshake, if there is no session to be kept. NULL, or why it failed; the session is closed then. */
const char *es_session_open(struct es_session *session, const struct es_uri *uri,
                            const struct es_credential *credential);
/* Ends it with close_notify. Harmless on a closed session. */
void es_session_close(struct es_session *session);
/* Whether messages can be exchanged. */
bool es_session_is_up(const struct es_session *session);
/* Borrowed; NULL once libcoap has given the session up. */
SSL *es_session_ssl(const struct es_session *session);

/* The channel binding of RFC 5929, 3: the first Finished message of the handshake. */
size_t es_session_tls_unique(const struct es_session *session,
                             uint8_t out[ES_TLS_UNIQUE_MAX]);

#endif
