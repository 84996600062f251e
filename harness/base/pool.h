/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_BASE_POOL_H
#define ES_BASE_POOL_H

/*
 * malloc, free and realloc for a library that takes and gives back much memory all the time.
 * What was given back last is given out first, so that few pages are touched: in a forked
 * process each page that is touched for the first time costs more than the memory is used
 * for. Nothing goes back to the system. What comes from here must go back here; es_mem_alloc
 * stands below, so memory never runs out for the caller.
 *
 * One thread only.
 */

#include <stddef.h>

/* n bytes, not zeroed, aligned for any type, never NULL. */
void *es_pool_alloc(size_t n);
/* Accepts NULL. */
void es_pool_free(void *p);
/* As realloc; never NULL. */
void *es_pool_realloc(void *p, size_t n);
/* After a fork: takes fresh memory from here on, because to write to a page that the parent
 * has too costs a copy. What was handed out before stays as it is. */
void es_pool_start_afresh(void);
/* Bytes handed out and not given back. */
size_t es_pool_in_use(void);

#endif
