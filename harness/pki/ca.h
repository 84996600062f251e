/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_PKI_CA_H
#define ES_PKI_CA_H

/*
 * Issues certificates with full control over their contents. Fill a recipe; what is
 * zero is plain: v3, a random serial of 8 octets, no extension but the key identifiers.
 * There is no policy here: a recipe may be wrong on purpose.
 */

#include "base/diag.h"
#include "codec/pkcs10.h"

struct es_ca_recipe {
    const char *subject;         /* text as in codec/name.h */
    struct es_slice subject_der; /* raw Name instead, if not empty */
    struct es_slice spki;        /* the key to certify; mandatory */
    struct es_slice issuer_cert; /* DER; empty: self-signed */
    const char *issuer_subject;  /* only if issuer_cert is empty: another issuer name */
    struct es_slice issuer_key;  /* PKCS#8 of the signer; mandatory */
    struct es_slice serial;      /* magnitude; empty: random */
    int64_t not_before, not_after; /* Unix seconds */
    bool ca;                       /* basicConstraints cA, critical */
    bool with_basic_constraints;   /* also where ca is false */
    int path_len;                  /* with ca; negative: none */
    unsigned key_usage;            /* 0: no extension */
    const char *const *eku;
    size_t eku_n;
    const char *const *san;
    size_t san_n;
    const struct es_extension *extensions; /* further ones, as they are */
    size_t extensions_n;
    bool without_key_ids; /* no subject and authority key identifier */
    bool break_signature;
    enum es_hash hash; /* used if has_hash; else SHA-256, SHA-384 for a P-384 signer */
    bool has_hash;
};

/* Issues the certificate, DER in the arena. False and a note (INPUT) if a text of the
 * recipe is malformed or the signer cannot sign. */
bool es_ca_issue(struct es_arena *a, const struct es_ca_recipe *recipe,
                 struct es_slice *cert, struct es_diag *d) ES_MUST_CHECK;
/* Takes subject, key and the requested extensions (SAN, keyUsage, extKeyUsage and
 * unknown ones, not basicConstraints and key identifiers) of a request over into the
 * recipe. The rest of the recipe stays. Borrows the request. */
void es_ca_recipe_adopt(struct es_arena *a, const struct es_pkcs10 *csr,
                        struct es_ca_recipe *recipe);

#endif
