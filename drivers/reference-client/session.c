/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

#include "behaviour.h"
#include "exchange.h"
#include "loop.h"
#include "tls.h"

#include <string.h>

enum { STEP_MS = 1000 };

SSL *es_session_ssl(const struct es_session *session)
{
    return session->coap != NULL ? coap_session_get_tls(session->coap, NULL) : NULL;
}

bool es_session_is_up(const struct es_session *session)
{
    SSL *ssl = es_session_ssl(session);
    return ssl != NULL &&
           coap_session_get_state(session->coap) == COAP_SESSION_STATE_ESTABLISHED &&
           (SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) == 0;
}

static const char *shake_hands(struct es_session *session)
{
    while (!es_session_is_up(session)) {
        if (!es_loop_step(session->context, STEP_MS)) {
            return "aborted";
        }
        if (es_session_ssl(session) == NULL) {
            return es_tls_refusal() != NULL ? es_tls_refusal()
                                            : "DTLS handshake failed";
        }
    }
    return NULL;
}

static const char *start(struct es_session *session,
                         const struct es_credential *credential)
{
    coap_address_t address;
    if (!es_uri_resolve(&session->uri, &address)) {
        return "host has no address";
    }
    session->context = coap_new_context(NULL);
    if (session->context == NULL) {
        return "no libcoap context";
    }
    coap_context_set_block_mode(session->context, 0);
    coap_register_nack_handler(session->context, es_exchange_take_nack);
    session->coap =
        es_tls_connect(session->context, &address, credential, &session->uri);
    return session->coap != NULL ? NULL : "no socket";
}

/* Whether the session of the operation before serves this one as well. */
static bool is_kept(const struct es_session *session, const struct es_uri *uri,
                    const struct es_credential *credential)
{
    return (es_mutant_is(ES_MUTANT_CRTS_SESSION_REUSED) ||
            es_variant_is(ES_VARIANT_OK_SESSION_KEPT)) &&
           es_session_is_up(session) && session->shown == credential->cert &&
           es_uri_has_same_authority(&session->uri, uri);
}

const char *es_session_open(struct es_session *session, const struct es_uri *uri,
                            const struct es_credential *credential)
{
    if (is_kept(session, uri, credential)) {
        return NULL;
    }
    es_session_close(session);
    session->uri = *uri;
    session->shown = credential->cert;
    const char *why = start(session, credential);
    if (why == NULL) {
        es_exchange_attach(session);
        why = shake_hands(session);
    }
    if (why == NULL && es_variant_is(ES_VARIANT_OK_VERIFIES_LATE)) {
        why = es_tls_refusal();
    }
    if (why != NULL) {
        es_session_close(session);
    }
    return why;
}

void es_session_close(struct es_session *session)
{
    es_exchange_attach(NULL);
    session->coap = NULL;
    coap_free_context(session->context);
    session->context = NULL;
}

size_t es_session_tls_unique(const struct es_session *session,
                             uint8_t out[ES_TLS_UNIQUE_MAX])
{
    static uint8_t first[ES_TLS_UNIQUE_MAX];
    static size_t first_n;
    SSL *ssl = es_session_ssl(session);
    if (ssl == NULL) {
        return 0;
    }
    if (first_n == 0) {
        first_n = SSL_get_finished(ssl, first, sizeof first);
    } else if (es_mutant_is(ES_MUTANT_TLS_UNIQUE_OF_FIRST)) {
        memcpy(out, first, first_n);
        return first_n;
    }
    bool own_is_first = SSL_session_reused(ssl) == 0;
    if (es_mutant_is(ES_MUTANT_TLS_UNIQUE_WRONG)) {
        own_is_first = !own_is_first;
    }
    return own_is_first ? SSL_get_finished(ssl, out, ES_TLS_UNIQUE_MAX)
                        : SSL_get_peer_finished(ssl, out, ES_TLS_UNIQUE_MAX);
}
