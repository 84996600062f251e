/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CODEC_CRYPTO_H
#define ES_CODEC_CRYPTO_H

/*
 * The cryptographic primitives of codec and pki, on wolfCrypt: hashes, signatures,
 * random octets. All formats around them are ours. A private key is the DER of its
 * PKCS#8 (RFC 5958), a public key the DER of its SubjectPublicKeyInfo; both are slices,
 * so a key has no life of its own and needs no clean-up.
 *
 * ECDSA takes random nonces: signatures of the same message differ in value and length.
 */

#include "codec/der.h"
#include "codec/oid.h"

enum es_key_kind { ES_KEY_OTHER, ES_KEY_P256, ES_KEY_P384, ES_KEY_P521, ES_KEY_RSA };

struct es_public_key {
    struct es_slice spki; /* whole SubjectPublicKeyInfo */
    enum es_key_kind kind;
    struct es_slice bits; /* contents of subjectPublicKey: EC point or RSAPublicKey */
    const char *text;     /* "EC secp256r1", "RSA 2048", "id-Ed25519" */
    enum es_oid algorithm;
};

enum es_hash { ES_HASH_SHA1, ES_HASH_SHA256, ES_HASH_SHA384, ES_HASH_SHA512 };

/* Starts wolfSSL, once per process however often it is called. Before anything of pki
 * or dtls, and before es_crypto_*. Each es_crypto function calls it itself. */
void es_crypto_start(void);
/* Fills with random octets that are fit for keys. */
void es_crypto_random(uint8_t *out, size_t n);
/* The digest, in the arena. */
struct es_slice es_crypto_hash(struct es_arena *a, enum es_hash hash,
                               struct es_slice in);

/* Reads a SubjectPublicKeyInfo that comes next in r. A key of unknown algorithm is no
 * flaw (kind ES_KEY_OTHER); a point that cannot lie on its curve is found only by
 * verifying. */
bool es_public_key_read(struct es_der *r, struct es_public_key *out);
/* The same from the DER alone. */
bool es_public_key_view(struct es_arena *a, struct es_slice spki,
                        struct es_public_key *out, struct es_flaw *flaw);
/* SHA-1 of the key bits: the usual key identifier (RFC 5280, 4.2.1.2 (1)). */
struct es_slice es_public_key_id(struct es_arena *a, const struct es_public_key *key);
/* True if both are the same key, however they are wrapped. */
bool es_public_key_is_equal(const struct es_public_key *x,
                            const struct es_public_key *y);

/* Verifies `signature` (contents of the BIT STRING) of `message` with an
 * AlgorithmIdentifier (raw). False, and *why says it: does not verify, unknown
 * algorithm, algorithm and key do not fit, malformed signature. */
bool es_crypto_verify(struct es_arena *a, const struct es_public_key *key,
                      struct es_slice algorithm, struct es_slice message,
                      struct es_slice signature, const char **why) ES_MUST_CHECK;
/* Makes a new key pair as PKCS#8 in the arena. False if the kind cannot be made
 * here. */
bool es_crypto_make_key(struct es_arena *a, enum es_key_kind kind,
                        struct es_slice *pkcs8) ES_MUST_CHECK;
/* Writes the AlgorithmIdentifier of signatures by a key of this kind. */
void es_crypto_put_algorithm(struct es_buf *out, enum es_key_kind kind,
                             enum es_hash hash);
/* Signs with a PKCS#8 key: appends to `out` the AlgorithmIdentifier and the BIT STRING,
 * as they stand behind the signed part of certificates and requests. False if the key
 * cannot be used. */
bool es_crypto_put_signature(struct es_buf *out, struct es_slice pkcs8,
                             enum es_hash hash, struct es_slice message) ES_MUST_CHECK;

#endif
