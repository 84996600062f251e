/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_UDP_H
#define ES_UDP_H

#include "octets.h"

#include <sys/socket.h>

struct es_address {
    struct sockaddr_storage storage;
    socklen_t len;
};

/* A socket bound to a free port of this IP address, or -1; *port is the port. */
int es_udp_open(const char *ip, unsigned int *port);
/* One datagram into `buffer`; the number of its octets, or -1 if none is there. */
long es_udp_receive(int fd, uint8_t *buffer, size_t room, struct es_address *from);
void es_udp_send(int fd, const struct es_address *to, struct es_bytes datagram);
bool es_address_equal(const struct es_address *a, const struct es_address *b);

#endif
