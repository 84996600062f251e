/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CODEC_X509_H
#define ES_CODEC_X509_H

/*
 * A view of an X.509 certificate (RFC 5280). es_x509_view reads strict DER and fills a
 * struct whose slices borrow the input and whose lists and texts lie in the arena; both
 * must outlive the view. It refuses what cannot be read, not what is unwise: an expired
 * certificate or a strange extension is in the view, to be judged by codec/chain.h or
 * by a scenario.
 */

#include "codec/crypto.h"
#include "codec/extension.h"
#include "codec/name.h"

struct es_x509 {
    struct es_slice der, tbs;
    unsigned version;                /* 1, 2 or 3 */
    struct es_slice serial;          /* contents of the INTEGER */
    const char *serial_text;         /* hex */
    struct es_slice issuer, subject; /* raw Names */
    const char *issuer_text, *subject_text;
    int64_t not_before,
        not_after; /* Unix seconds; 9999-12-31 means no end (RFC 5280) */
    struct es_public_key key;
    struct es_slice algorithm; /* AlgorithmIdentifier of the signature, raw */
    const char *algorithm_text;
    struct es_slice signature;
    struct es_extensions ext;
};

/* False and a flaw if `der` is not exactly one certificate in DER. */
bool es_x509_view(struct es_arena *a, struct es_slice der, struct es_x509 *out,
                  struct es_flaw *flaw) ES_MUST_CHECK;
/* True if `issuer`'s key verifies the signature of `cert`; names are not compared. why
 * may be NULL. */
bool es_x509_is_signed_by(struct es_arena *a, const struct es_x509 *cert,
                          const struct es_public_key *issuer, const char **why);
/* Issuer and subject are equal (RFC 5280, 7.1). Says nothing about the signature. */
bool es_x509_is_self_issued(struct es_arena *a, const struct es_x509 *cert);
/* Lower-case hex of the SHA-256 of the certificate. */
const char *es_x509_fingerprint(struct es_arena *a, struct es_slice der);
/* `CN=device (serial 1a2b, expires 2030-01-01T00:00:00Z)`: for failure texts. */
const char *es_x509_text(struct es_arena *a, const struct es_x509 *cert);

#endif
