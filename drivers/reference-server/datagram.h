/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_DATAGRAM_H
#define ES_DATAGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Below DTLS: libcoap's recvmsg and sendmsg end here, because two things that RFC 6347 asks
   for neither libcoap 4.3 nor OpenSSL 3.0 does.

   1. A ClientHello in several fragments (4.2.3). OpenSSL's stateless listener drops
      fragments. They are put together here and passed on as one message; the handshake
      hash is over the unfragmented form in any case.

   2. A new ClientHello from an address with an established association (4.2.8): it is to
      be answered, while the old association must stay until the client has returned a
      cookie. libcoap feeds it to the old session, which drops it. Here each association
      after the first gets an alias address. libcoap sees a stranger, sets up a session
      beside the old one, and answers; answers to the alias go to the true address. With
      the ServerHello, which is sent only after a good cookie, the alias takes over.

   Everything else passes unchanged. No state is visible to other modules; the program's
   recvmsg and sendmsg are defined in datagram.c, without prototypes of ours. */

/* Whether the latest datagram is a copy of the one before from its sender. */
bool es_datagram_is_copy(void);
/* First byte of the latest datagram: the content type of its first record. */
uint8_t es_datagram_content_type(void);

#endif
