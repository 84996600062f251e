/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CODEC_FLAW_H
#define ES_CODEC_FLAW_H

/*
 * What is wrong with bytes of a peer, and where. A wrong body is data, not an error of
 * the harness: decoders return false and fill a flaw; the caller makes a finding of it.
 * Only the first flaw of a body is told.
 */

#include "base/arena.h"

struct es_flaw {
    const char *text; /* one line, static or in the decoder's arena; NULL: no flaw */
    size_t offset;    /* of the offending octet, from the start of the bytes decoded */
};

#define ES_FLAW_NONE ((struct es_flaw){0})

/* Fills *flaw unless it holds one already; always returns false. flaw may be NULL. */
bool es_flaw_set(struct es_flaw *flaw, struct es_arena *a, size_t offset,
                 const char *fmt, ...) ES_PRINTF(4, 5);
/* "<text> at octet <offset>", for a reader; `good` where there is no flaw. */
const char *es_flaw_or(struct es_arena *a, const struct es_flaw *flaw,
                       const char *good);

#endif
