/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CODEC_CMS_INT_H
#define ES_CODEC_CMS_INT_H

/*
 * Between the files of CMS: layers, and the arithmetic of recipients.
 */

#include "codec/cms.h"
#include "codec/pkcs8.h"

/* An AlgorithmIdentifier: what it is, and a reader of its parameters. */
struct es_cms_algorithm {
    struct es_slice raw;
    enum es_oid id;
    const char *text;
    struct es_der parameters;
};

bool es_cms_read_algorithm(struct es_der *r, const char *what,
                           struct es_cms_algorithm *out);
/* The same from its DER alone. */
bool es_cms_view_algorithm(struct es_arena *a, struct es_slice raw,
                           struct es_cms_algorithm *out);
/* An OCTET STRING, or what has its place under another tag; one in pieces (BER) is put
 * together. */
bool es_cms_read_octets(struct es_der *r, unsigned tag, const char *what,
                        struct es_slice *out);
/* The contents of EnvelopedData and SignedData; r stands before the SEQUENCE. */
bool es_cms_read_enveloped(struct es_der *r, struct es_cms_enveloped *out);
bool es_cms_read_signed(struct es_der *r, struct es_cms_signed *out);

/* Octets of the key of a wrap or CBC algorithm; 0: not one of these. */
size_t es_cms_wrap_octets(enum es_oid wrap);
size_t es_cms_content_octets(enum es_oid cipher);

/* The key-encryption key that ECDH of own and point gives (RFC 5753, 7): wrap is the raw
 * AlgorithmIdentifier that keyInfo repeats. */
struct es_cms_agreement {
    const struct es_pkcs8 *own;
    struct es_slice point, wrap, ukm;
    enum es_hash hash;
    size_t kek_octets;
};
bool es_cms_agree(struct es_arena *a, const struct es_cms_agreement *x,
                  struct es_slice *kek);

/* Decrypts the content with what the secret opens. */
bool es_cms_open(struct es_arena *a, const struct es_cms_enveloped *e,
                 const struct es_cms_secret *secret, struct es_slice *content,
                 const char **why);

#endif
