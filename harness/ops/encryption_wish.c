/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/encryption_wish.h"

#include "base/assert.h"
#include "codec/cms.h"

enum { KEK_MAX_BYTES = 32, WISH_MAX_BYTES = 512 };

/* Algorithms without parameters; a key agreement names its key wrap (RFC 5753, 8). */
static const enum es_oid plain[] = {
    ES_OID_AES128_CBC,  ES_OID_AES256_CBC,  ES_OID_AES128_WRAP,
    ES_OID_AES192_WRAP, ES_OID_AES256_WRAP, ES_OID_RSA_ENCRYPTION,
};
static const enum es_oid agreements[] = {ES_OID_ECDH_SHA256_KDF, ES_OID_ECDH_SHA1_KDF};

static void put_algorithm(struct es_buf *b, enum es_oid id, bool with_wrap)
{
    size_t mark = es_der_begin(b, ES_DER_SEQUENCE);
    es_der_put_oid(b, es_oid_dotted(id));
    if (with_wrap) {
        put_algorithm(b, ES_OID_AES128_WRAP, false);
    }
    es_der_finish(b, mark);
}

static struct es_slice capabilities(struct es_arena *a)
{
    struct es_buf b;
    es_buf_build(&b, a, WISH_MAX_BYTES);
    size_t all = es_der_begin(&b, ES_DER_SEQUENCE);
    for (size_t i = 0; i < ES_COUNT(agreements); i++) {
        put_algorithm(&b, agreements[i], true);
    }
    for (size_t i = 0; i < ES_COUNT(plain); i++) {
        put_algorithm(&b, plain[i], false);
    }
    es_der_finish(&b, all);
    return es_buf_slice(&b);
}

static struct es_attribute attribute(struct es_arena *a, enum es_oid id,
                                     struct es_slice value)
{
    struct es_attribute x = {.values = value};
    es_assert(es_oid_parse(a, es_slice_of(es_oid_dotted(id)), &x.oid));
    return x;
}

void es_encryption_wish(struct es_arena *a, struct es_slice key,
                        struct es_attribute out[ES_ENCRYPTION_WISH_COUNT])
{
    struct es_slice name = es_cms_key_name(a, key);
    struct es_buf b;
    es_buf_build(&b, a, name.n + 16);
    es_der_put(&b, ES_DER_OCTET_STRING, name);
    enum es_oid id =
        key.n <= KEK_MAX_BYTES ? ES_OID_DECRYPT_KEY_ID : ES_OID_ASYMM_DECRYPT_KEY_ID;
    out[0] = attribute(a, ES_OID_SMIME_CAPABILITIES, capabilities(a));
    out[1] = attribute(a, id, es_buf_slice(&b));
}
