/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_RECORD_H
#define ES_RECORD_H

#include "buffer.h"

#include <stdbool.h>

/* DTLS 1.2 records and handshake messages, as far as they can be read in the clear. */

enum {
    ES_RECORD_CCS = 20,
    ES_RECORD_ALERT = 21,
    ES_RECORD_HANDSHAKE = 22,
    ES_RECORD_DATA = 23,
    ES_RECORD_HEAD_BYTES = 13,
    ES_HANDSHAKE_HEAD_BYTES = 12
};

enum {
    ES_HANDSHAKE_CLIENT_HELLO = 1,
    ES_HANDSHAKE_SERVER_HELLO = 2,
    ES_HANDSHAKE_VERIFY_REQUEST = 3,
    ES_HANDSHAKE_CLIENT_KEY_EXCHANGE = 16
};

struct es_record {
    uint8_t type;
    uint16_t epoch;
    struct es_bytes head, fragment;
    /* of the first handshake message, if type is handshake and the epoch 0 */
    bool has_handshake;
    uint8_t msg_type;
    uint16_t msg_seq;
    uint32_t msg_len, frag_off, frag_len;
};

/* Reads the record at *pos and moves behind it; false at the end or at rubbish. */
bool es_record_next(struct es_bytes datagram, size_t *pos, struct es_record *out);

#endif
