/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_BLOCKWISE_H
#define ES_BLOCKWISE_H

#include "message.h"

/* Block-wise transfer (RFC 7959) without help from libcoap: an upload gathers the blocks
   of one request body, a slice cuts one block out of a response body.

   Uploads are kept for each session and function. Tokens play no part: only the session,
   the path and the block numbers tie the blocks together (RFC 7959, 3.4). */

enum {
    ES_UPLOAD_MAX_BYTES = 8192, /* larger bodies are refused with 4.13 */
    ES_SZX_PREFERRED = 5,       /* 512 bytes, where the client has no wish */
    ES_SZX_MAX = 6
};

struct es_upload {
    bool active;
    bool broken; /* a hole was seen; told at the last block (a variant) */
    int32_t content_format;
    uint32_t blocks;        /* stored so far, for mutants that count them */
    struct es_block block2; /* a wish for the response, made in an earlier block */
    struct es_buffer body;
    uint8_t token[ES_TOKEN_ROOM]; /* for the mutant that looks at it */
    size_t token_len;
};

/* A whole response body. */
struct es_representation {
    int32_t content_format;
    struct es_buffer body;
};

/* Takes the payload of a POST. True if the body is complete in upload->body; the caller
   then uses it and calls es_upload_reset. Otherwise *reply is what to answer. */
bool es_upload_take(struct es_upload *upload, const struct es_request *request,
                    struct es_reply *reply);
void es_upload_reset(struct es_upload *upload);

/* Fills *reply (its code is set already) with the block of rep that the request asks for:
   payload, Content-Format, ETag, Block2, Size2. A request without Block2 gets the size it
   used in Block1, or the preferred one. The payload borrows from rep. */
void es_block_slice(const struct es_request *request,
                    const struct es_representation *rep, struct es_reply *reply);

/* The entity tag of a body: the head of its SHA-256. */
void es_block_etag(const struct es_representation *rep, uint8_t etag[ES_ETAG_LEN]);

#endif
