/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/address.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <string.h>

enum { PORT_COAP = 5683, PORT_COAPS = 5684 };

/* An authority, cut in its parts: views into the text it was cut from. */
struct authority {
    struct es_slice host, zone;
    uint16_t port;
    bool brackets;
};

static bool parse_port(struct es_slice text, uint16_t *port)
{
    uint64_t n = 0;
    if (!text.n || es_slice_has_prefix(text, "0x") || !es_text_uint(text, &n) ||
        n == 0 || n > UINT16_MAX) {
        return false;
    }
    *port = (uint16_t)n;
    return true;
}

/* RFC 6874 writes the zone of a URI as %25eth0; plain addresses have %eth0. */
static void split_zone(struct authority *a)
{
    struct es_slice rest = a->host;
    a->host = es_slice_split(&rest, '%');
    if (rest.n > 2 && es_slice_has_prefix(rest, "25")) {
        rest = es_slice_from(rest, 2);
    }
    a->zone = rest;
}

static bool split_authority(struct es_slice text, uint16_t default_port,
                            struct authority *a, struct es_loc loc, struct es_diag *d)
{
    *a = (struct authority){.port = default_port};
    struct es_slice port;
    bool has_port;
    if (es_slice_has_prefix(text, "[")) {
        size_t end = es_slice_find(text, ']');
        a->brackets = true;
        a->host = es_slice_sub(text, 1, end - 1);
        struct es_slice rest = es_slice_from(text, end + 1);
        has_port = rest.n > 0;
        if (end == text.n || (has_port && rest.p[0] != ':')) {
            return es_fail(d, loc, ES_CODE_INPUT,
                           "'%.*s' is not a bracketed IPv6 address",
                           ES_SLICE_ARG(text));
        }
        port = es_slice_from(rest, 1);
        split_zone(a);
    } else {
        size_t colon = es_slice_find(text, ':');
        has_port = colon < text.n;
        a->host = es_slice_sub(text, 0, colon);
        port = es_slice_from(text, colon + 1);
        if (es_slice_find(port, ':') < port.n) {
            es_fail(d, loc, ES_CODE_INPUT, "'%.*s' has more than one colon",
                    ES_SLICE_ARG(text));
            return es_hint(d, "write an IPv6 address in brackets: [2001:db8::1]:5684");
        }
    }
    if (has_port && !parse_port(port, &a->port)) {
        return es_fail(d, loc, ES_CODE_INPUT, "'%.*s' is not a port (1 to 65535)",
                       ES_SLICE_ARG(port));
    }
    if (!a->host.n) {
        return es_fail(d, loc, ES_CODE_INPUT, "'%.*s' names no host",
                       ES_SLICE_ARG(text));
    }
    return true;
}

static bool copy_text(struct es_slice s, char *out, size_t room)
{
    if (s.n >= room || es_slice_find(s, 0) < s.n) {
        return false;
    }
    memcpy(out, s.p, s.n);
    out[s.n] = 0;
    return true;
}

static bool parse_zone(struct es_slice zone, uint32_t *scope)
{
    char name[IF_NAMESIZE];
    uint64_t number = 0;
    if (!zone.n) {
        return true;
    }
    if (es_text_uint(zone, &number) && number <= UINT32_MAX) {
        *scope = (uint32_t)number;
        return true;
    }
    *scope = copy_text(zone, name, sizeof name) ? if_nametoindex(name) : 0;
    return *scope != 0;
}

/* Whether the host is an address in numbers; fills out. */
static bool parse_numeric(const struct authority *a, struct es_address *out)
{
    char text[INET6_ADDRSTRLEN];
    memset(out, 0, sizeof *out);
    if (!copy_text(a->host, text, sizeof text)) {
        return false;
    }
    if (a->brackets) {
        out->sa.v6.sin6_family = AF_INET6;
        out->sa.v6.sin6_port = htons(a->port);
        out->len = sizeof out->sa.v6;
        return inet_pton(AF_INET6, text, &out->sa.v6.sin6_addr) == 1 &&
               parse_zone(a->zone, &out->sa.v6.sin6_scope_id);
    }
    out->sa.v4.sin_family = AF_INET;
    out->sa.v4.sin_port = htons(a->port);
    out->len = sizeof out->sa.v4;
    return inet_pton(AF_INET, text, &out->sa.v4.sin_addr) == 1;
}

bool es_address_parse(struct es_slice text, uint16_t default_port,
                      struct es_address *out, struct es_loc loc, struct es_diag *d)
{
    struct authority a;
    out->len = 0;
    ES_TRY(split_authority(text, default_port, &a, loc, d));
    if (parse_numeric(&a, out)) {
        return true;
    }
    out->len = 0;
    uint32_t scope;
    if (a.zone.n && !parse_zone(a.zone, &scope)) {
        return es_fail(d, loc, ES_CODE_INPUT, "there is no interface '%.*s' here",
                       ES_SLICE_ARG(a.zone));
    }
    return es_fail(d, loc, ES_CODE_INPUT, "'%.*s' is not an IP address",
                   ES_SLICE_ARG(a.host));
}

static bool look_up(const struct authority *a, struct es_address *out,
                    struct es_loc loc, struct es_diag *d)
{
    char name[256];
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
    struct addrinfo *found = NULL;
    if (!copy_text(a->host, name, sizeof name)) {
        return es_fail(d, loc, ES_CODE_INPUT, "the host name is too long or has a NUL");
    }
    int rc = getaddrinfo(name, NULL, &hints, &found);
    if (rc != 0) {
        return es_fail(d, loc, ES_CODE_INPUT, "cannot look up '%s': %s", name,
                       gai_strerror(rc));
    }
    memset(out, 0, sizeof *out);
    memcpy(&out->sa, found->ai_addr, found->ai_addrlen);
    out->len = found->ai_addrlen;
    freeaddrinfo(found);
    es_address_set_port(out, a->port);
    return true;
}

bool es_address_resolve_uri(struct es_slice uri, struct es_address *out,
                            struct es_slice *host, struct es_loc loc, struct es_diag *d)
{
    struct authority a;
    uint16_t port = PORT_COAPS;
    out->len = 0;
    struct es_slice rest = uri;
    if (es_slice_has_prefix(uri, "coaps://")) {
        rest = es_slice_from(uri, sizeof "coaps://" - 1);
    } else if (es_slice_has_prefix(uri, "coap://")) {
        rest = es_slice_from(uri, sizeof "coap://" - 1);
        port = PORT_COAP;
    } else {
        es_fail(d, loc, ES_CODE_INPUT, "'%.*s' is not a coaps URI", ES_SLICE_ARG(uri));
        return es_hint(d, "write coaps://host:port");
    }
    struct es_slice authority = es_slice_split(&rest, '/');
    if (rest.n || es_slice_find(authority, '@') < authority.n ||
        es_slice_find(authority, '?') < authority.n) {
        return es_fail(d, loc, ES_CODE_INPUT, "'%.*s' has more than a host and a port",
                       ES_SLICE_ARG(uri));
    }
    ES_TRY(split_authority(authority, port, &a, loc, d));
    *host = a.host;
    if (parse_numeric(&a, out)) {
        return true;
    }
    if (a.brackets) {
        out->len = 0;
        return es_fail(d, loc, ES_CODE_INPUT, "'%.*s' is not an IPv6 address",
                       ES_SLICE_ARG(a.host));
    }
    return look_up(&a, out, loc, d);
}

uint16_t es_address_port(const struct es_address *a)
{
    return ntohs(a->sa.any.sa_family == AF_INET6 ? a->sa.v6.sin6_port
                                                 : a->sa.v4.sin_port);
}

void es_address_set_port(struct es_address *a, uint16_t port)
{
    if (a->sa.any.sa_family == AF_INET6) {
        a->sa.v6.sin6_port = htons(port);
    } else {
        a->sa.v4.sin_port = htons(port);
    }
}

void es_address_forget_scope(struct es_address *a)
{
    if (a->sa.any.sa_family == AF_INET6) {
        a->sa.v6.sin6_scope_id = 0;
    }
}

bool es_address_is_loopback(const struct es_address *a)
{
    if (a->sa.any.sa_family == AF_INET6) {
        return IN6_IS_ADDR_LOOPBACK(&a->sa.v6.sin6_addr);
    }
    return a->len && ntohl(a->sa.v4.sin_addr.s_addr) >> 24 == 127;
}

bool es_address_is_any(const struct es_address *a)
{
    if (a->sa.any.sa_family == AF_INET6) {
        return IN6_IS_ADDR_UNSPECIFIED(&a->sa.v6.sin6_addr);
    }
    return a->len && a->sa.v4.sin_addr.s_addr == htonl(INADDR_ANY);
}

bool es_address_eq(const struct es_address *a, const struct es_address *b)
{
    if (a->len != b->len || a->sa.any.sa_family != b->sa.any.sa_family ||
        es_address_port(a) != es_address_port(b)) {
        return false;
    }
    if (a->sa.any.sa_family == AF_INET6) {
        return a->sa.v6.sin6_scope_id == b->sa.v6.sin6_scope_id &&
               memcmp(&a->sa.v6.sin6_addr, &b->sa.v6.sin6_addr, 16) == 0;
    }
    return a->sa.v4.sin_addr.s_addr == b->sa.v4.sin_addr.s_addr;
}

/* The zone as people write it: the name of its interface, if it has one. */
static const char *zone_text(uint32_t scope, struct es_arena *arena)
{
    char name[IF_NAMESIZE];
    return if_indextoname(scope, name) ? es_arena_printf(arena, "%s", name)
                                       : es_arena_printf(arena, "%u", scope);
}

const char *es_address_text(const struct es_address *a, struct es_arena *arena)
{
    char host[INET6_ADDRSTRLEN] = "";
    if (!a->len) {
        return "-";
    }
    if (a->sa.any.sa_family != AF_INET6) {
        inet_ntop(AF_INET, &a->sa.v4.sin_addr, host, sizeof host);
        return es_arena_printf(arena, "%s:%u", host, es_address_port(a));
    }
    inet_ntop(AF_INET6, &a->sa.v6.sin6_addr, host, sizeof host);
    if (a->sa.v6.sin6_scope_id) {
        return es_arena_printf(arena, "[%s%%%s]:%u", host,
                               zone_text(a->sa.v6.sin6_scope_id, arena),
                               es_address_port(a));
    }
    return es_arena_printf(arena, "[%s]:%u", host, es_address_port(a));
}

const char *es_address_host(const struct es_address *a, struct es_arena *arena)
{
    char text[INET6_ADDRSTRLEN] = "";
    bool v6 = a->sa.any.sa_family == AF_INET6;
    const void *bytes =
        v6 ? (const void *)&a->sa.v6.sin6_addr : (const void *)&a->sa.v4.sin_addr;
    inet_ntop(a->sa.any.sa_family, bytes, text, sizeof text);
    return es_arena_printf(arena, "%s", text);
}
