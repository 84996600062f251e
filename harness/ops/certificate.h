/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_OPS_CERTIFICATE_H
#define ES_OPS_CERTIFICATE_H

/*
 * Certificates and the things they are compared with, as scenarios see them. Wherever bytes
 * are compared with a certificate (`key-matches`, `subject-matches` ...), they may be a
 * certificate, a certs-only bag (its first certificate), a CSR, a PKCS#8 key, or a
 * multipart body of a generated key and its certificate.
 */

#include "codec/pkcs10.h"
#include "codec/x509.h"
#include "scenario/op.h"

/* Fields of a certificate; records are struct es_x509. */
extern const struct es_shape es_certificate_shape;

/* Lists of text for getters. */
struct es_value es_san_list(const struct es_extensions *e, struct es_arena *a);
struct es_value es_eku_list(const struct es_extensions *e, struct es_arena *a);
struct es_value es_text_value(const char *text);

/* What is known of bytes of any of the kinds above. */
struct es_subject_view {
    struct es_public_key key;
    bool has_name; /* subject and ext are set */
    struct es_slice subject;
    const char *subject_text;
    struct es_extensions ext;
};
/* False: *why says what the bytes are instead. */
bool es_subject_view(struct es_arena *a, struct es_slice bytes,
                     struct es_subject_view *out, const char **why);
/* Whether both lists hold the same general names, in any order. */
bool es_san_is_equal(const struct es_extensions *x, const struct es_extensions *y);

/* The predicates `key-matches`, `key-differs`, `subject-matches` and `san-matches` on views. */
bool es_key_matches(struct es_arena *a, const struct es_public_key *key,
                    struct es_slice other, const char **got);
bool es_key_differs(struct es_arena *a, const struct es_public_key *key,
                    struct es_slice other, const char **got);
bool es_subject_matches(struct es_arena *a, struct es_slice subject, const char *text,
                        struct es_slice other, const char **got);
bool es_san_matches(struct es_arena *a, const struct es_extensions *ext,
                    struct es_slice other, const char **got);

#endif
