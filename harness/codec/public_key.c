/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/diag.h"
#include "codec/crypto_int.h"

/* Bits of the modulus of an RSAPublicKey, or 0. */
static size_t rsa_bits(struct es_arena *a, struct es_slice bits)
{
    struct es_der_document doc;
    struct es_der root, in;
    struct es_der_item modulus;
    es_der_open(&doc, a, bits, true, &root);
    if (!es_der_enter(&root, ES_DER_SEQUENCE, "RSAPublicKey", &in) ||
        !es_der_read(&in, ES_DER_INTEGER, "modulus", &modulus)) {
        return 0;
    }
    struct es_slice m = modulus.value;
    while (m.n > 0 && m.p[0] == 0) {
        m = es_slice_from(m, 1);
    }
    size_t unused = 0;
    while (m.n > 0 && unused < 8 && !(m.p[0] & 0x80 >> unused)) {
        unused++;
    }
    return m.n * 8 - (m.n > 0 ? unused : 0);
}

/* Names the algorithm; for EC reads the parameters that are left in `in`. */
static bool classify(struct es_der *in, struct es_slice oid, struct es_public_key *out)
{
    struct es_arena *a = in->doc->arena;
    struct es_der_item curve;
    out->algorithm = es_oid_find(oid);
    out->text = es_oid_text(a, oid);
    if (out->algorithm == ES_OID_EC_PUBLIC_KEY) {
        /* RFC 5480, 2.1.1: PKIX knows only namedCurve. */
        ES_TRY(es_der_read(in, ES_DER_OID, "namedCurve", &curve));
        const struct es_curve *known = es_curve_of_oid(es_oid_find(curve.value));
        out->kind = known ? known->kind : ES_KEY_OTHER;
        out->text = es_arena_printf(a, "EC %s", es_oid_text(a, curve.value));
    } else if (out->algorithm == ES_OID_RSA_ENCRYPTION) {
        out->kind = ES_KEY_RSA;
        out->text = es_arena_printf(a, "RSA %zu", rsa_bits(a, out->bits));
    }
    return true;
}

bool es_public_key_read(struct es_der *r, struct es_public_key *out)
{
    struct es_der_item item, oid;
    struct es_der in, algorithm;
    *out = (struct es_public_key){.text = "no key"};
    ES_TRY(es_der_read(r, ES_DER_SEQUENCE, "subjectPublicKeyInfo", &item));
    ES_TRY(es_der_enter_item(r, &item, &in));
    out->spki = item.raw;
    ES_TRY(es_der_enter(&in, ES_DER_SEQUENCE, "the algorithm of the key", &algorithm));
    ES_TRY(es_der_read(&algorithm, ES_DER_OID, "the algorithm of the key", &oid));
    ES_TRY(es_der_read_bits(&in, "subjectPublicKey", &out->bits));
    ES_TRY(es_der_done(&in, "subjectPublicKeyInfo"));
    return classify(&algorithm, oid.value, out);
}

bool es_public_key_view(struct es_arena *a, struct es_slice spki,
                        struct es_public_key *out, struct es_flaw *flaw)
{
    struct es_der_document doc;
    struct es_der root;
    es_der_open(&doc, a, spki, false, &root);
    if (es_public_key_read(&root, out)) {
        es_der_done(&root, "the public key");
    }
    if (doc.flaw.text) {
        return es_flaw_set(flaw, a, doc.flaw.offset, "%s", doc.flaw.text);
    }
    return true;
}

struct es_slice es_public_key_id(struct es_arena *a, const struct es_public_key *key)
{
    return es_crypto_hash(a, ES_HASH_SHA1, key->bits);
}

bool es_public_key_is_equal(const struct es_public_key *x,
                            const struct es_public_key *y)
{
    if (x->kind == ES_KEY_OTHER || y->kind == ES_KEY_OTHER) {
        return es_slice_eq(x->spki, y->spki);
    }
    return x->kind == y->kind && es_slice_eq(x->bits, y->bits);
}

void es_public_key_put_ec(struct es_buf *b, const struct es_curve *curve,
                          struct es_slice point)
{
    size_t outer = es_der_begin(b, ES_DER_SEQUENCE);
    size_t algorithm = es_der_begin(b, ES_DER_SEQUENCE);
    es_der_put_oid(b, es_oid_dotted(ES_OID_EC_PUBLIC_KEY));
    es_der_put_oid(b, es_oid_dotted(curve->oid));
    es_der_finish(b, algorithm);
    es_der_put_bits(b, point);
    es_der_finish(b, outer);
}

void es_public_key_put_rsa(struct es_buf *b, struct es_slice rsa_public_key)
{
    size_t outer = es_der_begin(b, ES_DER_SEQUENCE);
    size_t algorithm = es_der_begin(b, ES_DER_SEQUENCE);
    es_der_put_oid(b, es_oid_dotted(ES_OID_RSA_ENCRYPTION));
    es_der_put_null(b);
    es_der_finish(b, algorithm);
    es_der_put_bits(b, rsa_public_key);
    es_der_finish(b, outer);
}
