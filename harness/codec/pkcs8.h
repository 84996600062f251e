/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CODEC_PKCS8_H
#define ES_CODEC_PKCS8_H

/*
 * Private keys: PKCS#8 PrivateKeyInfo or OneAsymmetricKey (Content-Format 284, RFC
 * 5958), with the ECPrivateKey (RFC 5915) or RSAPrivateKey (RFC 8017) inside.
 */

#include "codec/crypto.h"

struct es_pkcs8 {
    struct es_slice der;
    struct es_flaw not_der; /* text NULL: it is DER */
    uint64_t version;       /* 0: v1; 1: v2, with publicKey */
    enum es_key_kind kind;
    const char *text;          /* "EC secp256r1", "RSA 2048" */
    struct es_slice algorithm; /* AlgorithmIdentifier, raw */
    struct es_slice inner;  /* contents of privateKey: ECPrivateKey or RSAPrivateKey */
    struct es_slice scalar; /* EC: the private value; empty for others */
    struct es_slice public_bits; /* the public key given inside; empty: none */
};

/* False and a flaw if `der` is not one PrivateKeyInfo and nothing else. An
 * EncryptedPrivateKeyInfo and a bare SEC1 key are named in the flaw. */
bool es_pkcs8_view(struct es_arena *a, struct es_slice der, struct es_pkcs8 *out,
                   struct es_flaw *flaw) ES_MUST_CHECK;
/* The public key that belongs to it, computed from the private value and not taken from
 * the encoding. False if the key cannot be used. */
bool es_pkcs8_public_key(struct es_arena *a, const struct es_pkcs8 *key,
                         struct es_public_key *out) ES_MUST_CHECK;
/* True if private and public key are a pair, by es_pkcs8_public_key. */
bool es_pkcs8_is_pair(struct es_arena *a, const struct es_pkcs8 *key,
                      const struct es_public_key *pub);

/* Writes PKCS#8 version 1 around what ECPrivateKey or RSAPrivateKey octets say. False
 * if they cannot be read; an ECPrivateKey must name its curve. */
bool es_pkcs8_build(struct es_arena *a, struct es_slice inner, struct es_slice *pkcs8,
                    struct es_flaw *flaw) ES_MUST_CHECK;

#endif
