/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/assert.h"
#include "base/diag.h"
#include "codec/cms_int.h"
#include "codec/crypto_int.h"

#include <wolfssl/wolfcrypt/aes.h>
#include <wolfssl/wolfcrypt/rsa.h>

enum { CEK_BYTES = 16, BLOCK_BYTES = 16, WRAP_BYTES = 8, RSA_MAX_BYTES = 1024 };

struct making {
    struct es_arena *a;
    const struct es_cms_recipe *r;
    const char **why;
    uint8_t cek[CEK_BYTES];
};

static void put_algorithm(struct es_buf *b, enum es_oid id)
{
    size_t mark = es_der_begin(b, ES_DER_SEQUENCE);
    es_der_put_oid(b, es_oid_dotted(id));
    es_der_finish(b, mark);
}

static enum es_oid wrap_of(size_t kek_octets)
{
    return kek_octets == 16   ? ES_OID_AES128_WRAP
           : kek_octets == 24 ? ES_OID_AES192_WRAP
                              : ES_OID_AES256_WRAP;
}

static bool put_wrapped(struct making *m, struct es_slice kek, struct es_buf *b)
{
    uint8_t out[CEK_BYTES + WRAP_BYTES];
    *m->why = "a key-encryption key has 16, 24 or 32 octets";
    ES_TRY(kek.n == 16 || kek.n == 24 || kek.n == 32);
    es_assert(wc_AesKeyWrap(kek.p, (word32)kek.n, m->cek, CEK_BYTES, out, sizeof out,
                            NULL) == (int)sizeof out);
    es_der_put(b, ES_DER_OCTET_STRING, es_slice_make(out, sizeof out));
    return true;
}

static bool put_kek(struct making *m, struct es_buf *b)
{
    size_t info = es_der_begin(b, ES_DER_CONTEXT_CONSTRUCTED + 2);
    es_der_put_uint(b, 4);
    size_t id = es_der_begin(b, ES_DER_SEQUENCE);
    es_der_put(b, ES_DER_OCTET_STRING, m->r->kek_id);
    es_der_finish(b, id);
    put_algorithm(b, wrap_of(m->r->kek.n));
    ES_TRY(put_wrapped(m, m->r->kek, b));
    es_der_finish(b, info);
    return true;
}

/* Ephemeral-static ECDH (RFC 5753, 3.1) with SHA-256 and AES-128 wrap. */
static bool put_agreement(struct making *m, const struct es_x509 *cert,
                          struct es_buf *b)
{
    struct es_slice ephemeral, kek;
    struct es_pkcs8 own;
    struct es_public_key shown;
    struct es_buf wrap;
    *m->why = "the recipient's key cannot be used";
    ES_TRY(es_crypto_make_key(m->a, cert->key.kind, &ephemeral) &&
           es_pkcs8_view(m->a, ephemeral, &own, NULL) &&
           es_pkcs8_public_key(m->a, &own, &shown));
    es_buf_build(&wrap, m->a, 32);
    put_algorithm(&wrap, ES_OID_AES128_WRAP);
    struct es_cms_agreement x = {.own = &own,
                                 .point = cert->key.bits,
                                 .wrap = es_buf_slice(&wrap),
                                 .hash = ES_HASH_SHA256,
                                 .kek_octets = 16};
    ES_TRY(es_cms_agree(m->a, &x, &kek));
    size_t info = es_der_begin(b, ES_DER_CONTEXT_CONSTRUCTED + 1);
    es_der_put_uint(b, 3);
    size_t originator = es_der_begin(b, ES_DER_CONTEXT_CONSTRUCTED);
    size_t key = es_der_begin(b, ES_DER_CONTEXT_CONSTRUCTED + 1);
    put_algorithm(b, ES_OID_EC_PUBLIC_KEY);
    es_der_put_bits(b, shown.bits);
    es_der_finish(b, key);
    es_der_finish(b, originator);
    size_t scheme = es_der_begin(b, ES_DER_SEQUENCE);
    es_der_put_oid(b, es_oid_dotted(ES_OID_ECDH_SHA256_KDF));
    es_buf_put(b, x.wrap);
    es_der_finish(b, scheme);
    size_t keys = es_der_begin(b, ES_DER_SEQUENCE);
    size_t one = es_der_begin(b, ES_DER_SEQUENCE);
    size_t rid = es_der_begin(b, ES_DER_CONTEXT_CONSTRUCTED);
    es_der_put(b, ES_DER_OCTET_STRING, es_cms_key_name(m->a, cert->der));
    es_der_finish(b, rid);
    ES_TRY(put_wrapped(m, kek, b));
    es_der_finish(b, one);
    es_der_finish(b, keys);
    es_der_finish(b, info);
    return true;
}

static bool put_transport(struct making *m, const struct es_x509 *cert,
                          struct es_buf *b)
{
    RsaKey rsa;
    word32 at = 0;
    int n = -1;
    uint8_t *out = es_arena_alloc(m->a, RSA_MAX_BYTES);
    es_assert(wc_InitRsaKey(&rsa, NULL) == 0);
    if (wc_RsaPublicKeyDecode(cert->key.bits.p, &at, &rsa, (word32)cert->key.bits.n) ==
        0) {
        n = wc_RsaPublicEncrypt(m->cek, CEK_BYTES, out, RSA_MAX_BYTES, &rsa,
                                es_crypto_rng());
    }
    wc_FreeRsaKey(&rsa);
    *m->why = "the recipient's RSA key cannot be used";
    ES_TRY(n > 0);
    size_t info = es_der_begin(b, ES_DER_SEQUENCE);
    es_der_put_uint(b, 2);
    es_der_put(b, ES_DER_CONTEXT, es_cms_key_name(m->a, cert->der));
    size_t scheme = es_der_begin(b, ES_DER_SEQUENCE);
    es_der_put_oid(b, es_oid_dotted(ES_OID_RSA_ENCRYPTION));
    es_der_put_null(b);
    es_der_finish(b, scheme);
    es_der_put(b, ES_DER_OCTET_STRING, es_slice_make(out, (size_t)n));
    es_der_finish(b, info);
    return true;
}

static bool put_recipient(struct making *m, struct es_buf *b)
{
    struct es_x509 cert;
    struct es_flaw flaw = ES_FLAW_NONE;
    if (m->r->kek.n) {
        return put_kek(m, b);
    }
    *m->why = "neither a key-encryption key nor a recipient's certificate is given";
    ES_TRY(m->r->recipient.n);
    if (!es_x509_view(m->a, m->r->recipient, &cert, &flaw)) {
        *m->why =
            es_arena_printf(m->a, "the recipient is no certificate: %s", flaw.text);
        return false;
    }
    return cert.key.kind == ES_KEY_RSA ? put_transport(m, &cert, b)
                                       : put_agreement(m, &cert, b);
}

static void put_ciphertext(struct making *m, struct es_slice content, struct es_buf *b)
{
    size_t pad = BLOCK_BYTES - content.n % BLOCK_BYTES, n = content.n + pad;
    uint8_t iv[BLOCK_BYTES];
    Aes aes;
    struct es_buf plain;
    es_buf_build(&plain, m->a, n);
    es_buf_put(&plain, content);
    for (size_t i = 0; i < pad; i++) {
        es_buf_u8(&plain, (unsigned)pad);
    }
    es_crypto_random(iv, sizeof iv);
    es_assert(wc_AesInit(&aes, NULL, INVALID_DEVID) == 0 &&
              wc_AesSetKey(&aes, m->cek, CEK_BYTES, iv, AES_ENCRYPTION) == 0 &&
              wc_AesCbcEncrypt(&aes, plain.p, plain.p, (word32)n) == 0);
    wc_AesFree(&aes);
    size_t cipher = es_der_begin(b, ES_DER_SEQUENCE);
    es_der_put_oid(b, es_oid_dotted(ES_OID_AES128_CBC));
    es_der_put(b, ES_DER_OCTET_STRING, es_slice_make(iv, sizeof iv));
    es_der_finish(b, cipher);
    es_der_put(b, ES_DER_CONTEXT, es_buf_slice(&plain));
}

/* EnvelopedData around the content, without ContentInfo. */
static bool envelope(struct making *m, enum es_oid type, struct es_slice content,
                     struct es_slice *out)
{
    struct es_buf b;
    es_buf_build(&b, m->a, content.n + m->r->kek_id.n + RSA_MAX_BYTES + 512);
    es_crypto_random(m->cek, CEK_BYTES);
    size_t data = es_der_begin(&b, ES_DER_SEQUENCE);
    es_der_put_uint(&b, 2);
    size_t set = es_der_begin(&b, ES_DER_SET);
    ES_TRY(put_recipient(m, &b));
    es_der_finish(&b, set);
    size_t info = es_der_begin(&b, ES_DER_SEQUENCE);
    es_der_put_oid(&b, es_oid_dotted(type));
    put_ciphertext(m, content, &b);
    es_der_finish(&b, info);
    es_der_finish(&b, data);
    *out = es_buf_slice(&b);
    return !b.overflow;
}

static void put_attribute(struct es_buf *b, enum es_oid type, unsigned tag,
                          struct es_slice value)
{
    size_t attribute = es_der_begin(b, ES_DER_SEQUENCE);
    es_der_put_oid(b, es_oid_dotted(type));
    size_t set = es_der_begin(b, ES_DER_SET);
    es_der_put(b, tag, value);
    es_der_finish(b, set);
    es_der_finish(b, attribute);
}

/* signedAttrs in DER order: contentType is the shorter one for every type used here. */
static struct es_slice signed_attributes(struct making *m, enum es_oid type,
                                         struct es_slice content)
{
    struct es_buf b;
    struct es_slice oid = ES_SLICE_NONE;
    es_assert(es_oid_parse(m->a, es_slice_of(es_oid_dotted(type)), &oid));
    es_buf_build(&b, m->a, 256);
    put_attribute(&b, ES_OID_CONTENT_TYPE, ES_DER_OID, oid);
    put_attribute(&b, ES_OID_MESSAGE_DIGEST, ES_DER_OCTET_STRING,
                  es_crypto_hash(m->a, ES_HASH_SHA256, content));
    return es_buf_slice(&b);
}

static bool put_signature(struct making *m, struct es_slice attributes,
                          struct es_buf *b)
{
    struct es_buf message, both;
    struct es_der_document doc;
    struct es_der root;
    struct es_cms_algorithm scheme;
    struct es_slice bits;
    es_buf_build(&message, m->a, attributes.n + 16);
    es_der_put(&message, ES_DER_SET, attributes);
    es_buf_build(&both, m->a, RSA_MAX_BYTES + 64);
    *m->why = "the signing key cannot be used";
    ES_TRY(es_crypto_put_signature(&both, m->r->signer_key, ES_HASH_SHA256,
                                   es_buf_slice(&message)));
    /* CMS has the value as OCTET STRING, not as BIT STRING. */
    es_der_open(&doc, m->a, es_buf_slice(&both), false, &root);
    ES_TRY(es_cms_read_algorithm(&root, "algorithm", &scheme) &&
           es_der_read_bits(&root, "signature", &bits));
    es_buf_put(b, scheme.raw);
    es_der_put(b, ES_DER_OCTET_STRING, bits);
    return true;
}

static bool put_signer(struct making *m, const struct es_x509 *cert,
                       struct es_slice attributes, struct es_buf *b)
{
    size_t info = es_der_begin(b, ES_DER_SEQUENCE);
    es_der_put_uint(b, 1);
    size_t sid = es_der_begin(b, ES_DER_SEQUENCE);
    es_buf_put(b, cert->issuer);
    es_der_put(b, ES_DER_INTEGER, cert->serial);
    es_der_finish(b, sid);
    put_algorithm(b, ES_OID_SHA256);
    es_der_put(b, ES_DER_CONTEXT_CONSTRUCTED, attributes);
    ES_TRY(put_signature(m, attributes, b));
    es_der_finish(b, info);
    return true;
}

static bool sign(struct making *m, enum es_oid type, struct es_slice content,
                 struct es_slice *out)
{
    struct es_x509 cert;
    struct es_flaw flaw = ES_FLAW_NONE;
    struct es_buf b;
    *m->why = "the signer's certificate cannot be read";
    ES_TRY(es_x509_view(m->a, m->r->signer_cert, &cert, &flaw));
    es_buf_build(&b, m->a,
                 content.n + cert.der.n + cert.issuer.n + RSA_MAX_BYTES + 512);
    size_t data = es_der_begin(&b, ES_DER_SEQUENCE);
    es_der_put_uint(&b, 3);
    size_t digests = es_der_begin(&b, ES_DER_SET);
    put_algorithm(&b, ES_OID_SHA256);
    es_der_finish(&b, digests);
    size_t info = es_der_begin(&b, ES_DER_SEQUENCE);
    es_der_put_oid(&b, es_oid_dotted(type));
    size_t explicit = es_der_begin(&b, ES_DER_CONTEXT_CONSTRUCTED);
    es_der_put(&b, ES_DER_OCTET_STRING, content);
    es_der_finish(&b, explicit);
    es_der_finish(&b, info);
    es_der_put(&b, ES_DER_CONTEXT_CONSTRUCTED, cert.der);
    size_t signers = es_der_begin(&b, ES_DER_SET);
    ES_TRY(put_signer(m, &cert, signed_attributes(m, type, content), &b));
    es_der_finish(&b, signers);
    es_der_finish(&b, data);
    *out = es_buf_slice(&b);
    return !b.overflow;
}

static struct es_slice content_info(struct es_arena *a, enum es_oid type,
                                    struct es_slice content)
{
    struct es_buf b;
    es_buf_build(&b, a, content.n + 64);
    size_t info = es_der_begin(&b, ES_DER_SEQUENCE);
    es_der_put_oid(&b, es_oid_dotted(type));
    size_t explicit = es_der_begin(&b, ES_DER_CONTEXT_CONSTRUCTED);
    es_buf_put(&b, content);
    es_der_finish(&b, explicit);
    es_der_finish(&b, info);
    return es_buf_slice(&b);
}

bool es_cms_key_build(struct es_arena *a, const struct es_cms_recipe *recipe,
                      struct es_slice *out, const char **why)
{
    struct making m = {.a = a, .r = recipe, .why = why};
    struct es_buf package;
    bool with_signer = recipe->signer_key.n > 0;
    enum es_oid type = ES_OID_KEY_PACKAGE;
    es_buf_build(&package, a, recipe->pkcs8.n + 16);
    es_der_put(&package, ES_DER_SEQUENCE, recipe->pkcs8);
    struct es_slice at = es_buf_slice(&package);
    if (with_signer && !recipe->signed_outside) {
        ES_TRY(sign(&m, type, at, &at));
        type = ES_OID_SIGNED_DATA;
    }
    ES_TRY(envelope(&m, type, at, &at));
    type = ES_OID_ENVELOPED_DATA;
    if (with_signer && recipe->signed_outside) {
        ES_TRY(sign(&m, type, at, &at));
        type = ES_OID_SIGNED_DATA;
    }
    *out = content_info(a, type, at);
    return true;
}
