/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_PROFILE_H
#define ES_PROFILE_H

#include <mbedtls/ssl.h>

/* DTLS 1.2 as RFC 9148, 3 has it: one suite, one curve, certificates on both sides. */
void es_profile_set(mbedtls_ssl_config *config);

#endif
