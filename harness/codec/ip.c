/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/ip.h"

#include "base/buf.h"
#include "base/diag.h"
#include "base/text.h"

enum { GROUPS = 8, GROUP_DIGITS = 4 };

static bool put_ipv4(struct es_buf *b, struct es_slice text)
{
    bool more = true;
    size_t parts = 0;
    while (more) {
        size_t digits = es_slice_find(text, '.');
        more = digits < text.n;
        struct es_slice part = es_slice_split(&text, '.');
        uint64_t value;
        bool plain = part.n == 1 || (part.n > 1 && part.n <= 3 && part.p[0] != '0');
        if (!plain || !es_text_uint(part, &value) || value > 255) {
            return false;
        }
        es_buf_u8(b, (unsigned)value);
        parts++;
    }
    return parts == ES_IPV4_BYTES && !b->overflow;
}

static bool put_group(struct es_buf *b, struct es_slice group)
{
    unsigned value = 0;
    for (size_t i = 0; i < group.n; i++) {
        unsigned c = group.p[i];
        unsigned letter = c | 0x20;
        if (c >= '0' && c <= '9') {
            value = value << 4 | (c - '0');
        } else if (letter >= 'a' && letter <= 'f') {
            value = value << 4 | (letter - 'a' + 10);
        } else {
            return false;
        }
    }
    es_buf_u16(b, value);
    return group.n > 0 && group.n <= GROUP_DIGITS && !b->overflow;
}

/* Groups with one colon between them; the last may be an IPv4 address at the end of
 * all. */
static bool put_groups(struct es_buf *b, struct es_slice text, bool at_end)
{
    bool more = text.n > 0;
    while (more) {
        size_t digits = es_slice_find(text, ':');
        more = digits < text.n;
        if (!more && at_end && es_slice_find(text, '.') < text.n) {
            return put_ipv4(b, text);
        }
        ES_TRY(put_group(b, es_slice_split(&text, ':')));
    }
    return true;
}

static bool put_ipv6(struct es_buf *b, struct es_slice text)
{
    uint8_t tail_octets[ES_IPV6_BYTES];
    struct es_buf tail;
    es_buf_init(&tail, tail_octets, sizeof tail_octets);
    size_t gap = es_slice_search(text, ES_SLICE_LIT("::"));
    ES_TRY(put_groups(b, es_slice_sub(text, 0, gap), gap == text.n));
    if (gap == text.n) {
        return b->n == ES_IPV6_BYTES;
    }
    ES_TRY(put_groups(&tail, es_slice_from(text, gap + 2), true));
    /* `::` stands for at least one group. */
    if (b->n + tail.n > ES_IPV6_BYTES - 2) {
        return false;
    }
    while (b->n + tail.n < ES_IPV6_BYTES) {
        es_buf_u8(b, 0);
    }
    es_buf_put(b, es_buf_slice(&tail));
    return true;
}

bool es_ip_parse(struct es_arena *a, struct es_slice text, struct es_slice *octets)
{
    struct es_buf b;
    bool v6 = es_slice_find(text, ':') < text.n;
    es_buf_build(&b, a, v6 ? ES_IPV6_BYTES : ES_IPV4_BYTES);
    if (!(v6 ? put_ipv6(&b, text) : put_ipv4(&b, text))) {
        return false;
    }
    *octets = es_buf_slice(&b);
    return true;
}

static unsigned group_at(struct es_slice octets, size_t group)
{
    return (unsigned)octets.p[2 * group] << 8 | octets.p[2 * group + 1];
}

/* The longest run of two or more zero groups, the first of several (RFC 5952, 4.2). */
static size_t find_zeros(struct es_slice octets, size_t *start)
{
    size_t best = 1;
    for (size_t i = 0; i < GROUPS; i++) {
        size_t n = 0;
        while (i + n < GROUPS && group_at(octets, i + n) == 0) {
            n++;
        }
        if (n > best) {
            best = n;
            *start = i;
        }
    }
    return best > 1 ? best : 0;
}

const char *es_ip_text(struct es_arena *a, struct es_slice octets)
{
    struct es_buf b;
    es_buf_build(&b, a, 48);
    if (octets.n == ES_IPV4_BYTES) {
        return es_arena_printf(a, "%u.%u.%u.%u", octets.p[0], octets.p[1], octets.p[2],
                               octets.p[3]);
    }
    if (octets.n != ES_IPV6_BYTES) {
        return NULL;
    }
    size_t start = GROUPS;
    size_t zeros = find_zeros(octets, &start);
    for (size_t i = 0; i < GROUPS; i++) {
        if (i == start) {
            es_buf_text(&b, "::");
            i += zeros - 1;
            continue;
        }
        bool first = i == 0 || i == start + zeros;
        es_buf_printf(&b, "%s%x", first ? "" : ":", group_at(octets, i));
    }
    return es_buf_cstr(&b);
}
