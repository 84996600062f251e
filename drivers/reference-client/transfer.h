/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_TRANSFER_H
#define ES_TRANSFER_H

#include "message.h"

/* A whole request and its whole response, in as many blocks as they take (RFC 7959).

   A body larger than the block size goes out in blocks (Block1); a smaller size that the
   server asks for is adopted, and 4.08 and 4.13 lead to a new start within reason. The
   response is fetched in the size the server chose (Block2). Its blocks must follow each
   other without gap, be full and agree in ETag and Content-Format: a changed ETag makes a
   GET start again, everything else fails the transfer. */

struct es_ask {
    enum es_code method;
    const char *path, *query;
    int32_t accept, content_format;
    struct es_bytes body;
};

struct es_answer {
    uint8_t code;
    int32_t content_format;
    bool has_max_age;
    uint32_t max_age;
    struct es_buffer body;
};

/* "the server answered 4.04"; valid until the next call. */
const char *es_answer_name(const struct es_answer *answer);

/* The block size for requests, a power of two from 16 to 1024: ES_BLOCK_SIZE or 256. */
void es_transfer_setup(const char *block_size);

/* Runs it in the attached session. NULL, or why there is no answer. The caller frees the
   body in either case. An error code is an answer. */
const char *es_transfer_run(const struct es_ask *ask, struct es_answer *out);

#endif
