/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_LINK_H
#define ES_LINK_H

#include "udp.h"

#include <mbedtls/ssl.h>

/* What lies below one DTLS session of mbedTLS: datagrams to and from one address, and the
   timer of its flights. */

struct es_link {
    struct es_address address;
    int fd;
    struct es_bytes inbox; /* the datagram that mbedTLS has not fetched yet */
    uint64_t timer_mid_ms, timer_end_ms; /* 0: not set */
};

/* The link must live as long as the session. */
void es_link_attach(struct es_link *link, mbedtls_ssl_context *ssl);
bool es_link_is_due(const struct es_link *link);
bool es_link_would_block(int ret);

#endif
