/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_HELLO_H
#define ES_HELLO_H

#include "buffer.h"

#include <stdbool.h>

/* ClientHello messages other than OpenSSL writes them: without the ECC extensions (a
   mutant), or offering DTLS 1.3 or a connection id (variants). The message is changed on
   its way to the network and, alike, on its way into the hash of the handshake, so that
   the Finished messages agree. */

/* Changes a handshake message of 12 header bytes and a body, if it is a whole ClientHello
   and there is something to change. False if the message is to stay as it is. */
bool es_hello_edit(struct es_bytes message, struct es_buffer *out);

/* The same for a datagram that is one record with one ClientHello in it. */
bool es_hello_edit_datagram(struct es_bytes datagram, struct es_buffer *out);

#endif
