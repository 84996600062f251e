/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_BASE_PAGES_H
#define ES_BASE_PAGES_H

/* Fresh memory straight from the system. Private to base/. */

#include <stddef.h>

/* n zeroed bytes (a multiple of the page size), mapped at once where the system can do that:
 * to fault them in one by one costs several times as much. Never given back. NULL if the
 * system refuses. */
void *es_pages_map(size_t n);
/* The same for memory in which processes forked from here on see each other's changes. */
void *es_pages_share(size_t n);

#endif
