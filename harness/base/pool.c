/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/pool.h"

#include "base/mem.h"
#include "base/pages.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

/* Sizes go up in four steps for each power of two; what is larger than the last class is
 * taken from es_mem_alloc one by one. */
enum {
    SMALLEST = 64,
    STEPS = 4,
    CLASSES = 44,
    LARGE = CLASSES,
    SLAB_BYTES = 256 * 1024,
};

/* Before each piece; while the piece is free, `next` is the one given back before it. */
union head {
    struct {
        size_t size; /* without the head */
        unsigned step;
        union head *next;
    };
    max_align_t align;
};

static union head *free_pieces[CLASSES];
static uint8_t *slab;
static size_t slab_left, in_use;

static size_t class_size(unsigned step)
{
    size_t base = (size_t)SMALLEST << (step / STEPS);
    return base + base / STEPS * (step % STEPS);
}

static unsigned class_of(size_t n)
{
    unsigned step = 0;
    while (step < CLASSES && class_size(step + STEPS) <= n) {
        step += STEPS;
    }
    while (step < CLASSES && class_size(step) < n) {
        step++;
    }
    return step;
}

static union head *cut(size_t size)
{
    size_t need = sizeof(union head) + size;
    if (slab_left < need) {
        slab = es_pages_map(SLAB_BYTES);
        slab = slab ? slab : es_mem_alloc(SLAB_BYTES);
        slab_left = SLAB_BYTES;
    }
    union head *piece = (union head *)(void *)slab;
    slab += need;
    slab_left -= need;
    return piece;
}

void *es_pool_alloc(size_t n)
{
    unsigned step = class_of(n);
    union head *piece;
    if (step == LARGE) {
        piece = es_mem_alloc(sizeof *piece + n);
        piece->size = n;
    } else if (free_pieces[step]) {
        piece = free_pieces[step];
        free_pieces[step] = piece->next;
    } else {
        piece = cut(class_size(step));
        piece->size = class_size(step);
    }
    piece->step = step;
    in_use += piece->size;
    return piece + 1;
}

void es_pool_free(void *p)
{
    union head *piece = p ? (union head *)p - 1 : NULL;
    if (!piece) {
        return;
    }
    in_use -= piece->size;
    if (piece->step == LARGE) {
        es_mem_free(piece);
        return;
    }
    piece->next = free_pieces[piece->step];
    free_pieces[piece->step] = piece;
}

void *es_pool_realloc(void *p, size_t n)
{
    if (!p) {
        return es_pool_alloc(n);
    }
    size_t size = ((union head *)p - 1)->size;
    if (n <= size) {
        return p;
    }
    void *larger = es_pool_alloc(n);
    memcpy(larger, p, size);
    es_pool_free(p);
    return larger;
}

void es_pool_start_afresh(void)
{
    memset(free_pieces, 0, sizeof free_pieces);
    slab_left = 0;
}

size_t es_pool_in_use(void)
{
    return in_use;
}
