/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_BASE_ARENA_H
#define ES_BASE_ARENA_H

/*
 * An arena owns all memory handed out from it; the memory dies at once, with es_arena_reset
 * or es_arena_free. There are three: load (node trees and plans), run (one instance) and msg
 * (one turn of the event loop). What lives in an arena may point into the same or an older
 * arena, never into a younger one. Allocation never fails (base/mem.h) and gives zeroed
 * memory, aligned for any type.
 */

#include "base/slice.h"

#include <stdarg.h>

struct es_arena;

/* A new empty arena; es_arena_free it. */
struct es_arena *es_arena_new(void);
/* Releases the arena and all its memory; accepts NULL. */
void es_arena_free(struct es_arena *a);
/* Forgets all allocations but keeps one block for reuse. */
void es_arena_reset(struct es_arena *a);

/* n zeroed bytes, aligned for any type, never NULL. */
void *es_arena_alloc(struct es_arena *a, size_t n);
/* A zeroed struct or array of the given type. */
#define ES_NEW(a, type) ((type *)es_arena_alloc((a), sizeof(type)))
#define ES_NEW_ARRAY(a, type, n) ((type *)es_arena_alloc((a), sizeof(type) * (n)))

/* A copy of the bytes; a NUL that does not count follows them. */
struct es_slice es_arena_dup(struct es_arena *a, struct es_slice s);
/* A NUL-terminated copy of the text. */
const char *es_arena_text(struct es_arena *a, struct es_slice s);
/* printf into the arena; NUL-terminated. */
const char *es_arena_printf(struct es_arena *a, const char *fmt, ...) ES_PRINTF(2, 3);
const char *es_arena_vprintf(struct es_arena *a, const char *fmt, va_list args)
    ES_PRINTF(2, 0);

#endif
