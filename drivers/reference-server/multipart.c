/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "multipart.h"

#include "behaviour.h"

enum { CBOR_UINT = 0, CBOR_BYTES = 2, CBOR_ARRAY = 4 };

static void write_head(unsigned int major, size_t value, struct es_buffer *out)
{
    unsigned int top = major << 5;
    size_t extra = value < 24 ? 0 : value < 256 ? 1 : value < 65536 ? 2 : 4;
    if (es_variant_is(ES_VARIANT_OK_SKG_LONG_INTS) && major != CBOR_ARRAY) {
        extra = 4;
    }
    switch (extra) {
    case 0:
        es_buffer_add_byte(out, top | (unsigned int)value);
        return;
    case 1:
        es_buffer_add_byte(out, top | 24);
        break;
    case 2:
        es_buffer_add_byte(out, top | 25);
        break;
    default:
        es_buffer_add_byte(out, top | 26);
        break;
    }
    for (size_t i = extra; i > 0; i--) {
        es_buffer_add_byte(out, (unsigned int)(value >> (8 * (i - 1))) & 0xff);
    }
}

void es_multipart_write(const struct es_part *parts, size_t count,
                        struct es_buffer *out)
{
    bool odd = es_mutant_is(ES_MUTANT_SKG_MULTIPART_ODD_ITEMS);
    bool indefinite = es_variant_is(ES_VARIANT_OK_SKG_INDEFINITE);
    size_t items = count * 2 - (odd ? 1 : 0);
    if (indefinite) {
        es_buffer_add_byte(out, 0x9f);
    } else {
        write_head(CBOR_ARRAY, items, out);
    }
    for (size_t i = 0; i < items; i++) {
        const struct es_part *part = &parts[i / 2];
        if (i % 2 == 0) {
            write_head(CBOR_UINT, part->content_format, out);
        } else {
            write_head(CBOR_BYTES, part->body.n, out);
            es_buffer_add(out, part->body.p, part->body.n);
        }
    }
    if (indefinite) {
        es_buffer_add_byte(out, 0xff);
    }
    if (es_mutant_is(ES_MUTANT_SKG_MULTIPART_TRAILING_BYTES)) {
        es_buffer_add_byte(out, 0);
    }
}
