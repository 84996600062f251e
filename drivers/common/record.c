/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record.h"

static uint32_t read_u16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t read_u24(const uint8_t *p)
{
    return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

bool es_record_next(struct es_bytes datagram, size_t *pos, struct es_record *out)
{
    if (datagram.n - *pos < ES_RECORD_HEAD_BYTES) {
        return false;
    }
    const uint8_t *p = datagram.p + *pos;
    size_t len = read_u16(p + 11);
    if (p[1] != 0xfe || len > datagram.n - *pos - ES_RECORD_HEAD_BYTES) {
        return false;
    }
    *out = (struct es_record){
        .type = p[0],
        .epoch = (uint16_t)read_u16(p + 3),
        .head = {p, ES_RECORD_HEAD_BYTES},
        .fragment = {p + ES_RECORD_HEAD_BYTES, len},
    };
    *pos += ES_RECORD_HEAD_BYTES + len;
    const uint8_t *h = out->fragment.p;
    if (out->type == ES_RECORD_HANDSHAKE && out->epoch == 0 &&
        len >= ES_HANDSHAKE_HEAD_BYTES) {
        out->has_handshake = true;
        out->msg_type = h[0];
        out->msg_len = read_u24(h + 1);
        out->msg_seq = (uint16_t)read_u16(h + 4);
        out->frag_off = read_u24(h + 6);
        out->frag_len = read_u24(h + 9);
    }
    return true;
}
