/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "multipart.h"

#include <mbedtls/platform_util.h>

enum { UNSIGNED = 0, BYTES = 2, ARRAY = 4, INDEFINITE = 31, BREAK = 0xff };
enum { FORMAT_MAX = 65535 };

/* The head of one item of CBOR (RFC 8949, 3). */
struct item {
    unsigned int major;
    bool is_indefinite;
    uint64_t value;
};

static bool take_head(struct es_bytes *in, struct item *out)
{
    if (in->n == 0) {
        return false;
    }
    unsigned int info = in->p[0] & 31;
    *out = (struct item){in->p[0] >> 5, info == INDEFINITE, info};
    size_t more = info >= 24 && info <= 27 ? (size_t)1 << (info - 24) : 0;
    if ((info > 27 && info != INDEFINITE) || more > in->n - 1) {
        return false;
    }
    for (size_t i = 1; i <= more; i++) {
        out->value = (i > 1 ? out->value << 8 : 0) | in->p[i];
    }
    in->p += 1 + more;
    in->n -= 1 + more;
    return true;
}

static bool take_break(struct es_bytes *in)
{
    bool there = in->n > 0 && in->p[0] == BREAK;
    in->p += there;
    in->n -= there;
    return there;
}

static bool take_chunk(struct es_bytes *in, const struct item *head,
                       struct es_octets *out)
{
    if (head->major != BYTES || head->is_indefinite || head->value > in->n) {
        return false;
    }
    es_octets_add(out, in->p, (size_t)head->value);
    in->p += head->value;
    in->n -= (size_t)head->value;
    return true;
}

/* A byte string, in one piece or in chunks. */
static bool take_bytes(struct es_bytes *in, struct es_octets *out)
{
    struct item head, chunk;
    if (!take_head(in, &head) || head.major != BYTES) {
        return false;
    }
    if (!head.is_indefinite) {
        return take_chunk(in, &head, out);
    }
    while (!take_break(in)) {
        if (!take_head(in, &chunk) || !take_chunk(in, &chunk, out)) {
            return false;
        }
    }
    return true;
}

static bool take_part(struct es_bytes *in, struct es_part *out)
{
    struct item format;
    if (!take_head(in, &format) || format.major != UNSIGNED || format.is_indefinite ||
        format.value > FORMAT_MAX) {
        return false;
    }
    out->content_format = (uint32_t)format.value;
    return take_bytes(in, &out->body);
}

const char *es_multipart_read(struct es_bytes in, struct es_multipart *out)
{
    struct item array;
    *out = (struct es_multipart){.count = 0};
    if (!take_head(&in, &array) || array.major != ARRAY) {
        return "the multipart is no array of CBOR";
    }
    if (!array.is_indefinite && array.value % 2 == 1) {
        return "the multipart has an odd number of elements";
    }
    while (array.is_indefinite ? !take_break(&in) : out->count < array.value / 2) {
        if (out->count == ES_PARTS_MAX) {
            return "the multipart has too many parts";
        }
        if (!take_part(&in, &out->part[out->count++])) {
            return "a part of the multipart is not as it should be";
        }
    }
    return in.n == 0 ? NULL : "octets follow the multipart";
}

void es_multipart_close(struct es_multipart *m)
{
    for (size_t i = 0; i < ES_PARTS_MAX; i++) {
        struct es_octets *body = &m->part[i].body;
        mbedtls_platform_zeroize(body->p, body->n); /* it may be a key */
        es_octets_free(body);
    }
}
