/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_REMOTE_H
#define ES_REMOTE_H

#include "hello.h"

#include <sys/socket.h>

/* The transport addresses that DTLS is spoken with, and the associations on each: see
   datagram.h for why there can be two. */

enum es_association_state {
    ES_ASSOCIATION_NEW,         /* at most a HelloVerifyRequest was sent */
    ES_ASSOCIATION_HANDSHAKING, /* the cookie was good */
    ES_ASSOCIATION_ESTABLISHED  /* we have sent under the new keys */
};

struct es_association {
    struct sockaddr_storage alias; /* what libcoap takes for the client's address */
    enum es_association_state state;
    bool ccs_sent, ccs_seen, key_exchange_seen; /* for mutants */
    bool flight_sent; /* whether last_seq and last_off were set */
    uint32_t last_seq, last_off;
    bool dead;
    bool fragments_seen, finished_seen; /* of the client */
};

struct es_remote {
    struct es_remote *next;
    struct sockaddr_storage address;
    struct es_association current, candidate;
    bool has_candidate;
    struct es_hello hello;
    uint8_t latest[16]; /* the end of the latest datagram */
};

/* The remote with this true address, made if needed. The oldest goes if there are many. */
struct es_remote *es_remote_of(const struct sockaddr_storage *address);
/* The remote and association that an address libcoap sends to stands for; NULL if that
   association is over. *known tells that from an address never seen. */
struct es_association *es_remote_find_alias(const struct sockaddr_storage *alias,
                                            struct es_remote **remote, bool *known);
/* The association that a fresh handshake belongs to. */
struct es_association *es_remote_candidate(struct es_remote *remote);
/* The candidate has shown its cookie: it takes the place of the current one. */
void es_remote_promote(struct es_remote *remote);

#endif
