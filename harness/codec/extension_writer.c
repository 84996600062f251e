/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/diag.h"
#include "codec/extension.h"

enum { VALUE_MAX_BYTES = 4096 };

void es_extension_put_raw(struct es_buf *b, const struct es_extension *x)
{
    size_t mark = es_der_begin(b, ES_DER_SEQUENCE);
    es_der_put(b, ES_DER_OID, x->oid);
    if (x->critical) {
        es_der_put_bool(b, true);
    }
    es_der_put(b, ES_DER_OCTET_STRING, x->value);
    es_der_finish(b, mark);
}

void es_extension_put(struct es_buf *b, enum es_oid id, bool critical,
                      struct es_slice value)
{
    size_t mark = es_der_begin(b, ES_DER_SEQUENCE);
    es_der_put_oid(b, es_oid_dotted(id));
    if (critical) {
        es_der_put_bool(b, true);
    }
    es_der_put(b, ES_DER_OCTET_STRING, value);
    es_der_finish(b, mark);
}

void es_extension_put_basic_constraints(struct es_buf *b, bool ca, int path_len)
{
    uint8_t storage[16];
    struct es_buf v;
    es_buf_init(&v, storage, sizeof storage);
    size_t mark = es_der_begin(&v, ES_DER_SEQUENCE);
    if (ca) {
        es_der_put_bool(&v, true);
    }
    if (ca && path_len >= 0) {
        es_der_put_uint(&v, (uint64_t)path_len);
    }
    es_der_finish(&v, mark);
    es_extension_put(b, ES_OID_BASIC_CONSTRAINTS, true, es_buf_slice(&v));
}

void es_extension_put_key_usage(struct es_buf *b, unsigned bits)
{
    uint8_t octets[2] = {0, 0};
    unsigned last = 0;
    for (unsigned i = 0; i < 9; i++) {
        if (bits & 1U << i) {
            octets[i / 8] = (uint8_t)(octets[i / 8] | 0x80 >> i % 8);
            last = i;
        }
    }
    uint8_t storage[8];
    struct es_buf v;
    es_buf_init(&v, storage, sizeof storage);
    /* A named bit list has no trailing zero bits in DER (X.690, 11.2.2). */
    size_t mark = es_der_begin(&v, ES_DER_BIT_STRING);
    es_buf_u8(&v, bits ? 7 - last % 8 : 0);
    es_buf_put(&v, es_slice_make(octets, bits ? last / 8 + 1 : 0));
    es_der_finish(&v, mark);
    es_extension_put(b, ES_OID_KEY_USAGE, true, es_buf_slice(&v));
}

bool es_extension_put_eku(struct es_buf *b, struct es_arena *a, const char *const *eku,
                          size_t n)
{
    struct es_buf v;
    es_buf_build(&v, a, VALUE_MAX_BYTES);
    size_t mark = es_der_begin(&v, ES_DER_SEQUENCE);
    for (size_t i = 0; i < n; i++) {
        struct es_slice oid;
        ES_TRY(es_oid_parse(a, es_slice_of(eku[i]), &oid));
        es_der_put(&v, ES_DER_OID, oid);
    }
    es_der_finish(&v, mark);
    es_extension_put(b, ES_OID_EXT_KEY_USAGE, false, es_buf_slice(&v));
    return !v.overflow;
}

bool es_extension_put_san(struct es_buf *b, struct es_arena *a, const char *const *san,
                          size_t n, bool critical, size_t *bad)
{
    struct es_buf v;
    es_buf_build(&v, a, VALUE_MAX_BYTES);
    size_t mark = es_der_begin(&v, ES_DER_SEQUENCE);
    for (*bad = 0; *bad < n; ++*bad) {
        ES_TRY(es_san_put(&v, a, san[*bad]));
    }
    es_der_finish(&v, mark);
    es_extension_put(b, ES_OID_SUBJECT_ALT_NAME, critical, es_buf_slice(&v));
    return !v.overflow;
}

void es_extension_put_subject_key_id(struct es_buf *b, struct es_slice id)
{
    uint8_t storage[80];
    struct es_buf v;
    es_buf_init(&v, storage, sizeof storage);
    es_der_put(&v, ES_DER_OCTET_STRING, id);
    es_extension_put(b, ES_OID_SUBJECT_KEY_ID, false, es_buf_slice(&v));
}

void es_extension_put_authority_key_id(struct es_buf *b, struct es_slice id)
{
    uint8_t storage[80];
    struct es_buf v;
    es_buf_init(&v, storage, sizeof storage);
    size_t mark = es_der_begin(&v, ES_DER_SEQUENCE);
    es_der_put(&v, ES_DER_CONTEXT, id);
    es_der_finish(&v, mark);
    es_extension_put(b, ES_OID_AUTHORITY_KEY_ID, false, es_buf_slice(&v));
}
