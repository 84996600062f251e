/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/receive.h"

#include "net/clock.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

/* POSIX does not know the option, and hides it. */
#include <asm/socket.h>

/* An older stamp says that somebody has set the clock. */
#define AGE_MAX (10 * ES_USEC_PER_S)

void es_receive_stamped(int fd)
{
    int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof on);
}

/* How long ago it came; 0 if nobody says so. */
static es_usec age_of(struct msghdr *m)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        struct timeval stamp;
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMP) {
            memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
            es_usec age = es_clock_unix_us() - (int64_t)stamp.tv_sec * ES_USEC_PER_S -
                          stamp.tv_usec;
            return age > 0 && age < AGE_MAX ? age : 0;
        }
    }
    return 0;
}

ssize_t es_receive(int fd, uint8_t *buffer, size_t room, struct es_address *from,
                   es_usec *time)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(struct timeval))];
    } control;
    struct iovec part = {.iov_base = buffer, .iov_len = room};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = control.bytes,
                       .msg_controllen = sizeof control.bytes};
    if (from) {
        m.msg_name = &from->sa.any;
        m.msg_namelen = sizeof from->sa;
    }
    ssize_t n = recvmsg(fd, &m, 0);
    if (from) {
        from->len = m.msg_namelen;
    }
    *time = es_clock_now() - (n >= 0 ? age_of(&m) : 0);
    return n;
}
