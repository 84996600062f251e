/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_PEER_H
#define ES_PEER_H

#include "blockwise.h"
#include "resource.h"

#include <coap3/coap.h>
#include <openssl/ssl.h>

/* What the server remembers about one DTLS session: answers given (for duplicates), bodies
   half received, results half fetched, answers still to come. It hangs on libcoap's
   session as application data and dies with it. */

struct es_replay;

/* An answer that is sent on its own some time after the empty ACK (RFC 7252, 5.2.2). */
struct es_deferred {
    struct es_deferred *next;
    uint64_t due_ms;
    uint16_t request_mid;
    unsigned int sent;        /* how often, where libcoap is not asked to do it */
    struct es_buffer message; /* complete but for its Message ID */
};

/* The answer of a POST, kept so that later Block2 requests fetch its other blocks and do
   not run the function again (RFC 7959, 2.7). */
struct es_result {
    bool present;
    enum es_code code;
    struct es_representation rep;
    struct es_buffer request; /* for the mutant that runs it again */
};

struct es_peer {
    struct es_peer *next;
    coap_session_t *session;
    SSL *ssl;
    struct es_replay *replay;
    struct es_upload uploads[ES_OP_COUNT];
    struct es_result results[ES_OP_COUNT];
    struct es_deferred *deferred;
    bool starved;           /* the mutant without a place for it lets it wait */
    bool fresh;             /* records may wait from before the end of the handshake */
    bool has_last_con;      /* whether last_con was ever set */
    uint16_t last_con;      /* Message ID of the latest separate response */
    bool last_con_ended;    /* by an ACK or RST */
    struct es_buffer stash; /* an ACK or RST that waits for libcoap's next read */
};

/* The peer of a TLS session, made at first use; NULL before libcoap knows the session. */
struct es_peer *es_peer_of(SSL *ssl);
/* To be called when libcoap drops the session. */
void es_peer_forget(coap_session_t *session);
struct es_peer *es_peer_first(void);
/* Whether the peer still exists; the pointer is only compared. */
bool es_peer_is_known(const struct es_peer *peer);

struct es_upload *es_peer_upload(struct es_peer *peer, enum es_op op);
struct es_result *es_peer_result(struct es_peer *peer, enum es_op op);

/* The client's certificate, or NULL if it showed none. Borrowed. */
X509 *es_peer_certificate(const struct es_peer *peer);

/* Milliseconds on a clock that only goes forward. */
uint64_t es_now_ms(void);

#endif
