/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_PKI_KEY_H
#define ES_PKI_KEY_H

/*
 * Private keys of ours: made, loaded, exported. A key is the DER of its PKCS#8 in an
 * arena, as codec/crypto.h signs with it.
 */

#include "base/diag.h"
#include "codec/pkcs8.h"

/* A new key pair. P-256, P-384 and P-521 take milliseconds, RSA (2048 bits) up to
 * seconds. False and a note if the kind is ES_KEY_OTHER. */
bool es_key_generate(struct es_arena *a, enum es_key_kind kind, struct es_slice *pkcs8,
                     struct es_diag *d) ES_MUST_CHECK;
/* The first private key in a file's contents: PEM or DER, PKCS#8, SEC1 or PKCS#1,
 * normalised to PKCS#8. An encrypted key, a file without key and an unusable one are
 * notes with the path. */
bool es_key_load(struct es_arena *a, struct es_slice file, const char *path,
                 struct es_slice *pkcs8, struct es_diag *d) ES_MUST_CHECK;
/* The public half as SubjectPublicKeyInfo, in the arena. Asserts that the key is
 * ours. */
struct es_slice es_key_spki(struct es_arena *a, struct es_slice pkcs8);
/* The ECPrivateKey or RSAPrivateKey inside (SEC1, PKCS#1). */
struct es_slice es_key_inner(struct es_arena *a, struct es_slice pkcs8);

#endif
