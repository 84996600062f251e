/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_OPS_SESSION_H
#define ES_OPS_SESSION_H

/* A DTLS session as scenarios see it: how the handshake went, and whom it showed. */

#include "scenario/op.h"
#include "stage/stage.h"

struct es_session_view {
    struct es_channel *channel;  /* an empty one before any peer has come */
    const struct es_address *at; /* ours */
    const struct es_dtls_info *info;
    struct es_stage *stage;
    bool is_open;
    bool is_unjudgeable; /* wolfSSL's parsers refused what the peer sent */
    const char *outcome; /* open, alert, close, silence, unreachable, unparsable */
    const char *text;    /* the same in a sentence */
    struct es_slice resumable;
    struct es_x509_bag chain; /* of the peer, leaf first, as far as it could be read */
    const char *chain_flaw;   /* why it could not; or NULL */
};

/* Fields: outcome, alert, suite, version, port, tls-unique, curve, signature, extended-master-
 * secret, resumed, cookie, certificate-requested, chain, name, usage ... */
extern const struct es_shape es_session_shape;

struct es_session_view *es_session_view_new(struct es_stage *g, struct es_channel *ch);
/* Of a listener to which nobody has come yet. */
struct es_session_view *es_session_view_listening(struct es_stage *g,
                                                  const struct es_address *at);
/* Fills what is known once the handshake is over. */
void es_session_view_finish(struct es_stage *g, struct es_session_view *v);

#endif
