/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_HELLO_H
#define ES_HELLO_H

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

/* Whether a whole ClientHello body carries a cookie. */
bool es_hello_has_cookie(struct es_bytes body);

/* A ClientHello being put together. Zeroed memory is an empty one. */
enum { ES_HELLO_MAX_BYTES = 1200 };
struct es_hello {
    bool active;
    uint16_t msg_seq;
    uint32_t len;
    uint8_t body[ES_HELLO_MAX_BYTES];
    bool have[ES_HELLO_MAX_BYTES];
};

/* Takes a fragment (ranges may overlap). True once all bytes are there. */
bool es_hello_take(struct es_hello *hello, const struct es_record *record);
/* Writes it as one record with the head of record; returns the datagram's length, or 0
   if there is no room. Empties hello. */
size_t es_hello_write(struct es_hello *hello, const struct es_record *record,
                      uint8_t *out, size_t room);

#endif
