/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_MESSAGE_H
#define ES_MESSAGE_H

#include "buffer.h"

#include <stdbool.h>

/* CoAP messages: bytes to request, reply to bytes.

   Requests are taken apart here and not by libcoap, which accepts option lengths, repeated
   options, reserved code classes and SZX 7 that RFC 7252 and RFC 7959 want refused, and
   gives no reason when it refuses a message. Replies use libcoap's option encoder.

   A request borrows the bytes it was read from. */

enum es_type { ES_TYPE_CON, ES_TYPE_NON, ES_TYPE_ACK, ES_TYPE_RST };

enum es_code {
    ES_CODE_EMPTY = 0,
    ES_CODE_GET = 1,
    ES_CODE_POST = 2,
    ES_CODE_CREATED = 65,
    ES_CODE_VALID = 67,
    ES_CODE_CHANGED = 68,
    ES_CODE_CONTENT = 69,
    ES_CODE_CONTINUE = 95,
    ES_CODE_BAD_REQUEST = 128,
    ES_CODE_UNAUTHORIZED = 129,
    ES_CODE_BAD_OPTION = 130,
    ES_CODE_FORBIDDEN = 131,
    ES_CODE_NOT_FOUND = 132,
    ES_CODE_METHOD_NOT_ALLOWED = 133,
    ES_CODE_NOT_ACCEPTABLE = 134,
    ES_CODE_INCOMPLETE = 136,
    ES_CODE_TOO_LARGE = 141,
    ES_CODE_UNSUPPORTED_FORMAT = 143,
    ES_CODE_INTERNAL_ERROR = 160,
    ES_CODE_UNAVAILABLE = 163,
    ES_CODE_PROXYING = 165,
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

enum {
    ES_TOKEN_MAX = 8,
    ES_TOKEN_ROOM = 320, /* RFC 8974, with its length bytes: a variant */
    ES_PATH_MAX = 128,
    ES_QUERY_MAX = 4,
    ES_ETAG_MAX = 4,
    ES_ETAG_LEN = 8,
    ES_MESSAGE_MAX = 2048
};

struct es_block {
    bool present, more;
    uint32_t num;
    uint8_t szx;
};

struct es_request {
    enum es_type type;
    uint8_t code;
    uint16_t mid;
    uint8_t token_nibble; /* of the first byte */
    uint8_t token[ES_TOKEN_ROOM];
    size_t token_len;
    char path[ES_PATH_MAX]; /* segments joined by '/', "" for none */
    bool path_odd;          /* a segment that no resource of ours can have */
    struct es_bytes query[ES_QUERY_MAX];
    size_t query_count;
    struct es_bytes etag[ES_ETAG_MAX];
    size_t etag_count;
    int32_t accept, content_format; /* ES_FORMAT_ABSENT if there is none */
    struct es_block block1, block2;
    bool szx7;      /* Block1 or Block2 carries the reserved size */
    bool has_size1; /* and its value */
    uint32_t size1;
    bool has_size2;
    bool proxy;          /* Proxy-Uri or Proxy-Scheme */
    uint32_t bad_option; /* first critical option not recognised, or 0 */
    struct es_bytes payload;
};

struct es_reply {
    enum es_code code;
    int32_t content_format; /* ES_FORMAT_ABSENT: none */
    int64_t max_age;        /* seconds; negative: none */
    bool has_etag;
    uint8_t etag[ES_ETAG_LEN];
    struct es_block block1, block2;
    int64_t size1, size2; /* negative: none */
    struct es_bytes payload;
    bool token_dropped; /* a mutant does not echo it */
    bool slow;          /* to be sent as a separate response */
    bool silent;        /* to be swallowed */
};

enum es_reading {
    ES_READING_OK,
    ES_READING_IGNORE, /* not CoAP version 1, or too short to have a Message ID */
    ES_READING_MALFORMED
};

/* Reads one CON or NON message. On ES_READING_MALFORMED type, code and mid are set, and
   token if it could be read. */
enum es_reading es_message_read(struct es_bytes in, struct es_request *out);

/* Type and Message ID of any message of at least four bytes. */
enum es_type es_message_type(struct es_bytes in);
uint16_t es_message_mid(struct es_bytes in);

/* A reply with everything absent. */
struct es_reply es_reply_new(enum es_code code);
/* An error: diagnostic text without Content-Format (RFC 7252, 5.5.2). text is borrowed. */
struct es_reply es_reply_error(enum es_code code, const char *text);

/* Encodes a reply to the request with the given type and Message ID. */
void es_message_write(enum es_type type, uint16_t mid, const struct es_request *request,
                      const struct es_reply *reply, struct es_buffer *out);
/* Encodes an empty ACK or RST: four bytes. */
void es_message_write_empty(enum es_type type, uint16_t mid, uint8_t out[4]);

#endif
