/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_HELLO_H
#define ES_HELLO_H

#include "octets.h"

/* ClientHellos, taken out of the datagrams before mbedTLS sees them: it does not reassemble
   them from fragments (RFC 6347, 4.2.3), and which session they belong to depends on what
   is in them. */

enum { ES_HELLO_MAX = 2048, ES_HELLO_RANDOM_LEN = 32 };

/* Fragments met so far. */
struct es_hello {
    bool active;
    uint16_t msg_seq;
    size_t len;
    uint8_t body[ES_HELLO_MAX];
    bool have[ES_HELLO_MAX];
};

enum es_hello_sense {
    ES_HELLO_NONE,    /* the datagram is something else */
    ES_HELLO_PARTIAL, /* more fragments are needed */
    ES_HELLO_WHOLE,
};

enum es_hello_sense es_hello_collect(struct es_hello *hello, struct es_bytes datagram,
                                     struct es_octets *whole);

/* The records at the front of a datagram that are complete. What follows them would end the
   session: mbedTLS takes the rest of a datagram behind a skipped record for an error of its
   own, and RFC 6347, 4.1.2.7 wants it dropped. */
struct es_bytes es_hello_trim(struct es_bytes datagram);

/* What is in a whole ClientHello, given as the datagram es_hello_collect made. */
struct es_hello_view {
    uint16_t msg_seq;
    uint8_t random[ES_HELLO_RANDOM_LEN];
    bool lacks_uncompressed; /* ec_point_formats is there without format 0 */
};

bool es_hello_look(struct es_bytes whole, struct es_hello_view *out);
/* A plaintext alert that refuses this ClientHello. */
void es_hello_write_alert(struct es_bytes whole, uint8_t description,
                          struct es_octets *out);

#endif
