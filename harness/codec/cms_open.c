/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/assert.h"
#include "base/diag.h"
#include "codec/cms_int.h"
#include "codec/crypto_int.h"

#include <wolfssl/wolfcrypt/aes.h>
#include <wolfssl/wolfcrypt/hmac.h>
#include <wolfssl/wolfcrypt/rsa.h>

enum { KEY_MAX_BYTES = 1024, SECRET_MAX_BYTES = 66, BLOCK_BYTES = 16, WRAP_BYTES = 8 };

size_t es_cms_wrap_octets(enum es_oid wrap)
{
    return wrap == ES_OID_AES128_WRAP   ? 16
           : wrap == ES_OID_AES192_WRAP ? 24
           : wrap == ES_OID_AES256_WRAP ? 32
                                        : 0;
}

size_t es_cms_content_octets(enum es_oid cipher)
{
    return cipher == ES_OID_AES128_CBC   ? 16
           : cipher == ES_OID_AES192_CBC ? 24
           : cipher == ES_OID_AES256_CBC ? 32
                                         : 0;
}

static bool shared_secret(const struct es_cms_agreement *x, uint8_t *out, word32 *n)
{
    const struct es_curve *curve = es_curve_of_kind(x->own->kind);
    WC_RNG *rng = es_crypto_rng();
    ecc_key own, peer;
    es_assert(wc_ecc_init(&own) == 0 && wc_ecc_init(&peer) == 0);
    bool good =
        curve && x->own->scalar.n > 0 && x->own->scalar.n <= curve->size_bytes &&
        wc_ecc_import_private_key_ex(x->own->scalar.p, (word32)x->own->scalar.n, NULL,
                                     0, &own, curve->wolf_id) == 0 &&
        wc_ecc_set_rng(&own, rng) == 0 &&
        wc_ecc_import_x963_ex(x->point.p, (word32)x->point.n, &peer, curve->wolf_id) ==
            0 &&
        /* A point off the curve would give away the private key. */
        wc_ecc_check_key(&peer) == 0 && wc_ecc_shared_secret(&own, &peer, out, n) == 0;
    wc_ecc_free(&own);
    wc_ecc_free(&peer);
    return good;
}

/* ECC-CMS-SharedInfo (RFC 5753, 7.2). */
static struct es_slice shared_info(struct es_arena *a, const struct es_cms_agreement *x)
{
    struct es_buf b;
    es_buf_build(&b, a, x->wrap.n + x->ukm.n + 64);
    size_t info = es_der_begin(&b, ES_DER_SEQUENCE);
    es_buf_put(&b, x->wrap);
    if (x->ukm.n) {
        size_t entity = es_der_begin(&b, ES_DER_CONTEXT_CONSTRUCTED);
        es_der_put(&b, ES_DER_OCTET_STRING, x->ukm);
        es_der_finish(&b, entity);
    }
    size_t supplement = es_der_begin(&b, ES_DER_CONTEXT_CONSTRUCTED + 2);
    size_t octets = es_der_begin(&b, ES_DER_OCTET_STRING);
    es_buf_u32(&b, (uint32_t)x->kek_octets * 8);
    es_der_finish(&b, octets);
    es_der_finish(&b, supplement);
    es_der_finish(&b, info);
    return es_buf_slice(&b);
}

bool es_cms_agree(struct es_arena *a, const struct es_cms_agreement *x,
                  struct es_slice *kek)
{
    uint8_t secret[SECRET_MAX_BYTES];
    word32 n = sizeof secret;
    uint8_t *out = es_arena_alloc(a, x->kek_octets + 1);
    struct es_slice info = shared_info(a, x);
    ES_TRY(x->kek_octets > 0 && shared_secret(x, secret, &n));
    *kek = es_slice_make(out, x->kek_octets);
    return wc_X963_KDF(es_wolf_hash(x->hash), secret, n, info.p, (word32)info.n, out,
                       (word32)x->kek_octets) == 0;
}

/* AES key wrap (RFC 3394) tells a wrong key by its check value. */
static bool unwrap(struct es_arena *a, struct es_slice kek, struct es_slice wrapped,
                   struct es_slice *cek)
{
    uint8_t *out = es_arena_alloc(a, wrapped.n + 1);
    ES_TRY(wrapped.n >= 3 * WRAP_BYTES && wrapped.n <= KEY_MAX_BYTES &&
           wrapped.n % WRAP_BYTES == 0);
    int n = wc_AesKeyUnWrap(kek.p, (word32)kek.n, wrapped.p, (word32)wrapped.n, out,
                            (word32)wrapped.n, NULL);
    *cek = es_slice_make(out, n > 0 ? (size_t)n : 0);
    return n > 0;
}

static bool kdf_hash(enum es_oid scheme, enum es_hash *hash)
{
    static const struct {
        enum es_oid scheme;
        enum es_hash hash;
    } all[] = {
        {ES_OID_ECDH_SHA1_KDF, ES_HASH_SHA1},
        {ES_OID_ECDH_SHA256_KDF, ES_HASH_SHA256},
        {ES_OID_ECDH_SHA384_KDF, ES_HASH_SHA384},
        {ES_OID_ECDH_SHA512_KDF, ES_HASH_SHA512},
    };
    for (size_t i = 0; i < ES_COUNT(all); i++) {
        if (all[i].scheme == scheme) {
            *hash = all[i].hash;
            return true;
        }
    }
    return false;
}

static bool open_agreement(struct es_arena *a, const struct es_cms_recipient *r,
                           const struct es_pkcs8 *own, struct es_slice *cek)
{
    struct es_cms_algorithm scheme, wrap;
    struct es_cms_agreement x = {.own = own, .point = r->originator, .ukm = r->ukm};
    struct es_slice kek;
    const struct es_curve *curve = es_curve_of_kind(own->kind);
    ES_TRY(curve && (r->originator_curve.n == 0 ||
                     es_oid_find(r->originator_curve) == curve->oid));
    ES_TRY(es_cms_view_algorithm(a, r->algorithm, &scheme) &&
           kdf_hash(scheme.id, &x.hash) &&
           es_cms_read_algorithm(&scheme.parameters, "the wrap algorithm", &wrap));
    x.wrap = wrap.raw;
    x.kek_octets = es_cms_wrap_octets(wrap.id);
    return es_cms_agree(a, &x, &kek) && unwrap(a, kek, r->encrypted_key, cek);
}

/* The hash of RSAES-OAEP-params; SHA-1 if it is not said (RFC 4055, 4.1). */
static bool oaep_hash(struct es_der *parameters, enum wc_HashType *hash, int *mgf)
{
    struct es_der in, explicit;
    struct es_cms_algorithm x;
    *hash = WC_HASH_TYPE_SHA;
    *mgf = WC_MGF1SHA1;
    if (es_der_at_end(parameters)) {
        return true;
    }
    ES_TRY(es_der_enter(parameters, ES_DER_SEQUENCE, "RSAES-OAEP-params", &in));
    if (!es_der_has(&in, ES_DER_CONTEXT_CONSTRUCTED)) {
        return es_der_is_good(&in);
    }
    ES_TRY(es_der_enter(&in, ES_DER_CONTEXT_CONSTRUCTED, "hashFunc", &explicit));
    ES_TRY(es_cms_read_algorithm(&explicit, "hashFunc", &x));
    if (x.id == ES_OID_SHA256) {
        *hash = WC_HASH_TYPE_SHA256;
        *mgf = WC_MGF1SHA256;
    }
    return x.id == ES_OID_SHA256;
}

static bool open_transport(struct es_arena *a, const struct es_cms_recipient *r,
                           const struct es_pkcs8 *own, struct es_slice *cek)
{
    struct es_cms_algorithm scheme;
    uint8_t *out = es_arena_alloc(a, KEY_MAX_BYTES);
    RsaKey rsa;
    word32 at = 0;
    enum wc_HashType hash = WC_HASH_TYPE_NONE;
    int n = -1, pad = WC_RSA_PKCSV15_PAD, mgf = WC_MGF1NONE;
    ES_TRY(own->kind == ES_KEY_RSA && r->encrypted_key.n <= KEY_MAX_BYTES);
    ES_TRY(es_cms_view_algorithm(a, r->algorithm, &scheme));
    if (scheme.id == ES_OID_RSAES_OAEP) {
        pad = WC_RSA_OAEP_PAD;
        ES_TRY(oaep_hash(&scheme.parameters, &hash, &mgf));
    }
    WC_RNG *rng = es_crypto_rng();
    es_assert(wc_InitRsaKey(&rsa, NULL) == 0);
    if (wc_RsaPrivateKeyDecode(own->inner.p, &at, &rsa, (word32)own->inner.n) == 0 &&
        wc_RsaSetRNG(&rsa, rng) == 0) {
        n = wc_RsaPrivateDecrypt_ex(r->encrypted_key.p, (word32)r->encrypted_key.n, out,
                                    KEY_MAX_BYTES, &rsa, pad, hash, mgf, NULL, 0);
    }
    wc_FreeRsaKey(&rsa);
    *cek = es_slice_make(out, n > 0 ? (size_t)n : 0);
    return n > 0;
}

static bool open_recipient(struct es_arena *a, const struct es_cms_recipient *r,
                           const struct es_cms_secret *secret,
                           const struct es_pkcs8 *own, struct es_slice *cek)
{
    struct es_cms_algorithm wrap;
    switch (r->kind) {
    case ES_CMS_KEK:
        return secret->kek.n && es_cms_view_algorithm(a, r->algorithm, &wrap) &&
               es_cms_wrap_octets(wrap.id) == secret->kek.n &&
               unwrap(a, secret->kek, r->encrypted_key, cek);
    case ES_CMS_KEY_AGREEMENT:
        return own && open_agreement(a, r, own, cek);
    case ES_CMS_KEY_TRANSPORT:
        return own && open_transport(a, r, own, cek);
    case ES_CMS_OTHER:
        break;
    }
    return false;
}

static const char *list_recipients(struct es_arena *a, const struct es_cms_enveloped *e)
{
    const char *text = "";
    for (size_t i = 0; i < e->recipients.n; i++) {
        const struct es_cms_recipient *r = &e->recipients.at[i];
        text = es_arena_printf(a, "%s%s%s (%s)", text, i ? ", " : "",
                               es_cms_recipient_name(r->kind), r->algorithm_text);
    }
    return e->recipients.n ? text : "nobody";
}

static bool decrypt(struct es_arena *a, const struct es_cms_enveloped *e,
                    struct es_slice cek, struct es_slice *content, const char **why)
{
    struct es_cms_algorithm cipher;
    struct es_der_item iv;
    Aes aes;
    size_t n = e->ciphertext.n;
    uint8_t *out = es_arena_alloc(a, n + 1);
    *why = es_arena_printf(a, "content encryption by %s is not known here",
                           e->algorithm_text);
    ES_TRY(es_cms_view_algorithm(a, e->algorithm, &cipher) &&
           es_cms_content_octets(cipher.id));
    *why = es_arena_printf(a, "a content key of %zu octets for %s", cek.n, cipher.text);
    ES_TRY(cek.n == es_cms_content_octets(cipher.id));
    *why = "the initialization vector is malformed";
    ES_TRY(es_der_read(&cipher.parameters, ES_DER_OCTET_STRING, "IV", &iv) &&
           iv.value.n == BLOCK_BYTES);
    *why = es_arena_printf(a, "%zu octets of ciphertext are no whole blocks", n);
    ES_TRY(n > 0 && n % BLOCK_BYTES == 0);
    es_assert(wc_AesInit(&aes, NULL, INVALID_DEVID) == 0);
    bool good =
        wc_AesSetKey(&aes, cek.p, (word32)cek.n, iv.value.p, AES_DECRYPTION) == 0 &&
        wc_AesCbcDecrypt(&aes, out, e->ciphertext.p, (word32)n) == 0;
    wc_AesFree(&aes);
    uint8_t pad = out[n - 1];
    good = good && pad > 0 && pad <= BLOCK_BYTES;
    for (size_t i = 0; good && i < pad; i++) {
        good = out[n - 1 - i] == pad;
    }
    *why = "the padding of the content is wrong";
    *content = es_slice_make(out, good ? n - pad : 0);
    return good;
}

bool es_cms_open(struct es_arena *a, const struct es_cms_enveloped *e,
                 const struct es_cms_secret *secret, struct es_slice *content,
                 const char **why)
{
    struct es_pkcs8 own;
    struct es_flaw flaw = ES_FLAW_NONE;
    struct es_slice cek;
    *why = "there is no key to open it with";
    ES_TRY(secret && (secret->kek.n || secret->pkcs8.n));
    bool has_own = secret->pkcs8.n && es_pkcs8_view(a, secret->pkcs8, &own, &flaw);
    for (size_t i = 0; i < e->recipients.n; i++) {
        if (open_recipient(a, &e->recipients.at[i], secret, has_own ? &own : NULL,
                           &cek)) {
            return decrypt(a, e, cek, content, why);
        }
    }
    *why = es_arena_printf(a, "%s does not open it; it is for %s",
                           secret->kek.n ? "this symmetric key" : "this private key",
                           list_recipients(a, e));
    return false;
}
