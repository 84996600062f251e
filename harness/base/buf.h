/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_BASE_BUF_H
#define ES_BASE_BUF_H

/*
 * Output into memory of fixed maximum size, with a latched overflow flag: write, write,
 * write, check once. After an overflow further writes do nothing, so no caller needs a
 * clean-up branch. The memory belongs to the caller (es_buf_init) or to an arena
 * (es_buf_build). Multi-byte integers are written in network order.
 */

#include "base/arena.h"
#include "base/slice.h"

struct es_buf {
    uint8_t *p;
    size_t n, max;
    bool overflow;
};

/* Writes go to storage[0..max). */
void es_buf_init(struct es_buf *b, void *storage, size_t max);
/* Storage of max bytes from the arena. */
void es_buf_build(struct es_buf *b, struct es_arena *a, size_t max);

void es_buf_put(struct es_buf *b, struct es_slice s);
void es_buf_text(struct es_buf *b, const char *text);
void es_buf_u8(struct es_buf *b, unsigned v);
void es_buf_u16(struct es_buf *b, unsigned v);
void es_buf_u24(struct es_buf *b, unsigned v);
void es_buf_u32(struct es_buf *b, uint32_t v);
void es_buf_u64(struct es_buf *b, uint64_t v);
void es_buf_printf(struct es_buf *b, const char *fmt, ...) ES_PRINTF(2, 3);
/* Lower-case hex digits of the bytes. */
void es_buf_hex(struct es_buf *b, struct es_slice s);

/* Leaves `width` (1 to 3) bytes open for a length; returns the mark for es_buf_patch. */
size_t es_buf_reserve(struct es_buf *b, unsigned width);
/* Fills the mark with the number of bytes written after it. */
void es_buf_patch(struct es_buf *b, size_t mark, unsigned width);

/* What was written; valid as long as the storage. After an overflow: what still fitted. */
struct es_slice es_buf_slice(const struct es_buf *b);
/* NUL-terminates in place and returns the text; the last byte is lost where it is full. */
const char *es_buf_cstr(struct es_buf *b);

#endif
