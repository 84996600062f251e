/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_MULTIPART_H
#define ES_MULTIPART_H

#include "buffer.h"

#include <stdbool.h>

/* application/multipart-core (RFC 8710): one CBOR array of Content-Formats, each followed
   by a byte string, or by null for a part that is not there. Arrays and byte strings of
   indefinite length and numbers longer than needed are well-formed CBOR and accepted. */

enum { ES_PART_MAX = 4 };

struct es_part {
    uint32_t content_format;
    bool is_null;
    struct es_buffer body;
};

struct es_multipart {
    size_t count;
    struct es_part part[ES_PART_MAX];
};

/* NULL, or what is wrong. The caller frees out in either case. */
const char *es_multipart_read(struct es_bytes in, struct es_multipart *out);
/* Wipes the parts, which may be private keys, and frees them. */
void es_multipart_free(struct es_multipart *multipart);

#endif
