/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/der.h"
#include "codec/oid.h"

#include <string.h>

size_t es_der_begin(struct es_buf *b, unsigned tag)
{
    es_buf_u8(b, tag);
    es_buf_u8(b, 0);
    return b->n;
}

void es_der_finish(struct es_buf *b, size_t mark)
{
    if (b->overflow) {
        return;
    }
    size_t length = b->n - mark;
    if (length < 128) {
        b->p[mark - 1] = (uint8_t)length;
        return;
    }
    unsigned more = 1;
    while (length >> 8 * more) {
        more++;
    }
    /* The contents move up to make room for the length octets. */
    for (unsigned i = 0; i < more; i++) {
        es_buf_u8(b, 0);
    }
    if (b->overflow) {
        return;
    }
    memmove(&b->p[mark + more], &b->p[mark], length);
    b->p[mark - 1] = (uint8_t)(0x80 | more);
    for (unsigned i = 0; i < more; i++) {
        b->p[mark + i] = (uint8_t)(length >> 8 * (more - 1 - i));
    }
}

void es_der_put(struct es_buf *b, unsigned tag, struct es_slice value)
{
    size_t mark = es_der_begin(b, tag);
    es_buf_put(b, value);
    es_der_finish(b, mark);
}

void es_der_put_text(struct es_buf *b, unsigned tag, const char *text)
{
    es_der_put(b, tag, es_slice_of(text));
}

void es_der_put_uint(struct es_buf *b, uint64_t v)
{
    uint8_t octets[8];
    struct es_buf digits;
    es_buf_init(&digits, octets, sizeof octets);
    es_buf_u64(&digits, v);
    es_der_put_integer(b, es_buf_slice(&digits));
}

void es_der_put_integer(struct es_buf *b, struct es_slice magnitude)
{
    while (magnitude.n > 0 && magnitude.p[0] == 0) {
        magnitude = es_slice_from(magnitude, 1);
    }
    size_t mark = es_der_begin(b, ES_DER_INTEGER);
    if (magnitude.n == 0 || magnitude.p[0] & 0x80) {
        es_buf_u8(b, 0);
    }
    es_buf_put(b, magnitude);
    es_der_finish(b, mark);
}

void es_der_put_bool(struct es_buf *b, bool v)
{
    es_buf_u24(b, v ? 0x0101ff : 0x010100);
}

void es_der_put_null(struct es_buf *b)
{
    es_buf_u16(b, ES_DER_NULL << 8);
}

void es_der_put_bits(struct es_buf *b, struct es_slice octets)
{
    size_t mark = es_der_begin(b, ES_DER_BIT_STRING);
    es_buf_u8(b, 0);
    es_buf_put(b, octets);
    es_der_finish(b, mark);
}

/* One arc in base 128. */
static void put_arc(struct es_buf *b, uint64_t arc)
{
    unsigned groups = 1;
    while (groups < 9 && arc >> 7 * groups) {
        groups++;
    }
    while (groups-- > 1) {
        es_buf_u8(b, 0x80 | (unsigned)(arc >> 7 * groups & 0x7f));
    }
    es_buf_u8(b, (unsigned)(arc & 0x7f));
}

/* The next arc of dotted text; false at its end or if it is no number. */
static bool next_arc(struct es_slice *rest, uint64_t *arc)
{
    struct es_slice digits = es_slice_split(rest, '.');
    *arc = 0;
    if (digits.n == 0 || digits.n > 17 || (digits.n > 1 && digits.p[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < digits.n; i++) {
        if (digits.p[i] < '0' || digits.p[i] > '9') {
            return false;
        }
        *arc = *arc * 10 + (uint64_t)(digits.p[i] - '0');
    }
    /* As much as es_oid_is_valid allows: eight groups of seven bits. */
    return *arc >> 56 == 0;
}

void es_der_put_oid(struct es_buf *b, const char *dotted)
{
    struct es_slice rest = es_slice_of(dotted);
    bool trailing_dot = es_slice_has_suffix(rest, ".");
    uint64_t first = 0, arc = 0;
    if (trailing_dot || !next_arc(&rest, &first) || first > 2 ||
        !next_arc(&rest, &arc) || (first < 2 && arc > 39)) {
        b->overflow = true;
        return;
    }
    size_t mark = es_der_begin(b, ES_DER_OID);
    put_arc(b, first * 40 + arc);
    while (rest.n > 0) {
        if (!next_arc(&rest, &arc)) {
            b->overflow = true;
            return;
        }
        put_arc(b, arc);
    }
    es_der_finish(b, mark);
}
