/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_DISPATCH_H
#define ES_DISPATCH_H

#include "peer.h"

/* From a well-formed request to its reply: options, path, method, formats, upload, then the
   function itself, then the block of its result. The reply borrows from peer and server
   until the next request. */
struct es_reply es_dispatch(struct es_peer *peer, const struct es_request *request);

#endif
