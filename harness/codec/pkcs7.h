/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CODEC_PKCS7_H
#define ES_CODEC_PKCS7_H

/*
 * Certs-only CMS SignedData (Content-Format 281; RFC 5652 section 5, RFC 7030 4.1.3,
 * RFC 8951). The view reads BER leniently and reports what it saw, so that one body can
 * be judged against each rule by itself: is it DER, is there content, are there
 * signers. It fails only if the body is not a SignedData at all or its structure cannot
 * be followed.
 *
 * crls [1], even empty as in RFC 9148 A.1, are allowed. The certificates are not parsed
 * here; give them to es_x509_view.
 */

#include "codec/der.h"

struct es_pkcs7 {
    struct es_slice der;
    struct es_flaw not_der;   /* first deviation from DER; text NULL: it is DER */
    struct es_slice trailing; /* octets behind the ContentInfo */
    uint64_t version;
    size_t digest_algorithms_n;
    struct es_slice content_type; /* eContentType: contents of the OID */
    const char *content_type_text;
    bool has_content;       /* eContent present */
    struct es_slice *certs; /* raw, in order; other kinds of CertificateChoices too */
    size_t certs_n;
    bool has_certs_field, has_crls_field;
    size_t crls_n;
    size_t signers_n;
};

/* False and a flaw if it is not a SignedData. The flaw says what the body is
 * instead. */
bool es_pkcs7_view(struct es_arena *a, struct es_slice body, struct es_pkcs7 *out,
                   struct es_flaw *flaw) ES_MUST_CHECK;
/* True if the view is what 281 demands: DER, nothing trailing, id-data without
 * eContent, no signers, version 1, at least one certificate. Else the first flaw. */
bool es_pkcs7_is_certs_only(struct es_arena *a, const struct es_pkcs7 *p7,
                            struct es_flaw *flaw);
/* A certs-only body of these certificates, in this order, in the arena. */
struct es_slice es_pkcs7_build(struct es_arena *a, const struct es_slice *certs,
                               size_t n);

#endif
