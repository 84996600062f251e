/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "coap.h"

void es_head_write(const struct es_head *head, struct es_octets *out)
{
    es_octets_add_byte(out, 0x40U | (unsigned int)head->type << 4 |
                                (unsigned int)head->token_len);
    es_octets_add_byte(out, head->code);
    es_octets_add_byte(out, head->mid >> 8);
    es_octets_add_byte(out, head->mid & 0xffU);
    es_octets_add(out, head->token, head->token_len);
}

/* All numbers and lengths written here are below 269. */
static unsigned int nibble(size_t n)
{
    return n < 13 ? (unsigned int)n : 13;
}

void es_option_write(struct es_octets *out, unsigned int *last, unsigned int number,
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

void es_option_write_uint(struct es_octets *out, unsigned int *last,
                          unsigned int number, uint32_t value)
{
    uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16),
                        (uint8_t)(value >> 8), (uint8_t)value};
    size_t skip = 0;
    while (skip < 4 && bytes[skip] == 0) {
        skip++;
    }
    es_option_write(out, last, number, (struct es_bytes){bytes + skip, 4 - skip});
}

void es_option_write_block(struct es_octets *out, unsigned int *last,
                           unsigned int number, const struct es_block *b)
{
    if (b->present) {
        es_option_write_uint(out, last, number,
                             b->num << 4 | (b->more ? 8U : 0U) | b->szx);
    }
}

void es_payload_write(struct es_octets *out, struct es_bytes payload)
{
    if (payload.n > 0) {
        es_octets_add_byte(out, 0xff);
        es_octets_add_bytes(out, payload);
    }
}

void es_empty_write(enum es_type type, uint16_t mid, struct es_octets *out)
{
    struct es_head head = {.type = type, .code = ES_EMPTY, .mid = mid};
    es_head_write(&head, out);
}
