/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "der.h"

enum { DEPTH_MAX = 32, TAG_CONSTRUCTED = 0x20 };

void es_der_wrap(unsigned int tag, struct es_bytes content, struct es_buffer *out)
{
    size_t n = content.n;
    es_buffer_add_byte(out, tag);
    if (n < 128) {
        es_buffer_add_byte(out, (unsigned int)n);
    } else if (n < 256) {
        es_buffer_add_byte(out, 0x81);
        es_buffer_add_byte(out, (unsigned int)n);
    } else {
        es_buffer_add_byte(out, 0x82);
        es_buffer_add_byte(out, (unsigned int)(n >> 8));
        es_buffer_add_byte(out, (unsigned int)n & 0xff);
    }
    es_buffer_add(out, content.p, n);
}

/* Reads the head at *pos; false if it is not DER or its content runs over the end. */
static bool read_head(struct es_bytes in, size_t *pos, bool *constructed, size_t *len)
{
    if (in.n - *pos < 2) {
        return false;
    }
    uint8_t tag = in.p[(*pos)++];
    if ((tag & 0x1f) == 0x1f) {
        return false; /* no type that EST uses has a long tag */
    }
    *constructed = (tag & TAG_CONSTRUCTED) != 0;
    size_t first = in.p[(*pos)++];
    if (first < 128) {
        *len = first;
        return *len <= in.n - *pos;
    }
    size_t count = first & 0x7f;
    if (count == 0 || count > 3 || count > in.n - *pos || in.p[*pos] == 0) {
        return false;
    }
    *len = 0;
    for (size_t i = 0; i < count; i++) {
        *len = *len << 8 | in.p[(*pos)++];
    }
    return *len >= 128 && *len <= in.n - *pos;
}

bool es_der_is_strict(struct es_bytes in)
{
    size_t ends[DEPTH_MAX], depth = 0, pos = 0;
    bool seen = false;
    while (pos < in.n) {
        bool constructed;
        size_t len;
        size_t end = depth > 0 ? ends[depth - 1] : in.n;
        if (depth == 0 && seen) {
            return false; /* bytes behind the element */
        }
        if (!read_head((struct es_bytes){in.p, end}, &pos, &constructed, &len)) {
            return false;
        }
        seen = true;
        if (constructed && len > 0) {
            if (depth == DEPTH_MAX) {
                return false;
            }
            ends[depth++] = pos + len;
        } else {
            pos += len;
        }
        while (depth > 0 && pos == ends[depth - 1]) {
            depth--;
        }
    }
    return seen && depth == 0;
}

bool es_der_content_of_info(struct es_bytes info, struct es_bytes *content)
{
    size_t pos = 0, len;
    bool constructed;
    if (!read_head(info, &pos, &constructed, &len) ||
        !read_head(info, &pos, &constructed, &len)) {
        return false;
    }
    pos += len;
    if (!read_head(info, &pos, &constructed, &len)) {
        return false;
    }
    *content = (struct es_bytes){info.p + pos, len};
    return true;
}
