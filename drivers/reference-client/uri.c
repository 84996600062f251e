/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uri.h"

#include "behaviour.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool copy_part(char *out, size_t room, const char *from, size_t n)
{
    if (n >= room) {
        return false;
    }
    memcpy(out, from, n);
    out[n] = '\0';
    return true;
}

static bool is_literal(const char *host)
{
    unsigned char address[16];
    if (strchr(host, '%')) {
        return true; /* only an IPv6 address has a scope */
    }
    return inet_pton(AF_INET, host, address) == 1 ||
           inet_pton(AF_INET6, host, address) == 1;
}

/* Reads the host at text and returns what follows it; NULL if there is none. */
static const char *parse_host(const char *text, struct es_uri *out)
{
    size_t n;
    if (text[0] == '[') {
        n = strcspn(++text, "]");
        if (text[n] != ']' || !copy_part(out->host, sizeof out->host, text, n)) {
            return NULL;
        }
        return text + n + 1;
    }
    n = strcspn(text, ":/");
    return n > 0 && copy_part(out->host, sizeof out->host, text, n) ? text + n : NULL;
}

static const char *parse_port(const char *text, struct es_uri *out)
{
    out->port = ES_URI_PORT_DEFAULT;
    if (es_mutant_is(ES_MUTANT_PORT_OF_COAP)) {
        out->port--;
    }
    if (text[0] != ':') {
        return text;
    }
    size_t n = strspn(++text, "0123456789");
    long port = n > 0 && n < 6 ? strtol(text, NULL, 10) : n == 0 ? out->port : 0;
    if (port < 1 || port > 65535) {
        return NULL;
    }
    out->port = (uint16_t)port;
    return text + n;
}

bool es_uri_parse(const char *text, struct es_uri *out)
{
    static const char scheme[] = "coaps://";
    memset(out, 0, sizeof *out);
    if (strncasecmp(text, scheme, sizeof scheme - 1) != 0) {
        return false;
    }
    text = parse_host(text + sizeof scheme - 1, out);
    text = text != NULL ? parse_port(text, out) : NULL;
    if (text == NULL || (text[0] != '\0' && text[0] != '/') || strpbrk(text, "?#")) {
        return false;
    }
    text += strspn(text, "/");
    size_t n = strlen(text);
    while (n > 0 && text[n - 1] == '/') {
        n--;
    }
    out->is_literal = is_literal(out->host);
    return copy_part(out->path, sizeof out->path, text, n);
}

bool es_uri_has_same_authority(const struct es_uri *a, const struct es_uri *b)
{
    return a->port == b->port && strcasecmp(a->host, b->host) == 0;
}

bool es_uri_resolve(const struct es_uri *uri, coap_address_t *out)
{
    char port[8];
    struct addrinfo *found = NULL;
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
    snprintf(port, sizeof port, "%u", (unsigned int)uri->port);
    if (getaddrinfo(uri->host, port, &hints, &found) != 0) {
        return false;
    }
    coap_address_init(out);
    bool fits = found->ai_addrlen <= sizeof out->addr;
    if (fits) {
        memcpy(&out->addr, found->ai_addr, found->ai_addrlen);
        out->size = found->ai_addrlen;
    }
    freeaddrinfo(found);
    return fits;
}
