/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_BAG_H
#define ES_BAG_H

#include "octets.h"

#include <mbedtls/x509_crt.h>

/* Reads certs-only CMS SignedData (281), or one certificate (287), into a list that the
   caller frees, whatever the outcome. NULL, or what is wrong. */
const char *es_bag_read(int64_t content_format, struct es_bytes body,
                        mbedtls_x509_crt *out);

#endif
