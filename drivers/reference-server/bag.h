/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_BAG_H
#define ES_BAG_H

#include "buffer.h"

#include <openssl/x509.h>

#include <stdbool.h>

/* A certs-only CMS SignedData in DER, format 281: no signer, no content, the certificates
   as a SET OF in DER order (RFC 5652, 5.1; RFC 7030, 4.1.3). Appends to out. */
void es_bag_write(const STACK_OF(X509) * certs, struct es_buffer *out);
void es_bag_write_one(X509 *cert, struct es_buffer *out);

/* One certificate in DER, format 287. */
void es_bag_write_certificate(X509 *cert, struct es_buffer *out);

#endif
