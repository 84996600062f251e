/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CODEC_EXTENSION_H
#define ES_CODEC_EXTENSION_H

/*
 * Certificate extensions (RFC 5280, 4.2), as they stand in certificates and in the
 * extensionRequest of a PKCS#10 request: the raw list in its order, and the meaning of
 * those that the harness understands.
 */

#include "codec/der.h"
#include "codec/oid.h"
#include "codec/san.h"

struct es_extension {
    struct es_slice oid; /* contents */
    enum es_oid id;
    bool critical;
    struct es_slice value; /* contents of extnValue */
    size_t offset;         /* when read: of the extension in what was read */
};

/* Bits of keyUsage, bit 0 first (RFC 5280, 4.2.1.3). */
enum es_key_usage {
    ES_KU_DIGITAL_SIGNATURE = 1 << 0,
    ES_KU_NON_REPUDIATION = 1 << 1,
    ES_KU_KEY_ENCIPHERMENT = 1 << 2,
    ES_KU_DATA_ENCIPHERMENT = 1 << 3,
    ES_KU_KEY_AGREEMENT = 1 << 4,
    ES_KU_KEY_CERT_SIGN = 1 << 5,
    ES_KU_CRL_SIGN = 1 << 6,
    ES_KU_ENCIPHER_ONLY = 1 << 7,
    ES_KU_DECIPHER_ONLY = 1 << 8
};

struct es_extensions {
    struct es_extension *list;
    size_t n;
    bool has_basic_constraints, ca, has_path_len;
    uint64_t path_len;
    bool has_key_usage;
    unsigned key_usage; /* enum es_key_usage */
    bool has_eku;
    struct es_slice *eku; /* contents of OIDs */
    size_t eku_n;
    bool has_san;
    struct es_san *san;
    size_t san_n;
    struct es_slice subject_key_id, authority_key_id; /* empty: absent */
    const struct es_extension *unknown_critical; /* the first not understood, or NULL */
};

/* Reads an `Extensions` SEQUENCE that comes next in r. A repeated extension is a flaw
 * (RFC 5280, 4.2). Lists lie in the arena of the document. */
bool es_extensions_read(struct es_der *r, struct es_extensions *out);
/* The extension, or NULL. */
const struct es_extension *es_extensions_find(const struct es_extensions *e,
                                              enum es_oid id);
/* True if the extended key usages contain this one. anyExtendedKeyUsage does not
 * count. */
bool es_extensions_has_eku(const struct es_extensions *e, enum es_oid usage);
/* True if the same general name is among the SANs; text as in codec/san.h. DNS names
 * without regard to case. */
bool es_extensions_has_san(const struct es_extensions *e, const char *text);
/* `digitalSignature, keyCertSign`: the bits in words. */
const char *es_key_usage_text(struct es_arena *a, unsigned bits);
/* The bit of a name, or 0. */
unsigned es_key_usage_find(struct es_slice name);

/* Writers of one `Extension` each. */
void es_extension_put(struct es_buf *b, enum es_oid id, bool critical,
                      struct es_slice value);
/* An extension as it is in `x`. */
void es_extension_put_raw(struct es_buf *b, const struct es_extension *x);
void es_extension_put_basic_constraints(struct es_buf *b, bool ca, int path_len);
void es_extension_put_key_usage(struct es_buf *b, unsigned bits);
/* Names or dotted OIDs; false if one is neither. */
bool es_extension_put_eku(struct es_buf *b, struct es_arena *a, const char *const *eku,
                          size_t n) ES_MUST_CHECK;
/* General names as in codec/san.h; critical if the subject is empty (RFC 5280,
 * 4.2.1.6). False, and *bad the index, if one is malformed. */
bool es_extension_put_san(struct es_buf *b, struct es_arena *a, const char *const *san,
                          size_t n, bool critical, size_t *bad) ES_MUST_CHECK;
void es_extension_put_subject_key_id(struct es_buf *b, struct es_slice id);
void es_extension_put_authority_key_id(struct es_buf *b, struct es_slice id);

#endif
