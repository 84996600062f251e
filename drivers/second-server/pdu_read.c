/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pdu.h"

#include <string.h>

enum {
    URI_HOST = 3,
    URI_PORT = 7,
    URI_PATH = 11,
    CONTENT_FORMAT = 12,
    URI_QUERY = 15,
    ACCEPT = 17,
    BLOCK2 = 23,
    BLOCK1 = 27,
    PROXY_URI = 35,
    PROXY_SCHEME = 39,
    SIZE1 = 60,
};

enum { HEADER_LEN = 4, MARKER = 0xff, NUMBER_MAX = 65535 };

struct known {
    size_t min, max;
    uint32_t number;
    bool repeatable;
};

/* Elective options that are not here are skipped like all others nobody knows. */
static const struct known known_options[] = {
    {1, 255, URI_HOST, false},   {0, 2, URI_PORT, false},
    {0, 255, URI_PATH, true},    {0, 2, CONTENT_FORMAT, false},
    {0, 255, URI_QUERY, true},   {0, 2, ACCEPT, false},
    {0, 3, BLOCK2, false},       {0, 3, BLOCK1, false},
    {1, 1034, PROXY_URI, false}, {1, 255, PROXY_SCHEME, false},
    {0, 4, SIZE1, false},
};

static const struct known *find_known(uint32_t number)
{
    for (size_t i = 0; i < sizeof known_options / sizeof known_options[0]; i++) {
        if (known_options[i].number == number) {
            return &known_options[i];
        }
    }
    return NULL;
}

static uint32_t read_uint(struct es_bytes v)
{
    uint32_t n = 0;
    for (size_t i = 0; i < v.n; i++) {
        n = n << 8 | v.p[i];
    }
    return n;
}

static struct es_block read_block(struct es_bytes v)
{
    uint32_t n = read_uint(v);
    return (struct es_block){true, (n & 8) != 0, n >> 4, n & 7};
}

static void add_path(struct es_request *out, struct es_bytes v)
{
    if (out->path_len < ES_PATH_MAX) {
        out->path[out->path_len] = v;
    }
    out->path_len++;
}

static void take(struct es_request *out, uint32_t number, struct es_bytes v)
{
    switch (number) {
    case URI_PATH:
        add_path(out, v);
        break;
    case CONTENT_FORMAT:
        out->content_format = (int32_t)read_uint(v);
        break;
    case ACCEPT:
        out->accept = (int32_t)read_uint(v);
        break;
    case BLOCK1:
        out->block1 = read_block(v);
        break;
    case BLOCK2:
        out->block2 = read_block(v);
        break;
    case PROXY_URI:
    case PROXY_SCHEME:
        out->has_proxy = true;
        break;
    case SIZE1:
        out->size1 = read_uint(v);
        break;
    default:
        break;
    }
}

/* RFC 7252, 5.4.1, 5.4.3, 5.4.5: a wrong length and a needless repetition are treated as
   if the option were unknown; odd numbers are critical. */
static void judge(struct es_request *out, uint32_t number, bool again,
                  struct es_bytes v)
{
    const struct known *k = find_known(number);
    bool good =
        k != NULL && v.n >= k->min && v.n <= k->max && (!again || k->repeatable);
    if (good) {
        take(out, number, v);
    } else if (number % 2 == 1) {
        out->has_unknown_critical = true;
    }
}

/* The value of a nibble with its extension (RFC 7252, 3.1). */
static bool extend(struct es_bytes in, size_t *pos, uint32_t nibble, uint32_t *value)
{
    size_t left = in.n - *pos;
    *value = nibble;
    if (nibble == 13 && left >= 1) {
        *value = 13U + in.p[*pos];
        *pos += 1;
        return true;
    }
    if (nibble == 14 && left >= 2) {
        *value = 269U + ((uint32_t)in.p[*pos] << 8 | in.p[*pos + 1]);
        *pos += 2;
        return true;
    }
    return nibble < 13;
}

static bool read_options(struct es_bytes in, size_t pos, struct es_request *out)
{
    uint32_t number = 0, delta, len;
    bool first = true;
    while (pos < in.n && in.p[pos] != MARKER) {
        uint32_t head = in.p[pos++];
        if (!extend(in, &pos, head >> 4, &delta) ||
            !extend(in, &pos, head & 15, &len) || len > in.n - pos ||
            number + delta > NUMBER_MAX) {
            return false;
        }
        number += delta;
        judge(out, number, !first && delta == 0, (struct es_bytes){in.p + pos, len});
        pos += len;
        first = false;
    }
    if (pos < in.n) {
        out->payload = (struct es_bytes){in.p + pos + 1, in.n - pos - 1};
        return out->payload.n > 0;
    }
    return true;
}

enum es_sense es_pdu_read(struct es_bytes in, struct es_request *out)
{
    *out = (struct es_request){.accept = -1, .content_format = -1, .size1 = -1};
    if (in.n < HEADER_LEN || in.p[0] >> 6 != 1) {
        return ES_SENSE_FOREIGN;
    }
    size_t token_len = in.p[0] & 15;
    out->type = (enum es_type)(in.p[0] >> 4 & 3);
    out->code = in.p[1];
    out->mid = (uint16_t)(in.p[2] << 8 | in.p[3]);
    if (token_len > ES_TOKEN_MAX || token_len > in.n - HEADER_LEN) {
        return ES_SENSE_MALFORMED;
    }
    if (out->code == ES_EMPTY) {
        return in.n == HEADER_LEN ? ES_SENSE_OK : ES_SENSE_MALFORMED;
    }
    out->token_len = token_len;
    memcpy(out->token, in.p + HEADER_LEN, token_len);
    return read_options(in, HEADER_LEN + token_len, out) ? ES_SENSE_OK
                                                         : ES_SENSE_MALFORMED;
}
