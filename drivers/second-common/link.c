/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link.h"

#include "host.h"

#include <string.h>

static int send_datagram(void *context, const unsigned char *p, size_t n)
{
    const struct es_link *link = context;
    es_udp_send(link->fd, &link->address, (struct es_bytes){p, n});
    return (int)n;
}

static int receive_datagram(void *context, unsigned char *p, size_t room)
{
    struct es_link *link = context;
    size_t n = link->inbox.n < room ? link->inbox.n : room;
    if (n == 0) {
        return MBEDTLS_ERR_SSL_WANT_READ;
    }
    memcpy(p, link->inbox.p, n);
    link->inbox.n = 0;
    return (int)n;
}

static void set_timer(void *context, uint32_t mid_ms, uint32_t end_ms)
{
    struct es_link *link = context;
    uint64_t now = es_now_ms();
    link->timer_mid_ms = end_ms > 0 ? now + mid_ms : 0;
    link->timer_end_ms = end_ms > 0 ? now + end_ms : 0;
}

static int get_timer(void *context)
{
    const struct es_link *link = context;
    uint64_t now = es_now_ms();
    if (link->timer_end_ms == 0) {
        return -1;
    }
    return now >= link->timer_end_ms ? 2 : now >= link->timer_mid_ms ? 1 : 0;
}

void es_link_attach(struct es_link *link, mbedtls_ssl_context *ssl)
{
    mbedtls_ssl_set_bio(ssl, link, send_datagram, receive_datagram, NULL);
    mbedtls_ssl_set_timer_cb(ssl, link, set_timer, get_timer);
}

bool es_link_is_due(const struct es_link *link)
{
    return link->timer_end_ms > 0 && link->timer_end_ms <= es_now_ms();
}

bool es_link_would_block(int ret)
{
    return ret == MBEDTLS_ERR_SSL_WANT_READ || ret == MBEDTLS_ERR_SSL_WANT_WRITE;
}
