/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_MESSAGE_H
#define ES_MESSAGE_H

#include "coap.h"

/* Requests and responses of CoAP, as far as a client of EST needs them. */

struct es_request {
    uint8_t code;
    const char *path, *query;       /* query: NULL for none */
    int32_t accept, content_format; /* -1: absent */
    struct es_block block1, block2;
    struct es_bytes payload;
};

struct es_response {
    struct es_head head;
    int64_t content_format, max_age; /* -1: absent */
    uint8_t etag[ES_ETAG_MAX];
    size_t etag_len;
    struct es_block block1, block2;
    uint32_t bad_option; /* critical, and not understood; 0: none */
    struct es_octets payload;
};

void es_request_write(const struct es_request *request, const struct es_head *head,
                      struct es_octets *out);
/* The caller frees the payload, whatever the outcome. */
enum es_sense es_response_read(struct es_bytes datagram, struct es_response *out);

#endif
