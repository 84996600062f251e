/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_BASE_SLICE_H
#define ES_BASE_SLICE_H

/*
 * A slice is a borrowed run of bytes: pointer and length, passed by value. It owns nothing;
 * whoever made the bytes says how long they live (usually: as long as an arena). The empty
 * slice may have a NULL pointer. Text is a slice too; it is not NUL-terminated.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define ES_MUST_CHECK __attribute__((warn_unused_result))
#define ES_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define ES_NORETURN __attribute__((noreturn))
#else
#define ES_MUST_CHECK
#define ES_PRINTF(fmt, first)
#define ES_NORETURN
#endif

#define ES_COUNT(array) (sizeof(array) / sizeof *(array))

struct es_slice {
    const uint8_t *p;
    size_t n;
};

#define ES_SLICE_NONE ((struct es_slice){NULL, 0})
/* A slice over a string literal, without its NUL. */
#define ES_SLICE_LIT(s) ((struct es_slice){(const uint8_t *)(s), sizeof(s) - 1})
/* For printf("%.*s"): the two arguments of a text slice. */
#define ES_SLICE_ARG(s) (int)(s).n, (s).n ? (const char *)(s).p : ""

/* The bytes of a C string, without its NUL; NULL gives the empty slice. */
struct es_slice es_slice_of(const char *text);
/* The n bytes at p. */
struct es_slice es_slice_make(const void *p, size_t n);
/* From `from` on, at most n bytes; clamps to what is there. */
struct es_slice es_slice_sub(struct es_slice s, size_t from, size_t n);
/* From `from` to the end; clamps. */
struct es_slice es_slice_from(struct es_slice s, size_t from);
bool es_slice_eq(struct es_slice a, struct es_slice b);
/* Compares with a C string. */
bool es_slice_is(struct es_slice s, const char *text);
bool es_slice_has_prefix(struct es_slice s, const char *prefix);
bool es_slice_has_suffix(struct es_slice s, const char *suffix);
/* Lexicographic by octet, shorter first: <0, 0, >0. */
int es_slice_cmp(struct es_slice a, struct es_slice b);
/* Offset of the first `byte`, or s.n. */
size_t es_slice_find(struct es_slice s, uint8_t byte);
/* Offset of the first occurrence of needle, or s.n. */
size_t es_slice_search(struct es_slice s, struct es_slice needle);
/* Cuts off everything up to the first `sep` and returns it; *s keeps what follows `sep`. */
struct es_slice es_slice_split(struct es_slice *s, char sep);
/* Without blanks, tabs and line ends at both ends. */
struct es_slice es_slice_trim(struct es_slice s);

#endif
