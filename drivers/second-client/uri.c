/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uri.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PORT_DEFAULT = 5684 };

static bool copy(char *out, size_t room, const char *from, size_t n)
{
    if (n >= room) {
        return false;
    }
    memcpy(out, from, n);
    out[n] = '\0';
    return true;
}

/* What follows the host, or NULL. */
static const char *take_host(const char *p, struct es_uri *out)
{
    bool bracketed = *p == '[';
    size_t n = strcspn(p += bracketed, bracketed ? "]" : ":/");
    if (n == 0 || !copy(out->host, sizeof out->host, p, n) ||
        (bracketed && p[n] != ']')) {
        return NULL;
    }
    return p + n + bracketed;
}

static const char *take_port(const char *p, struct es_uri *out)
{
    out->port = PORT_DEFAULT;
    if (*p != ':' || p[1] == '/' || p[1] == '\0') {
        return p + (*p == ':'); /* RFC 3986, 3.2.3: the port may be empty */
    }
    char *end;
    unsigned long port = strtoul(p + 1, &end, 10);
    out->port = (uint16_t)port;
    return port > 0 && port <= UINT16_MAX ? end : NULL;
}

/* The address without its scope, which certificates know nothing of. */
static void note_ip(struct es_uri *uri)
{
    char plain[ES_HOST_MAX];
    copy(plain, sizeof plain, uri->host, strcspn(uri->host, "%"));
    if (inet_pton(AF_INET, plain, uri->ip) == 1) {
        uri->ip_len = sizeof(struct in_addr);
    } else if (inet_pton(AF_INET6, plain, uri->ip) == 1) {
        uri->ip_len = sizeof(struct in6_addr);
    }
}

bool es_uri_set_path(struct es_uri *uri, const char *path)
{
    path += strspn(path, "/");
    size_t n = strlen(path);
    while (n > 0 && path[n - 1] == '/') {
        n--;
    }
    return copy(uri->path, sizeof uri->path, path, n);
}

bool es_uri_parse(const char *text, struct es_uri *out)
{
    static const char scheme[] = "coaps://";
    *out = (struct es_uri){.ip_len = 0};
    if (strncasecmp(text, scheme, sizeof scheme - 1) != 0 ||
        strpbrk(text, "?#") != NULL) {
        return false;
    }
    const char *p = take_host(text + sizeof scheme - 1, out);
    p = p != NULL ? take_port(p, out) : NULL;
    if (p == NULL || (*p != '\0' && *p != '/')) {
        return false;
    }
    note_ip(out);
    return es_uri_set_path(out, p);
}

bool es_uri_has_same_authority(const struct es_uri *a, const struct es_uri *b)
{
    return a->port == b->port && strcasecmp(a->host, b->host) == 0;
}

bool es_uri_resolve(const struct es_uri *uri, struct es_address *out)
{
    char port[8];
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found = NULL;
    snprintf(port, sizeof port, "%u", (unsigned int)uri->port);
    if (getaddrinfo(uri->host, port, &hints, &found) != 0) {
        return false;
    }
    memset(out, 0, sizeof *out);
    memcpy(&out->storage, found->ai_addr, found->ai_addrlen);
    out->len = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}
