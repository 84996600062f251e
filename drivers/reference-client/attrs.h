/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_ATTRS_H
#define ES_ATTRS_H

#include "buffer.h"

#include <stdbool.h>

/* What the server wants to see in a request (CsrAttrs: RFC 7030, 4.5.2; RFC 8951, 4). What
   the client does not know is ignored. */

struct es_attrs {
    bool wants_challenge;
    int digest; /* NID of the hash to sign with, or 0 */
};

/* Reads strict DER. NULL, or what is wrong with it. */
const char *es_attrs_read(struct es_bytes der, struct es_attrs *out);

#endif
