/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_URI_H
#define ES_URI_H

#include "udp.h"

/* coaps://host[:port][/path] */

enum { ES_HOST_MAX = 256, ES_PATH_MAX = 160, ES_IP_MAX = 16 };

struct es_uri {
    char host[ES_HOST_MAX]; /* without the brackets of IPv6 */
    uint8_t ip[ES_IP_MAX];
    size_t ip_len; /* 0: the host is a name */
    uint16_t port;
    char path[ES_PATH_MAX]; /* without slashes at its ends */
};

/* False: another scheme, a query or a fragment, or not well-formed. */
bool es_uri_parse(const char *text, struct es_uri *out);
bool es_uri_has_same_authority(const struct es_uri *a, const struct es_uri *b);
/* Puts in the path, without the slashes around it. */
bool es_uri_set_path(struct es_uri *uri, const char *path);
bool es_uri_resolve(const struct es_uri *uri, struct es_address *out);

#endif
