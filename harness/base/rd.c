/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/rd.h"

void es_rd_init(struct es_rd *r, struct es_slice in)
{
    *r = (struct es_rd){.in = in};
}

size_t es_rd_left(const struct es_rd *r)
{
    return r->failed ? 0 : r->in.n - r->at;
}

struct es_slice es_rd_bytes(struct es_rd *r, size_t n)
{
    if (n > es_rd_left(r)) {
        r->failed = true;
        return ES_SLICE_NONE;
    }
    struct es_slice s = es_slice_sub(r->in, r->at, n);
    r->at += n;
    return s;
}

struct es_slice es_rd_rest(struct es_rd *r)
{
    return es_rd_bytes(r, es_rd_left(r));
}

static uint64_t read_be(struct es_rd *r, size_t width)
{
    struct es_slice s = es_rd_bytes(r, width);
    uint64_t v = 0;
    for (size_t i = 0; i < s.n; i++) {
        v = v << 8 | s.p[i];
    }
    return v;
}

uint8_t es_rd_u8(struct es_rd *r)
{
    return (uint8_t)read_be(r, 1);
}

uint16_t es_rd_u16(struct es_rd *r)
{
    return (uint16_t)read_be(r, 2);
}

uint32_t es_rd_u24(struct es_rd *r)
{
    return (uint32_t)read_be(r, 3);
}

uint32_t es_rd_u32(struct es_rd *r)
{
    return (uint32_t)read_be(r, 4);
}

uint64_t es_rd_u48(struct es_rd *r)
{
    return read_be(r, 6);
}

uint64_t es_rd_u64(struct es_rd *r)
{
    return read_be(r, 8);
}
