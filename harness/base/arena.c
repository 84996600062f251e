/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK_BYTES = 256 * 1024 };

struct block {
    struct block *next;
    size_t used, size;
    alignas(max_align_t) uint8_t data[];
};

struct es_arena {
    struct block *head;
};

static struct block *block_new(size_t size, struct block *next)
{
    struct block *b = es_mem_alloc(sizeof *b + size);
    b->size = size;
    b->next = next;
    return b;
}

struct es_arena *es_arena_new(void)
{
    return es_mem_alloc(sizeof(struct es_arena));
}

static void free_blocks(struct block *b)
{
    while (b) {
        struct block *next = b->next;
        es_mem_free(b);
        b = next;
    }
}

void es_arena_free(struct es_arena *a)
{
    if (a) {
        free_blocks(a->head);
        es_mem_free(a);
    }
}

void es_arena_reset(struct es_arena *a)
{
    if (a->head) {
        free_blocks(a->head->next);
        a->head->next = NULL;
        memset(a->head->data, 0, a->head->used);
        a->head->used = 0;
    }
}

void *es_arena_alloc(struct es_arena *a, size_t n)
{
    const size_t align = alignof(max_align_t);
    size_t need = (n + align - 1) / align * align;
    if (a->head && need > BLOCK_BYTES / 4) {
        /* A large one gets a block of its own, and the rest of the head stays of use. */
        struct block *own = block_new(need, a->head->next);
        a->head->next = own;
        own->used = need;
        return own->data;
    }
    if (!a->head || a->head->size - a->head->used < need) {
        a->head = block_new(need > BLOCK_BYTES ? need : BLOCK_BYTES, a->head);
    }
    void *p = a->head->data + a->head->used;
    a->head->used += need;
    return p;
}

struct es_slice es_arena_dup(struct es_arena *a, struct es_slice s)
{
    uint8_t *copy = es_arena_alloc(a, s.n + 1);
    if (s.n) {
        memcpy(copy, s.p, s.n);
    }
    return (struct es_slice){copy, s.n};
}

const char *es_arena_text(struct es_arena *a, struct es_slice s)
{
    return (const char *)es_arena_dup(a, s).p;
}

const char *es_arena_vprintf(struct es_arena *a, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    char *text = es_arena_alloc(a, (size_t)(n < 0 ? 0 : n) + 1);
    if (n > 0) {
        vsnprintf(text, (size_t)n + 1, fmt, again);
    }
    va_end(again);
    return text;
}

const char *es_arena_printf(struct es_arena *a, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *text = es_arena_vprintf(a, fmt, args);
    va_end(args);
    return text;
}
