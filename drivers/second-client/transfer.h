/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_TRANSFER_H
#define ES_TRANSFER_H

#include "exchange.h"

/* A request and its answer, each of any size (RFC 7959). */

struct es_answer {
    uint8_t code;
    int64_t content_format, max_age; /* -1: absent */
    struct es_octets body;
};

/* The payload of `ask` is the whole body; its blocks are none of the caller's business. The
   body of the answer is to be freed, whatever the outcome. NULL, or why there is none. */
const char *es_transfer_run(const struct es_request *ask, struct es_answer *out);
/* "the server answered 4.03" */
const char *es_answer_name(const struct es_answer *answer);

#endif
