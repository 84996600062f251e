/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_PKI_IDENTITY_H
#define ES_PKI_IDENTITY_H

/*
 * Identities and trust from the operator's files (--cert, --key, --trust). Files may be
 * PEM or DER. Everything lies in the arena. That a certificate has expired is no error
 * here: the operator may want it so.
 */

#include "base/diag.h"
#include "codec/chain.h"

enum { ES_IDENTITY_CHAIN_MAX = 8 };

struct es_identity {
    struct es_slice chain[ES_IDENTITY_CHAIN_MAX]; /* DER, leaf first */
    size_t chain_n;
    struct es_slice key; /* PKCS#8 */
    struct es_x509 leaf;
};

/* The leaf and its chain from cert_path, its key from key_path (NULL: the same file).
 * False and notes (INPUT or ENVIRONMENT) with path and remedy: unreadable, no
 * certificate, encrypted key, key of another certificate, chain not in order. */
bool es_identity_load(struct es_arena *a, const char *cert_path, const char *key_path,
                      struct es_identity *out, struct es_diag *d) ES_MUST_CHECK;
/* All certificates of a file, added to the bag. */
bool es_trust_load(struct es_arena *a, const char *path, struct es_x509_bag *bag,
                   struct es_diag *d) ES_MUST_CHECK;
#endif
