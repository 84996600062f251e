/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_DER_H
#define ES_DER_H

#include "octets.h"

/* DER, one-octet tags only. */

enum {
    ES_DER_INTEGER = 0x02,
    ES_DER_BIT_STRING = 0x03,
    ES_DER_OCTET_STRING = 0x04,
    ES_DER_OID = 0x06,
    ES_DER_UTF8 = 0x0c,
    ES_DER_PRINTABLE = 0x13,
    ES_DER_T61 = 0x14,
    ES_DER_IA5 = 0x16,
    ES_DER_SEQUENCE = 0x30,
    ES_DER_SET = 0x31,
    ES_DER_CONTEXT = 0xa0, /* constructed; add the number */
};

struct es_tlv {
    uint8_t tag;
    struct es_bytes value, whole;
};

/* Takes one element off the front of `rest`. Lengths are definite and minimal. */
bool es_der_next(struct es_bytes *rest, struct es_tlv *out);
/* The same, and it must have this tag. */
bool es_der_take(struct es_bytes *rest, uint8_t tag, struct es_tlv *out);
/* Exactly one element, well-formed to the bottom, and not absurdly deep. */
bool es_der_is_sound(struct es_bytes der);
bool es_der_oid_is(const struct es_tlv *oid, struct es_bytes value);

/* Everything added between the two is the content. */
size_t es_der_open(struct es_octets *o, uint8_t tag);
void es_der_close(struct es_octets *o, size_t at);
void es_der_add(struct es_octets *o, uint8_t tag, struct es_bytes value);

#endif
