/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_MULTIPART_H
#define ES_MULTIPART_H

#include "buffer.h"

/* application/multipart-core (RFC 8710): a CBOR array of format, bytes, format, bytes.
   Written in the shortest form, or in one of the legal others that variants ask for. */

struct es_part {
    uint16_t content_format;
    struct es_bytes body;
};

void es_multipart_write(const struct es_part *parts, size_t count,
                        struct es_buffer *out);

#endif
