/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CODEC_BODY_SHAPE_H
#define ES_CODEC_BODY_SHAPE_H

/*
 * What a body looks like by its first octets, so that a failure can say "this is PEM
 * text" where it would else say "tag 2d". A guess, never a verdict.
 */

#include "codec/flaw.h"

enum es_body_shape {
    ES_BODY_EMPTY,
    ES_BODY_CMS,         /* ContentInfo: SEQUENCE that starts with an OID */
    ES_BODY_CERTIFICATE, /* a bare X.509 certificate */
    ES_BODY_PKCS10,      /* a certification request */
    ES_BODY_PKCS8,       /* a private key */
    ES_BODY_PEM,         /* text with a BEGIN line */
    ES_BODY_BASE64,      /* base64 text of something that starts like DER */
    ES_BODY_CBOR,        /* a CBOR array or byte string */
    ES_BODY_DER,         /* some other SEQUENCE */
    ES_BODY_TEXT,        /* other printable text */
    ES_BODY_OTHER
};

enum es_body_shape es_body_shape_of(struct es_slice body);
/* `an X.509 certificate`, `PEM text` .. */
const char *es_body_shape_name(enum es_body_shape shape);
/* "PEM text (tag 2d instead of 30 at octet 0)": a body that could not be decoded. */
const char *es_body_flaw_text(struct es_arena *a, struct es_slice body,
                              const struct es_flaw *flaw);

#endif
