/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_BASE_MEM_H
#define ES_BASE_MEM_H

/*
 * The only place that calls malloc. Running out of memory is not an error that callers can
 * mend: es_mem_alloc prints one line and ends the process with exit status 5 (a worker that
 * ends so becomes one ERROR; the run goes on). In the testing library ES_FAIL_ALLOC=n in the
 * environment makes the n-th allocation fail, so that this path can be walked.
 */

#include <stddef.h>

/* n zeroed bytes, never NULL; n == 0 gives one byte. Release with es_mem_free. */
void *es_mem_alloc(size_t n);
/* The same, but processes forked from here on see each other's changes. Never released. */
void *es_mem_share(size_t n);
/* Releases what es_mem_alloc gave; accepts NULL. */
void es_mem_free(void *p);

#endif
