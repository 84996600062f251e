/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CA_H
#define ES_CA_H

#include "octets.h"

#include <mbedtls/x509_crt.h>

/* The CA behind the server; its files are named in drivers/CONTRACT.md. */

bool es_ca_load(const char *dir);
void es_ca_unload(void);
/* One certificate for this key and name, in DER. GeneralNames may be {NULL, 0}. */
bool es_ca_issue(struct es_bytes subject, struct es_bytes public_key,
                 struct es_bytes alt_names, struct es_octets *out);
bool es_ca_has_issued(const mbedtls_x509_crt *cert);
/* The body of /crts. */
struct es_bytes es_ca_certificates(void);

#endif
