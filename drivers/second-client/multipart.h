/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_MULTIPART_H
#define ES_MULTIPART_H

#include "octets.h"

/* application/multipart-core (RFC 8710), of no more parts than EST has. */

enum { ES_PARTS_MAX = 2 };

struct es_part {
    uint32_t content_format;
    struct es_octets body;
};

struct es_multipart {
    size_t count;
    struct es_part part[ES_PARTS_MAX];
};

/* The caller closes it, whatever the outcome. NULL, or what is wrong. */
const char *es_multipart_read(struct es_bytes body, struct es_multipart *out);
void es_multipart_close(struct es_multipart *m);

#endif
