/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_PLEDGE_H
#define ES_PLEDGE_H

#include "attrs.h"
#include "links.h"
#include "trust.h"

#include <openssl/evp.h>

/* What the device knows. Stored: its IDevID, the certificate it enrolled for, its trust
   anchors. Volatile, gone with the next boot: what discovery and att said. */

struct es_credential {
    X509 *cert; /* NULL: none */
    EVP_PKEY *key;
    STACK_OF(X509) * chain; /* sent behind cert; may be NULL */
};

struct es_pledge {
    struct es_credential idevid, enrolled;
    struct es_trust trust;
    struct es_attrs attrs;
    struct es_links links;
};

extern struct es_pledge es_pledge;

/* Reads idevid.chain.pem, idevid.key.pem and the Implicit TA database, implicit-ta.pem or
   else root.cert.pem. False, with the reason on stderr, if something is missing. */
bool es_pledge_load(const char *dir);

/* What to show in a handshake: the enrolled certificate while it is valid, else the
   IDevID. */
const struct es_credential *es_pledge_credential(void);

/* Replaces the enrolled certificate. Takes over nothing: references are added. */
void es_pledge_install(X509 *cert, EVP_PKEY *key);

/* Starts again with what is stored. */
void es_pledge_boot(void);
/* Back to what the factory made. */
void es_pledge_reset(void);

#endif
