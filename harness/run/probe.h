/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_RUN_PROBE_H
#define ES_RUN_PROBE_H

/*
 * A look at a server before it is tested: is somebody there, does the DTLS handshake succeed
 * with our certificate, is its chain good, where is EST, which operations are there. Nothing
 * is enrolled: each operation is asked for with a GET, which a server of that operation
 * answers with 4.05 (or 2.05, for crts and att), and any other with 4.04.
 *
 * Judging is left to the scenarios. The probe only tells, in words, what would make all of
 * them fail alike.
 */

#include "net/address.h"
#include "pki/identity.h"

enum es_probe_op {
    ES_PROBE_CRTS,
    ES_PROBE_SEN,
    ES_PROBE_SREN,
    ES_PROBE_SKG,
    ES_PROBE_SKC,
    ES_PROBE_ATT,
    ES_PROBE_OPS,
};

struct es_probe_config {
    const char *uri; /* coaps://host[:port] */
    const struct es_identity *identity;
    const struct es_x509_bag *trust;
    es_usec patience;   /* for the handshake, and for each answer; 0: 10 s */
    const char *folder; /* for capture and trace; NULL: none are kept */
    uint64_t seed;
};

struct es_probe_result {
    const char *failure; /* one line: why nothing can be tested; NULL if it can */
    const char *remedy;  /* or NULL */
    struct es_address address;
    const char *host; /* as in the URI */
    const char *address_text;
    bool is_up;        /* the DTLS session was open */
    const char *suite; /* IANA name */
    bool is_ccm8;      /* the suite that RFC 9148 section 3 demands */
    bool certificate_requested, extended_master_secret;
    const char *subject; /* of its certificate, with dates */
    const char *chain;   /* `good`, or what is wrong with it */
    bool chain_good;
    const char *names;     /* `good`, or which names its certificate has */
    bool name_good, is_ra; /* for the host; id-kp-cmcRA is there */
    const char *clock;     /* our clock, or what the dates of the chain say about it */
    bool discovery;        /* /.well-known/core?rt=ace.est* has an answer */
    const char *root;      /* discovered, or /.well-known/est */
    const char *answers[ES_PROBE_OPS]; /* "2.05", "no answer" */
    bool ops[ES_PROBE_OPS];
    bool block2; /* an answer came in blocks that we asked for */
    double handshake_ms;
};

/* Fills *out; texts lie in the arena. Never fails: out->failure says so. */
void es_probe_server(const struct es_probe_config *cfg, struct es_arena *arena,
                     struct es_probe_result *out);
/* crts, sen ... */
const char *es_probe_op_name(enum es_probe_op op);

#endif
