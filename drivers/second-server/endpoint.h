/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_ENDPOINT_H
#define ES_ENDPOINT_H

#include "pdu.h"

/* The message layer of CoAP (RFC 7252, 4) towards one client: duplicates, resets, separate
   responses and their retransmission. */

enum { ES_SEEN_COUNT = 1024, ES_OUTGOING_MAX = 8 };

/* A Message ID that was met, and what was said to it. */
struct es_seen {
    uint64_t until_ms; /* 0: free */
    uint16_t mid;
    struct es_octets answer;
};

/* A separate response on its way. */
struct es_outgoing {
    struct es_octets message;
    uint16_t mid;
    unsigned int sent;
    uint64_t due_ms, timeout_ms;
};

struct es_endpoint {
    void (*send)(void *context, struct es_bytes message);
    struct es_response (*serve)(void *context, const struct es_request *request);
    void *context;
    uint16_t next_mid;
    struct es_seen *seen;
    size_t seen_next;
    struct es_outgoing outgoing[ES_OUTGOING_MAX];
    size_t outgoing_count;
};

void es_endpoint_open(struct es_endpoint *e);
void es_endpoint_close(struct es_endpoint *e);
void es_endpoint_receive(struct es_endpoint *e, struct es_bytes datagram,
                         uint64_t now_ms);
/* Sends what is due; when it wants to be called again, UINT64_MAX for never. */
uint64_t es_endpoint_tick(struct es_endpoint *e, uint64_t now_ms);

#endif
