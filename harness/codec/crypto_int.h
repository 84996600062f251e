/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CODEC_CRYPTO_INT_H
#define ES_CODEC_CRYPTO_INT_H

/*
 * Between the files of codec: curves, hashes and the random source in wolfCrypt's types.
 */

#include "codec/crypto.h"

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/hash.h>

struct es_curve {
    enum es_key_kind kind;
    enum es_oid oid;
    int wolf_id;
    size_t size_bytes;
};

/* The curve of a kind, or NULL. */
const struct es_curve *es_curve_of_kind(enum es_key_kind kind);
const struct es_curve *es_curve_of_oid(enum es_oid oid);

/* The hash by wolfCrypt's name. */
enum wc_HashType es_wolf_hash(enum es_hash hash);
/* The process's random source; reseeded in a forked child. */
WC_RNG *es_crypto_rng(void);
/* Writes an EC PKCS#8 with its public point (uncompressed). */
void es_pkcs8_put_ec(struct es_buf *b, const struct es_curve *curve,
                     struct es_slice scalar, struct es_slice point);
/* Writes a SubjectPublicKeyInfo. */
void es_public_key_put_ec(struct es_buf *b, const struct es_curve *curve,
                          struct es_slice point);
void es_public_key_put_rsa(struct es_buf *b, struct es_slice rsa_public_key);
void es_pkcs8_put_rsa(struct es_buf *b, struct es_slice rsa_private_key);

#endif
