/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/pem.h"

#include "base/diag.h"

enum { LINE_CHARACTERS = 64 };

static const char begin_mark[] = "-----BEGIN ";
static const char end_mark[] = "-----END ";
static const char dashes[] = "-----";

static int digit_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Base64 that is being read: bits not yet written, digits and pads so far. */
struct digits {
    uint32_t bits;
    size_t count, pads;
};

/* Takes one character; false if it cannot stand here. */
static bool take(struct digits *d, uint8_t c, struct es_buf *b)
{
    if (c == '=') {
        d->pads++;
        return d->count % 4 >= 2 && d->count % 4 + d->pads <= 4;
    }
    int v = digit_of(c);
    if (v < 0 || d->pads > 0) {
        return false;
    }
    d->bits = d->bits << 6 | (uint32_t)v;
    d->count++;
    if (d->count % 4 == 0) {
        es_buf_u24(b, d->bits & 0xffffff);
    }
    return true;
}

/* Writes the octets of a last group of less than four digits. */
static bool finish(const struct digits *d, struct es_buf *b)
{
    size_t rest = d->count % 4;
    if (rest != 0 && rest + d->pads != 4) {
        return false;
    }
    /* Bits behind the last whole octet must be zero (RFC 4648, 3.5). */
    if ((rest == 3 && d->bits & 3) || (rest == 2 && d->bits & 15)) {
        return false;
    }
    if (rest == 3) {
        es_buf_u16(b, d->bits >> 2 & 0xffff);
    } else if (rest == 2) {
        es_buf_u8(b, d->bits >> 4 & 0xff);
    }
    return true;
}

bool es_base64_decode(struct es_arena *a, struct es_slice text, bool lines,
                      struct es_slice *out, size_t *bad)
{
    struct digits d = {0};
    struct es_buf b;
    size_t ignored;
    size_t *at = bad ? bad : &ignored;
    es_buf_build(&b, a, text.n / 4 * 3 + 4);
    for (*at = 0; *at < text.n; ++*at) {
        if (lines && is_blank(text.p[*at])) {
            continue;
        }
        ES_TRY(take(&d, text.p[*at], &b));
    }
    ES_TRY(finish(&d, &b));
    *out = es_buf_slice(&b);
    return true;
}

static void put_base64(struct es_buf *b, struct es_slice in)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < in.n; i += 3) {
        uint32_t bits = (uint32_t)in.p[i] << 16;
        bits |= i + 1 < in.n ? (uint32_t)in.p[i + 1] << 8 : 0;
        bits |= i + 2 < in.n ? in.p[i + 2] : 0;
        es_buf_u8(b, (uint8_t)digits[bits >> 18]);
        es_buf_u8(b, (uint8_t)digits[bits >> 12 & 63]);
        es_buf_u8(b, i + 1 < in.n ? (uint8_t)digits[bits >> 6 & 63] : '=');
        es_buf_u8(b, i + 2 < in.n ? (uint8_t)digits[bits & 63] : '=');
    }
}

const char *es_base64_encode(struct es_arena *a, struct es_slice in)
{
    struct es_buf b;
    es_buf_build(&b, a, in.n / 3 * 4 + 5);
    put_base64(&b, in);
    return es_buf_cstr(&b);
}

bool es_pem_is_pem(struct es_slice text)
{
    return es_slice_search(text, es_slice_of(begin_mark)) < text.n;
}

/* The offset behind the end of the line that `at` lies in. */
static size_t next_line(struct es_slice text, size_t at)
{
    size_t end = at + es_slice_find(es_slice_from(text, at), '\n');
    return end < text.n ? end + 1 : text.n;
}

/* Passes over RFC 1421 header lines (`Proc-Type: 4,ENCRYPTED`). */
static size_t skip_headers(struct es_slice text, size_t at, size_t end, bool *encrypted)
{
    *encrypted = false;
    while (at < end) {
        size_t next = next_line(text, at);
        struct es_slice line = es_slice_trim(es_slice_sub(text, at, next - at));
        if (line.n > 0 && es_slice_find(line, ':') == line.n) {
            break;
        }
        *encrypted |= es_slice_search(line, ES_SLICE_LIT("ENCRYPTED")) < line.n;
        at = next;
    }
    return at;
}

bool es_pem_next(struct es_arena *a, struct es_slice text, size_t *at,
                 struct es_pem *out, struct es_flaw *flaw)
{
    struct es_slice rest = es_slice_from(text, *at);
    size_t found = es_slice_search(rest, es_slice_of(begin_mark));
    if (found == rest.n) {
        *at = text.n;
        return false;
    }
    size_t begin = *at + found;
    size_t label = begin + sizeof begin_mark - 1;
    size_t body = next_line(text, label);
    struct es_slice line = es_slice_trim(es_slice_sub(text, label, body - label));
    *out = (struct es_pem){.offset = begin};
    *at = body;
    if (!es_slice_has_suffix(line, dashes)) {
        return es_flaw_set(flaw, a, begin, "a BEGIN line without dashes at its end");
    }
    out->label = es_slice_sub(line, 0, line.n - 5);
    const char *mark =
        es_arena_printf(a, "%s%.*s%s", end_mark, ES_SLICE_ARG(out->label), dashes);
    size_t length = es_slice_search(es_slice_from(text, body), es_slice_of(mark));
    size_t end = body + length;
    if (end >= text.n) {
        return es_flaw_set(flaw, a, begin, "no END line for %.*s",
                           ES_SLICE_ARG(out->label));
    }
    *at = next_line(text, end);
    size_t start = skip_headers(text, body, end, &out->encrypted);
    size_t bad;
    if (!es_base64_decode(a, es_slice_sub(text, start, end - start), true, &out->der,
                          &bad)) {
        return es_flaw_set(flaw, a, start + bad, "no base64 inside %.*s",
                           ES_SLICE_ARG(out->label));
    }
    return true;
}

void es_pem_put(struct es_buf *b, const char *label, struct es_slice der)
{
    es_buf_text(b, begin_mark);
    es_buf_text(b, label);
    es_buf_text(b, "-----\n");
    for (size_t at = 0; at < der.n; at += LINE_CHARACTERS / 4 * 3) {
        put_base64(b, es_slice_sub(der, at, LINE_CHARACTERS / 4 * 3));
        es_buf_u8(b, '\n');
    }
    es_buf_text(b, end_mark);
    es_buf_text(b, label);
    es_buf_text(b, "-----\n");
}
