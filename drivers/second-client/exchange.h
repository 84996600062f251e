/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_EXCHANGE_H
#define ES_EXCHANGE_H

#include "message.h"
#include "session.h"

/* The message layer of CoAP (RFC 7252, 4) towards the server of one session: a request is
   repeated until it is acknowledged, its response is told from copies and strays, and what
   nobody waits for is rejected, between the requests as well. */

/* Handles the messages of this session from here on. */
void es_exchange_attach(struct es_session *session);
/* One CON request. NULL: *out is the response, and its payload is to be freed; or why there
   is none. */
const char *es_exchange_run(const struct es_request *request, struct es_response *out);

#endif
