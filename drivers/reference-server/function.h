/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_FUNCTION_H
#define ES_FUNCTION_H

#include "peer.h"

/* The EST functions: what they deliver, free of blocks and messages. */

/* A GET function. Appends its body to *rep and sets the format; accept is one the function
   offers, or ES_FORMAT_ABSENT. */
void es_function_get(enum es_op op, const struct es_request *request,
                     struct es_representation *rep);

/* A POST function, given a complete body. True on success, with *rep filled; else *error
   is the answer. Runs the CA: to be called once for each request. */
bool es_function_post(struct es_peer *peer, enum es_op op,
                      const struct es_request *request, struct es_bytes body,
                      struct es_representation *rep, struct es_reply *error);

#endif
