/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/body_shape.h"

#include "codec/der.h"
#include "codec/pem.h"

/* Tags of the first three elements inside the outermost SEQUENCE, and of the first two
 * inside its first element. 0: none. */
struct outline {
    unsigned outer[3], inner[2];
};

static void outline_of(struct es_der *in, struct outline *o)
{
    struct es_der_item item;
    struct es_der first;
    for (size_t i = 0; i < 3 && es_der_next(in, &item); i++) {
        o->outer[i] = item.tag;
        if (i > 0 || item.tag != ES_DER_SEQUENCE ||
            !es_der_enter_item(in, &item, &first)) {
            continue;
        }
        struct es_der_item inside;
        for (size_t k = 0; k < 2 && es_der_next(&first, &inside); k++) {
            o->inner[k] = inside.tag;
        }
    }
}

static enum es_body_shape der_shape(struct es_slice body)
{
    struct es_der_document doc;
    struct es_der root, in;
    struct outline o = {{0}, {0}};
    struct es_arena *scratch = es_arena_new();
    es_der_open(&doc, scratch, body, true, &root);
    if (es_der_enter(&root, ES_DER_SEQUENCE, "the body", &in)) {
        outline_of(&in, &o);
    }
    es_arena_free(scratch);
    if (o.outer[0] == ES_DER_OID) {
        return ES_BODY_CMS;
    }
    if (o.outer[0] == ES_DER_INTEGER && o.outer[1] == ES_DER_SEQUENCE &&
        o.outer[2] == ES_DER_OCTET_STRING) {
        return ES_BODY_PKCS8;
    }
    bool is_signed = o.outer[0] == ES_DER_SEQUENCE && o.outer[1] == ES_DER_SEQUENCE &&
                     o.outer[2] == ES_DER_BIT_STRING;
    if (is_signed && o.inner[0] == ES_DER_CONTEXT_CONSTRUCTED) {
        return ES_BODY_CERTIFICATE;
    }
    if (is_signed && o.inner[0] == ES_DER_INTEGER) {
        return ES_BODY_PKCS10;
    }
    return ES_BODY_DER;
}

static bool is_base64(struct es_slice body)
{
    struct es_slice decoded;
    struct es_arena *scratch = es_arena_new();
    /* MII and the like: base64 of a SEQUENCE starts with M. */
    bool yes = body.n >= 8 && body.p[0] == 'M' &&
               es_base64_decode(scratch, body, true, &decoded, NULL) && decoded.n > 0 &&
               decoded.p[0] == ES_DER_SEQUENCE;
    es_arena_free(scratch);
    return yes;
}

static bool is_text(struct es_slice body)
{
    for (size_t i = 0; i < body.n; i++) {
        uint8_t c = body.p[i];
        if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c > 0x7e) {
            return false;
        }
    }
    return true;
}

enum es_body_shape es_body_shape_of(struct es_slice body)
{
    if (body.n == 0) {
        return ES_BODY_EMPTY;
    }
    if (es_pem_is_pem(body)) {
        return ES_BODY_PEM;
    }
    if (is_base64(body)) {
        return ES_BODY_BASE64;
    }
    if (body.p[0] == ES_DER_SEQUENCE) {
        return der_shape(body);
    }
    if (is_text(body)) {
        return ES_BODY_TEXT;
    }
    /* Major types 2 (byte string) and 4 (array). */
    if (body.p[0] >> 5 == 2 || body.p[0] >> 5 == 4) {
        return ES_BODY_CBOR;
    }
    return ES_BODY_OTHER;
}

const char *es_body_shape_name(enum es_body_shape shape)
{
    switch (shape) {
    case ES_BODY_EMPTY:
        return "empty";
    case ES_BODY_CMS:
        return "a CMS ContentInfo";
    case ES_BODY_CERTIFICATE:
        return "a bare X.509 certificate";
    case ES_BODY_PKCS10:
        return "a PKCS#10 request";
    case ES_BODY_PKCS8:
        return "a PKCS#8 private key";
    case ES_BODY_PEM:
        return "PEM text";
    case ES_BODY_BASE64:
        return "base64 text";
    case ES_BODY_CBOR:
        return "CBOR";
    case ES_BODY_DER:
        return "some other DER";
    case ES_BODY_TEXT:
        return "plain text";
    case ES_BODY_OTHER:
        return "not DER";
    }
    return "?";
}

const char *es_body_flaw_text(struct es_arena *a, struct es_slice body,
                              const struct es_flaw *flaw)
{
    return es_arena_printf(a, "%s (%s)", es_body_shape_name(es_body_shape_of(body)),
                           es_flaw_or(a, flaw, "it is well formed"));
}
