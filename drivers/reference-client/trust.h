/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_TRUST_H
#define ES_TRUST_H

#include <openssl/x509.h>

#include <stdbool.h>

/* Whom the client believes (RFC 7030, 3.6 and 4.1.3). The Implicit TA database is what it
   was born with. The first good answer to crts makes an Explicit TA database, which from
   then on is used instead; each later answer replaces it.

   Which certificates of the bag become anchors: self-signed CA certificates that are known
   already, that issued another CA certificate of the bag, or whose new key is vouched for
   by an old one (NewWithOld) - or the only one, if the bag has no other CA certificate. A
   self-signed certificate that merely lies in the bag is not believed. The rest is kept
   for building paths if it has a path to one of these anchors, and dropped otherwise. */

struct es_trust {
    STACK_OF(X509) * implicit;
    STACK_OF(X509) * explicit_anchors; /* NULL before the first crts */
    STACK_OF(X509) * intermediates;    /* never NULL once implicit is set */
};

/* The anchors in force, as a store that the caller frees. */
X509_STORE *es_trust_store(const struct es_trust *trust);

/* Whether there is a valid path from cert to an anchor in force, by way of the
   intermediates known or those given (either may be NULL). On failure *why tells. */
bool es_trust_has_path(const struct es_trust *trust, X509 *cert, STACK_OF(X509) * some,
                       STACK_OF(X509) * others, const char **why);

/* Takes over the certificates of a crts answer. NULL, or why nothing was taken over. */
const char *es_trust_learn(struct es_trust *trust, STACK_OF(X509) * bag);

/* Back to the Implicit TA database. */
void es_trust_forget(struct es_trust *trust);

#endif
