/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_NET_ADDRESS_H
#define ES_NET_ADDRESS_H

/*
 * An IPv4 or IPv6 address with port and scope. Text forms: `192.0.2.1:5684`,
 * `[2001:db8::1]:5684`, `[fe80::1%eth0]`, `est.example.org:5684`; a URI is `coaps://` (or
 * `coap://`) and one of them. The default port is 5684 (5683 for coap).
 */

#include "base/diag.h"

#include <netinet/in.h>
#include <sys/socket.h>

struct es_address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } sa;
    socklen_t len; /* 0: none */
};

/* Parses an address without looking names up; false and a note (code INPUT) if it is none. */
bool es_address_parse(struct es_slice text, uint16_t default_port,
                      struct es_address *out, struct es_loc loc, struct es_diag *d);
/* Parses `coaps://host[:port]`, looking a DNS name up (first address wins). *host is the host
 * as written, without brackets and port: what a certificate may name. */
bool es_address_resolve_uri(struct es_slice uri, struct es_address *out,
                            struct es_slice *host, struct es_loc loc,
                            struct es_diag *d);
uint16_t es_address_port(const struct es_address *a);
void es_address_set_port(struct es_address *a, uint16_t port);
/* Takes the scope of a link away. */
void es_address_forget_scope(struct es_address *a);
bool es_address_is_loopback(const struct es_address *a);
/* 0.0.0.0 or ::, which names no host. */
bool es_address_is_any(const struct es_address *a);
bool es_address_eq(const struct es_address *a, const struct es_address *b);
/* `192.0.2.1` or `2001:db8::1`: without port, scope and brackets, as certificates have it. */
const char *es_address_host(const struct es_address *a, struct es_arena *arena);
/* `192.0.2.1:5684` or `[2001:db8::1%3]:5684`. */
const char *es_address_text(const struct es_address *a, struct es_arena *arena);

#endif
