/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "multipart.h"

#include "behaviour.h"

#include <openssl/crypto.h>

#include <stdlib.h>
#include <string.h>

enum {
    MAJOR_UINT = 0,
    MAJOR_BYTES = 2,
    MAJOR_TEXT = 3,
    MAJOR_ARRAY = 4,
    MAJOR_MAP = 5,
    CBOR_NULL = 0xf6,
    CBOR_BREAK = 0xff,
    INFO_INDEFINITE = 31
};

struct cursor {
    struct es_bytes in;
    size_t pos;
};

struct head {
    unsigned int major;
    bool indefinite;
    uint64_t value;
};

static bool is_at(const struct cursor *c, uint8_t byte)
{
    return c->pos < c->in.n && c->in.p[c->pos] == byte;
}

/* The first byte of an item and its argument (RFC 8949, 3). */
static bool read_head(struct cursor *c, struct head *out)
{
    if (c->pos == c->in.n) {
        return false;
    }
    unsigned int first = c->in.p[c->pos++], info = first & 31;
    *out = (struct head){first >> 5, info == INFO_INDEFINITE, info};
    if (info < 24 || info == INFO_INDEFINITE) {
        return true;
    }
    size_t extra = (size_t)1 << (info - 24);
    if (info > 27 || extra > c->in.n - c->pos) {
        return false;
    }
    out->value = 0;
    for (size_t i = 0; i < extra; i++) {
        out->value = out->value << 8 | c->in.p[c->pos++];
    }
    return true;
}

static bool read_chunk(struct cursor *c, const struct head *head, struct es_buffer *out)
{
    if (head->value > c->in.n - c->pos) {
        if (es_mutant_is(ES_MUTANT_SKG_HUGE_LENGTH_CRASH)) {
            abort();
        }
        return false;
    }
    es_buffer_add(out, c->in.p + c->pos, (size_t)head->value);
    c->pos += (size_t)head->value;
    return true;
}

/* A byte string, whole or in chunks of definite length. */
static const char *read_bytes(struct cursor *c, struct es_buffer *out)
{
    static const char malformed[] = "the multipart is malformed CBOR";
    struct head head;
    if (!read_head(c, &head)) {
        return malformed;
    }
    bool text = head.major == MAJOR_TEXT && es_mutant_is(ES_MUTANT_SKG_TEXT_TAKEN);
    if (head.major != MAJOR_BYTES && !text) {
        return "a part of the multipart is no byte string";
    }
    if (!head.indefinite) {
        return read_chunk(c, &head, out) ? NULL : malformed;
    }
    while (!is_at(c, CBOR_BREAK)) {
        if (!read_head(c, &head) || head.major != MAJOR_BYTES || head.indefinite ||
            !read_chunk(c, &head, out)) {
            return malformed;
        }
    }
    c->pos++;
    return NULL;
}

static const char *read_format(struct cursor *c, struct es_part *part)
{
    struct head head;
    if (!read_head(c, &head)) {
        return "the multipart is malformed CBOR";
    }
    if (es_mutant_is(ES_MUTANT_SKG_FORMAT_IN_16_BITS)) {
        head.value &= 0xffff;
    }
    bool negative = es_mutant_is(ES_MUTANT_SKG_FORMAT_SIGN_IGNORED) && head.major == 1;
    if ((head.major != MAJOR_UINT && !negative) || head.indefinite ||
        head.value > 65535) {
        return "a Content-Format of the multipart is no 16-bit number";
    }
    part->content_format = (uint32_t)head.value;
    return NULL;
}

static const char *read_part_body(struct cursor *c, struct es_part *part)
{
    if (is_at(c, CBOR_NULL)) {
        part->is_null = true;
        c->pos++;
        return NULL;
    }
    return read_bytes(c, &part->body);
}

/* True when no element follows. */
static bool is_at_end(struct cursor *c, const struct head *array, size_t items)
{
    if (es_mutant_is(ES_MUTANT_SKG_COUNT_IGNORED) && c->pos == c->in.n) {
        return true;
    }
    return array->indefinite ? is_at(c, CBOR_BREAK) : items == array->value;
}

static const char *read_elements(struct cursor *c, const struct head *array,
                                 struct es_multipart *out)
{
    size_t items = 0;
    while (!is_at_end(c, array, items)) {
        if (items / 2 == ES_PART_MAX) {
            return "the multipart has too many parts";
        }
        struct es_part *part = &out->part[items / 2];
        const char *why =
            items % 2 == 0 ? read_format(c, part) : read_part_body(c, part);
        if (why != NULL) {
            return why;
        }
        items++;
        out->count = (items + 1) / 2;
    }
    c->pos += array->indefinite ? 1 : 0;
    if (items % 2 == 0) {
        return NULL;
    }
    if (es_mutant_is(ES_MUTANT_SKG_ODD_ITEMS_ACCEPTED)) {
        out->count = items / 2;
        return NULL;
    }
    return "the multipart has an odd number of elements";
}

const char *es_multipart_read(struct es_bytes in, struct es_multipart *out)
{
    struct cursor c = {in, 0};
    struct head array;
    memset(out, 0, sizeof *out);
    if (!read_head(&c, &array)) {
        return "the multipart is malformed CBOR";
    }
    if (array.major == MAJOR_MAP && es_mutant_is(ES_MUTANT_SKG_MAP_TAKEN)) {
        array.major = MAJOR_ARRAY;
        array.value *= 2;
    }
    if (array.major != MAJOR_ARRAY) {
        return "the multipart is no array";
    }
    if (!array.indefinite && array.value > in.n &&
        es_mutant_is(ES_MUTANT_SKG_HUGE_LENGTH_CRASH)) {
        abort();
    }
    const char *why = read_elements(&c, &array, out);
    if (why == NULL && c.pos < in.n && !es_mutant_is(ES_MUTANT_SKG_TRAILING_ACCEPTED)) {
        why = "bytes follow the multipart";
    }
    return why;
}

void es_multipart_free(struct es_multipart *multipart)
{
    for (size_t i = 0; i < ES_PART_MAX; i++) {
        struct es_buffer *body = &multipart->part[i].body;
        if (body->n > 0) {
            OPENSSL_cleanse(body->p, body->n);
        }
        es_buffer_free(body);
    }
    multipart->count = 0;
}
