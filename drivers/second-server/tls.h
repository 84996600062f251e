/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_TLS_H
#define ES_TLS_H

#include <mbedtls/ssl.h>

#include <stdbool.h>

/* What all DTLS sessions have in common: identity, anchors, suite, cookies, cache. */

bool es_tls_load(const char *dir);
void es_tls_unload(void);
const mbedtls_ssl_config *es_tls_config(void);

/* What the session cache must know of the session that is shaking hands just now. */
struct es_tls_client {
    bool has_ems;
    bool must_abort; /* RFC 7627, 5.3: the old session had it, this one has not */
};

/* mbedTLS does not say for whom it asks the cache; whoever drives a session does. */
void es_tls_attend(struct es_tls_client *client);

#endif
