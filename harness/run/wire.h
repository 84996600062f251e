/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_RUN_WIRE_H
#define ES_RUN_WIRE_H

/* Texts as bytes, private to run/: a length and that many octets, or the length
 * UINT32_MAX for NULL. Lists have their number in front. */

#include "base/buf.h"
#include "base/rd.h"

enum { ES_WIRE_TEXT_MIN = 4 /* bytes of the shortest text: its length alone */ };

void es_wire_put_text(struct es_buf *out, const char *text);
void es_wire_put_texts(struct es_buf *out, const char *const *texts, size_t n);
/* NULL for NULL, or after a failure. A text with a NUL inside could not be told from a
 * shorter one, so it is refused. */
const char *es_wire_text(struct es_rd *in, struct es_arena *arena);
/* A list none of which is NULL. */
const char **es_wire_texts(struct es_rd *in, struct es_arena *arena, size_t *n);
/* A count of elements that take at least `size` bytes each; a lying one must not make us
 * reserve memory for it. */
size_t es_wire_count(struct es_rd *in, size_t size);

#endif
