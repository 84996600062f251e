/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_MESSAGE_H
#define ES_MESSAGE_H

#include "buffer.h"

#include <stdbool.h>

/* CoAP messages: request to bytes, bytes to response.

   Responses are taken apart here and not by libcoap, which accepts option lengths,
   repeated options and reserved code classes that RFC 7252 wants refused, and gives no
   reason when it refuses a message. Requests use libcoap's option encoder. */

enum es_type { ES_TYPE_CON, ES_TYPE_NON, ES_TYPE_ACK, ES_TYPE_RST };

enum es_code {
    ES_CODE_EMPTY = 0,
    ES_CODE_GET = 1,
    ES_CODE_POST = 2,
    ES_CODE_CHANGED = 68,
    ES_CODE_CONTENT = 69,
    ES_CODE_CONTINUE = 95,
    ES_CODE_UNAUTHORIZED = 129,
    ES_CODE_NOT_FOUND = 132,
    ES_CODE_INCOMPLETE = 136,
    ES_CODE_TOO_LARGE = 141,
    ES_CODE_INTERNAL = 160,
    ES_CODE_UNAVAILABLE = 163,
};

enum {
    ES_FORMAT_ABSENT = -1,
    ES_FORMAT_LINK = 40,
    ES_FORMAT_MULTIPART = 62,
    ES_FORMAT_KEY_CMS = 280,
    ES_FORMAT_CERTS = 281,
    ES_FORMAT_KEY = 284,
    ES_FORMAT_ATTRS = 285,
    ES_FORMAT_CSR = 286,
    ES_FORMAT_CERT = 287,
};

enum { ES_TOKEN_LEN = 8, ES_ETAG_MAX = 8, ES_ECHO_MAX = 40, ES_SZX_MAX = 6 };

struct es_block {
    bool present, more;
    uint32_t num;
    uint8_t szx;
};

struct es_request {
    enum es_code method;
    const char *path;  /* segments joined by '/' */
    const char *query; /* one Uri-Query, or NULL */
    int32_t accept, content_format;
    struct es_block block1, block2;
    size_t whole_n;       /* octets of the body that payload is a slice of */
    struct es_bytes echo; /* empty: no such option */
    struct es_bytes payload;
};

/* A response owns its bytes; payload lies in them. */
struct es_response {
    enum es_type type;
    uint8_t code;
    uint16_t mid;
    uint8_t token[ES_TOKEN_LEN];
    size_t token_len;
    int32_t content_format; /* ES_FORMAT_ABSENT if there is none */
    bool has_max_age;
    uint32_t max_age;
    uint8_t etag[ES_ETAG_MAX];
    size_t etag_len; /* 0: none */
    struct es_block block1, block2;
    uint8_t echo[ES_ECHO_MAX];
    size_t echo_len;     /* 0: none */
    uint32_t bad_option; /* first critical option not recognised, or 0 */
    struct es_buffer bytes;
    struct es_bytes payload;
};

enum es_reading {
    ES_READING_OK,
    ES_READING_IGNORE, /* not CoAP version 1, or too short to have a Message ID */
    ES_READING_MALFORMED
};

/* Size in bytes of a block. */
size_t es_block_size(uint8_t szx);

/* Encodes a CON request. */
void es_request_write(const struct es_request *request, uint16_t mid,
                      const uint8_t token[ES_TOKEN_LEN], struct es_buffer *out);
/* Encodes an empty ACK or RST: four bytes. */
void es_message_write_empty(enum es_type type, uint16_t mid, uint8_t out[4]);
uint16_t es_message_mid(struct es_bytes in);

/* Reads any message. On ES_READING_MALFORMED type, code and mid are set. Nothing is to be
   freed unless ES_READING_OK is returned. */
enum es_reading es_response_read(struct es_bytes in, struct es_response *out);
void es_response_free(struct es_response *response);

#endif
