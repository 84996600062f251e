/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_BASE_TEXT_H
#define ES_BASE_TEXT_H

/*
 * Small text conversions that the standard library does badly or not at all. All take the
 * whole slice or refuse it; none depends on the locale.
 */

#include "base/arena.h"
#include "base/slice.h"

/* Microseconds: a point in time on the clock of net/clock.h, or a span. */
typedef int64_t es_usec;

#define ES_USEC_PER_MS ((es_usec)1000)
#define ES_USEC_PER_S ((es_usec)1000000)
/* No deadline: later than every point in time. */
#define ES_USEC_NEVER INT64_MAX

/* Decimal digits, or 0x and hex digits. False if it is anything else or does not fit. */
bool es_text_uint(struct es_slice s, uint64_t *out) ES_MUST_CHECK;
/* A number with unit ms, s or min, as in `500ms`, `2s`, `1.5s`. */
bool es_text_duration(struct es_slice s, es_usec *out) ES_MUST_CHECK;
/* Hex digits with blanks and `# comment` up to the end of the line. *out lies in the arena.
 * On failure *bad is the offset of the offending character. */
bool es_text_hex(struct es_slice s, struct es_arena *a, struct es_slice *out,
                 size_t *bad) ES_MUST_CHECK;
/* The offset of the first octet that is not well-formed UTF-8 (RFC 3629), or s.n. */
size_t es_text_utf8_valid(struct es_slice s);
/* Matches a glob: `*` any run, `?` one character; everything else stands for itself. */
bool es_text_glob(const char *pattern, const char *text);
/* Renders a span the way scenarios write it: 500ms, 2s, 1.5s. */
const char *es_text_of_duration(struct es_arena *a, es_usec span);

/*
 * "Did you mean": feed candidates, then ask for the nearest. A candidate counts if it can be
 * reached by few edits in relation to its length. Init with the mistyped word.
 */
struct es_suggestion {
    struct es_slice word;
    const char *best;
    size_t distance;
};
void es_suggestion_init(struct es_suggestion *s, struct es_slice word);
/* candidate must outlive the suggestion. */
void es_suggestion_offer(struct es_suggestion *s, const char *candidate);

#endif
