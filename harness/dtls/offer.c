/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dtls/offer.h"

#include "base/buf.h"
#include "base/rd.h"

enum {
    MESSAGE_HEADER = 12,
    CLIENT_HELLO = 1,
    VERSION_AND_RANDOM = 34,
    EXTENSION_GROUPS = 10,
    EXTENSION_POINT_FORMATS = 11,
    GROWTH_MAX = 512, /* by which the lists can be longer than what they replace */
};

static void put_numbers(struct es_buf *b, const struct es_dtls_numbers *list,
                        size_t width)
{
    for (size_t i = 0; i < list->n; i++) {
        if (width == 2) {
            es_buf_u16(b, list->at[i]);
        } else {
            es_buf_u8(b, list->at[i]);
        }
    }
}

static void put_extension(struct es_buf *b, unsigned type,
                          const struct es_dtls_numbers *list)
{
    es_buf_u16(b, type);
    if (type == EXTENSION_GROUPS) {
        es_buf_u16(b, (unsigned)(2 + 2 * list->n));
        es_buf_u16(b, (unsigned)(2 * list->n));
        put_numbers(b, list, 2);
    } else {
        es_buf_u16(b, (unsigned)(1 + list->n));
        es_buf_u8(b, (unsigned)list->n);
        put_numbers(b, list, 1);
    }
}

/* The extensions that are kept, then the new ones: their order means nothing. */
static void put_extensions(struct es_buf *b, const struct es_dtls_offer *offer,
                           struct es_rd *r)
{
    while (es_rd_left(r)) {
        unsigned type = es_rd_u16(r);
        struct es_slice body = es_rd_bytes(r, es_rd_u16(r));
        bool replaced = (type == EXTENSION_GROUPS && offer->groups.n) ||
                        (type == EXTENSION_POINT_FORMATS && offer->point_formats.n);
        if (!replaced && !r->failed) {
            es_buf_u16(b, type);
            es_buf_u16(b, (unsigned)body.n);
            es_buf_put(b, body);
        }
    }
    if (offer->groups.n) {
        put_extension(b, EXTENSION_GROUPS, &offer->groups);
    }
    if (offer->point_formats.n) {
        put_extension(b, EXTENSION_POINT_FORMATS, &offer->point_formats);
    }
}

/* The body of a ClientHello (RFC 6347, 4.2.1) with other lists. */
static bool put_hello(struct es_buf *b, struct es_arena *a,
                      const struct es_dtls_offer *offer, struct es_slice body)
{
    struct es_rd r, extensions;
    struct es_buf more;
    es_rd_init(&r, body);
    es_rd_bytes(&r, VERSION_AND_RANDOM);
    es_rd_bytes(&r, es_rd_u8(&r));
    es_rd_bytes(&r, es_rd_u8(&r));
    es_buf_put(b, es_slice_sub(body, 0, r.at));
    struct es_slice suites = es_rd_bytes(&r, es_rd_u16(&r));
    if (offer->suites.n) {
        es_buf_u16(b, (unsigned)(2 * offer->suites.n));
        put_numbers(b, &offer->suites, 2);
    } else {
        es_buf_u16(b, (unsigned)suites.n);
        es_buf_put(b, suites);
    }
    struct es_slice compressions = es_rd_bytes(&r, es_rd_u8(&r));
    es_buf_u8(b, (unsigned)compressions.n);
    es_buf_put(b, compressions);
    es_rd_init(&extensions, es_rd_bytes(&r, es_rd_left(&r) ? es_rd_u16(&r) : 0));
    es_buf_build(&more, a, body.n + GROWTH_MAX);
    put_extensions(&more, offer, &extensions);
    es_buf_u16(b, (unsigned)more.n);
    es_buf_put(b, es_buf_slice(&more));
    return !r.failed && !extensions.failed;
}

struct es_slice es_offer_rewrite(struct es_session *s, struct es_slice datagram)
{
    struct es_record record;
    struct es_slice rest = datagram;
    struct es_buf hello, out;
    const struct es_dtls_offer *offer = &s->offer;
    bool changes = offer->suites.n || offer->groups.n || offer->point_formats.n;
    if (!changes || !es_record_next(&rest, &record) || record.epoch > 0 ||
        record.type != ES_RECORD_HANDSHAKE || record.body.n < MESSAGE_HEADER ||
        record.body.p[0] != CLIENT_HELLO) {
        return datagram;
    }
    es_buf_build(&hello, s->arena, datagram.n + GROWTH_MAX);
    if (!put_hello(&hello, s->arena, offer,
                   es_slice_from(record.body, MESSAGE_HEADER))) {
        return datagram;
    }
    es_buf_build(&out, s->arena, ES_RECORD_HEADER + MESSAGE_HEADER + hello.n);
    es_buf_put(&out, es_slice_sub(record.whole, 0, ES_RECORD_HEADER - 2));
    es_buf_u16(&out, (unsigned)(MESSAGE_HEADER + hello.n));
    es_buf_u8(&out, CLIENT_HELLO);
    es_buf_u24(&out, (uint32_t)hello.n);
    es_buf_put(&out, es_slice_sub(record.body, 4, 2));
    es_buf_u24(&out, 0);
    es_buf_u24(&out, (uint32_t)hello.n);
    es_buf_put(&out, es_buf_slice(&hello));
    return es_buf_slice(&out);
}
