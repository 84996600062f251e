/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "message.h"

#include "behaviour.h"

#include <coap3/coap.h>

#include <string.h>

enum {
    OPTION_ETAG = 4,
    OPTION_OBSERVE = 6,
    OPTION_LOCATION_PATH = 8,
    OPTION_URI_PATH = 11,
    OPTION_CONTENT_FORMAT = 12,
    OPTION_MAX_AGE = 14,
    OPTION_URI_QUERY = 15,
    OPTION_ACCEPT = 17,
    OPTION_LOCATION_QUERY = 20,
    OPTION_BLOCK2 = 23,
    OPTION_BLOCK1 = 27,
    OPTION_SIZE2 = 28,
    OPTION_SIZE1 = 60,
    OPTION_ECHO = 252,
    TOKEN_MAX = 8,
    SZX_RESERVED = 7
};

struct rule {
    uint16_t number, min, max;
    bool repeatable;
};

/* The options a response may carry: RFC 7252 table 4, RFC 7959 table 1, RFC 9175 2.2. What
   is not here, of the wrong length, or repeated without leave is unrecognised. */
static const struct rule rules[] = {
    {OPTION_ETAG, 1, 8, false},           {OPTION_OBSERVE, 0, 3, false},
    {OPTION_LOCATION_PATH, 0, 255, true}, {OPTION_CONTENT_FORMAT, 0, 2, false},
    {OPTION_MAX_AGE, 0, 4, false},        {OPTION_LOCATION_QUERY, 0, 255, true},
    {OPTION_BLOCK2, 0, 3, false},         {OPTION_BLOCK1, 0, 3, false},
    {OPTION_SIZE2, 0, 4, false},          {OPTION_SIZE1, 0, 4, false},
    {OPTION_ECHO, 1, ES_ECHO_MAX, false},
};
enum { RULE_COUNT = sizeof rules / sizeof rules[0] };

size_t es_block_size(uint8_t szx)
{
    return (size_t)16 << szx;
}

static uint32_t read_uint(struct es_bytes v)
{
    uint32_t x = 0;
    for (size_t i = 0; i < v.n; i++) {
        x = x << 8 | v.p[i];
    }
    return x;
}

/* A block of the reserved size is as bad as an option of the wrong length. */
static bool take_block(struct es_block *block, struct es_bytes v)
{
    uint32_t x = read_uint(v);
    *block = (struct es_block){true, (x & 8) != 0, x >> 4, (uint8_t)(x & 7)};
    block->present = block->szx != SZX_RESERVED;
    return block->present;
}

static uint32_t read_max_age(struct es_bytes v)
{
    uint32_t age = read_uint(v);
    if (es_mutant_is(ES_MUTANT_MAX_AGE_IN_16_BITS)) {
        age &= 0xffff;
    }
    if (es_mutant_is(ES_MUTANT_MAX_AGE_OVERFLOWS)) {
        age = age * 1000 / 1000; /* milliseconds in 32 bits */
    }
    return age;
}

static bool take_option(struct es_response *out, uint16_t number, struct es_bytes v)
{
    switch (number) {
    case OPTION_ETAG:
        memcpy(out->etag, v.p, v.n);
        out->etag_len = v.n;
        return true;
    case OPTION_CONTENT_FORMAT:
        out->content_format = (int32_t)read_uint(v);
        return true;
    case OPTION_MAX_AGE:
        out->has_max_age = true;
        out->max_age = read_max_age(v);
        return true;
    case OPTION_BLOCK1:
        return take_block(&out->block1, v);
    case OPTION_BLOCK2:
        return take_block(&out->block2, v);
    case OPTION_ECHO:
        memcpy(out->echo, v.p, v.n);
        out->echo_len = v.n;
        return true;
    default: /* recognised, and of no use to this client */
        return true;
    }
}

static bool fits(const struct rule *r, struct es_bytes v)
{
    bool refused =
        es_mutant_is(ES_MUTANT_LEADING_ZEROS_REFUSED) && v.n > 1 && v.p[0] == 0;
    return v.n >= r->min && v.n <= r->max && !refused;
}

static bool is_critical(uint32_t number)
{
    return (number & 1) != 0 ||
           (number <= OPTION_ECHO && es_mutant_is(ES_MUTANT_OPTION_LENGTH_FATAL));
}

/* Takes an option that is recognised, notes a critical one that is not, ignores the rest
   (RFC 7252, 5.4.1, 5.4.3, 5.4.5). */
static void judge_option(struct es_response *out, uint32_t number, struct es_bytes v,
                         bool seen[RULE_COUNT])
{
    for (size_t i = 0; i < RULE_COUNT; i++) {
        const struct rule *r = &rules[i];
        if (r->number == number && fits(r, v) && (r->repeatable || !seen[i])) {
            seen[i] = true;
            if (take_option(out, r->number, v)) {
                return;
            }
        }
    }
    if (is_critical(number) && out->bad_option == 0) {
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
    if (nibble == 15 || c->in.n - c->pos < extra) {
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

static bool read_options(struct cursor *c, struct es_response *out)
{
    bool seen[RULE_COUNT] = {false};
    uint32_t number = 0;
    while (c->pos < c->in.n) {
        uint8_t head = c->in.p[c->pos++];
        if (head == 0xff) {
            out->payload = (struct es_bytes){c->in.p + c->pos, c->in.n - c->pos};
            return out->payload.n > 0;
        }
        uint32_t delta, len;
        if (!read_nibble(c, head >> 4, &delta) || !read_nibble(c, head & 15, &len)) {
            return false;
        }
        number += delta;
        if (number > 65535 || len > c->in.n - c->pos) {
            return false;
        }
        judge_option(out, number, (struct es_bytes){c->in.p + c->pos, len}, seen);
        c->pos += len;
    }
    return true;
}

uint16_t es_message_mid(struct es_bytes in)
{
    return (uint16_t)(in.p[2] << 8 | in.p[3]);
}

static bool read_body(struct es_response *out)
{
    struct es_bytes in = es_buffer_view(&out->bytes);
    size_t token_len = in.p[0] & 15;
    if (out->code == ES_CODE_EMPTY) {
        return in.n == 4 && token_len == 0;
    }
    if (token_len > TOKEN_MAX || token_len > in.n - 4) {
        return false;
    }
    memcpy(out->token, in.p + 4, token_len);
    out->token_len = token_len;
    struct cursor c = {in, 4 + token_len};
    return read_options(&c, out);
}

enum es_reading es_response_read(struct es_bytes in, struct es_response *out)
{
    memset(out, 0, sizeof *out);
    bool any_version = es_mutant_is(ES_MUTANT_VERSION_UNCHECKED);
    if (in.n < 4 || (in.p[0] >> 6 != 1 && !any_version)) {
        return ES_READING_IGNORE;
    }
    out->type = (enum es_type)(in.p[0] >> 4 & 3);
    out->code = in.p[1];
    out->mid = es_message_mid(in);
    out->content_format = ES_FORMAT_ABSENT;
    es_buffer_add(&out->bytes, in.p, in.n);
    if (read_body(out)) {
        return ES_READING_OK;
    }
    es_response_free(out);
    return ES_READING_MALFORMED;
}

void es_response_free(struct es_response *response)
{
    es_buffer_free(&response->bytes);
    response->payload = (struct es_bytes){NULL, 0};
}

static void write_option(struct es_buffer *out, uint16_t *last, uint16_t number,
                         struct es_bytes v)
{
    uint8_t room[300];
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

static void write_path(struct es_buffer *out, uint16_t *last, const char *path)
{
    while (path[0] != '\0') {
        size_t n = strcspn(path, "/");
        write_option(out, last, OPTION_URI_PATH,
                     (struct es_bytes){(const uint8_t *)path, n});
        path += n;
        path += path[0] == '/' ? 1 : 0;
    }
}

static int64_t block_value(const struct es_block *b)
{
    return b->present ? (int64_t)b->num << 4 | (b->more ? 8 : 0) | b->szx : -1;
}

void es_request_write(const struct es_request *request, uint16_t mid,
                      const uint8_t token[ES_TOKEN_LEN], struct es_buffer *out)
{
    unsigned int type = es_mutant_is(ES_MUTANT_REQUESTS_NON) ? 0x50 : 0x40;
    uint8_t header[4] = {(uint8_t)(type | ES_TOKEN_LEN), (uint8_t)request->method,
                         (uint8_t)(mid >> 8), (uint8_t)mid};
    uint16_t last = 0;
    es_buffer_add(out, header, sizeof header);
    es_buffer_add(out, token, ES_TOKEN_LEN);
    write_path(out, &last, request->path);
    write_uint(out, &last, OPTION_CONTENT_FORMAT, request->content_format);
    if (request->query != NULL) {
        write_option(out, &last, OPTION_URI_QUERY, es_bytes_text(request->query));
    }
    if (!es_variant_is(ES_VARIANT_OK_NO_ACCEPT)) {
        write_uint(out, &last, OPTION_ACCEPT, request->accept);
    }
    write_uint(out, &last, OPTION_BLOCK2, block_value(&request->block2));
    write_uint(out, &last, OPTION_BLOCK1, block_value(&request->block1));
    if (es_mutant_is(ES_MUTANT_BLOCK_OPTION_TWICE)) {
        write_uint(out, &last, OPTION_BLOCK1, block_value(&request->block1));
    }
    if (es_mutant_is(ES_MUTANT_SIZE2_IN_REQUEST)) {
        write_uint(out, &last, OPTION_SIZE2, 1024);
    }
    if (es_variant_is(ES_VARIANT_OK_SIZE1_SENT) && request->block1.present) {
        write_uint(out, &last, OPTION_SIZE1, (int64_t)request->whole_n);
    }
    if (request->echo.n > 0) {
        write_option(out, &last, OPTION_ECHO, request->echo);
    }
    if (request->payload.n > 0) {
        es_buffer_add_byte(out, 0xff);
        es_buffer_add(out, request->payload.p, request->payload.n);
    }
}

void es_message_write_empty(enum es_type type, uint16_t mid, uint8_t out[4])
{
    out[0] = (uint8_t)(0x40 | (unsigned int)type << 4);
    out[1] = ES_CODE_EMPTY;
    out[2] = (uint8_t)(mid >> 8);
    out[3] = (uint8_t)mid;
}
