/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_HELLO_H
#define ES_HELLO_H

#include "record.h"

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
/* True once a ClientHello of anybody has come in more than one piece: for a mutant. */
bool es_hello_came_in_fragments(void);
/* Writes it as one record with the head of record; returns the datagram's length, or 0
   if there is no room. Empties hello. */
size_t es_hello_write(struct es_hello *hello, const struct es_record *record,
                      uint8_t *out, size_t room);

#endif
