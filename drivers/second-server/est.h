/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_EST_H
#define ES_EST_H

#include "blocks.h"

#include <mbedtls/x509_crt.h>

/* EST over CoAP (RFC 9148), as seen by one client. */

enum es_op {
    ES_OP_CORE,
    ES_OP_CRTS,
    ES_OP_SEN,
    ES_OP_SREN,
    ES_OP_SKG,
    ES_OP_SKC,
    ES_OP_COUNT
};

enum { ES_BINDING_MAX = 12 };

/* All that is known about a client, for as long as its DTLS session lives. */
struct es_peer {
    const mbedtls_x509_crt *cert;
    uint8_t binding[ES_BINDING_MAX]; /* tls-unique */
    size_t binding_len;              /* 0: may not be used in this session */
    struct es_upload uploads[ES_OP_COUNT];
    struct es_representation results[ES_OP_COUNT];
};

bool es_est_load(const char *dir);
void es_est_unload(void);
void es_peer_close(struct es_peer *peer);

struct es_response es_est_serve(struct es_peer *peer, const struct es_request *request);

/* The work of sen, sren, skg, skc: the answer's body in `out`, or a refusal in `error`. */
bool es_enroll(const struct es_peer *peer, enum es_op op, struct es_bytes body,
               int32_t accept, struct es_representation *out,
               struct es_response *error);
bool es_enroll_load(const char *dir);
void es_enroll_unload(void);

#endif
