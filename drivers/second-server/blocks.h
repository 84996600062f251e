/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_BLOCKS_H
#define ES_BLOCKS_H

#include "pdu.h"

/* Block-wise transfer (RFC 7959) of both directions. */

enum { ES_BODY_MAX = 4096, ES_SZX_OWN = 4 };

struct es_upload {
    bool open;
    struct es_octets body;
    struct es_block block2; /* what an earlier block asked for the answer */
};

struct es_representation {
    struct es_octets body;
    int32_t content_format;
};

void es_upload_close(struct es_upload *u);
/* True if `body` is complete now; false if `response` is the answer to this block. */
bool es_upload_take(struct es_upload *u, const struct es_request *request,
                    struct es_response *response);
/* Puts the part of `body` that `asked` asks for into `response`. */
void es_slice(struct es_bytes body, int32_t content_format,
              const struct es_block *asked, struct es_response *response);

#endif
