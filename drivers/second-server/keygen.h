/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_KEYGEN_H
#define ES_KEYGEN_H

#include "est.h"

/* Server-side key generation (RFC 9148, 4.8): a new key and a certificate for it, as the
   body of skg or skc. False if the library fails. */
bool es_keygen(enum es_op op, struct es_bytes subject, struct es_bytes alt_names,
               struct es_representation *out);

#endif
