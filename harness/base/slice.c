/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/slice.h"

#include <string.h>

struct es_slice es_slice_of(const char *text)
{
    return es_slice_make(text, text ? strlen(text) : 0);
}

struct es_slice es_slice_make(const void *p, size_t n)
{
    return (struct es_slice){p, n};
}

struct es_slice es_slice_sub(struct es_slice s, size_t from, size_t n)
{
    if (from > s.n) {
        from = s.n;
    }
    if (n > s.n - from) {
        n = s.n - from;
    }
    return (struct es_slice){s.p ? s.p + from : NULL, n};
}

struct es_slice es_slice_from(struct es_slice s, size_t from)
{
    return es_slice_sub(s, from, SIZE_MAX);
}

bool es_slice_eq(struct es_slice a, struct es_slice b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool es_slice_is(struct es_slice s, const char *text)
{
    return es_slice_eq(s, es_slice_of(text));
}

bool es_slice_has_prefix(struct es_slice s, const char *prefix)
{
    return es_slice_is(es_slice_sub(s, 0, strlen(prefix)), prefix);
}

bool es_slice_has_suffix(struct es_slice s, const char *suffix)
{
    size_t n = strlen(suffix);
    return s.n >= n && es_slice_is(es_slice_from(s, s.n - n), suffix);
}

int es_slice_cmp(struct es_slice a, struct es_slice b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    if (order != 0) {
        return order;
    }
    return a.n < b.n ? -1 : a.n > b.n;
}

size_t es_slice_find(struct es_slice s, uint8_t byte)
{
    const uint8_t *hit = s.n ? memchr(s.p, byte, s.n) : NULL;
    return hit ? (size_t)(hit - s.p) : s.n;
}

size_t es_slice_search(struct es_slice s, struct es_slice needle)
{
    for (size_t at = 0; at + needle.n <= s.n; at++) {
        if (es_slice_eq(es_slice_sub(s, at, needle.n), needle)) {
            return at;
        }
    }
    return s.n;
}

struct es_slice es_slice_split(struct es_slice *s, char sep)
{
    size_t at = es_slice_find(*s, (uint8_t)sep);
    struct es_slice head = es_slice_sub(*s, 0, at);
    *s = es_slice_from(*s, at + 1);
    return head;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct es_slice es_slice_trim(struct es_slice s)
{
    while (s.n && is_space(s.p[0])) {
        s = es_slice_from(s, 1);
    }
    while (s.n && is_space(s.p[s.n - 1])) {
        s.n--;
    }
    return s;
}
