/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_RESOURCE_H
#define ES_RESOURCE_H

#include "message.h"

/* What is served under which path (RFC 9148, 4.1, table 1). */

enum es_op {
    ES_OP_CRTS,
    ES_OP_SEN,
    ES_OP_SREN,
    ES_OP_ATT,
    ES_OP_SKG,
    ES_OP_SKC,
    ES_OP_CORE,
    ES_OP_COUNT
};

/* The function under a path; false if nothing is there (4.04). */
bool es_resource_find(const char *path, enum es_op *op);
/* The method it takes: GET or POST. */
enum es_code es_resource_method(enum es_op op);
/* Whether its answers may have this Content-Format. */
bool es_resource_has_format(enum es_op op, int32_t content_format);

/* The links of /.well-known/core that match the queries (RFC 6690, 4.1), appended to out.
   Parameters that are no filter are ignored. */
void es_resource_list(const struct es_bytes *query, size_t query_count,
                      struct es_buffer *out);

#endif
