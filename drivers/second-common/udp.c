/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "udp.h"

#include "host.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

static bool parse(const char *ip, struct es_address *out)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, ip, &v4.sin_addr) == 1) {
        memcpy(&out->storage, &v4, sizeof v4);
        out->len = sizeof v4;
        return true;
    }
    if (inet_pton(AF_INET6, ip, &v6.sin6_addr) == 1) {
        memcpy(&out->storage, &v6, sizeof v6);
        out->len = sizeof v6;
        return true;
    }
    return false;
}

static unsigned int port_of(const struct es_address *a)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    memcpy(&v4, &a->storage, sizeof v4);
    memcpy(&v6, &a->storage, sizeof v6);
    return ntohs(a->storage.ss_family == AF_INET6 ? v6.sin6_port : v4.sin_port);
}

int es_udp_open(const char *ip, unsigned int *port)
{
    struct es_address address;
    if (!parse(ip, &address)) {
        es_log("'%s' is no IP address", ip);
        return -1;
    }
    int fd = socket(address.storage.ss_family, SOCK_DGRAM, 0);
    struct sockaddr *a = (struct sockaddr *)&address.storage;
    if (fd < 0 || bind(fd, a, address.len) != 0 ||
        getsockname(fd, a, &address.len) != 0) {
        es_log("cannot bind %s", ip);
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    *port = port_of(&address);
    return fd;
}

long es_udp_receive(int fd, uint8_t *buffer, size_t room, struct es_address *from)
{
    memset(from, 0, sizeof *from);
    from->len = sizeof from->storage;
    return (long)recvfrom(fd, buffer, room, MSG_DONTWAIT,
                          (struct sockaddr *)&from->storage, &from->len);
}

void es_udp_send(int fd, const struct es_address *to, struct es_bytes datagram)
{
    /* What is lost here is as good as lost on the way: somebody will send it again. */
    ssize_t n = sendto(fd, datagram.p, datagram.n, MSG_DONTWAIT,
                       (const struct sockaddr *)&to->storage, to->len);
    if (n < 0) {
        es_log("a datagram could not be sent");
    }
}

bool es_address_equal(const struct es_address *a, const struct es_address *b)
{
    return a->len == b->len && memcmp(&a->storage, &b->storage, a->len) == 0;
}
