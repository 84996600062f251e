/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_ATTRS_H
#define ES_ATTRS_H

#include "octets.h"

#include <mbedtls/md.h>

/* What the server wants to see in a request (CsrAttrs: RFC 7030, 4.5.2; RFC 8951, 4), as far
   as the client can do it: a hash to sign with. It links each request to its session,
   asked for or not, and has a P-256 key whatever is asked for. The rest is ignored. */
struct es_attrs {
    mbedtls_md_type_t digest;
};

/* NULL, or what is wrong. */
const char *es_attrs_read(struct es_bytes der, struct es_attrs *out);

#endif
