/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/assert.h"
#include "coap/message.h"

bool es_coap_block_decode(struct es_slice value, struct es_coap_block *b)
{
    uint64_t v;
    *b = (struct es_coap_block){0};
    if (value.n > 3 || !es_coap_uint_decode(value, &v)) {
        return false;
    }
    b->num = (uint32_t)(v >> 4);
    b->m = (v & 8) != 0;
    b->szx = (uint8_t)(v & 7);
    return true;
}

struct es_slice es_coap_block_encode(struct es_arena *a, struct es_coap_block b)
{
    es_assert(b.num <= ES_COAP_BLOCK_NUM_MAX && b.szx <= ES_COAP_SZX_RESERVED);
    return es_coap_uint_encode(a, (uint64_t)b.num << 4 | (b.m ? 8U : 0U) | b.szx);
}

bool es_coap_block_get(const struct es_coap_message *m, uint32_t number,
                       struct es_coap_block *b)
{
    const struct es_coap_option *option = es_coap_option_find(m, number, 0);
    *b = (struct es_coap_block){0};
    return option && es_coap_block_decode(option->value, b);
}

size_t es_coap_block_size(struct es_coap_block b)
{
    return (size_t)16 << b.szx;
}

uint64_t es_coap_block_offset(struct es_coap_block b)
{
    return (uint64_t)b.num << (b.szx + 4);
}

bool es_coap_szx_of_size(uint64_t size, uint8_t *szx)
{
    for (unsigned i = 0; i < ES_COAP_SZX_RESERVED; i++) {
        if (size == (uint64_t)16 << i) {
            *szx = (uint8_t)i;
            return true;
        }
    }
    return false;
}
