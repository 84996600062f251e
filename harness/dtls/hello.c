/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/rd.h"
#include "dtls/dtls.h"

enum {
    EXTENSION_SERVER_NAME = 0,
    EXTENSION_GROUPS = 10,
    EXTENSION_POINT_FORMATS = 11,
    EXTENSION_SIGNATURES = 13,
};

static struct es_dtls_numbers read_numbers(struct es_arena *a, struct es_slice bytes,
                                           size_t width)
{
    struct es_dtls_numbers list = {0};
    struct es_rd r;
    es_rd_init(&r, bytes);
    list.at = ES_NEW_ARRAY(a, uint16_t, bytes.n / width + 1);
    while (es_rd_left(&r) >= width) {
        list.at[list.n++] = width == 2 ? es_rd_u16(&r) : es_rd_u8(&r);
    }
    return list;
}

/* server_name: a list with one host_name (RFC 6066, 3). */
static const char *read_name(struct es_arena *a, struct es_slice body)
{
    struct es_rd r;
    es_rd_init(&r, body);
    es_rd_u16(&r);
    uint8_t type = es_rd_u8(&r);
    struct es_slice name = es_rd_bytes(&r, es_rd_u16(&r));
    return r.failed || type != 0 ? NULL : es_arena_text(a, name);
}

static void take_extension(struct es_arena *a, uint16_t type, struct es_slice body,
                           struct es_dtls_hello *h)
{
    struct es_rd r;
    es_rd_init(&r, body);
    switch (type) {
    case EXTENSION_SERVER_NAME:
        h->server_name = read_name(a, body);
        break;
    case EXTENSION_GROUPS:
        h->groups = read_numbers(a, es_rd_bytes(&r, es_rd_u16(&r)), 2);
        break;
    case EXTENSION_POINT_FORMATS:
        h->point_formats = read_numbers(a, es_rd_bytes(&r, es_rd_u8(&r)), 1);
        break;
    case EXTENSION_SIGNATURES:
        h->signatures = read_numbers(a, es_rd_bytes(&r, es_rd_u16(&r)), 2);
        break;
    default:
        break;
    }
}

static void take_extensions(struct es_arena *a, struct es_slice bytes,
                            struct es_dtls_hello *h)
{
    struct es_rd r;
    es_rd_init(&r, bytes);
    h->extensions.at = ES_NEW_ARRAY(a, uint16_t, bytes.n / 4 + 1);
    while (es_rd_left(&r) >= 4) {
        uint16_t type = es_rd_u16(&r);
        struct es_slice body = es_rd_bytes(&r, es_rd_u16(&r));
        if (!r.failed) {
            h->extensions.at[h->extensions.n++] = type;
            take_extension(a, type, body, h);
        }
    }
}

const struct es_dtls_hello *es_dtls_hello_view(struct es_arena *a, struct es_slice body)
{
    struct es_dtls_hello *h = ES_NEW(a, struct es_dtls_hello);
    struct es_rd r;
    es_rd_init(&r, body);
    h->version = es_rd_u16(&r);
    es_rd_bytes(&r, 32);
    h->session_id_n = es_rd_bytes(&r, es_rd_u8(&r)).n;
    h->cookie_n = es_rd_bytes(&r, es_rd_u8(&r)).n;
    h->suites = read_numbers(a, es_rd_bytes(&r, es_rd_u16(&r)), 2);
    h->compressions = read_numbers(a, es_rd_bytes(&r, es_rd_u8(&r)), 1);
    if (es_rd_left(&r)) {
        take_extensions(a, es_rd_bytes(&r, es_rd_u16(&r)), h);
    }
    return r.failed ? NULL : h;
}

bool es_dtls_numbers_has(const struct es_dtls_numbers *list, uint16_t number)
{
    for (size_t i = 0; i < list->n; i++) {
        if (list->at[i] == number) {
            return true;
        }
    }
    return false;
}
