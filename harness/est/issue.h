/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_EST_ISSUE_H
#define ES_EST_ISSUE_H

/*
 * The CA behind the EST server: from a certification request to the body of the answer. What
 * is zero in an order is right; every knob makes one thing wrong, so that a client can be
 * shown each wrong answer by itself.
 *
 * A request that asks for server key generation is served with key ES_ISSUE_GENERATED: the
 * certificate is for the new key, whose PKCS#8 is handed out.
 */

#include "base/diag.h"
#include "pki/zoo.h"

enum es_issue_key {
    ES_ISSUE_REQUESTED, /* the key of the request */
    ES_ISSUE_OTHER,     /* a key that nobody asked for, and that is kept */
    ES_ISSUE_GENERATED, /* a new key, handed out as pkcs8 */
};

enum es_issue_validity { ES_ISSUE_VALID, ES_ISSUE_EXPIRED, ES_ISSUE_NOT_YET };

/* What stands in p7. */
enum es_issue_form {
    ES_ISSUE_CERTS_ONLY, /* PKCS#7 in DER (content format 281) */
    ES_ISSUE_RAW,        /* the certificate itself (287, or wrongly under 281) */
    ES_ISSUE_BASE64,     /* base64 of the PKCS#7, as RFC 7030 has it */
    ES_ISSUE_PEM,
    ES_ISSUE_BER, /* the PKCS#7 with an indefinite length */
};

/* Which certificates accompany the one issued. */
enum es_issue_chain {
    ES_ISSUE_CHAIN_NONE, /* RFC 9148 asks for no more */
    ES_ISSUE_CHAIN_ISSUER,
    ES_ISSUE_CHAIN_WHOLE, /* up to the root */
    ES_ISSUE_CHAIN_WRONG, /* of the impostor */
};

enum es_issue_issuer {
    ES_ISSUE_BY_ISSUING_CA,
    ES_ISSUE_BY_IMPOSTOR, /* whom nobody trusts */
    ES_ISSUE_BY_ROOT,
};

struct es_issue_order {
    struct es_slice csr; /* PKCS#10 */
    enum es_issue_key key;
    enum es_issue_validity validity;
    enum es_issue_form form;
    enum es_issue_chain chain;
    bool ca; /* the certificate is for a CA */
    enum es_issue_issuer issuer;
    struct es_slice issuer_cert; /* by whoever holds this instead; or empty */
    struct es_slice issuer_key;  /* its PKCS#8 */
    bool wrong_first;            /* another certificate stands first */
    bool issuer_first;           /* what `chain` adds stands first */
    bool break_signature;        /* of the certificate */
    const char *subject;         /* instead of the one asked for; NULL */
    bool without_names;          /* subjectAltName of the request is left out */
};

struct es_issued {
    struct es_slice cert;  /* DER */
    struct es_slice p7;    /* in the form ordered */
    struct es_slice key;   /* SubjectPublicKeyInfo of the certificate */
    struct es_slice pkcs8; /* of a generated key; else empty */
};

/* A certificate like the zoo's est-server and for its key, which names this address too
 * (`192.0.2.7`): for devices that find us elsewhere than on loopback. False and a note. */
bool es_issue_server(struct es_arena *a, const struct es_zoo *zoo, int64_t now_s,
                     const char *address, struct es_slice *cert, struct es_diag *d)
    ES_MUST_CHECK;
/* False and a note (INPUT) if the request cannot be read or certified. Everything in the
 * arena. */
bool es_issue(struct es_arena *a, const struct es_zoo *zoo, int64_t now_s,
              const struct es_issue_order *order, struct es_issued *out,
              struct es_diag *d) ES_MUST_CHECK;

#endif
