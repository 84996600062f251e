/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/udp.h"

#include "net/clock.h"
#include "net/listener.h"
#include "net/receive.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The largest datagram that UDP can carry fits. */
enum { UDP_MAX = 65536 };

struct udp {
    struct es_filter filter;
    struct es_arena *arena;
    struct es_address local, remote;
    uint8_t *buffer; /* made with the first recv */
};

static enum es_io fail(struct udp *u, int error)
{
    const char *remote = es_address_text(&u->remote, u->arena);
    if (error == ECONNREFUSED) {
        u->filter.reason =
            es_arena_printf(u->arena, "port unreachable: nobody listens at %s", remote);
    } else {
        u->filter.reason = es_arena_printf(u->arena, "network error at %s: %s", remote,
                                           strerror(error));
    }
    return ES_IO_FAILED;
}

static bool is_again(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR ||
           error == ENOBUFS;
}

static enum es_io udp_send(struct es_filter *f, struct es_datagram *d, es_usec now)
{
    struct udp *u = (struct udp *)f;
    (void)now;
    d->time = es_clock_now();
    ssize_t n = send(f->fd, d->bytes.p, d->bytes.n, MSG_NOSIGNAL);
    if (n >= 0) {
        return ES_IO_OK;
    }
    return is_again(errno) ? ES_IO_AGAIN : fail(u, errno);
}

static enum es_io udp_recv(struct es_filter *f, struct es_datagram *out, es_usec now)
{
    struct udp *u = (struct udp *)f;
    (void)now;
    if (!u->buffer) {
        u->buffer = es_arena_alloc(u->arena, UDP_MAX);
    }
    es_usec time;
    ssize_t n = es_receive(f->fd, u->buffer, UDP_MAX, NULL, &time);
    if (n < 0) {
        return is_again(errno) ? ES_IO_AGAIN : fail(u, errno);
    }
    *out = (struct es_datagram){.bytes = {u->buffer, (size_t)n}, .time = time};
    return ES_IO_OK;
}

static void udp_close(struct es_filter *f, es_usec now)
{
    (void)now;
    if (f->fd >= 0) {
        close(f->fd);
    }
    f->fd = -1;
}

static const struct es_filter_type udp_type = {
    .name = "udp",
    .send = udp_send,
    .recv = udp_recv,
    .close = udp_close,
};

static bool set_up(struct udp *u, const struct es_address *local)
{
    int fd = socket(u->remote.sa.any.sa_family, SOCK_DGRAM, 0);
    u->filter.fd = fd;
    u->local.len = sizeof u->local.sa;
    es_receive_stamped(fd);
    return fd >= 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
           fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
           (!local || bind(fd, &local->sa.any, local->len) == 0) &&
           connect(fd, &u->remote.sa.any, u->remote.len) == 0 &&
           getsockname(fd, &u->local.sa.any, &u->local.len) == 0;
}

struct es_filter *es_udp_connect(struct es_arena *arena, const struct es_address *local,
                                 const struct es_address *remote, struct es_diag *d)
{
    struct udp *u = ES_NEW(arena, struct udp);
    u->filter.type = &udp_type;
    u->arena = arena;
    u->remote = *remote;
    if (!set_up(u, local)) {
        int error = errno;
        es_fail(d, ES_LOC_NONE, ES_CODE_ENVIRONMENT,
                "cannot open a UDP socket to %s: %s", es_address_text(remote, arena),
                strerror(error));
        udp_close(&u->filter, 0);
        return NULL;
    }
    return &u->filter;
}

const struct es_address *es_udp_local(const struct es_filter *udp)
{
    return udp->type == &udp_type ? &((const struct udp *)udp)->local
                                  : es_listener_local(udp);
}

const struct es_address *es_udp_remote(const struct es_filter *udp)
{
    return udp->type == &udp_type ? &((const struct udp *)udp)->remote
                                  : es_listener_peer(udp);
}
