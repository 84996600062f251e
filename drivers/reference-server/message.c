/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "message.h"

#include "behaviour.h"

#include <coap3/coap.h>

#include <stdlib.h>
#include <string.h>

enum {
    OPTION_URI_HOST = 3,
    OPTION_ETAG = 4,
    OPTION_OBSERVE = 6,
    OPTION_URI_PORT = 7,
    OPTION_URI_PATH = 11,
    OPTION_CONTENT_FORMAT = 12,
    OPTION_MAX_AGE = 14,
    OPTION_URI_QUERY = 15,
    OPTION_ACCEPT = 17,
    OPTION_BLOCK2 = 23,
    OPTION_BLOCK1 = 27,
    OPTION_SIZE2 = 28,
    OPTION_PROXY_URI = 35,
    OPTION_PROXY_SCHEME = 39,
    OPTION_SIZE1 = 60
};

struct rule {
    uint16_t number, min, max;
    bool repeatable;
};

/* Lengths and repeatability: RFC 7252 table 4, RFC 7959 table 1. What is not here, of
   the wrong length, or repeated without leave is unrecognised (RFC 7252, 5.4.3, 5.4.5). */
static const struct rule rules[] = {
    {OPTION_URI_HOST, 1, 255, false},   {OPTION_ETAG, 1, 8, true},
    {OPTION_OBSERVE, 0, 3, false},      {OPTION_URI_PORT, 0, 2, false},
    {OPTION_URI_PATH, 0, 255, true},    {OPTION_CONTENT_FORMAT, 0, 2, false},
    {OPTION_MAX_AGE, 0, 4, false},      {OPTION_URI_QUERY, 0, 255, true},
    {OPTION_ACCEPT, 0, 2, false},       {OPTION_BLOCK2, 0, 3, false},
    {OPTION_BLOCK1, 0, 3, false},       {OPTION_SIZE2, 0, 4, false},
    {OPTION_PROXY_URI, 1, 1034, false}, {OPTION_PROXY_SCHEME, 1, 255, false},
    {OPTION_SIZE1, 0, 4, false},
};
enum { RULE_COUNT = sizeof rules / sizeof rules[0] };

static uint32_t read_uint(struct es_bytes v)
{
    uint32_t x = 0;
    for (size_t i = 0; i < v.n; i++) {
        x = x << 8 | v.p[i];
    }
    return x;
}

static void take_segment(struct es_request *out, struct es_bytes v, bool first)
{
    size_t len = strlen(out->path);
    bool dots = (v.n == 1 || v.n == 2) && memcmp(v.p, "..", v.n) == 0;
    bool odd = dots || (v.n > 0 && (memchr(v.p, '/', v.n) || memchr(v.p, 0, v.n)));
    if (v.n > 64 && es_mutant_is(ES_MUTANT_LONG_PATH_CRASH)) {
        abort();
    }
    if (odd || len + v.n + 2 > sizeof out->path) {
        out->path_odd = true;
        return;
    }
    if (!first) {
        out->path[len++] = '/';
    }
    memcpy(out->path + len, v.p, v.n);
    out->path[len + v.n] = '\0';
}

static void take_block(struct es_request *out, struct es_block *block,
                       struct es_bytes v)
{
    uint32_t x = read_uint(v);
    *block = (struct es_block){true, (x & 8) != 0, x >> 4, (uint8_t)(x & 7)};
    if (block->szx == 7) {
        bool lenient = es_mutant_is(ES_MUTANT_BLOCK1_SZX7_ACCEPTED);
        block->present = !lenient;
        out->szx7 = out->szx7 || !lenient;
    }
}

static void take_option(struct es_request *out, uint16_t number, struct es_bytes v,
                        bool first)
{
    switch (number) {
    case OPTION_ETAG:
        if (out->etag_count < ES_ETAG_MAX) {
            out->etag[out->etag_count++] = v;
        }
        break;
    case OPTION_URI_PATH:
        take_segment(out, v, first);
        break;
    case OPTION_URI_QUERY:
        if (out->query_count < ES_QUERY_MAX) {
            out->query[out->query_count++] = v;
        }
        break;
    case OPTION_CONTENT_FORMAT:
        out->content_format = (int32_t)read_uint(v);
        break;
    case OPTION_ACCEPT:
        out->accept = (int32_t)read_uint(v);
        break;
    case OPTION_BLOCK1:
        take_block(out, &out->block1, v);
        break;
    case OPTION_BLOCK2:
        take_block(out, &out->block2, v);
        break;
    case OPTION_SIZE1:
        out->has_size1 = true;
        out->size1 = read_uint(v);
        break;
    case OPTION_SIZE2:
        out->has_size2 = true;
        break;
    case OPTION_PROXY_URI:
    case OPTION_PROXY_SCHEME:
        out->proxy = true;
        break;
    default: /* recognised, without meaning for a server that is always the target */
        break;
    }
}

static bool is_uint(uint32_t number)
{
    return number != OPTION_ETAG && number != OPTION_URI_HOST &&
           number != OPTION_URI_PATH && number != OPTION_URI_QUERY &&
           number != OPTION_PROXY_URI && number != OPTION_PROXY_SCHEME;
}

/* Leading zeros mean nothing (RFC 7252, 3.2); one mutant takes them for a wrong length. */
static bool has_good_length(const struct rule *r, struct es_bytes v)
{
    bool zero = is_uint(r->number) && v.n > 0 && v.p[0] == 0;
    return v.n >= r->min && v.n <= r->max &&
           !(zero && es_mutant_is(ES_MUTANT_UINT_LEADING_ZERO_REFUSED));
}

/* Takes the option if a rule recognises it. *known: there is a rule for its number. */
static bool recognise(struct es_request *out, uint32_t number, struct es_bytes v,
                      bool seen[RULE_COUNT], bool *known)
{
    for (size_t i = 0; i < RULE_COUNT; i++) {
        const struct rule *r = &rules[i];
        if (r->number != number) {
            continue;
        }
        *known = true;
        if (number == OPTION_OBSERVE && es_mutant_is(ES_MUTANT_OBSERVE_REFUSED)) {
            *known = false;
            return false;
        }
        if (has_good_length(r, v) && (r->repeatable || !seen[i])) {
            take_option(out, r->number, v, !seen[i]);
            seen[i] = true;
            return true;
        }
        if (seen[i] && es_mutant_is(ES_MUTANT_REPEATED_CRITICAL_ACCEPTED)) {
            return true;
        }
    }
    return false;
}

/* Whether an option that no rule knows is to be refused. */
static bool refuses_unknown(uint32_t number)
{
    bool critical = (number & 1) != 0;
    if (number == OPTION_OBSERVE && es_mutant_is(ES_MUTANT_OBSERVE_REFUSED)) {
        return true;
    }
    return critical ? !es_mutant_is(ES_MUTANT_UNKNOWN_CRITICAL_IGNORED)
                    : es_mutant_is(ES_MUTANT_ELECTIVE_OPTION_REJECTED);
}

/* Judges one option: recognised options are taken, critical ones that are not are noted,
   elective ones ignored (RFC 7252, 5.4.1). */
static void judge_option(struct es_request *out, uint32_t number, struct es_bytes v,
                         bool seen[RULE_COUNT])
{
    bool known = false;
    if (recognise(out, number, v, seen, &known)) {
        return;
    }
    bool refused = known ? (number & 1) != 0 : refuses_unknown(number);
    if (refused && out->bad_option == 0) {
        out->bad_option = number;
    }
}

struct cursor {
    struct es_bytes in;
    size_t pos;
};

/* The value of an option nibble with its extension bytes (RFC 7252, 3.1). */
static bool read_nibble(struct cursor *c, unsigned int nibble, uint32_t *value)
{
    size_t extra = nibble == 13 ? 1 : nibble == 14 ? 2 : 0;
    if (nibble == 15) {
        return false;
    }
    if (c->in.n - c->pos < extra) {
        if (es_mutant_is(ES_MUTANT_TRUNCATED_OPTION_CRASH)) {
            abort();
        }
        return false;
    }
    *value = nibble;
    if (extra > 0) {
        uint32_t base = extra == 1 ? 13 : 269;
        *value = base + read_uint((struct es_bytes){c->in.p + c->pos, extra});
    }
    c->pos += extra;
    return true;
}

static bool read_options(struct cursor *c, struct es_request *out)
{
    bool seen[RULE_COUNT] = {false};
    uint32_t number = 0;
    while (c->pos < c->in.n) {
        uint8_t head = c->in.p[c->pos++];
        if (head == 0xff) {
            out->payload = (struct es_bytes){c->in.p + c->pos, c->in.n - c->pos};
            return out->payload.n > 0 ||
                   es_mutant_is(ES_MUTANT_PAYLOAD_MARKER_EMPTY_ACCEPTED);
        }
        uint32_t delta, len;
        if (!read_nibble(c, head >> 4, &delta) || !read_nibble(c, head & 15, &len)) {
            return false;
        }
        number += delta;
        bool too_long = len > 255 && es_mutant_is(ES_MUTANT_LONG_OPTION_MALFORMED);
        if (number > 65535 || len > c->in.n - c->pos || too_long) {
            return false;
        }
        judge_option(out, number, (struct es_bytes){c->in.p + c->pos, len}, seen);
        c->pos += len;
    }
    return true;
}

enum es_type es_message_type(struct es_bytes in)
{
    return (enum es_type)(in.p[0] >> 4 & 3);
}

uint16_t es_message_mid(struct es_bytes in)
{
    return (uint16_t)(in.p[2] << 8 | in.p[3]);
}

/* The length of the token, with the extension of RFC 8974 where that is turned on: its
   length bytes are echoed as if they belonged to the token. Too much for any message if
   it is reserved. */
static size_t token_field_length(struct es_bytes in)
{
    size_t n = in.p[0] & 15;
    if (n <= ES_TOKEN_MAX) {
        return n;
    }
    bool extended = es_variant_is(ES_VARIANT_OK_TKL_EXTENDED);
    if (extended && n == 13 && in.n > 4) {
        return 1 + 13 + (size_t)in.p[4];
    }
    if (extended && n == 14 && in.n > 5) {
        return 2 + 269 + read_uint((struct es_bytes){in.p + 4, 2});
    }
    return SIZE_MAX;
}

enum es_reading es_message_read(struct es_bytes in, struct es_request *out)
{
    memset(out, 0, sizeof *out);
    out->accept = ES_FORMAT_ABSENT;
    out->content_format = ES_FORMAT_ABSENT;
    if (in.n < 4 || in.p[0] >> 6 != 1) {
        return ES_READING_IGNORE;
    }
    out->type = es_message_type(in);
    out->code = in.p[1];
    out->mid = es_message_mid(in);
    if (out->mid == 0 && es_mutant_is(ES_MUTANT_MESSAGE_ID_ZERO_IGNORED)) {
        return ES_READING_IGNORE;
    }
    if (out->code == ES_CODE_EMPTY) {
        return in.n == 4 && (in.p[0] & 15) == 0 ? ES_READING_OK : ES_READING_MALFORMED;
    }
    size_t token_len = token_field_length(in);
    if (token_len > ES_TOKEN_ROOM || token_len > in.n - 4) {
        return ES_READING_MALFORMED;
    }
    out->token_nibble = in.p[0] & 15;
    out->token_len = token_len;
    memcpy(out->token, in.p + 4, token_len);
    struct cursor c = {in, 4 + token_len};
    return read_options(&c, out) ? ES_READING_OK : ES_READING_MALFORMED;
}

struct es_reply es_reply_new(enum es_code code)
{
    return (struct es_reply){
        .code = code,
        .content_format = ES_FORMAT_ABSENT,
        .max_age = -1,
        .size1 = -1,
        .size2 = -1,
    };
}

struct es_reply es_reply_error(enum es_code code, const char *text)
{
    struct es_reply reply = es_reply_new(code);
    reply.payload = es_bytes_text(text);
    return reply;
}

static void write_option(struct es_buffer *out, uint16_t *last, uint16_t number,
                         struct es_bytes v)
{
    uint8_t room[32];
    size_t n = coap_opt_encode(room, sizeof room, (uint16_t)(number - *last), v.p, v.n);
    es_buffer_add(out, room, n);
    *last = number;
}

static void write_uint(struct es_buffer *out, uint16_t *last, uint16_t number,
                       int64_t value)
{
    uint8_t v[8];
    if (value >= 0) {
        unsigned int n = coap_encode_var_safe(v, sizeof v, (unsigned int)value);
        write_option(out, last, number, (struct es_bytes){v, n});
    }
}

static int64_t block_value(const struct es_block *b)
{
    return b->present ? (int64_t)b->num << 4 | (b->more ? 8 : 0) | b->szx : -1;
}

void es_message_write(enum es_type type, uint16_t mid, const struct es_request *request,
                      const struct es_reply *reply, struct es_buffer *out)
{
    size_t token_len = reply->token_dropped ? 0 : request->token_len;
    unsigned int nibble = reply->token_dropped ? 0 : request->token_nibble;
    if (reply->slow && token_len > 4 && es_mutant_is(ES_MUTANT_SEPARATE_TOKEN_CUT)) {
        token_len = nibble = 4;
    }
    uint8_t header[4] = {(uint8_t)(0x40 | (unsigned int)type << 4 | nibble),
                         (uint8_t)reply->code, (uint8_t)(mid >> 8), (uint8_t)mid};
    uint16_t last = 0;
    es_buffer_add(out, header, sizeof header);
    es_buffer_add(out, request->token, token_len);
    if (reply->has_etag) {
        write_option(out, &last, OPTION_ETAG,
                     (struct es_bytes){reply->etag, sizeof reply->etag});
    }
    write_uint(out, &last, OPTION_CONTENT_FORMAT, reply->content_format);
    write_uint(out, &last, OPTION_MAX_AGE, reply->max_age);
    write_uint(out, &last, OPTION_BLOCK2, block_value(&reply->block2));
    if (es_mutant_is(ES_MUTANT_BLOCK2_OPTION_REPEATED)) {
        write_uint(out, &last, OPTION_BLOCK2, block_value(&reply->block2));
    }
    write_uint(out, &last, OPTION_BLOCK1, block_value(&reply->block1));
    write_uint(out, &last, OPTION_SIZE2, reply->size2);
    if (es_mutant_is(ES_MUTANT_SIZE2_OPTION_REPEATED)) {
        write_uint(out, &last, OPTION_SIZE2, reply->size2);
    }
    write_uint(out, &last, OPTION_SIZE1, reply->size1);
    if (reply->payload.n > 0) {
        es_buffer_add_byte(out, 0xff);
        es_buffer_add(out, reply->payload.p, reply->payload.n);
    }
}

void es_message_write_empty(enum es_type type, uint16_t mid, uint8_t out[4])
{
    out[0] = (uint8_t)(0x40 | (unsigned int)type << 4);
    out[1] = ES_CODE_EMPTY;
    out[2] = (uint8_t)(mid >> 8);
    out[3] = (uint8_t)mid;
}
