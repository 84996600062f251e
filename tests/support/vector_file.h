/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_TEST_VECTOR_FILE_H
#define ES_TEST_VECTOR_FILE_H

#include "base/diag.h"
#include "base/text.h"
#include "pki/file.h"

#include <criterion/criterion.h>

/* The octets of vectors/NAME; fails the test if they cannot be read. */
static inline struct es_slice vector_file(struct es_arena *a, const char *name)
{
    struct es_diag *d = es_diag_new();
    struct es_slice out = ES_SLICE_NONE;
    const char *path = es_arena_printf(a, "vectors/%s", name);
    cr_assert(es_pki_file_read(a, path, &out, d), "cannot read %s", path);
    es_diag_free(d);
    return out;
}

/* The octets that hex digits (blanks allowed) stand for. */
static inline struct es_slice octets(struct es_arena *a, const char *hex)
{
    struct es_slice out = ES_SLICE_NONE;
    size_t bad;
    cr_assert(es_text_hex(es_slice_of(hex), a, &out, &bad), "bad hex at %zu", bad);
    return out;
}

/* The same octets with one of them replaced. */
static inline struct es_slice with_octet(struct es_arena *a, struct es_slice in,
                                         size_t at, unsigned value)
{
    uint8_t *copy = es_arena_alloc(a, in.n);
    for (size_t i = 0; i < in.n; i++) {
        copy[i] = i == at ? (uint8_t)value : in.p[i];
    }
    return es_slice_make(copy, in.n);
}

#endif
