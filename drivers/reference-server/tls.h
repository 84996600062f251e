/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_TLS_H
#define ES_TLS_H

#include <coap3/coap.h>

#include <stdbool.h>

/* DTLS 1.2 with mutual certificates (RFC 9148, 3), set on OpenSSL directly: libcoap reads
   its files anew for each session, sends no intermediate certificates and leaves
   AES_128_CCM_8 out of its cipher list.

   Reads est-server.chain.pem, est-server.key.pem and client-trust.pem from dir and makes
   context use them. False, with the reason on stderr, if that fails. */
bool es_tls_setup(coap_context_t *context, const char *dir);

#endif
