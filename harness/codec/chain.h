/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CODEC_CHAIN_H
#define ES_CODEC_CHAIN_H

/*
 * Judges certification paths (RFC 5280, section 6, without policies, name constraints
 * and revocation: nameConstraints counts as unknown, so it fails only where it is
 * critical).
 *
 * es_chain_judge looks for a path from the leaf over certificates of the bag to an
 * anchor. If none is good it tells about the one that reached an anchor, or else came
 * farthest, so that "expired" is not hidden behind "no path". Of one path the leaf is
 * judged first. The time is the caller's. An anchor is trusted for its name and key:
 * its own signature, dates and constraints are not judged (RFC 5280, 6.1.1 (d)).
 *
 * Host names and extended key usages are separate questions, below.
 */

#include "codec/x509.h"

enum { ES_CHAIN_MAX = 10 };

enum es_chain_result {
    ES_CHAIN_OK,
    ES_CHAIN_NO_PATH,   /* no certificate or anchor of the issuer's name */
    ES_CHAIN_SIGNATURE, /* issuer found by name, but its key does not verify */
    ES_CHAIN_EXPIRED,
    ES_CHAIN_NOT_YET_VALID,
    ES_CHAIN_NOT_A_CA,         /* basicConstraints (RFC 5280, 6.1.4 (k)) */
    ES_CHAIN_PATH_LENGTH,      /* pathLenConstraint (6.1.4 (m)) */
    ES_CHAIN_KEY_USAGE,        /* an issuer without keyCertSign (6.1.4 (n)) */
    ES_CHAIN_UNKNOWN_CRITICAL, /* critical extension not understood (6.1.4 (o)) */
    ES_CHAIN_TOO_LONG
};

/* Certificates without order. */
struct es_x509_bag {
    struct es_x509 *at;
    size_t n, room;
};

struct es_chain_verdict {
    enum es_chain_result result;
    const struct es_x509 *where; /* the certificate it is about */
    const char *text;            /* one line in words, in the arena */
    const struct es_x509
        *path[ES_CHAIN_MAX]; /* leaf first, anchor last; as far as found */
    size_t path_n;
};

/* Adds a certificate; false and a flaw if it is not one. */
bool es_x509_bag_add(struct es_arena *a, struct es_x509_bag *bag, struct es_slice der,
                     struct es_flaw *flaw) ES_MUST_CHECK;

/* Judges the leaf at the time now_s (Unix seconds). True if the result is ES_CHAIN_OK.
 * A leaf that is itself an anchor is OK if it is in its validity. */
bool es_chain_judge(struct es_arena *a, const struct es_x509 *leaf,
                    const struct es_x509_bag *bag, const struct es_x509_bag *anchors,
                    int64_t now_s, struct es_chain_verdict *out);
/* True if the bag holds a path from cert to a self-signed root that is in the bag too
 * (RFC 7030, 4.1.3). Dates are not judged. The verdict tells where it breaks. */
bool es_chain_is_complete(struct es_arena *a, const struct es_x509 *cert,
                          const struct es_x509_bag *bag, struct es_chain_verdict *out);
/* `expired`, `no-path` ..: the word for scenarios. */
const char *es_chain_result_name(enum es_chain_result result);

/* RFC 6125: host is a DNS name or an address in text; only SAN entries count, a `*`
 * as the whole leftmost label matches one label. *why (may be NULL) lists the names
 * there. */
bool es_x509_is_for_host(struct es_arena *a, const struct es_x509 *cert,
                         const char *host, const char **why);
/* True if the certificate may be used so: the usage or anyExtendedKeyUsage is listed,
 * or there is no extKeyUsage at all. For id-kp-cmcRA the usage must be listed (RFC
 * 7030, 3.6.1): use es_extensions_has_eku. */
bool es_x509_allows_usage(const struct es_x509 *cert, enum es_oid usage);

#endif
