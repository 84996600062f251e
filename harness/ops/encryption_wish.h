/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_OPS_ENCRYPTION_WISH_H
#define ES_OPS_ENCRYPTION_WISH_H

/* The attributes of a CSR that ask for the generated key under encryption (RFC 7030,
 * 4.4.1). */

#include "codec/pkcs10.h"

enum { ES_ENCRYPTION_WISH_COUNT = 2 };

/* SMIMECapabilities with every algorithm that the harness opens, and the identifier of
 * the key: DecryptKeyIdentifier for a key-encryption key (up to 32 octets),
 * AsymmetricDecryptKeyIdentifier for a certificate. */
void es_encryption_wish(struct es_arena *a, struct es_slice key,
                        struct es_attribute out[ES_ENCRYPTION_WISH_COUNT]);

#endif
