/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_EXTENSION_H
#define ES_EXTENSION_H

#include "octets.h"

/* The value of one of the Extensions (RFC 5280, 4.1), {NULL, 0} if it is not there. */
struct es_bytes es_extension_find(struct es_bytes extensions, struct es_bytes oid);
void es_extension_add(struct es_octets *out, struct es_bytes oid, bool critical,
                      struct es_bytes value);

#endif
