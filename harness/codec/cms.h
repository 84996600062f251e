/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CODEC_CMS_H
#define ES_CODEC_CMS_H

/*
 * A private key in CMS (Content-Format 280; RFC 9148, 4.8; RFC 7030, 4.4.2): EnvelopedData
 * and SignedData (RFC 5652) around an AsymmetricKeyPackage (RFC 5958).
 *
 * es_cms_key_view takes layer after layer off and tells in `nesting` what it met. RFC 7030
 * has SignedData inside EnvelopedData; a sentence of RFC 9148 can be read the other way
 * round, so both are followed, as are a layer left out and a bare key where the package
 * should be: what is right is the caller's business. It fails only where the body is no
 * CMS at all; a layer that cannot be opened or read ends the way, and `why` says it.
 *
 * Key encryption: AES key wrap by a KEK, ECDH (RFC 5753, ephemeral-static with an X9.63
 * KDF) and RSA (PKCS#1 v1.5 and OAEP). Content encryption: AES-CBC. AuthEnvelopedData,
 * passwords and static originators are named but not opened.
 *
 * What it does not check: whether the recipient is the one that was asked for (look at
 * key_id), dates and chain of the signer, unprotected attributes.
 *
 * Views borrow the input or lie in the arena.
 */

#include "codec/x509.h"

enum es_cms_recipient_kind {
    ES_CMS_KEK,
    ES_CMS_KEY_TRANSPORT,
    ES_CMS_KEY_AGREEMENT,
    ES_CMS_OTHER /* password and others: not opened */
};

/* One key for one recipient; a KeyAgreeRecipientInfo gives one for each of its keys. */
struct es_cms_recipient {
    enum es_cms_recipient_kind kind;
    uint64_t version;
    struct es_slice
        key_id; /* kekid or subject key identifier; empty: named otherwise */
    struct es_slice issuer_and_serial; /* raw, then */
    struct es_slice algorithm;         /* keyEncryptionAlgorithm, raw */
    const char *algorithm_text;        /* with the wrap algorithm, if it names one */
    struct es_slice
        originator_curve;       /* agreement: contents of an OID; empty: as ours */
    struct es_slice originator; /* agreement: point; empty: a static key */
    struct es_slice ukm;
    struct es_slice encrypted_key;
};

struct es_cms_enveloped {
    uint64_t version;
    bool has_originator_info, has_unprotected;
    struct {
        struct es_cms_recipient *at;
        size_t n, room;
    } recipients;
    struct es_slice content_type; /* contents of an OID */
    struct es_slice algorithm;    /* contentEncryptionAlgorithm, raw */
    const char *algorithm_text;   /* aes128-CBC */
    struct es_slice ciphertext;
};

struct es_cms_signed {
    uint64_t version;
    struct es_slice content_type, content;
    struct {
        struct es_slice *at;
        size_t n, room;
    } certs;
    size_t signers_n;
    bool signature_valid;       /* of the first signer */
    const char *signature_text; /* why not, or "valid" */
    bool has_signer;            /* its certificate is inside */
    struct es_x509 signer;
};

/* What opens EnvelopedData; either may be empty. */
struct es_cms_secret {
    struct es_slice kek;   /* 16, 24 or 32 octets */
    struct es_slice pkcs8; /* the recipient's private key */
};

struct es_cms_key {
    struct es_slice der, trailing;
    struct es_flaw not_der; /* of the outermost layer; text NULL: it is DER */
    const char *nesting;    /* `enveloped signed key-package` */
    bool has_enveloped, opened, has_signed;
    struct es_cms_enveloped enveloped;
    struct es_cms_signed signed_data;
    struct es_slice pkcs8; /* empty: it was not reached */
    const char *why;       /* then */
};

/* False and a flaw if the body is no ContentInfo, or its outermost layer cannot be read.
 * The secret may be NULL. */
bool es_cms_key_view(struct es_arena *a, struct es_slice body,
                     const struct es_cms_secret *secret, struct es_cms_key *out,
                     struct es_flaw *flaw) ES_MUST_CHECK;
/* A secret out of octets: up to 32 are a key-encryption key, more are PKCS#8. */
struct es_cms_secret es_cms_secret_of(struct es_slice octets);
/* The name by which a CSR and a recipient call a key (RFC 7030, 4.4.1): of a certificate
 * its subject key identifier; of a key-encryption key of up to 32 octets, by a convention
 * of ours, the first eight of its SHA-256. Empty: neither. */
struct es_slice es_cms_key_name(struct es_arena *a, struct es_slice key);
/* Whether the recipient is the owner of this key, called by that name or by issuer and
 * serial number of the certificate. */
bool es_cms_recipient_has(struct es_arena *a, const struct es_cms_recipient *r,
                          struct es_slice key);
/* `kek`, `key-transport`, `key-agreement`, `other`. */
const char *es_cms_recipient_name(enum es_cms_recipient_kind kind);
/* NULL if versions are those of RFC 5652 (6.1, 6.2) and there is a recipient; else what
 * is wrong. */
const char *es_cms_enveloped_flaw(struct es_arena *a, const struct es_cms_enveloped *e);

/* What is zero is left out. The recipient is a KEK or a certificate. */
struct es_cms_recipe {
    struct es_slice pkcs8; /* the key to be carried; mandatory */
    struct es_slice kek, kek_id;
    struct es_slice recipient;               /* certificate */
    struct es_slice signer_cert, signer_key; /* empty: not signed */
    bool signed_outside;                     /* EnvelopedData inside SignedData */
};

/* Builds the ContentInfo in the arena. False, and *why, if the recipe's keys cannot be
 * used. */
bool es_cms_key_build(struct es_arena *a, const struct es_cms_recipe *recipe,
                      struct es_slice *out, const char **why) ES_MUST_CHECK;

#endif
