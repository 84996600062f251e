/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_LINKS_H
#define ES_LINKS_H

#include "buffer.h"
#include "uri.h"

#include <stdbool.h>

/* The functions of EST and where discovery found them (RFC 9148, 4.1; RFC 6690). */

enum es_function {
    ES_FUNCTION_CRTS,
    ES_FUNCTION_SEN,
    ES_FUNCTION_SREN,
    ES_FUNCTION_ATT,
    ES_FUNCTION_SKG,
    ES_FUNCTION_SKC,
    ES_FUNCTION_COUNT
};

struct es_link {
    bool found;
    struct es_uri uri;        /* its path is the whole path of the resource */
    bool has_ct, lists_certs, /* Content-Format 281 in ct */
        lists_cert;           /* 287 */
};

struct es_links {
    bool valid;
    struct es_uri base; /* the server that was asked */
    struct es_link at[ES_FUNCTION_COUNT];
};

/* "crts", "sen", ... */
const char *es_function_name(enum es_function function);

/* Reads link format. Unknown attributes and foreign links are passed over. False if it is
   malformed; out then has the links before that place. */
bool es_links_read(struct es_bytes text, const struct es_uri *base,
                   struct es_links *out);

#endif
