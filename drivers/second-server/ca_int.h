/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CA_INT_H
#define ES_CA_INT_H

#include "ca.h"

struct es_ca {
    mbedtls_x509_crt cert;
    mbedtls_pk_context key;
    struct es_octets bag;
};

extern struct es_ca es_ca;

#endif
