/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hello.h"

#include <string.h>

enum { HELLO_RANDOM_END = 34 };

static void write_u24(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 16);
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)v;
}

bool es_hello_has_cookie(struct es_bytes body)
{
    if (body.n < HELLO_RANDOM_END + 1) {
        return false;
    }
    size_t at = HELLO_RANDOM_END + 1U + body.p[HELLO_RANDOM_END];
    return at < body.n && body.p[at] > 0;
}

static bool came_in_fragments;

bool es_hello_came_in_fragments(void)
{
    return came_in_fragments;
}

bool es_hello_take(struct es_hello *hello, const struct es_record *record)
{
    size_t room = record->fragment.n - ES_HANDSHAKE_HEAD_BYTES;
    bool sound = record->msg_len <= ES_HELLO_MAX_BYTES && record->frag_len <= room &&
                 record->frag_off <= record->msg_len &&
                 record->frag_len <= record->msg_len - record->frag_off;
    if (!sound) {
        return false;
    }
    came_in_fragments |= record->frag_len < record->msg_len;
    if (!hello->active || hello->msg_seq != record->msg_seq ||
        hello->len != record->msg_len) {
        memset(hello, 0, sizeof *hello);
        hello->active = true;
        hello->msg_seq = record->msg_seq;
        hello->len = record->msg_len;
    }
    memcpy(hello->body + record->frag_off, record->fragment.p + ES_HANDSHAKE_HEAD_BYTES,
           record->frag_len);
    memset(hello->have + record->frag_off, true, record->frag_len);
    return memchr(hello->have, false, hello->len) == NULL;
}

size_t es_hello_write(struct es_hello *hello, const struct es_record *record,
                      uint8_t *out, size_t room)
{
    size_t len = ES_HANDSHAKE_HEAD_BYTES + hello->len;
    size_t total = ES_RECORD_HEAD_BYTES + len;
    hello->active = false;
    if (total > room) {
        return 0;
    }
    /* The source may lie in out: heads first, by way of a copy. */
    uint8_t head[ES_RECORD_HEAD_BYTES];
    memcpy(head, record->head.p, sizeof head);
    head[11] = (uint8_t)(len >> 8);
    head[12] = (uint8_t)len;
    memcpy(out, head, sizeof head);
    uint8_t *h = out + ES_RECORD_HEAD_BYTES;
    h[0] = ES_HANDSHAKE_CLIENT_HELLO;
    write_u24(h + 1, hello->len);
    h[4] = (uint8_t)(hello->msg_seq >> 8);
    h[5] = (uint8_t)hello->msg_seq;
    write_u24(h + 6, 0);
    write_u24(h + 9, hello->len);
    memcpy(h + ES_HANDSHAKE_HEAD_BYTES, hello->body, hello->len);
    return total;
}
