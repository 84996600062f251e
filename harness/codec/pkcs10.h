/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CODEC_PKCS10_H
#define ES_CODEC_PKCS10_H

/*
 * Certification requests (PKCS#10, RFC 2986; Content-Format 286), built and viewed.
 *
 * Building: fill a recipe; what is zero is valid and plain (no attributes, SHA-256,
 * signed with the key itself). The knobs that make a request wrong are part of the
 * recipe.
 *
 * Viewing reads BER leniently and reports what it saw (DER or not, signature good or
 * not); it fails only where the structure cannot be followed. Attributes of any OID are
 * kept.
 */

#include "base/diag.h"
#include "codec/x509.h"

struct es_attribute {
    struct es_slice oid; /* contents */
    enum es_oid id;
    struct es_slice values; /* contents of the SET OF: zero or more DER elements */
    size_t values_n;        /* when read */
    size_t offset;          /* when read */
};

struct es_pkcs10 {
    struct es_slice der;
    struct es_flaw not_der;   /* text NULL: it is DER */
    struct es_slice trailing; /* octets behind the request */
    struct es_slice info;     /* CertificationRequestInfo, raw: what is signed */
    uint64_t version;         /* 0 is v1 */
    struct es_slice subject;  /* raw Name */
    const char *subject_text;
    struct es_public_key key;
    bool has_attributes_field; /* [0] is mandatory even if empty */
    struct es_attribute *attributes;
    size_t attributes_n;
    bool has_extensions;
    struct es_extensions ext; /* of the extensionRequest */
    size_t challenges_n;      /* how many challengePassword values */
    unsigned challenge_tag;   /* string type of the first */
    struct es_slice challenge;
    struct es_slice algorithm, signature;
    const char *algorithm_text;
    bool signature_valid;
    const char *signature_text; /* why not, or "valid" */
};

/* False and a flaw if the body is not a CertificationRequest. */
bool es_pkcs10_view(struct es_arena *a, struct es_slice body, struct es_pkcs10 *out,
                    struct es_flaw *flaw) ES_MUST_CHECK;
/* The attribute, or NULL. */
const struct es_attribute *es_pkcs10_find(const struct es_pkcs10 *csr, enum es_oid id);

struct es_pkcs10_recipe {
    const char *subject;         /* text as in codec/name.h; NULL: the empty name */
    struct es_slice subject_der; /* instead of the text, if not empty */
    struct es_slice key;         /* PKCS#8 of the key to be certified; mandatory */
    struct es_slice signing_key; /* PKCS#8; empty: key */
    struct es_slice spki;        /* public key to show; empty: that of key */
    enum es_hash hash;           /* used if has_hash; else SHA-256, SHA-384 for P-384 */
    bool has_hash;
    bool break_signature;   /* flips one bit of the signature value */
    const char *const *san; /* general names, codec/extension.h */
    size_t san_n;
    const char *const *eku; /* names or OIDs */
    size_t eku_n;
    unsigned key_usage;                    /* 0: no extension */
    const struct es_extension *extensions; /* further ones; oid, critical, value used */
    size_t extensions_n;
    const struct es_attribute *attributes; /* further ones; oid and values used */
    size_t attributes_n;
    bool has_challenge;
    struct es_slice challenge;
    unsigned challenge_tag; /* 0: PrintableString (RFC 7030, 3.5) */
};

/* Builds the request in the arena. False and a note (INPUT) if a text of the recipe is
 * malformed or the key cannot sign. Attributes are put in DER order of their SET OF. */
bool es_pkcs10_build(struct es_arena *a, const struct es_pkcs10_recipe *recipe,
                     struct es_slice *der, struct es_diag *d) ES_MUST_CHECK;

#endif
