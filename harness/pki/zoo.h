/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_PKI_ZOO_H
#define ES_PKI_ZOO_H

/*
 * The certificate zoo: every identity, good or bad, that scenarios name as `$pki.NAME`.
 * It is listed in zoo.def. es_zoo_open makes it afresh in memory (some milliseconds),
 * or keeps it in a folder between runs, for devices with burnt-in anchors.
 * es_zoo_export writes PEM and DER files for implementations under test.
 *
 * All memory lies in the arena given to es_zoo_open.
 */

#include "base/diag.h"
#include "codec/x509.h"

enum { ES_ZOO_CHAIN_MAX = 4 };

enum es_zoo_id {
#define X(id, name, issuer, doc) ES_ZOO_##id,
#include "pki/zoo.def"
#undef X
    ES_ZOO_COUNT
};

struct es_zoo_entry {
    const char *name;                        /* `est-server` */
    const char *doc;                         /* one line: what role it plays */
    struct es_slice cert;                    /* DER */
    struct es_slice chain[ES_ZOO_CHAIN_MAX]; /* leaf first, without the root */
    size_t chain_n;
    struct es_slice key; /* PKCS#8 that is offered with it (not its own in other-key) */
    struct es_x509 view;
};

struct es_zoo {
    struct es_arena *arena;
    struct es_zoo_entry at[ES_ZOO_COUNT];
    bool generated; /* false: loaded from the folder as it was */
};

/* With folder NULL: generates a zoo valid around now_s (Unix seconds). Else loads it
 * from the folder; generates and saves it there if the folder is empty, incomplete or
 * its zoo has expired (a line in `notice`, NULL otherwise). NULL and a note
 * (ENVIRONMENT) if the folder cannot be read or written. */
struct es_zoo *es_zoo_open(struct es_arena *a, const char *folder, int64_t now_s,
                           const char **notice, struct es_diag *d) ES_MUST_CHECK;
/* Writes NAME.cert.pem, NAME.chain.pem, NAME.key.pem (PKCS#8), NAME.cert.der,
 * NAME.key.der for each entry, client-trust.pem (manufacturer-ca, root, issuing-ca),
 * crts.pem (issuing-ca, root), denied.pem (denied), and under the names by which CSRs
 * call them (es_cms_key_name) decrypt-key.HEX.bin, the key-encryption key, and
 * decrypt-key.HEX.cert.pem, the two recipients. Makes the folder; key files get mode
 * 0600; existing files are replaced whole or not at all. False and a note (ENVIRONMENT)
 * with the path. */
bool es_zoo_export(const struct es_zoo *zoo, const char *folder, struct es_diag *d)
    ES_MUST_CHECK;
/* The key-encryption key that server and device share for encrypted keys: 16 octets,
 * the same in every zoo. */
struct es_slice es_zoo_kek(void);
/* By name, or NULL. */
const struct es_zoo_entry *es_zoo_find(const struct es_zoo *zoo, struct es_slice name);
/* The name of an entry without a zoo, for checks at load time; NULL beyond the last. */
const char *es_zoo_name_at(size_t index);
/* Its one-line documentation; NULL beyond the last. */
const char *es_zoo_doc_at(size_t index);

#endif
