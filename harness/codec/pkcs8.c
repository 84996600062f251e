/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/pkcs8.h"

#include "base/assert.h"
#include "base/diag.h"
#include "codec/crypto_int.h"

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/ecc.h>

/* What an ECPrivateKey (RFC 5915) holds. */
struct ec_private {
    struct es_slice scalar, curve, point;
};

static bool read_ec_private(struct es_der *r, struct ec_private *out)
{
    struct es_der in, explicit;
    struct es_der_item item;
    uint64_t version;
    *out = (struct ec_private){0};
    ES_TRY(es_der_enter(r, ES_DER_SEQUENCE, "ECPrivateKey", &in));
    ES_TRY(es_der_read_uint(&in, "the version of ECPrivateKey", &version));
    if (version != 1) {
        return es_der_flaw(&in, in.base, "ECPrivateKey of version %llu, not 1",
                           (unsigned long long)version);
    }
    ES_TRY(es_der_read(&in, ES_DER_OCTET_STRING, "the private value", &item));
    out->scalar = item.value;
    if (es_der_has(&in, ES_DER_CONTEXT_CONSTRUCTED)) {
        ES_TRY(es_der_enter(&in, ES_DER_CONTEXT_CONSTRUCTED, "parameters", &explicit));
        ES_TRY(es_der_read(&explicit, ES_DER_OID, "namedCurve", &item));
        out->curve = item.value;
    }
    if (es_der_has(&in, ES_DER_CONTEXT_CONSTRUCTED + 1)) {
        ES_TRY(
            es_der_enter(&in, ES_DER_CONTEXT_CONSTRUCTED + 1, "publicKey", &explicit));
        ES_TRY(es_der_read_bits(&explicit, "publicKey", &out->point));
    }
    return es_der_done(&in, "ECPrivateKey");
}

/* RSAPrivateKey: the RSAPublicKey that belongs to it. */
static bool read_rsa_private(struct es_der *r, struct es_slice *public_bits)
{
    struct es_der in;
    struct es_der_item modulus, exponent;
    uint64_t version;
    ES_TRY(es_der_enter(r, ES_DER_SEQUENCE, "RSAPrivateKey", &in));
    ES_TRY(es_der_read_uint(&in, "the version of RSAPrivateKey", &version));
    ES_TRY(es_der_read(&in, ES_DER_INTEGER, "modulus", &modulus));
    ES_TRY(es_der_read(&in, ES_DER_INTEGER, "publicExponent", &exponent));
    struct es_buf b;
    es_buf_build(&b, r->doc->arena, modulus.raw.n + exponent.raw.n + 8);
    size_t mark = es_der_begin(&b, ES_DER_SEQUENCE);
    es_buf_put(&b, modulus.raw);
    es_buf_put(&b, exponent.raw);
    es_der_finish(&b, mark);
    *public_bits = es_buf_slice(&b);
    return true;
}

static bool read_ec(struct es_der *in, struct es_der *inner, struct es_pkcs8 *out)
{
    struct es_arena *a = in->doc->arena;
    struct es_der_item curve;
    struct ec_private ec;
    ES_TRY(es_der_read(in, ES_DER_OID, "namedCurve", &curve));
    const struct es_curve *known = es_curve_of_oid(es_oid_find(curve.value));
    out->kind = known ? known->kind : ES_KEY_OTHER;
    out->text = es_arena_printf(a, "EC %s", es_oid_text(a, curve.value));
    ES_TRY(read_ec_private(inner, &ec));
    if (ec.curve.n > 0 && !es_slice_eq(ec.curve, curve.value)) {
        return es_der_flaw(inner, inner->base, "two different curves in one key");
    }
    out->scalar = ec.scalar;
    out->public_bits = ec.point;
    return true;
}

static bool read_body(struct es_der *in, struct es_pkcs8 *out)
{
    struct es_arena *a = in->doc->arena;
    struct es_der algorithm, inner;
    struct es_der_item item, oid;
    ES_TRY(es_der_read_uint(in, "the version of the private key", &out->version));
    ES_TRY(es_der_read(in, ES_DER_SEQUENCE, "privateKeyAlgorithm", &item));
    out->algorithm = item.raw;
    ES_TRY(es_der_enter_item(in, &item, &algorithm));
    ES_TRY(es_der_read(&algorithm, ES_DER_OID, "privateKeyAlgorithm", &oid));
    ES_TRY(es_der_read(in, ES_DER_OCTET_STRING, "privateKey", &item));
    ES_TRY(es_der_enter_item(in, &item, &inner));
    out->inner = item.value;
    out->text = es_oid_text(a, oid.value);
    enum es_oid known = es_oid_find(oid.value);
    if (known == ES_OID_EC_PUBLIC_KEY) {
        ES_TRY(read_ec(&algorithm, &inner, out));
        ES_TRY(es_der_done(&inner, "privateKey"));
    } else if (known == ES_OID_RSA_ENCRYPTION) {
        out->kind = ES_KEY_RSA;
        ES_TRY(read_rsa_private(&inner, &out->public_bits));
        ES_TRY(es_der_done(&inner, "privateKey"));
    }
    if (es_der_has(in, ES_DER_CONTEXT_CONSTRUCTED)) {
        ES_TRY(es_der_next(in, &item));
    }
    /* publicKey [1] IMPLICIT BIT STRING, version 2 only (RFC 5958, section 2). */
    if (es_der_has(in, ES_DER_CONTEXT + 1)) {
        ES_TRY(es_der_next(in, &item));
        if (out->version == 0) {
            return es_der_flaw(in, item.offset, "a publicKey in a key of version 1");
        }
        out->public_bits = es_slice_from(item.value, 1);
    }
    return es_der_done(in, "the private key");
}

/* Names other encodings of private keys by their first two elements. */
static bool check_shape(struct es_der *in)
{
    struct es_der ahead = *in;
    struct es_der_item first;
    if (!es_der_next(&ahead, &first)) {
        return es_der_flaw(in, in->base, "an empty SEQUENCE, not PrivateKeyInfo");
    }
    bool octets = es_der_has(&ahead, ES_DER_OCTET_STRING);
    if (octets && first.tag == ES_DER_SEQUENCE) {
        return es_der_flaw(in, in->base,
                           "an encrypted private key, not PrivateKeyInfo");
    }
    if (octets && first.tag == ES_DER_INTEGER) {
        return es_der_flaw(in, in->base,
                           "a bare ECPrivateKey (SEC1), not PrivateKeyInfo");
    }
    if (es_der_has(&ahead, ES_DER_INTEGER)) {
        return es_der_flaw(in, in->base,
                           "a bare RSAPrivateKey (PKCS#1), not PrivateKeyInfo");
    }
    return es_der_is_good(in);
}

bool es_pkcs8_view(struct es_arena *a, struct es_slice der, struct es_pkcs8 *out,
                   struct es_flaw *flaw)
{
    struct es_der_document doc;
    struct es_der root, in;
    *out = (struct es_pkcs8){.der = der, .text = "no key"};
    es_der_open(&doc, a, der, true, &root);
    if (es_der_enter(&root, ES_DER_SEQUENCE, "PrivateKeyInfo", &in) &&
        check_shape(&in) && read_body(&in, out)) {
        es_der_done(&root, "PrivateKeyInfo");
    }
    if (doc.flaw.text) {
        return es_flaw_set(flaw, a, doc.flaw.offset, "%s", doc.flaw.text);
    }
    es_der_check(a, der, &out->not_der);
    return true;
}

static bool ec_public(struct es_arena *a, const struct es_pkcs8 *key,
                      const struct es_curve *curve, struct es_slice *spki)
{
    ecc_key ec;
    uint8_t point[160];
    word32 n = sizeof point;
    WC_RNG *rng = es_crypto_rng();
    es_assert(wc_ecc_init(&ec) == 0);
    bool good = key->scalar.n > 0 && key->scalar.n <= curve->size_bytes &&
                wc_ecc_import_private_key_ex(key->scalar.p, (word32)key->scalar.n, NULL,
                                             0, &ec, curve->wolf_id) == 0 &&
                wc_ecc_make_pub_ex(&ec, NULL, rng) == 0 &&
                wc_ecc_export_x963(&ec, point, &n) == 0;
    wc_ecc_free(&ec);
    if (good) {
        struct es_buf b;
        es_buf_build(&b, a, 256);
        es_public_key_put_ec(&b, curve, es_slice_make(point, n));
        *spki = es_buf_slice(&b);
    }
    return good;
}

bool es_pkcs8_public_key(struct es_arena *a, const struct es_pkcs8 *key,
                         struct es_public_key *out)
{
    const struct es_curve *curve = es_curve_of_kind(key->kind);
    struct es_slice spki = ES_SLICE_NONE;
    if (curve) {
        ES_TRY(ec_public(a, key, curve, &spki));
    } else if (key->kind == ES_KEY_RSA) {
        struct es_buf b;
        es_buf_build(&b, a, key->public_bits.n + 64);
        es_public_key_put_rsa(&b, key->public_bits);
        spki = es_buf_slice(&b);
    }
    return es_public_key_view(a, spki, out, NULL);
}

bool es_pkcs8_is_pair(struct es_arena *a, const struct es_pkcs8 *key,
                      const struct es_public_key *pub)
{
    struct es_public_key own;
    return es_pkcs8_public_key(a, key, &own) && es_public_key_is_equal(&own, pub);
}

static void put_ec_private(struct es_buf *b, struct es_slice scalar,
                           struct es_slice point)
{
    size_t key = es_der_begin(b, ES_DER_SEQUENCE);
    es_der_put_uint(b, 1);
    es_der_put(b, ES_DER_OCTET_STRING, scalar);
    if (point.n > 0) {
        size_t explicit = es_der_begin(b, ES_DER_CONTEXT_CONSTRUCTED + 1);
        es_der_put_bits(b, point);
        es_der_finish(b, explicit);
    }
    es_der_finish(b, key);
}

void es_pkcs8_put_ec(struct es_buf *b, const struct es_curve *curve,
                     struct es_slice scalar, struct es_slice point)
{
    size_t outer = es_der_begin(b, ES_DER_SEQUENCE);
    es_der_put_uint(b, 0);
    size_t algorithm = es_der_begin(b, ES_DER_SEQUENCE);
    es_der_put_oid(b, es_oid_dotted(ES_OID_EC_PUBLIC_KEY));
    es_der_put_oid(b, es_oid_dotted(curve->oid));
    es_der_finish(b, algorithm);
    size_t octets = es_der_begin(b, ES_DER_OCTET_STRING);
    put_ec_private(b, scalar, point);
    es_der_finish(b, octets);
    es_der_finish(b, outer);
}

void es_pkcs8_put_rsa(struct es_buf *b, struct es_slice rsa_private_key)
{
    size_t outer = es_der_begin(b, ES_DER_SEQUENCE);
    es_der_put_uint(b, 0);
    size_t algorithm = es_der_begin(b, ES_DER_SEQUENCE);
    es_der_put_oid(b, es_oid_dotted(ES_OID_RSA_ENCRYPTION));
    es_der_put_null(b);
    es_der_finish(b, algorithm);
    es_der_put(b, ES_DER_OCTET_STRING, rsa_private_key);
    es_der_finish(b, outer);
}

bool es_pkcs8_build(struct es_arena *a, struct es_slice inner, struct es_slice *pkcs8,
                    struct es_flaw *flaw)
{
    struct es_der_document doc;
    struct es_der root, ahead;
    struct es_der_item first;
    struct ec_private ec;
    struct es_slice rsa;
    struct es_buf b;
    es_buf_build(&b, a, inner.n + 128);
    es_der_open(&doc, a, inner, true, &root);
    struct es_der start = root;
    if (es_der_enter(&start, ES_DER_SEQUENCE, "a private key", &ahead) &&
        es_der_next(&ahead, &first)) {
        if (es_der_has(&ahead, ES_DER_OCTET_STRING) && read_ec_private(&root, &ec)) {
            const struct es_curve *curve = es_curve_of_oid(es_oid_find(ec.curve));
            if (curve) {
                es_pkcs8_put_ec(&b, curve, ec.scalar, ec.point);
            } else {
                es_der_flaw(&root, 0, "the key names no curve that is known here");
            }
        } else if (read_rsa_private(&root, &rsa)) {
            es_pkcs8_put_rsa(&b, inner);
        }
    }
    *pkcs8 = es_buf_slice(&b);
    if (doc.flaw.text || b.n == 0) {
        const char *text = doc.flaw.text ? doc.flaw.text : "no private key";
        return es_flaw_set(flaw, a, doc.flaw.offset, "%s", text);
    }
    return true;
}
