/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_PDU_H
#define ES_PDU_H

#include "octets.h"

/* One CoAP message (RFC 7252, 3), as far as a server of EST needs it. */

enum es_type { ES_TYPE_CON, ES_TYPE_NON, ES_TYPE_ACK, ES_TYPE_RST };

enum {
    ES_EMPTY = 0x00,
    ES_GET = 0x01,
    ES_POST = 0x02,
    ES_CHANGED = 0x44,
    ES_CONTENT = 0x45,
    ES_CONTINUE = 0x5f,
    ES_BAD_REQUEST = 0x80,
    ES_BAD_OPTION = 0x82,
    ES_FORBIDDEN = 0x83,
    ES_NOT_FOUND = 0x84,
    ES_METHOD_NOT_ALLOWED = 0x85,
    ES_NOT_ACCEPTABLE = 0x86,
    ES_INCOMPLETE = 0x88,
    ES_TOO_LARGE = 0x8d,
    ES_INTERNAL_ERROR = 0xa0,
    ES_UNAVAILABLE = 0xa3,
    ES_PROXYING = 0xa5,
};

enum { ES_TOKEN_MAX = 8, ES_PATH_MAX = 8, ES_ETAG_LEN = 4, ES_SZX_RESERVED = 7 };

struct es_block {
    bool present, more;
    uint32_t num;
    unsigned int szx;
};

struct es_request {
    enum es_type type;
    uint8_t code;
    uint16_t mid;
    uint8_t token[ES_TOKEN_MAX];
    size_t token_len;
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

enum es_sense {
    ES_SENSE_OK,
    ES_SENSE_FOREIGN,   /* other version or no header: nothing may be said */
    ES_SENSE_MALFORMED, /* type and mid are valid */
};

/* The parts of `out` point into `datagram`. */
enum es_sense es_pdu_read(struct es_bytes datagram, struct es_request *out);

struct es_response es_response_new(uint8_t code);
struct es_response es_response_error(uint8_t code, const char *text);

void es_pdu_write(const struct es_request *request, const struct es_response *response,
                  enum es_type type, uint16_t mid, struct es_octets *out);
void es_pdu_write_empty(enum es_type type, uint16_t mid, struct es_octets *out);

#endif
