/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_OPS_ATTRIBUTE_WISH_H
#define ES_OPS_ATTRIBUTE_WISH_H

/* A request as a server asks for it by its CSR attributes (RFC 8951, 4; RFC 9908, 3). */

#include "codec/pkcs10.h"

/* Changes the recipe as the body of att has it, a template before anything else: the kind
 * of the key that is to be made, the hash of the signature, subject and extensions, which
 * are copied where they have a value and filled in where they have none. challengePassword
 * stays only if it is asked for. What a client need not know is left out.
 * False, and *why, if the body is no CsrAttrs or asks for what the harness cannot make. */
bool es_attribute_wish_follow(struct es_arena *a, struct es_slice body,
                              struct es_pkcs10_recipe *r, enum es_key_kind *kind,
                              const char **why);

#endif
