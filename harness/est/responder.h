/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_EST_RESPONDER_H
#define ES_EST_RESPONDER_H

/*
 * A conforming EST-coaps server (RFC 9148) without its transport: a whole request goes in, the
 * answer comes out. It stands behind scenarios whose IUT is a client: what a client asks beside
 * the request that the scenario is about (discovery, CA certificates, attributes ...) is
 * answered here, so that any legal order of operations works.
 *
 * It serves /crts, /att (4.04: no attributes), /sen, /sren, /skg and /skc below its root, and
 * /.well-known/core. It issues to everybody at once.
 */

#include "coap/service.h"
#include "pki/zoo.h"

struct es_responder {
    const struct es_zoo *zoo;
    int64_t now_s;    /* for the validity of what is issued */
    const char *root; /* "/.well-known/est" */
};

/* Fills head, body and kind of the reply; the rest stays as it is. Returns what it did, in a
 * few words for the trace: "CA certificates". Everything in the arena. */
const char *es_respond(struct es_arena *a, const struct es_responder *r,
                       const struct es_coap_asked *asked, struct es_coap_reply *reply);

#endif
