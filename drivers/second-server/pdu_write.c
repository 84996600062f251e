/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pdu.h"

enum {
    ETAG = 4,
    CONTENT_FORMAT = 12,
    MAX_AGE = 14,
    BLOCK2 = 23,
    BLOCK1 = 27,
    SIZE1 = 60,
};

struct es_response es_response_new(uint8_t code)
{
    return (struct es_response){
        .code = code, .content_format = -1, .max_age = -1, .size1 = -1};
}

struct es_response es_response_error(uint8_t code, const char *text)
{
    struct es_response response = es_response_new(code);
    es_octets_add_text(&response.payload, text);
    return response;
}

static void write_head(struct es_octets *out, enum es_type type, size_t token_len,
                       uint8_t code, uint16_t mid)
{
    es_octets_add_byte(out, 0x40U | (unsigned int)type << 4 | (unsigned int)token_len);
    es_octets_add_byte(out, code);
    es_octets_add_byte(out, mid >> 8);
    es_octets_add_byte(out, mid & 0xffU);
}

/* All numbers and lengths written here are below 269. */
static unsigned int nibble(size_t n)
{
    return n < 13 ? (unsigned int)n : 13;
}

static void write_option(struct es_octets *out, unsigned int *last, unsigned int number,
                         struct es_bytes v)
{
    unsigned int delta = number - *last;
    *last = number;
    es_octets_add_byte(out, nibble(delta) << 4 | nibble(v.n));
    if (delta >= 13) {
        es_octets_add_byte(out, delta - 13);
    }
    if (v.n >= 13) {
        es_octets_add_byte(out, (unsigned int)v.n - 13);
    }
    es_octets_add_bytes(out, v);
}

static void write_uint(struct es_octets *out, unsigned int *last, unsigned int number,
                       uint32_t value)
{
    uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16),
                        (uint8_t)(value >> 8), (uint8_t)value};
    size_t skip = 0;
    while (skip < 4 && bytes[skip] == 0) {
        skip++;
    }
    write_option(out, last, number, (struct es_bytes){bytes + skip, 4 - skip});
}

static void write_block(struct es_octets *out, unsigned int *last, unsigned int number,
                        const struct es_block *b)
{
    if (b->present) {
        write_uint(out, last, number, b->num << 4 | (b->more ? 8U : 0U) | b->szx);
    }
}

void es_pdu_write(const struct es_request *request, const struct es_response *response,
                  enum es_type type, uint16_t mid, struct es_octets *out)
{
    unsigned int last = 0;
    write_head(out, type, request->token_len, response->code, mid);
    es_octets_add(out, request->token, request->token_len);
    if (response->has_etag) {
        write_option(out, &last, ETAG, (struct es_bytes){response->etag, ES_ETAG_LEN});
    }
    if (response->content_format >= 0) {
        write_uint(out, &last, CONTENT_FORMAT, (uint32_t)response->content_format);
    }
    if (response->max_age >= 0) {
        write_uint(out, &last, MAX_AGE, (uint32_t)response->max_age);
    }
    write_block(out, &last, BLOCK2, &response->block2);
    write_block(out, &last, BLOCK1, &response->block1);
    if (response->size1 >= 0) {
        write_uint(out, &last, SIZE1, (uint32_t)response->size1);
    }
    if (response->payload.n > 0) {
        es_octets_add_byte(out, 0xff);
        es_octets_add_bytes(out, es_octets_view(&response->payload));
    }
}

void es_pdu_write_empty(enum es_type type, uint16_t mid, struct es_octets *out)
{
    write_head(out, type, 0, ES_EMPTY, mid);
}
