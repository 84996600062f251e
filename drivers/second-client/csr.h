/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CSR_H
#define ES_CSR_H

#include "octets.h"

#include <mbedtls/x509_crt.h>

/* What a PKCS#10 request (RFC 2986) is to say. */
struct es_csr_wish {
    mbedtls_pk_context *key;
    const mbedtls_x509_crt *model; /* asks for its names */
    struct es_bytes binding;       /* tls-unique */
    mbedtls_md_type_t digest;
};

bool es_csr_write(const struct es_csr_wish *wish, struct es_octets *out);

#endif
