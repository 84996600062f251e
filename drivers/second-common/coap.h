/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_COAP_H
#define ES_COAP_H

#include "octets.h"

/* What CoAP messages are made of (RFC 7252, 3). Which options a message may have and what
   they say is known to those who read it. */

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

enum {
    ES_OPTION_URI_HOST = 3,
    ES_OPTION_ETAG = 4,
    ES_OPTION_URI_PORT = 7,
    ES_OPTION_URI_PATH = 11,
    ES_OPTION_CONTENT_FORMAT = 12,
    ES_OPTION_MAX_AGE = 14,
    ES_OPTION_URI_QUERY = 15,
    ES_OPTION_ACCEPT = 17,
    ES_OPTION_BLOCK2 = 23,
    ES_OPTION_BLOCK1 = 27,
    ES_OPTION_PROXY_URI = 35,
    ES_OPTION_PROXY_SCHEME = 39,
    ES_OPTION_SIZE1 = 60,
};

/* Content-Formats of EST (RFC 9148, 8.1). */
enum {
    ES_FORMAT_LINK = 40,
    ES_FORMAT_MULTIPART = 62,
    ES_FORMAT_CERTS = 281,
    ES_FORMAT_KEY = 284,
    ES_FORMAT_ATTRS = 285,
    ES_FORMAT_CSR = 286,
    ES_FORMAT_CERT = 287,
};

/* Times of a retransmission (RFC 7252, 4.8). */
enum {
    ES_ACK_TIMEOUT_MS = 2000,
    ES_ACK_SPREAD_MS = 1000,
    ES_TRANSMISSIONS = 5,
    ES_EXCHANGE_LIFETIME_MS = 247000,
};

enum { ES_TOKEN_MAX = 8, ES_ETAG_MAX = 8, ES_SZX_RESERVED = 7 };

struct es_block {
    bool present, more;
    uint32_t num;
    unsigned int szx;
};

struct es_head {
    enum es_type type;
    uint8_t code;
    uint16_t mid;
    uint8_t token[ES_TOKEN_MAX];
    size_t token_len;
};

enum es_sense {
    ES_SENSE_OK,
    ES_SENSE_FOREIGN,   /* other version or no header: nothing may be said */
    ES_SENSE_MALFORMED, /* type and mid are valid */
};

/* Reads the head; `rest` is what follows the token. */
enum es_sense es_head_read(struct es_bytes datagram, struct es_head *out,
                           struct es_bytes *rest);

struct es_option_rule {
    size_t min, max;
    uint32_t number;
    bool repeatable;
};

/* Where a message is read, and the option that was taken last. */
struct es_options {
    struct es_bytes rest; /* begins as that of es_head_read */
    bool is_malformed;
    uint32_t number;
    bool is_started, is_repeated;
    struct es_bytes value;
};

/* True: there was one. False: *rest is the payload, or is_malformed is set. */
bool es_options_next(struct es_options *options);
/* RFC 7252, 5.4.1, 5.4.3, 5.4.5: an option of the wrong length and one repeated without
   need are treated as if they were unknown. */
bool es_option_is_known(const struct es_options *option,
                        const struct es_option_rule *rules, size_t count);
static inline bool es_option_is_critical(uint32_t number)
{
    return number % 2 == 1;
}
uint32_t es_uint_read(struct es_bytes value);
struct es_block es_block_read(struct es_bytes value);

size_t es_block_size(const struct es_block *b);
size_t es_block_offset(const struct es_block *b);

/* Options are written in the order of their numbers; *last is that of the one before. */
void es_head_write(const struct es_head *head, struct es_octets *out);
void es_option_write(struct es_octets *out, unsigned int *last, unsigned int number,
                     struct es_bytes value);
void es_option_write_uint(struct es_octets *out, unsigned int *last,
                          unsigned int number, uint32_t value);
/* Nothing if the block is not present. */
void es_option_write_block(struct es_octets *out, unsigned int *last,
                           unsigned int number, const struct es_block *b);
void es_payload_write(struct es_octets *out, struct es_bytes payload);
void es_empty_write(enum es_type type, uint16_t mid, struct es_octets *out);

#endif
