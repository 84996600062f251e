/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_AUTHORITY_H
#define ES_AUTHORITY_H

#include "uri.h"

#include <mbedtls/x509_crt.h>

/* Whether the server is the one that the URI names (RFC 7030, 3.6). Its certificate has the
   host as a subjectAltName; or, with the Explicit TA database, id-kp-cmcRA. A common name
   is no name (RFC 7925, 4.4.1), and a wildcard matches nothing. */
struct es_authority {
    const struct es_uri *uri;
    bool trust_is_explicit;
};

/* To be called by mbedTLS for each certificate of the path; `context` is an es_authority. */
int es_authority_verify(void *context, mbedtls_x509_crt *cert, int depth,
                        uint32_t *flags);

#endif
