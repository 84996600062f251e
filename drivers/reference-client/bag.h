/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_BAG_H
#define ES_BAG_H

#include "buffer.h"

#include <openssl/x509.h>

/* Certificates as they come in answers: certs-only PKCS#7 (Content-Format 281) or a single
   X.509 (287), in strict DER. Only the shape is judged here. */

/* The certificates, which the caller frees; NULL, and *why, if the body is not what the
   Content-Format says. */
STACK_OF(X509) *
    es_bag_read(int32_t content_format, struct es_bytes body, const char **why);

#endif
