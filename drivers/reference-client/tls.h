/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_TLS_H
#define ES_TLS_H

#include "pledge.h"

#include <coap3/coap.h>
#include <openssl/ssl.h>

/* DTLS 1.2 with mutual certificates (RFC 9148, 3), set on OpenSSL directly: libcoap reads
   its files anew for each session, sends no intermediate certificates, leaves
   AES_128_CCM_8 out of its cipher list and compares names its own way.

   The server's certificate needs a path to the anchors in force, valid dates and a
   suitable extended key usage. Its name must be that of the URI; with the Explicit TA
   database id-kp-cmcRA does instead (RFC 7030, 3.6.1, 3.6.2). */

/* Starts a handshake as credential and with the anchors of es_pledge. uri is that of the
   server and must live as long as the session. NULL if libcoap fails. */
coap_session_t *es_tls_connect(coap_context_t *context, const coap_address_t *address,
                               const struct es_credential *credential,
                               const struct es_uri *uri);

/* For the shim: does the settings, after libcoap's and before the first flight. (libcoap
   4.3 offers a callback for this, but calls it on servers only.) */
bool es_tls_configure(SSL *ssl);

/* Why the certificate of the latest server was refused; NULL if it was not. */
const char *es_tls_refusal(void);

#endif
