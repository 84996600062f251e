/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CODEC_CBOR_ITEM_H
#define ES_CODEC_CBOR_ITEM_H

/*
 * The frame of CBOR (RFC 8949): is a body one well-formed item, and heads to write.
 *
 * es_cbor_check walks the first item of a body without allocating for what it claims:
 * counts and lengths are held against the octets that are left, depth against
 * ES_CBOR_DEPTH_MAX. Only what passed here is given to libcbor, which allocates what a
 * head declares before it looks at the data.
 *
 * Forms that are well-formed but not the shortest are no flaw; they are told apart in
 * `indefinite` and `non_minimal`. What it does not check: UTF-8 of texts, repeated keys
 * of maps, meaning of tags; and octets behind the item are the caller's business.
 */

#include "base/buf.h"
#include "codec/flaw.h"

enum { ES_CBOR_DEPTH_MAX = 8 };

enum es_cbor_major {
    ES_CBOR_UINT,
    ES_CBOR_NEGATIVE,
    ES_CBOR_BYTES,
    ES_CBOR_TEXT,
    ES_CBOR_ARRAY,
    ES_CBOR_MAP,
    ES_CBOR_TAG,
    ES_CBOR_SIMPLE /* and floats */
};

enum es_cbor_info {
    ES_CBOR_FALSE = 20,
    ES_CBOR_TRUE = 21,
    ES_CBOR_NULL = 22,
    ES_CBOR_UNDEFINED = 23,
    ES_CBOR_INDEFINITE = 31 /* also the break */
};

/* The head of an item. */
struct es_cbor_head {
    unsigned major, info; /* enum es_cbor_major; the low five bits of its first octet */
    uint64_t value;       /* what the head says: number, length or count */
    size_t offset;
};

struct es_cbor_item {
    struct es_slice raw; /* the octets of the item */
    struct es_cbor_head head;
    struct {
        struct es_cbor_head *at;
        size_t n, room;
    } elements;                             /* of an array; keys and values of a map */
    struct es_flaw indefinite, non_minimal; /* first place; text NULL: nowhere */
};

/* Walks the item at the start of body. False and a flaw if it is not well-formed (RFC
 * 8949, 5.3.1 and 3.3) or nested too deeply. */
bool es_cbor_check(struct es_arena *a, struct es_slice body, struct es_cbor_item *out,
                   struct es_flaw *flaw) ES_MUST_CHECK;
/* `a byte string`, `null` ..: an item by its head. */
const char *es_cbor_kind_name(const struct es_cbor_head *head);

/* Writes a head. width is the number of octets behind the first one: 1, 2, 4 or 8, which
 * must suffice; 0 is the shortest form. */
void es_cbor_put_head(struct es_buf *b, unsigned major, uint64_t value, unsigned width);
/* A head of indefinite length; with ES_CBOR_SIMPLE the break that ends it. */
void es_cbor_put_indefinite(struct es_buf *b, unsigned major);
/* A whole string of definite length. */
void es_cbor_put_string(struct es_buf *b, unsigned major, struct es_slice octets);

#endif
