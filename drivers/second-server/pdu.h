/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_PDU_H
#define ES_PDU_H

#include "coap.h"

/* Requests and responses of CoAP, as far as a server of EST needs them. */

enum { ES_PATH_MAX = 8, ES_ETAG_LEN = 4 };

struct es_request {
    struct es_head head;
    struct es_bytes path[ES_PATH_MAX];
    size_t path_len;           /* may exceed ES_PATH_MAX; the rest is not kept */
    bool has_unknown_critical; /* also: wrong length, or more than once */
    bool has_proxy;
    int32_t accept, content_format; /* -1: absent */
    struct es_block block1, block2;
    int64_t size1; /* -1: absent */
    struct es_bytes payload;
};

struct es_response {
    uint8_t code;
    int32_t content_format; /* -1: absent */
    bool has_etag;
    uint8_t etag[ES_ETAG_LEN];
    int64_t max_age, size1; /* -1: absent */
    struct es_block block1, block2;
    struct es_octets payload;
    bool slow; /* to be sent as a separate response, so late: */
    uint32_t delay_ms;
};

/* The parts of `out` point into `datagram`. */
enum es_sense es_pdu_read(struct es_bytes datagram, struct es_request *out);

struct es_response es_response_new(uint8_t code);
struct es_response es_response_error(uint8_t code, const char *text);

void es_pdu_write(const struct es_request *request, const struct es_response *response,
                  enum es_type type, uint16_t mid, struct es_octets *out);

#endif
