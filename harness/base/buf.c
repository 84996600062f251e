/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void es_buf_init(struct es_buf *b, void *storage, size_t max)
{
    *b = (struct es_buf){.p = storage, .max = max};
}

void es_buf_build(struct es_buf *b, struct es_arena *a, size_t max)
{
    es_buf_init(b, es_arena_alloc(a, max), max);
}

static uint8_t *claim(struct es_buf *b, size_t n)
{
    if (b->overflow || n > b->max - b->n) {
        b->overflow = true;
        return NULL;
    }
    uint8_t *at = b->p + b->n;
    b->n += n;
    return at;
}

void es_buf_put(struct es_buf *b, struct es_slice s)
{
    uint8_t *at = claim(b, s.n);
    if (at && s.n) {
        memcpy(at, s.p, s.n);
    }
}

void es_buf_text(struct es_buf *b, const char *text)
{
    es_buf_put(b, es_slice_of(text));
}

static void put_be(struct es_buf *b, uint64_t v, unsigned width)
{
    uint8_t *at = claim(b, width);
    for (unsigned i = 0; at && i < width; i++) {
        at[i] = (uint8_t)(v >> 8 * (width - 1 - i));
    }
}

void es_buf_u8(struct es_buf *b, unsigned v)
{
    put_be(b, v, 1);
}

void es_buf_u16(struct es_buf *b, unsigned v)
{
    put_be(b, v, 2);
}

void es_buf_u24(struct es_buf *b, unsigned v)
{
    put_be(b, v, 3);
}

void es_buf_u32(struct es_buf *b, uint32_t v)
{
    put_be(b, v, 4);
}

void es_buf_u64(struct es_buf *b, uint64_t v)
{
    put_be(b, v, 8);
}

void es_buf_printf(struct es_buf *b, const char *fmt, ...)
{
    if (b->overflow) {
        return;
    }
    va_list args;
    va_start(args, fmt);
    size_t room = b->max - b->n;
    int n = vsnprintf((char *)b->p + b->n, room, fmt, args);
    va_end(args);
    if (n < 0 || (size_t)n >= room) {
        b->overflow = true;
        return;
    }
    b->n += (size_t)n;
}

void es_buf_hex(struct es_buf *b, struct es_slice s)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < s.n; i++) {
        es_buf_u8(b, (uint8_t)digits[s.p[i] >> 4]);
        es_buf_u8(b, (uint8_t)digits[s.p[i] & 15]);
    }
}

size_t es_buf_reserve(struct es_buf *b, unsigned width)
{
    put_be(b, 0, width);
    return b->n;
}

void es_buf_patch(struct es_buf *b, size_t mark, unsigned width)
{
    if (b->overflow) {
        return;
    }
    struct es_buf hole = {.p = b->p + mark - width, .max = width};
    put_be(&hole, b->n - mark, width);
    b->overflow = (b->n - mark) >> 8 * width != 0;
}

struct es_slice es_buf_slice(const struct es_buf *b)
{
    return (struct es_slice){b->p, b->n};
}

const char *es_buf_cstr(struct es_buf *b)
{
    if (b->max == 0) {
        return "";
    }
    size_t end = b->n < b->max ? b->n : b->max - 1;
    b->p[end] = 0;
    return (const char *)b->p;
}
