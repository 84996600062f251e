/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_COAP_MESSAGE_H
#define ES_COAP_MESSAGE_H

/*
 * CoAP messages (RFC 7252 section 3): the decoded form, the codec, the names and the
 * notation of the RFC.
 *
 * es_coap_decode walks header and options itself, so that a malformed message gets a reason
 * and an offset; libcoap's parser is the cross-check in tests. es_coap_encode writes valid
 * messages through libcoap's option encoder; es_coap_encode_raw writes what a tester must be
 * able to send and libcoap refuses (see there).
 *
 * What this does not check: whether an option is known, critical, repeatable or long enough
 * for its definition, whether a code class is reserved, whether code and type go together.
 * That is for the one who judges.
 */

#include "base/buf.h"
#include "base/diag.h"
#include "base/text.h"

enum es_coap_type { ES_COAP_CON, ES_COAP_NON, ES_COAP_ACK, ES_COAP_RST };

/* A code as c.dd: class << 5 | detail. */
#define ES_COAP_CODE(class, detail) ((uint8_t)((class) << 5 | (detail)))
enum {
    ES_COAP_EMPTY = 0,
    ES_COAP_GET = 1,
    ES_COAP_POST = 2,
    ES_COAP_PUT = 3,
    ES_COAP_DELETE = 4,
    ES_COAP_FETCH = 5,
    ES_COAP_PATCH = 6,
    ES_COAP_IPATCH = 7,
    ES_COAP_CONTINUE = 2 << 5 | 31,
    ES_COAP_TOO_LARGE = 4 << 5 | 13,
};

/* Option numbers that the harness itself needs; the whole table is behind the lookups. */
enum {
    ES_COAP_OPT_ETAG = 4,
    ES_COAP_OPT_IF_NONE_MATCH = 5,
    ES_COAP_OPT_OBSERVE = 6,
    ES_COAP_OPT_URI_PATH = 11,
    ES_COAP_OPT_CONTENT_FORMAT = 12,
    ES_COAP_OPT_MAX_AGE = 14,
    ES_COAP_OPT_URI_QUERY = 15,
    ES_COAP_OPT_ACCEPT = 17,
    ES_COAP_OPT_BLOCK2 = 23,
    ES_COAP_OPT_BLOCK1 = 27,
    ES_COAP_OPT_SIZE2 = 28,
    ES_COAP_OPT_SIZE1 = 60,
};

/* A datagram with more than ES_COAP_OPTIONS_MAX options is refused by es_coap_decode though
 * RFC 7252 knows no such limit; its reason says so. */
enum {
    ES_COAP_OPTIONS_MAX = 64,
    ES_COAP_OPTION_NUMBER_MAX = 65535,
    ES_COAP_TOKEN_MAX = 8,
    ES_COAP_MESSAGE_MAX = 65535,
    ES_COAP_BLOCK_NUM_MAX = 0xfffff,
    ES_COAP_SZX_RESERVED = 7,
};

struct es_coap_option {
    uint32_t number;
    struct es_slice value;
};

struct es_coap_message {
    enum es_coap_type type;
    uint8_t code;
    uint16_t mid;
    struct es_slice token; /* 0 to 8 bytes */
    struct es_coap_option
        options[ES_COAP_OPTIONS_MAX]; /* in ascending order of number */
    size_t options_n;
    struct es_slice payload;
    bool has_payload;    /* a payload marker is there */
    struct es_slice raw; /* decode: the whole datagram */
    es_usec time;        /* when received or sent */
    uint32_t packet;     /* packet number in the capture; 0 if none */
};

/* A block option (RFC 7959, 2.2): number, more flag, size exponent 0..7 (7 is reserved). */
struct es_coap_block {
    uint32_t num;
    bool m;
    uint8_t szx;
};

/* What kind of value an option has (RFC 7252, 3.2), for notation and conversion. */
enum es_coap_format {
    ES_COAP_UINT,
    ES_COAP_STRING,
    ES_COAP_OPAQUE,
    ES_COAP_NO_VALUE,
    ES_COAP_BLOCK,
};

struct es_coap_option_def {
    const char *name; /* as in scenarios: content-format, uri-path, block1 */
    uint32_t number;
    enum es_coap_format format;
    bool repeatable;
    const char *doc; /* one line with the RFC clause */
};

/* Table of registered options, ascending by number; NULL if unknown. */
const struct es_coap_option_def *es_coap_option_by_name(struct es_slice name);
const struct es_coap_option_def *es_coap_option_by_number(uint32_t number);
/* For listings and suggestions: index from 0; NULL at the end. */
const struct es_coap_option_def *es_coap_option_at(size_t index);

/* Method names GET..iPATCH to codes; 0 if it is none. */
uint8_t es_coap_method_find(struct es_slice name);
const char *es_coap_method_at(size_t index); /* for suggestions; NULL at the end */
/* `2.05`, or `GET` for a request code; in the arena or static. */
const char *es_coap_code_text(uint8_t code, struct es_arena *a);
const char *es_coap_type_text(enum es_coap_type type);
/* Class of a code: 0 for requests and Empty, 2, 4, 5 for responses. */
unsigned es_coap_code_class(uint8_t code);
/* 0.01 to 0.31, assigned or not (RFC 7252, 12.1). */
bool es_coap_code_is_request(uint8_t code);
/* 2.00 to 5.31: classes 1, 6 and 7 are reserved (RFC 7252, 12.1; 4.2). */
bool es_coap_code_is_response(uint8_t code);

/* The index-th option with this number, or NULL. */
const struct es_coap_option *es_coap_option_find(const struct es_coap_message *m,
                                                 uint32_t number, size_t index);
size_t es_coap_option_count(const struct es_coap_message *m, uint32_t number);
/* Inserts an option behind those with the same or a smaller number. False when full. */
bool es_coap_option_add(struct es_coap_message *m, uint32_t number,
                        struct es_slice value);
/* Takes every option with this number away. */
void es_coap_option_remove(struct es_coap_message *m, uint32_t number);
/* Minimal big-endian form in the arena (RFC 7252, 3.2); 0 is the empty slice. */
struct es_slice es_coap_uint_encode(struct es_arena *a, uint64_t v);
/* Leading zeros are accepted; false if it is longer than 8 bytes. */
bool es_coap_uint_decode(struct es_slice value, uint64_t *v);
/* False if the value is longer than 3 bytes. */
bool es_coap_block_decode(struct es_slice value, struct es_coap_block *b);
struct es_slice es_coap_block_encode(struct es_arena *a, struct es_coap_block b);
/* The block option `number` of m; false if it is absent or too long. */
bool es_coap_block_get(const struct es_coap_message *m, uint32_t number,
                       struct es_coap_block *b);
/* 16 << szx; 2048 for the reserved exponent 7. */
size_t es_coap_block_size(struct es_coap_block b);
/* The byte of the body that the block begins with: num times size. */
uint64_t es_coap_block_offset(struct es_coap_block b);
/* The exponent for 16..1024; false for any other size. */
bool es_coap_szx_of_size(uint64_t size, uint8_t *szx);

/* Decodes a datagram. On a format error returns false: *reason says what is wrong with which
 * clause, *offset where; m then holds what was read before it (type, code and mid whenever
 * the header is complete). Slices of m borrow `bytes`. */
bool es_coap_decode(struct es_slice bytes, struct es_coap_message *m,
                    const char **reason, size_t *offset);
/* Appends the encoded message; the overflow flag of out tells whether it fitted. Token length
 * and option numbers and order must be encodable (es_assert); has_payload does not matter, a
 * marker is written where there is payload. */
void es_coap_encode(const struct es_coap_message *m, struct es_buf *out);

/* Deviations for es_coap_encode_raw; zero means "as it should be". */
struct es_coap_raw {
    uint8_t version;       /* 0: 1; only its lowest two bits go out */
    bool lie_token_length; /* write token_length instead of token.n */
    uint8_t token_length;  /* 0..15 */
    bool unsorted; /* options are written in the order given, deltas modulo 2^16 */
    bool marker_without_payload;
};
/* Appends a message with deviations. Anything else that is wrong on purpose is built from
 * bytes (`coap.bytes`). */
void es_coap_encode_raw(const struct es_coap_message *m, const struct es_coap_raw *raw,
                        struct es_buf *out);

/* The message in RFC notation on one line, as in traces and failure texts:
 * `CON GET /.well-known/est/crts  T=4f  2:0/0/64  accept=281` or
 * `ACK 2.05  T=4f  2:0/1/64  cf=281  64 bytes`; Empty messages are `ACK empty`, `RST`. An
 * empty token is left out; what is not a well-formed value of its option is `h'..'`. The
 * text of a diagnostic payload (RFC 7252, 5.5.2) follows its length in quotes. */
const char *es_coap_text(const struct es_coap_message *m, struct es_arena *a);

/* A deep copy in the arena. */
struct es_coap_message *es_coap_message_dup(struct es_arena *a,
                                            const struct es_coap_message *m);

#endif
