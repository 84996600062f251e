/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_BASE_RD_H
#define ES_BASE_RD_H

/*
 * Reading foreign bytes with bounds and a latched error: read, read, read, check once. A
 * read past the end returns zero (or the empty slice), sets `failed` and does not move.
 * Integers are in network order. A reader borrows its input.
 */

#include "base/slice.h"

struct es_rd {
    struct es_slice in;
    size_t at;
    bool failed;
};

void es_rd_init(struct es_rd *r, struct es_slice in);
uint8_t es_rd_u8(struct es_rd *r);
uint16_t es_rd_u16(struct es_rd *r);
uint32_t es_rd_u24(struct es_rd *r);
uint32_t es_rd_u32(struct es_rd *r);
uint64_t es_rd_u48(struct es_rd *r);
uint64_t es_rd_u64(struct es_rd *r);
struct es_slice es_rd_bytes(struct es_rd *r, size_t n);
/* Everything that is left. */
struct es_slice es_rd_rest(struct es_rd *r);
/* How many bytes are left; 0 after a failure. */
size_t es_rd_left(const struct es_rd *r);

#endif
