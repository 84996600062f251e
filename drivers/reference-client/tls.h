/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_TLS_H
#define ES_TLS_H

#include "pledge.h"

#include <coap3/coap.h>

/* DTLS 1.2 with mutual certificates (RFC 9148, 3), set on OpenSSL directly: libcoap reads
   its files anew for each session, sends no intermediate certificates, leaves
   AES_128_CCM_8 out of its cipher list and compares names its own way.

   The server's certificate needs a path to the anchors in force, valid dates and a
   suitable extended key usage. Its name must be that of the URI; with the Explicit TA
   database id-kp-cmcRA does instead (RFC 7030, 3.6.1, 3.6.2). */

/* Makes the sessions of context use the credential and the anchors of es_pledge towards
   the server of uri. The uri must live as long as context. False if libcoap refuses. */
bool es_tls_setup(coap_context_t *context, const struct es_credential *credential,
                  struct es_uri *uri);

/* Why the certificate of the latest server was refused; NULL if it was not. */
const char *es_tls_refusal(void);

#endif
