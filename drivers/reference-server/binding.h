/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_BINDING_H
#define ES_BINDING_H

#include "buffer.h"

#include <openssl/ssl.h>

#include <stdbool.h>

/* tls-unique (RFC 5929, 3.1): the first Finished of the latest handshake, which is the
   client's in a full and the server's in an abbreviated one. True if the text is its
   Base64 form (RFC 7030, 3.5). On a session resumed without extended_master_secret
   nothing is accepted (RFC 7627, 5.4). */
bool es_binding_matches(SSL *ssl, struct es_bytes text);

#endif
