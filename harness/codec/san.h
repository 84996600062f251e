/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CODEC_SAN_H
#define ES_CODEC_SAN_H

/*
 * General names (RFC 5280, 4.2.1.6) as DER and as text. They are written
 * `dns:localhost`, `ip:127.0.0.1`, `ip:::1`, `email:a@b`, `uri:coaps://h/`,
 * `dirname:CN=x,O=y`, `rid:1.2.3`, `hardware:1.2.3.4:0102ab` (RFC 4108's
 * hardwareModuleName: type OID and serial in hex), `other:1.2.3:0c0161` (type OID and
 * the DER of the value in hex).
 */

#include "codec/der.h"

enum es_san_kind {
    ES_SAN_DNS,
    ES_SAN_IP,
    ES_SAN_EMAIL,
    ES_SAN_URI,
    ES_SAN_DIRECTORY,
    ES_SAN_REGISTERED_ID,
    ES_SAN_HARDWARE,
    ES_SAN_OTHER_NAME,
    ES_SAN_UNKNOWN /* x400Address, ediPartyName */
};

struct es_san {
    enum es_san_kind kind;
    struct es_slice raw;   /* the whole GeneralName */
    struct es_slice value; /* text; 4 or 16 address octets; Name; OtherName contents */
    const char *text;      /* the notation above */
};

/* Reads the GeneralName that comes next in r. */
bool es_san_read(struct es_der *r, struct es_san *out);
/* Writes one GeneralName; false if the text is malformed. */
bool es_san_put(struct es_buf *b, struct es_arena *a, const char *text) ES_MUST_CHECK;

#endif
