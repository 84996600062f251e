/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "coap.h"

#include <string.h>

enum { HEADER_LEN = 4, MARKER = 0xff, NUMBER_MAX = 65535 };

enum es_sense es_head_read(struct es_bytes in, struct es_head *out,
                           struct es_bytes *rest)
{
    *out = (struct es_head){.code = ES_EMPTY};
    *rest = (struct es_bytes){NULL, 0};
    if (in.n < HEADER_LEN || in.p[0] >> 6 != 1) {
        return ES_SENSE_FOREIGN;
    }
    size_t token_len = in.p[0] & 15;
    out->type = (enum es_type)(in.p[0] >> 4 & 3);
    out->code = in.p[1];
    out->mid = (uint16_t)(in.p[2] << 8 | in.p[3]);
    if (token_len > ES_TOKEN_MAX || token_len > in.n - HEADER_LEN) {
        return ES_SENSE_MALFORMED;
    }
    if (out->code == ES_EMPTY) {
        return in.n == HEADER_LEN ? ES_SENSE_OK : ES_SENSE_MALFORMED;
    }
    out->token_len = token_len;
    memcpy(out->token, in.p + HEADER_LEN, token_len);
    size_t at = HEADER_LEN + token_len;
    *rest = (struct es_bytes){in.p + at, in.n - at};
    return ES_SENSE_OK;
}

static void skip(struct es_bytes *in, size_t n)
{
    in->p += n;
    in->n -= n;
}

/* The value of a nibble with its extension (RFC 7252, 3.1). */
static bool extend(struct es_bytes *in, uint32_t nibble, uint32_t *value)
{
    *value = nibble;
    if (nibble == 13 && in->n >= 1) {
        *value = 13U + in->p[0];
        skip(in, 1);
        return true;
    }
    if (nibble == 14 && in->n >= 2) {
        *value = 269U + ((uint32_t)in->p[0] << 8 | in->p[1]);
        skip(in, 2);
        return true;
    }
    return nibble < 13;
}

static bool take_option(struct es_options *o)
{
    struct es_bytes *in = &o->rest;
    uint32_t head = in->p[0], delta, len;
    skip(in, 1);
    if (!extend(in, head >> 4, &delta) || !extend(in, head & 15, &len) || len > in->n ||
        o->number + delta > NUMBER_MAX) {
        return false;
    }
    o->is_repeated = o->is_started && delta == 0;
    o->is_started = true;
    o->number += delta;
    o->value = (struct es_bytes){in->p, len};
    skip(in, len);
    return true;
}

bool es_options_next(struct es_options *o)
{
    if (o->rest.n == 0) {
        return false;
    }
    if (o->rest.p[0] == MARKER) {
        skip(&o->rest, 1);
        o->is_malformed = o->rest.n == 0;
        return false;
    }
    o->is_malformed = !take_option(o);
    return !o->is_malformed;
}

bool es_option_is_known(const struct es_options *o, const struct es_option_rule *rules,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (rules[i].number == o->number) {
            return o->value.n >= rules[i].min && o->value.n <= rules[i].max &&
                   (!o->is_repeated || rules[i].repeatable);
        }
    }
    return false;
}

uint32_t es_uint_read(struct es_bytes v)
{
    uint32_t n = 0;
    for (size_t i = 0; i < v.n; i++) {
        n = n << 8 | v.p[i];
    }
    return n;
}

struct es_block es_block_read(struct es_bytes v)
{
    uint32_t n = es_uint_read(v);
    return (struct es_block){true, (n & 8) != 0, n >> 4, n & 7};
}

size_t es_block_size(const struct es_block *b)
{
    return (size_t)16 << b->szx;
}

size_t es_block_offset(const struct es_block *b)
{
    return (size_t)b->num << (b->szx + 4);
}
