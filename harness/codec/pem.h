/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CODEC_PEM_H
#define ES_CODEC_PEM_H

/*
 * Base64 (RFC 4648) and PEM (RFC 7468).
 */

#include "base/buf.h"
#include "codec/flaw.h"

struct es_pem {
    struct es_slice label; /* "CERTIFICATE" */
    struct es_slice der;   /* decoded, in the arena */
    size_t offset;         /* of the BEGIN line */
    bool encrypted;        /* has RFC 1421 header lines (Proc-Type: 4,ENCRYPTED) */
};

/* Decodes base64 with padding; blanks and line ends are skipped if `lines`. False if
 * there is anything else; *bad (may be NULL) is the offset. */
bool es_base64_decode(struct es_arena *a, struct es_slice text, bool lines,
                      struct es_slice *out, size_t *bad) ES_MUST_CHECK;
/* Base64 with padding on one line, in the arena. */
const char *es_base64_encode(struct es_arena *a, struct es_slice in);

/* The next block at or after *at; moves *at behind it. False at the end (flaw->text
 * NULL) or if the block is malformed. Text between blocks is passed over. */
bool es_pem_next(struct es_arena *a, struct es_slice text, size_t *at,
                 struct es_pem *out, struct es_flaw *flaw);
/* Appends one block. */
void es_pem_put(struct es_buf *b, const char *label, struct es_slice der);
/* True if the text holds a BEGIN line. */
bool es_pem_is_pem(struct es_slice text);

#endif
