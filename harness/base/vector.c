/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/vector.h"

#include <string.h>

void *es_vector_grow(struct es_arena *a, void *at, size_t n, size_t *room, size_t size)
{
    if (n < *room) {
        return at;
    }
    *room = *room ? *room * 2 : 8;
    void *grown = es_arena_alloc(a, *room * size);
    if (n) {
        memcpy(grown, at, n * size);
    }
    return grown;
}
