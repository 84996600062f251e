/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/diag.h"
#include "codec/cms_int.h"

enum { KEK_MAX_BYTES = 32, KEK_NAME_BYTES = 8 };

struct es_cms_secret es_cms_secret_of(struct es_slice octets)
{
    struct es_cms_secret secret = {.kek = ES_SLICE_NONE};
    *(octets.n <= KEK_MAX_BYTES ? &secret.kek : &secret.pkcs8) = octets;
    return secret;
}

struct es_slice es_cms_key_name(struct es_arena *a, struct es_slice key)
{
    struct es_x509 cert;
    struct es_flaw flaw = ES_FLAW_NONE;
    if (key.n <= KEK_MAX_BYTES) {
        return es_slice_sub(es_crypto_hash(a, ES_HASH_SHA256, key), 0, KEK_NAME_BYTES);
    }
    if (!es_x509_view(a, key, &cert, &flaw)) {
        return ES_SLICE_NONE;
    }
    return cert.ext.subject_key_id.n ? cert.ext.subject_key_id
                                     : es_public_key_id(a, &cert.key);
}

static bool has_serial(struct es_arena *a, const struct es_cms_recipient *r,
                       struct es_slice key)
{
    struct es_x509 cert;
    struct es_flaw flaw = ES_FLAW_NONE;
    struct es_buf b;
    ES_TRY(es_x509_view(a, key, &cert, &flaw));
    es_buf_build(&b, a, cert.issuer.n + cert.serial.n + 16);
    size_t both = es_der_begin(&b, ES_DER_SEQUENCE);
    es_buf_put(&b, cert.issuer);
    es_der_put(&b, ES_DER_INTEGER, cert.serial);
    es_der_finish(&b, both);
    return es_slice_eq(es_buf_slice(&b), r->issuer_and_serial);
}

bool es_cms_recipient_has(struct es_arena *a, const struct es_cms_recipient *r,
                          struct es_slice key)
{
    return r->key_id.n ? es_slice_eq(r->key_id, es_cms_key_name(a, key))
                       : has_serial(a, r, key);
}
