/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_BASE_VECTOR_H
#define ES_BASE_VECTOR_H

/*
 * A growing array in an arena. Declare `struct { T *at; size_t n, room; } v = {0};` and push
 * with ES_PUSH. Elements move when the array grows: keep indexes, not pointers, while it is
 * being filled.
 */

#include "base/arena.h"

/* Appends `item`; grows by doubling in the arena. */
#define ES_PUSH(arena, vector, item)                                                   \
    do {                                                                               \
        (vector)->at = es_vector_grow((arena), (vector)->at, (vector)->n,              \
                                      &(vector)->room, sizeof *(vector)->at);          \
        (vector)->at[(vector)->n++] = (item);                                          \
    } while (0)

/* Room for one more element of `size` bytes; the helper behind ES_PUSH. */
void *es_vector_grow(struct es_arena *a, void *at, size_t n, size_t *room, size_t size);

#endif
