/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_LINKS_H
#define ES_LINKS_H

#include "uri.h"

/* Where the functions of a server are: the answer to discovery (RFC 6690; RFC 9148, 4.1). */

enum es_function {
    ES_FUNCTION_CRTS,
    ES_FUNCTION_SEN,
    ES_FUNCTION_SREN,
    ES_FUNCTION_ATT,
    ES_FUNCTION_SKG,
    ES_FUNCTION_SKC,
    ES_FUNCTION_COUNT
};

struct es_links {
    bool is_known;
    struct es_uri base; /* whom it was asked of */
    bool found[ES_FUNCTION_COUNT];
    struct es_uri at[ES_FUNCTION_COUNT];
};

/* As in the last segment of its path and of its resource type. */
const char *es_function_name(enum es_function function);
/* False at malformed link format. */
bool es_links_read(struct es_bytes text, const struct es_uri *base,
                   struct es_links *out);

#endif
