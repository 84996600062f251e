/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text.h"

#include "base/buf.h"

#include <string.h>

static int digit_value(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool es_text_uint(struct es_slice s, uint64_t *out)
{
    uint64_t base = 10, v = 0;
    if (s.n > 2 && es_slice_has_prefix(s, "0x")) {
        base = 16;
        s = es_slice_from(s, 2);
    }
    if (s.n == 0) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        int digit = digit_value(s.p[i]);
        if (digit < 0 || (uint64_t)digit >= base || v > (UINT64_MAX - 15) / base) {
            return false;
        }
        v = v * base + (uint64_t)digit;
    }
    *out = v;
    return true;
}

static bool unit_of(struct es_slice s, es_usec *unit)
{
    static const struct {
        const char *name;
        es_usec span;
    } units[] = {
        {"ms", ES_USEC_PER_MS}, {"s", ES_USEC_PER_S}, {"min", 60 * ES_USEC_PER_S}};
    for (size_t i = 0; i < ES_COUNT(units); i++) {
        if (es_slice_is(s, units[i].name)) {
            *unit = units[i].span;
            return true;
        }
    }
    return false;
}

bool es_text_duration(struct es_slice s, es_usec *out)
{
    size_t digits = 0;
    while (digits < s.n && (digit_value(s.p[digits]) >= 0 || s.p[digits] == '.') &&
           s.p[digits] < 'a') {
        digits++;
    }
    struct es_slice fraction = es_slice_sub(s, 0, digits);
    struct es_slice whole = es_slice_split(&fraction, '.');
    uint64_t v = 0, part = 0;
    es_usec unit = 0;
    bool ok = es_text_uint(whole, &v) && unit_of(es_slice_from(s, digits), &unit) &&
              v < 1000000000u && fraction.n <= 6;
    if (!ok || (fraction.n && !es_text_uint(fraction, &part))) {
        return false;
    }
    es_usec scaled = (es_usec)part * unit;
    for (size_t i = 0; i < fraction.n; i++) {
        scaled /= 10;
    }
    *out = (es_usec)v * unit + scaled;
    return true;
}

bool es_text_hex(struct es_slice s, struct es_arena *a, struct es_slice *out,
                 size_t *bad)
{
    uint8_t *bytes = es_arena_alloc(a, s.n / 2 + 1);
    size_t digits = 0;
    bool comment = false;
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];
        comment = c == '#' || (comment && c != '\n');
        if (comment || c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            continue;
        }
        int value = digit_value(c);
        if (value < 0) {
            *bad = i;
            return false;
        }
        bytes[digits / 2] = (uint8_t)(bytes[digits / 2] << 4 | value);
        digits++;
    }
    *bad = s.n;
    *out = es_slice_make(bytes, digits / 2);
    return digits % 2 == 0;
}

/* Length of the UTF-8 sequence that starts with c, and the least code point it may hold. */
static size_t sequence_length(uint8_t c, uint32_t *least)
{
    if (c < 0x80) {
        *least = 0;
        return 1;
    }
    if ((c & 0xe0) == 0xc0) {
        *least = 0x80;
        return 2;
    }
    if ((c & 0xf0) == 0xe0) {
        *least = 0x800;
        return 3;
    }
    *least = 0x10000;
    return (c & 0xf8) == 0xf0 ? 4 : 0;
}

size_t es_text_utf8_valid(struct es_slice s)
{
    for (size_t i = 0; i < s.n;) {
        uint32_t least;
        size_t len = sequence_length(s.p[i], &least);
        if (len == 0 || len > s.n - i) {
            return i;
        }
        uint32_t v = len == 1 ? s.p[i] : s.p[i] & (0x7fu >> len);
        for (size_t k = 1; k < len; k++) {
            if ((s.p[i + k] & 0xc0) != 0x80) {
                return i;
            }
            v = v << 6 | (s.p[i + k] & 0x3fu);
        }
        if (v < least || v > 0x10ffff || (v >= 0xd800 && v < 0xe000)) {
            return i;
        }
        i += len;
    }
    return s.n;
}

bool es_text_glob(const char *pattern, const char *text)
{
    const char *star = NULL, *resume = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == 0;
}

const char *es_text_of_duration(struct es_arena *a, es_usec span)
{
    if (span % ES_USEC_PER_S == 0) {
        return es_arena_printf(a, "%llds", (long long)(span / ES_USEC_PER_S));
    }
    if (span < 10 * ES_USEC_PER_S) {
        return es_arena_printf(a, "%lldms", (long long)(span / ES_USEC_PER_MS));
    }
    return es_arena_printf(a, "%.1fs", (double)span / (double)ES_USEC_PER_S);
}

enum { LONGEST_WORD = 96 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool are_swapped(struct es_slice a, size_t i, struct es_slice b, size_t k)
{
    return i > 1 && k > 1 && a.p[i - 1] == b.p[k - 2] && a.p[i - 2] == b.p[k - 1];
}

/* Edit distance that counts a swap of neighbours as one edit. */
static size_t edit_distance(struct es_slice a, struct es_slice b)
{
    size_t rows[3][LONGEST_WORD + 1];
    if (a.n > LONGEST_WORD || b.n > LONGEST_WORD) {
        return SIZE_MAX;
    }
    for (size_t k = 0; k <= b.n; k++) {
        rows[0][k] = k;
    }
    for (size_t i = 1; i <= a.n; i++) {
        size_t *now = rows[i % 3], *above = rows[(i + 2) % 3],
               *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t k = 1; k <= b.n; k++) {
            size_t best = above[k - 1] + (a.p[i - 1] != b.p[k - 1]);
            best = least(best, least(above[k], now[k - 1]) + 1);
            if (are_swapped(a, i, b, k)) {
                best = least(best, before[k - 2] + 1);
            }
            now[k] = best;
        }
    }
    return rows[a.n % 3][b.n];
}

void es_suggestion_init(struct es_suggestion *s, struct es_slice word)
{
    *s = (struct es_suggestion){.word = word, .distance = word.n / 3 + 2};
}

void es_suggestion_offer(struct es_suggestion *s, const char *candidate)
{
    struct es_slice text = es_slice_of(candidate);
    size_t distance = edit_distance(s->word, text);
    size_t most = (s->word.n > text.n ? s->word.n : text.n) * 2 / 5 + 1;
    if (distance < s->distance && distance <= most) {
        s->distance = distance;
        s->best = candidate;
    }
}
