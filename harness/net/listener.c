/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/listener.h"

#include "net/clock.h"
#include "net/receive.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { UDP_MAX = 65536, INBOX_MAX = 256, READS_PER_TURN = 256 };

struct letter {
    struct letter *next;
    struct es_slice bytes;
    es_usec time;
};

/* One peer: the bottom of its stack. */
struct peer {
    struct es_filter filter;
    struct es_listener *listener;
    struct es_address remote;
    struct letter *first, **last; /* datagrams that nobody has taken yet */
    size_t waiting;
    bool accepted;
    struct peer *next;
};

struct es_listener {
    struct es_arena *arena;
    struct es_address local;
    int fd;
    uint8_t *buffer;
    es_listener_test *test; /* of datagrams from unknown addresses; or NULL */
    struct peer *peers; /* those whose filter is open, in the order of their coming */
};

static enum es_io fail(struct peer *p, int error)
{
    p->filter.reason = es_arena_printf(p->listener->arena, "network error at %s: %s",
                                       es_address_text(&p->remote, p->listener->arena),
                                       strerror(error));
    return ES_IO_FAILED;
}

/* A refused port of one peer shows on the socket of all: it is the business of nobody. */
static bool is_again(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR ||
           error == ENOBUFS || error == ECONNREFUSED;
}

static enum es_io peer_send(struct es_filter *f, struct es_datagram *d, es_usec now)
{
    struct peer *p = (struct peer *)f;
    (void)now;
    d->time = es_clock_now();
    ssize_t n = sendto(p->listener->fd, d->bytes.p, d->bytes.n, MSG_NOSIGNAL,
                       &p->remote.sa.any, p->remote.len);
    if (n >= 0) {
        return ES_IO_OK;
    }
    return is_again(errno) ? ES_IO_AGAIN : fail(p, errno);
}

static void deliver(struct peer *p, struct es_slice bytes, es_usec time)
{
    if (!p || p->waiting == INBOX_MAX) {
        return;
    }
    struct letter *l = ES_NEW(p->listener->arena, struct letter);
    l->bytes = es_arena_dup(p->listener->arena, bytes);
    l->time = time;
    *p->last = l;
    p->last = &l->next;
    p->waiting++;
}

static void peer_close(struct es_filter *f, es_usec now);
static enum es_io peer_recv(struct es_filter *f, struct es_datagram *out, es_usec now);

static const struct es_filter_type peer_type = {
    .name = "listener",
    .send = peer_send,
    .recv = peer_recv,
    .close = peer_close,
};

/* NULL: it is not known, and does not look like one that begins a conversation. */
static struct peer *find_peer(struct es_listener *l, const struct es_address *remote,
                              struct es_slice bytes)
{
    struct peer **at = &l->peers;
    while (*at && !es_address_eq(&(*at)->remote, remote)) {
        at = &(*at)->next;
    }
    if (!*at && (!l->test || l->test(bytes))) {
        struct peer *p = ES_NEW(l->arena, struct peer);
        p->filter = (struct es_filter){.type = &peer_type, .fd = -1};
        p->listener = l;
        p->remote = *remote;
        p->last = &p->first;
        *at = p;
    }
    return *at;
}

/* Reads a datagram into the buffer; false if there is none. */
static bool read_one(struct es_listener *l, struct es_address *from,
                     struct es_slice *bytes, es_usec *time)
{
    if (!l->buffer) {
        l->buffer = es_arena_alloc(l->arena, UDP_MAX);
    }
    ssize_t n = es_receive(l->fd, l->buffer, UDP_MAX, from, time);
    *bytes = n < 0 ? ES_SLICE_NONE : es_slice_make(l->buffer, (size_t)n);
    return n >= 0 || errno == ECONNREFUSED;
}

/* Sorts what has come by the address it came from. */
static void read_socket(struct es_listener *l)
{
    struct es_address from;
    struct es_slice bytes;
    es_usec time;
    for (int i = 0;
         i < READS_PER_TURN && l->fd >= 0 && read_one(l, &from, &bytes, &time); i++) {
        if (bytes.p) {
            deliver(find_peer(l, &from, bytes), bytes, time);
        }
    }
}

static enum es_io peer_recv(struct es_filter *f, struct es_datagram *out, es_usec now)
{
    struct peer *p = (struct peer *)f;
    (void)now;
    if (!p->first) {
        read_socket(p->listener);
    }
    struct letter *l = p->first;
    if (!l) {
        return ES_IO_AGAIN;
    }
    p->first = l->next;
    p->last = p->first ? p->last : &p->first;
    p->waiting--;
    *out = (struct es_datagram){.bytes = l->bytes, .time = l->time};
    return ES_IO_OK;
}

static void peer_close(struct es_filter *f, es_usec now)
{
    struct peer *p = (struct peer *)f;
    struct peer **at = &p->listener->peers;
    (void)now;
    while (*at && *at != p) {
        at = &(*at)->next;
    }
    if (*at) {
        *at = p->next;
    }
}

static bool set_up(struct es_listener *l, const struct es_address *local)
{
    int only_v6 = 1;
    l->fd = socket(local->sa.any.sa_family, SOCK_DGRAM, 0);
    l->local.len = sizeof l->local.sa;
    es_receive_stamped(l->fd);
    return l->fd >= 0 && fcntl(l->fd, F_SETFD, FD_CLOEXEC) == 0 &&
           fcntl(l->fd, F_SETFL, O_NONBLOCK) == 0 &&
           (local->sa.any.sa_family != AF_INET6 ||
            setsockopt(l->fd, IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, sizeof only_v6) ==
                0) &&
           bind(l->fd, &local->sa.any, local->len) == 0 &&
           getsockname(l->fd, &l->local.sa.any, &l->local.len) == 0;
}

struct es_listener *es_listener_open(struct es_arena *arena,
                                     const struct es_address *local, struct es_diag *d)
{
    struct es_listener *l = ES_NEW(arena, struct es_listener);
    l->arena = arena;
    if (!set_up(l, local)) {
        int error = errno;
        es_fail(d, ES_LOC_NONE, ES_CODE_ENVIRONMENT, "cannot listen on %s: %s",
                es_address_text(local, arena), strerror(error));
        es_listener_close(l);
        return NULL;
    }
    return l;
}

const struct es_address *es_listener_address(const struct es_listener *l)
{
    return &l->local;
}

int es_listener_fd(const struct es_listener *l)
{
    return l->fd;
}

struct es_filter *es_listener_accept(struct es_listener *l, es_usec now)
{
    (void)now;
    read_socket(l);
    for (struct peer *p = l->peers; p; p = p->next) {
        if (!p->accepted) {
            p->accepted = true;
            return &p->filter;
        }
    }
    return NULL;
}

const struct es_address *es_listener_peer(const struct es_filter *f)
{
    return f->type == &peer_type ? &((const struct peer *)f)->remote : NULL;
}

const struct es_address *es_listener_local(const struct es_filter *f)
{
    return f->type == &peer_type ? &((const struct peer *)f)->listener->local : NULL;
}

void es_listener_send(const struct es_listener *l, const struct es_address *to,
                      struct es_slice bytes)
{
    ssize_t ignored =
        bytes.n ? sendto(l->fd, bytes.p, bytes.n, MSG_NOSIGNAL, &to->sa.any, to->len)
                : 0;
    (void)ignored;
}

void es_listener_set_test(struct es_listener *l, es_listener_test *test)
{
    l->test = test;
}

void es_listener_drain(struct es_listener *l)
{
    struct es_address from;
    struct es_slice bytes;
    es_usec time;
    while (read_one(l, &from, &bytes, &time)) {
    }
}

void es_listener_close(struct es_listener *l)
{
    if (l->fd >= 0) {
        close(l->fd);
    }
    l->fd = -1;
}
