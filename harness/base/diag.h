/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_BASE_DIAG_H
#define ES_BASE_DIAG_H

/*
 * The one error type. A wrong scenario, environment or harness is a diagnostic: a note with
 * a code, a place, a message and a hint. `struct es_diag` collects notes in memory of its
 * own, so that reporting never allocates elsewhere and never fails; after ES_DIAG_MAX notes
 * it only counts. A fallible function takes the diag as its last parameter, returns bool or
 * a pointer, and fails with `return es_fail(d, loc, CODE, "...")`. Each layer that knows
 * more adds a note that points at the note below (es_diag_chain).
 *
 * Notes about a peer do not belong here; they are findings (stage/finding.h).
 */

#include "base/arena.h"
#include "base/slice.h"

#include <stdio.h>

enum es_code {
#define X(name, status, text) ES_CODE_##name,
#include "base/codes.def"
#undef X
};

/* Text: line and col count from 1, len is the length of the marked text in characters.
 * Binary: line is 0 and off the byte offset. file may be NULL (no file: command line). */
struct es_loc {
    const char *file;
    uint32_t line, col, len, off;
};

#define ES_LOC_NONE ((struct es_loc){0})

struct es_note {
    enum es_code code;
    struct es_loc loc;
    const char *msg, *hint; /* hint may be NULL: the remedy, shown under the caret */
    int32_t cause;          /* index of the note that explains this one, or -1 */
};

enum { ES_DIAG_MAX = 200 };

struct es_diag {
    struct es_arena *arena;
    struct es_note notes[ES_DIAG_MAX];
    size_t count; /* notes kept */
    size_t total; /* notes reported, kept or not */
};

/* A new empty diag; es_diag_free it. */
struct es_diag *es_diag_new(void);
void es_diag_free(struct es_diag *d);
void es_diag_reset(struct es_diag *d);

/* Adds a note; always returns false, so that `return es_fail(...)` fails a bool function. An
 * identical note (same place and message) is kept once. */
bool es_fail(struct es_diag *d, struct es_loc loc, enum es_code code, const char *fmt,
             ...) ES_PRINTF(4, 5);
/* Sets the hint of the note added last. Always returns false. */
bool es_hint(struct es_diag *d, const char *fmt, ...) ES_PRINTF(2, 3);
/* Adds a note caused by the note added last. Always returns false. */
bool es_diag_chain(struct es_diag *d, struct es_loc loc, enum es_code code,
                   const char *fmt, ...) ES_PRINTF(4, 5);

/* Returns false from the calling function if expr is false. Hides nothing else. */
#define ES_TRY(expr)                                                                   \
    do {                                                                               \
        if (!(expr)) {                                                                 \
            return false;                                                              \
        }                                                                              \
    } while (0)

/* The exit status that the gravest note calls for; 0 if there is none. */
int es_diag_status(const struct es_diag *d);

/* Prints every note as `file:line:col: error: message`, the source line, carets and hint,
 * ordered by place. Reads the source lines from the files named. */
void es_diag_print(const struct es_diag *d, FILE *out);

/* Prints line loc.line of loc.file and carets under loc.col, the text `under` behind them.
 * `margin` is the width of the line-number column. Prints nothing if it cannot be read. */
void es_loc_print(struct es_loc loc, const char *under, FILE *out);

#endif
