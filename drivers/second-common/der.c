/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "der.h"

enum { DEPTH_MAX = 24, CONSTRUCTED = 0x20, LONG_TAG = 0x1f };

/* The number of length octets, 0 if they are not DER. */
static size_t read_length(struct es_bytes in, size_t *len)
{
    if (in.n < 1) {
        return 0;
    }
    size_t count = in.p[0] & 0x7fU;
    if (in.p[0] < 0x80) {
        *len = in.p[0];
        return 1;
    }
    if (count == 0 || count > 3 || in.n < 1 + count || in.p[1] == 0) {
        return 0;
    }
    *len = 0;
    for (size_t i = 1; i <= count; i++) {
        *len = *len << 8 | in.p[i];
    }
    return *len < 0x80 ? 0 : 1 + count;
}

bool es_der_next(struct es_bytes *rest, struct es_tlv *out)
{
    size_t len = 0;
    if (rest->n < 2 || (rest->p[0] & LONG_TAG) == LONG_TAG) {
        return false;
    }
    size_t head = read_length((struct es_bytes){rest->p + 1, rest->n - 1}, &len);
    if (head == 0 || len > rest->n - 1 - head) {
        return false;
    }
    out->tag = rest->p[0];
    out->value = (struct es_bytes){rest->p + 1 + head, len};
    out->whole = (struct es_bytes){rest->p, 1 + head + len};
    rest->p += out->whole.n;
    rest->n -= out->whole.n;
    return true;
}

bool es_der_take(struct es_bytes *rest, uint8_t tag, struct es_tlv *out)
{
    return es_der_next(rest, out) && out->tag == tag;
}

bool es_der_is_sound(struct es_bytes der)
{
    struct es_bytes open[DEPTH_MAX]; /* what is left at each level */
    size_t depth = 1;
    struct es_tlv e;
    open[0] = der;
    if (!es_der_next(&der, &e) || der.n > 0) {
        return false;
    }
    while (depth > 0) {
        if (open[depth - 1].n == 0) {
            depth--;
            continue;
        }
        if (!es_der_next(&open[depth - 1], &e)) {
            return false;
        }
        if ((e.tag & CONSTRUCTED) == 0) {
            continue;
        }
        if (depth == DEPTH_MAX) {
            return false;
        }
        open[depth++] = e.value;
    }
    return true;
}

bool es_der_oid_is(const struct es_tlv *oid, struct es_bytes value)
{
    return oid->tag == ES_DER_OID && es_bytes_equal(oid->value, value);
}

size_t es_der_open(struct es_octets *o, uint8_t tag)
{
    es_octets_add_byte(o, tag);
    return o->n;
}

void es_der_close(struct es_octets *o, size_t at)
{
    size_t n = o->n - at;
    uint8_t head[3] = {(uint8_t)n, 0, 0};
    size_t head_len = 1;
    if (n >= 0x100) {
        head[0] = 0x82;
        head[1] = (uint8_t)(n >> 8);
        head[2] = (uint8_t)n;
        head_len = 3;
    } else if (n >= 0x80) {
        head[0] = 0x81;
        head[1] = (uint8_t)n;
        head_len = 2;
    }
    es_octets_insert(o, at, head, head_len);
}

void es_der_add(struct es_octets *o, uint8_t tag, struct es_bytes value)
{
    size_t at = es_der_open(o, tag);
    es_octets_add_bytes(o, value);
    es_der_close(o, at);
}
