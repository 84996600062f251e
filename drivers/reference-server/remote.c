/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remote.h"

#include <netinet/in.h>
#include <string.h>

enum { REMOTES_MAX = 1024 };

static struct es_remote *remotes;
static uint32_t last_alias;

static bool same_address(const struct sockaddr_storage *a,
                         const struct sockaddr_storage *b)
{
    if (a->ss_family != b->ss_family) {
        return false;
    }
    if (a->ss_family == AF_INET) {
        const struct sockaddr_in *x = (const void *)a, *y = (const void *)b;
        return x->sin_port == y->sin_port && x->sin_addr.s_addr == y->sin_addr.s_addr;
    }
    const struct sockaddr_in6 *x = (const void *)a, *y = (const void *)b;
    return x->sin6_port == y->sin6_port &&
           memcmp(&x->sin6_addr, &y->sin6_addr, sizeof x->sin6_addr) == 0;
}

/* An address that no client can have: 240.0.0.0/4 is reserved, 100::/64 discards. */
static void new_alias(const struct sockaddr_storage *real,
                      struct sockaddr_storage *alias)
{
    uint32_t n = ++last_alias;
    *alias = *real;
    if (real->ss_family == AF_INET) {
        struct sockaddr_in *a = (void *)alias;
        a->sin_addr.s_addr = htonl(0xf0000000U | (n & 0xffffff));
        return;
    }
    struct sockaddr_in6 *a = (void *)alias;
    memset(&a->sin6_addr, 0, sizeof a->sin6_addr);
    a->sin6_addr.s6_addr[0] = 0x01;
    a->sin6_addr.s6_addr[13] = (uint8_t)(n >> 16);
    a->sin6_addr.s6_addr[14] = (uint8_t)(n >> 8);
    a->sin6_addr.s6_addr[15] = (uint8_t)n;
}

struct es_remote *es_remote_of(const struct sockaddr_storage *address)
{
    size_t count = 0;
    struct es_remote **last = &remotes;
    for (struct es_remote **p = &remotes; *p != NULL; p = &(*p)->next) {
        if (same_address(&(*p)->address, address)) {
            return *p;
        }
        count++;
        last = p;
    }
    if (count >= REMOTES_MAX) {
        es_memory_free(*last);
        *last = NULL;
    }
    struct es_remote *remote = es_memory_new(sizeof *remote);
    remote->address = *address;
    remote->current.alias = *address;
    remote->next = remotes;
    remotes = remote;
    return remote;
}

struct es_association *es_remote_find_alias(const struct sockaddr_storage *alias,
                                            struct es_remote **remote, bool *known)
{
    *known = false;
    for (struct es_remote *r = remotes; r != NULL; r = r->next) {
        *remote = r;
        if (same_address(&r->current.alias, alias)) {
            return &r->current;
        }
        if (r->has_candidate && same_address(&r->candidate.alias, alias)) {
            return &r->candidate;
        }
        *known = *known || same_address(&r->address, alias);
    }
    const struct sockaddr_in *a = (const void *)alias;
    const struct sockaddr_in6 *a6 = (const void *)alias;
    *known =
        *known || (alias->ss_family == AF_INET ? ntohl(a->sin_addr.s_addr) >> 28 == 15
                                               : a6->sin6_addr.s6_addr[0] == 0x01);
    return NULL;
}

struct es_association *es_remote_candidate(struct es_remote *remote)
{
    if (!remote->has_candidate) {
        memset(&remote->candidate, 0, sizeof remote->candidate);
        new_alias(&remote->address, &remote->candidate.alias);
        remote->has_candidate = true;
    }
    return &remote->candidate;
}

void es_remote_promote(struct es_remote *remote)
{
    remote->current = remote->candidate;
    remote->has_candidate = false;
}
