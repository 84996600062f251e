/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/crypto.h"

#include "base/assert.h"
#include "codec/crypto_int.h"
#include "codec/pkcs8.h"

#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/hash.h>
#include <wolfssl/wolfcrypt/random.h>
#include <wolfssl/wolfcrypt/rsa.h>
#include <wolfssl/wolfcrypt/signature.h>

#include <unistd.h>

enum { DIGEST_MAX_BYTES = 64, SIGNATURE_MAX_BYTES = 1024, RSA_BITS = 2048 };

static const struct es_curve curves[] = {
    {ES_KEY_P256, ES_OID_P256, ECC_SECP256R1, 32},
    {ES_KEY_P384, ES_OID_P384, ECC_SECP384R1, 48},
    {ES_KEY_P521, ES_OID_P521, ECC_SECP521R1, 66},
};

const struct es_curve *es_curve_of_kind(enum es_key_kind kind)
{
    for (size_t i = 0; i < ES_COUNT(curves); i++) {
        if (curves[i].kind == kind) {
            return &curves[i];
        }
    }
    return NULL;
}

const struct es_curve *es_curve_of_oid(enum es_oid oid)
{
    for (size_t i = 0; i < ES_COUNT(curves); i++) {
        if (curves[i].oid == oid) {
            return &curves[i];
        }
    }
    return NULL;
}

void es_crypto_start(void)
{
    static bool started;
    if (!started) {
        started = true;
        es_assert(wolfSSL_Init() == WOLFSSL_SUCCESS);
    }
}

WC_RNG *es_crypto_rng(void)
{
    static WC_RNG rng;
    static pid_t owner;
    es_crypto_start();
    /* A forked worker must not repeat the nonces of its siblings. */
    if (owner != getpid()) {
        if (owner != 0) {
            wc_FreeRng(&rng);
        }
        owner = getpid();
        es_assert(wc_InitRng(&rng) == 0);
    }
    return &rng;
}

void es_crypto_random(uint8_t *out, size_t n)
{
    es_assert(wc_RNG_GenerateBlock(es_crypto_rng(), out, (word32)n) == 0);
}

enum wc_HashType es_wolf_hash(enum es_hash hash)
{
    switch (hash) {
    case ES_HASH_SHA1:
        return WC_HASH_TYPE_SHA;
    case ES_HASH_SHA256:
        return WC_HASH_TYPE_SHA256;
    case ES_HASH_SHA384:
        return WC_HASH_TYPE_SHA384;
    case ES_HASH_SHA512:
        return WC_HASH_TYPE_SHA512;
    }
    return WC_HASH_TYPE_NONE;
}

struct es_slice es_crypto_hash(struct es_arena *a, enum es_hash hash,
                               struct es_slice in)
{
    enum wc_HashType type = es_wolf_hash(hash);
    uint8_t none = 0;
    uint8_t digest[DIGEST_MAX_BYTES];
    es_crypto_start();
    int n = wc_HashGetDigestSize(type);
    es_assert(n > 0 &&
              wc_Hash(type, in.n ? in.p : &none, (word32)in.n, digest, (word32)n) == 0);
    return es_arena_dup(a, es_slice_make(digest, (size_t)n));
}

/* What the AlgorithmIdentifiers of signatures mean. */
static const struct scheme {
    enum es_oid oid;
    enum es_hash hash;
    bool rsa;
} schemes[] = {
    {ES_OID_ECDSA_SHA256, ES_HASH_SHA256, false},
    {ES_OID_ECDSA_SHA384, ES_HASH_SHA384, false},
    {ES_OID_ECDSA_SHA512, ES_HASH_SHA512, false},
    {ES_OID_ECDSA_SHA1, ES_HASH_SHA1, false},
    {ES_OID_RSA_SHA256, ES_HASH_SHA256, true},
    {ES_OID_RSA_SHA384, ES_HASH_SHA384, true},
    {ES_OID_RSA_SHA512, ES_HASH_SHA512, true},
    {ES_OID_RSA_SHA1, ES_HASH_SHA1, true},
};

static const struct scheme *scheme_of(struct es_arena *a, struct es_slice algorithm,
                                      const char **why)
{
    struct es_der_document doc;
    struct es_der root, in;
    struct es_der_item oid;
    es_der_open(&doc, a, algorithm, true, &root);
    if (!es_der_enter(&root, ES_DER_SEQUENCE, "AlgorithmIdentifier", &in) ||
        !es_der_read(&in, ES_DER_OID, "algorithm", &oid)) {
        *why = "the signature algorithm is malformed";
        return NULL;
    }
    for (size_t i = 0; i < ES_COUNT(schemes); i++) {
        if (schemes[i].oid == es_oid_find(oid.value)) {
            return &schemes[i];
        }
    }
    *why = es_arena_printf(a, "the signature algorithm %s is not known here",
                           es_oid_text(a, oid.value));
    return NULL;
}

/* Ecdsa-Sig-Value: two positive INTEGERs (RFC 3279, 2.2.3). */
static bool is_ecdsa_value(struct es_arena *a, struct es_slice signature,
                           const char **why)
{
    struct es_der_document doc;
    struct es_der root, in;
    struct es_der_item r, s;
    es_der_open(&doc, a, signature, false, &root);
    if (es_der_enter(&root, ES_DER_SEQUENCE, "the ECDSA signature", &in) &&
        es_der_read(&in, ES_DER_INTEGER, "r", &r) &&
        es_der_read(&in, ES_DER_INTEGER, "s", &s) &&
        es_der_done(&in, "the signature")) {
        es_der_done(&root, "the signature");
    }
    if (doc.flaw.text) {
        *why = es_arena_printf(a, "the signature is malformed: %s", doc.flaw.text);
    }
    return doc.flaw.text == NULL;
}

static bool verify_ec(const struct es_public_key *key, const struct es_curve *curve,
                      enum wc_HashType hash, struct es_slice message,
                      struct es_slice signature, const char **why)
{
    ecc_key ec;
    bool good = false;
    es_assert(wc_ecc_init(&ec) == 0);
    if (wc_ecc_import_x963_ex(key->bits.p, (word32)key->bits.n, &ec, curve->wolf_id) !=
            0 ||
        wc_ecc_check_key(&ec) != 0) {
        *why = "the public key is no point of its curve";
    } else {
        good = wc_SignatureVerify(hash, WC_SIGNATURE_TYPE_ECC, message.p,
                                  (word32)message.n, signature.p, (word32)signature.n,
                                  &ec, sizeof ec) == 0;
    }
    wc_ecc_free(&ec);
    return good;
}

static bool verify_rsa(const struct es_public_key *key, enum wc_HashType hash,
                       struct es_slice message, struct es_slice signature,
                       const char **why)
{
    RsaKey rsa;
    word32 at = 0;
    bool good = false;
    es_assert(wc_InitRsaKey(&rsa, NULL) == 0);
    if (wc_RsaPublicKeyDecode(key->bits.p, &at, &rsa, (word32)key->bits.n) != 0) {
        *why = "the RSA public key is malformed";
    } else {
        good = wc_SignatureVerify(hash, WC_SIGNATURE_TYPE_RSA_W_ENC, message.p,
                                  (word32)message.n, signature.p, (word32)signature.n,
                                  &rsa, sizeof rsa) == 0;
    }
    wc_FreeRsaKey(&rsa);
    return good;
}

bool es_crypto_verify(struct es_arena *a, const struct es_public_key *key,
                      struct es_slice algorithm, struct es_slice message,
                      struct es_slice signature, const char **why)
{
    const char *reason = "the signature does not verify";
    es_crypto_start();
    bool good = false;
    const struct scheme *scheme = scheme_of(a, algorithm, &reason);
    const struct es_curve *curve = es_curve_of_kind(key->kind);
    if (!scheme || message.n == 0) {
        good = false;
    } else if (scheme->rsa ? key->kind != ES_KEY_RSA : !curve) {
        reason = es_arena_printf(a, "a signature by %s, but a key of kind %s",
                                 es_oid_name(scheme->oid), key->text);
    } else if (scheme->rsa) {
        good = verify_rsa(key, es_wolf_hash(scheme->hash), message, signature, &reason);
    } else if (is_ecdsa_value(a, signature, &reason)) {
        good = verify_ec(key, curve, es_wolf_hash(scheme->hash), message, signature,
                         &reason);
    }
    if (why) {
        *why = good ? "valid" : reason;
    }
    return good;
}

static enum es_oid scheme_oid(enum es_hash hash, bool rsa)
{
    for (size_t i = 0; i < ES_COUNT(schemes); i++) {
        if (schemes[i].hash == hash && schemes[i].rsa == rsa) {
            return schemes[i].oid;
        }
    }
    return ES_OID_UNKNOWN;
}

void es_crypto_put_algorithm(struct es_buf *out, enum es_key_kind kind,
                             enum es_hash hash)
{
    bool rsa = kind == ES_KEY_RSA;
    size_t algorithm = es_der_begin(out, ES_DER_SEQUENCE);
    es_der_put_oid(out, es_oid_dotted(scheme_oid(hash, rsa)));
    if (rsa) {
        es_der_put_null(out); /* RFC 4055, 5 */
    }
    es_der_finish(out, algorithm);
}

static bool sign_ec(const struct es_pkcs8 *key, const struct es_curve *curve,
                    enum wc_HashType hash, struct es_slice message, uint8_t *out,
                    word32 *n)
{
    ecc_key ec;
    WC_RNG *rng = es_crypto_rng();
    es_assert(wc_ecc_init(&ec) == 0);
    bool good = wc_ecc_import_private_key_ex(key->scalar.p, (word32)key->scalar.n, NULL,
                                             0, &ec, curve->wolf_id) == 0;
    /* The check of the result that wc_SignatureGenerate makes needs a public key. */
    good = good && wc_SignatureGenerate_ex(hash, WC_SIGNATURE_TYPE_ECC, message.p,
                                           (word32)message.n, out, n, &ec, sizeof ec,
                                           rng, 0) == 0;
    wc_ecc_free(&ec);
    return good;
}

static bool sign_rsa(const struct es_pkcs8 *key, enum wc_HashType hash,
                     struct es_slice message, uint8_t *out, word32 *n)
{
    RsaKey rsa;
    word32 at = 0;
    WC_RNG *rng = es_crypto_rng();
    es_assert(wc_InitRsaKey(&rsa, NULL) == 0);
    bool good =
        wc_RsaPrivateKeyDecode(key->inner.p, &at, &rsa, (word32)key->inner.n) == 0 &&
        wc_RsaSetRNG(&rsa, rng) == 0;
    int size = good ? wc_RsaEncryptSize(&rsa) : 0;
    good = good && size > 0 && (word32)size <= *n;
    *n = good ? (word32)size : 0;
    good = good && wc_SignatureGenerate_ex(hash, WC_SIGNATURE_TYPE_RSA_W_ENC, message.p,
                                           (word32)message.n, out, n, &rsa, sizeof rsa,
                                           rng, 0) == 0;
    wc_FreeRsaKey(&rsa);
    return good;
}

bool es_crypto_put_signature(struct es_buf *out, struct es_slice pkcs8,
                             enum es_hash hash, struct es_slice message)
{
    uint8_t value[SIGNATURE_MAX_BYTES];
    word32 n = sizeof value;
    struct es_pkcs8 key;
    struct es_arena *scratch = es_arena_new();
    bool good = es_pkcs8_view(scratch, pkcs8, &key, NULL);
    const struct es_curve *curve = good ? es_curve_of_kind(key.kind) : NULL;
    if (good && curve) {
        good = sign_ec(&key, curve, es_wolf_hash(hash), message, value, &n);
    } else {
        good = good && key.kind == ES_KEY_RSA &&
               sign_rsa(&key, es_wolf_hash(hash), message, value, &n);
    }
    if (good) {
        es_crypto_put_algorithm(out, key.kind, hash);
        es_der_put_bits(out, es_slice_make(value, n));
    }
    es_arena_free(scratch);
    return good;
}

static bool make_ec(struct es_arena *a, const struct es_curve *curve,
                    struct es_slice *pkcs8)
{
    ecc_key ec;
    uint8_t scalar[80], point[160];
    word32 scalar_n = (word32)curve->size_bytes, point_n = sizeof point;
    WC_RNG *rng = es_crypto_rng();
    es_assert(wc_ecc_init(&ec) == 0);
    bool good =
        wc_ecc_make_key_ex(rng, (int)curve->size_bytes, &ec, curve->wolf_id) == 0 &&
        wc_ecc_export_private_only(&ec, scalar, &scalar_n) == 0 &&
        wc_ecc_export_x963(&ec, point, &point_n) == 0;
    wc_ecc_free(&ec);
    if (good) {
        struct es_buf b;
        es_buf_build(&b, a, 512);
        es_pkcs8_put_ec(&b, curve, es_slice_make(scalar, scalar_n),
                        es_slice_make(point, point_n));
        *pkcs8 = es_buf_slice(&b);
    }
    return good;
}

static bool make_rsa(struct es_arena *a, struct es_slice *pkcs8)
{
    RsaKey rsa;
    uint8_t der[4096];
    WC_RNG *rng = es_crypto_rng();
    es_assert(wc_InitRsaKey(&rsa, NULL) == 0);
    int n = -1;
    if (wc_MakeRsaKey(&rsa, RSA_BITS, WC_RSA_EXPONENT, rng) == 0) {
        n = wc_RsaKeyToDer(&rsa, der, sizeof der);
    }
    wc_FreeRsaKey(&rsa);
    if (n > 0) {
        struct es_buf b;
        es_buf_build(&b, a, sizeof der + 64);
        es_pkcs8_put_rsa(&b, es_slice_make(der, (size_t)n));
        *pkcs8 = es_buf_slice(&b);
    }
    return n > 0;
}

bool es_crypto_make_key(struct es_arena *a, enum es_key_kind kind,
                        struct es_slice *pkcs8)
{
    const struct es_curve *curve = es_curve_of_kind(kind);
    if (curve) {
        return make_ec(a, curve, pkcs8);
    }
    return kind == ES_KEY_RSA && make_rsa(a, pkcs8);
}
