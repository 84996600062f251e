/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_URI_H
#define ES_URI_H

#include <coap3/coap.h>

#include <stdbool.h>
#include <stdint.h>

/* Where a server is: coaps://host[:port][/path]. */

enum { ES_URI_HOST_MAX = 256, ES_URI_PATH_MAX = 160, ES_URI_PORT_DEFAULT = 5684 };

struct es_uri {
    char host[ES_URI_HOST_MAX]; /* without the brackets of an IPv6 address */
    bool is_literal;            /* the host is an IP address, not a name */
    uint16_t port;
    char path[ES_URI_PATH_MAX]; /* without the slashes at both ends; "" for none */
};

/* False if text is no coaps URI, or if it has a query or a fragment. */
bool es_uri_parse(const char *text, struct es_uri *out);
bool es_uri_has_same_authority(const struct es_uri *a, const struct es_uri *b);
/* The first address of the host. False if there is none. */
bool es_uri_resolve(const struct es_uri *uri, coap_address_t *out);

#endif
