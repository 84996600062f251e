/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CODEC_CBOR_MULTIPART_H
#define ES_CODEC_CBOR_MULTIPART_H

/*
 * application/multipart-core (Content-Format 62, RFC 8710): one CBOR array of Content-
 * Formats and bodies in turn.
 *
 * The view refuses what RFC 8710 section 2 tells a recipient to stop on: malformed CBOR,
 * another structure, octets behind the array; each with a text of its own. Long forms of
 * CBOR are legal and only told (`encoding`). A body may be null, which means that the
 * part is absent, or empty, which means that it is not.
 *
 * What it does not check: whether the formats are those that an answer may hold, whether
 * one comes twice, and what is inside the parts.
 *
 * Bodies are copies in the arena, because those in chunks are put together.
 */

#include "codec/cbor_item.h"

struct es_multipart_part {
    uint16_t format;
    bool is_null;
    struct es_slice body;
    size_t offset; /* of the Content-Format; when read */
};

struct es_multipart {
    struct es_multipart_part *at;
    size_t n;
    struct es_cbor_item item; /* with the first indefinite and non-minimal form */
};

/* False and a flaw if the body is not multipart-core. */
bool es_multipart_view(struct es_arena *a, struct es_slice body,
                       struct es_multipart *out, struct es_flaw *flaw) ES_MUST_CHECK;
/* The first part of this Content-Format, or NULL. */
const struct es_multipart_part *es_multipart_find(const struct es_multipart *m,
                                                  uint32_t format);
/* `minimal`, or the first longer form and where it is: in the arena or static. */
const char *es_multipart_encoding(struct es_arena *a, const struct es_multipart *m);

/* A body of these parts in this order, in the arena: shortest heads, or an array of
 * indefinite length. */
struct es_slice es_multipart_build(struct es_arena *a,
                                   const struct es_multipart_part *parts, size_t n,
                                   bool indefinite);

#endif
