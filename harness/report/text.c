/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text.h"

#include "base/buf.h"
#include "report/report_int.h"

#include <string.h>
#include <time.h>

enum { WIDTH = 99 };

/* The code point of a well-formed sequence; *n is its length. */
static uint32_t decode(const uint8_t *p, size_t *n)
{
    if (p[0] < 0x80) {
        *n = 1;
        return p[0];
    }
    *n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    uint32_t cp = p[0] & (0x7fU >> *n);
    for (size_t i = 1; i < *n; i++) {
        cp = cp << 6 | (p[i] & 0x3fU);
    }
    return cp;
}

/* Characters that XML forbids, that steer a terminal, or that make text read in another
 * order than it is stored. */
static bool is_hostile(uint32_t cp)
{
    static const struct {
        uint32_t first, last;
    } hostile[] = {
        {0x00, 0x08},     {0x0b, 0x1f},     {0x7f, 0x9f},     {0x200e, 0x200f},
        {0x202a, 0x202e}, {0x2066, 0x2069}, {0xfdd0, 0xfdef},
    };
    for (size_t i = 0; i < ES_COUNT(hostile); i++) {
        if (cp >= hostile[i].first && cp <= hostile[i].last) {
            return true;
        }
    }
    /* The last two code points of each plane are characters of nobody. */
    return (cp & 0xfffe) == 0xfffe;
}

/* Appends the character at the front of s, harmless; returns its length in s. */
static size_t clean_one(struct es_buf *b, struct es_slice s)
{
    size_t n = 1;
    uint32_t cp = decode(s.p, &n);
    if (cp == '\r' && s.n > 1 && s.p[1] == '\n') {
        return 1;
    }
    if (!is_hostile(cp)) {
        es_buf_put(b, es_slice_sub(s, 0, n));
    } else {
        es_buf_printf(b, cp < 0x80 ? "\\x%02x" : "\\u%04x", (unsigned)cp);
    }
    return n;
}

const char *es_report_clean(struct es_arena *a, const char *text)
{
    struct es_slice s = es_slice_of(text);
    struct es_buf b;
    /* The longest growth is one octet to \xNN. */
    es_buf_build(&b, a, 4 * s.n + 1);
    while (s.n) {
        size_t good = es_text_utf8_valid(s);
        for (size_t at = 0; at < good;) {
            at += clean_one(&b, es_slice_sub(s, at, good - at));
        }
        if (good < s.n) {
            es_buf_printf(&b, "\\x%02x", s.p[good]);
            good++;
        }
        s = es_slice_from(s, good);
    }
    return es_buf_cstr(&b);
}

const char *es_report_line(struct es_arena *a, const char *text, size_t max)
{
    const char *clean = es_report_clean(a, text);
    struct es_slice s = es_slice_trim(es_slice_of(clean));
    struct es_buf b;
    es_buf_build(&b, a, s.n + 4);
    size_t n = s.n;
    if (n > max) {
        n = max;
        while (n && (s.p[n] & 0xc0) == 0x80) {
            n--;
        }
    }
    for (size_t i = 0; i < n; i++) {
        es_buf_u8(&b, s.p[i] == '\n' || s.p[i] == '\t' ? ' ' : s.p[i]);
    }
    es_buf_text(&b, n < s.n ? "..." : "");
    return es_buf_cstr(&b);
}

const char *es_report_cell(struct es_arena *a, const char *text)
{
    const char *line = es_report_line(a, text, 300);
    struct es_buf b;
    es_buf_build(&b, a, 5 * strlen(line) + 1);
    for (const char *p = line; *p; p++) {
        if (*p == '&') {
            es_buf_text(&b, "&amp;");
        } else if (*p == '<') {
            es_buf_text(&b, "&lt;");
        } else {
            es_buf_text(&b, strchr("\\`*_[]|", *p) ? "\\" : "");
            es_buf_u8(&b, (unsigned char)*p);
        }
    }
    return es_buf_cstr(&b);
}

void es_report_wrap(struct es_arena *a, const char *text, size_t indent, FILE *out)
{
    struct es_slice rest = es_slice_of(es_report_line(a, text, 2000));
    size_t column = 0;
    while (rest.n) {
        struct es_slice word = es_slice_split(&rest, ' ');
        if (column == 0 || column + 1 + word.n > WIDTH) {
            fprintf(out, "%s%*s%.*s", column ? "\n" : "", (int)indent, "",
                    ES_SLICE_ARG(word));
            column = indent + word.n;
        } else {
            fprintf(out, " %.*s", ES_SLICE_ARG(word));
            column += 1 + word.n;
        }
    }
    fputs("\n", out);
}

const char *es_report_time(struct es_arena *a, int64_t unix_us, bool iso)
{
    struct tm parts;
    char text[40];
    time_t seconds = (time_t)(unix_us / ES_USEC_PER_S);
    if (!gmtime_r(&seconds, &parts) ||
        !strftime(text, sizeof text,
                  iso ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%d %H:%M:%S UTC", &parts)) {
        return "";
    }
    return es_arena_text(a, es_slice_of(text));
}
