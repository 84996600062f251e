/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/pcapng.h"

#include <arpa/inet.h>
#include <string.h>

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 6,
    BLOCK_SECRETS = 0x0a,
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,
    LINKTYPE_RAW = 101,
    SECRETS_TLS_KEY_LOG = 0x544c534b,
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    OPTION_APPLICATION = 4, /* shb_userappl */
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
    UDP_HEADER = 8,
    PROTOCOL_UDP = 17,
    HOP_LIMIT = 64,
};

static void pad(struct es_buf *b, size_t n)
{
    for (; n % 4; n++) {
        es_buf_u8(b, 0);
    }
}

static void option(struct es_buf *b, unsigned code, struct es_slice value)
{
    struct es_slice v = es_slice_sub(value, 0, UINT16_MAX);
    es_buf_u16(b, code);
    es_buf_u16(b, (unsigned)v.n);
    es_buf_put(b, v);
    pad(b, v.n);
}

/* A block is type, length, body, length again. start is the offset of its type. */
static size_t begin(struct es_buf *b, uint32_t type)
{
    size_t start = b->n;
    es_buf_u32(b, type);
    es_buf_u32(b, 0);
    return start;
}

static void end(struct es_buf *b, size_t start)
{
    uint32_t length = (uint32_t)(b->n - start + 4);
    es_buf_u32(b, length);
    if (!b->overflow) {
        uint32_t wire = htonl(length);
        memcpy(b->p + start + 4, &wire, sizeof wire);
    }
}

void es_pcapng_start(struct es_buf *b)
{
    size_t section = begin(b, BLOCK_SECTION);
    es_buf_u32(b, BYTE_ORDER_MAGIC);
    es_buf_u16(b, 1);
    es_buf_u16(b, 0);
    es_buf_u64(b, UINT64_MAX); /* length of the section: not known */
    option(b, OPTION_APPLICATION, ES_SLICE_LIT("estspec"));
    option(b, OPTION_END, ES_SLICE_NONE);
    end(b, section);
    size_t interface = begin(b, BLOCK_INTERFACE);
    es_buf_u16(b, LINKTYPE_RAW);
    es_buf_u16(b, 0);
    es_buf_u32(b, 0); /* no snapshot length; times are microseconds where not said */
    end(b, interface);
}

void es_pcapng_secrets(struct es_buf *b, struct es_slice key_log)
{
    size_t start = begin(b, BLOCK_SECRETS);
    es_buf_u32(b, SECRETS_TLS_KEY_LOG);
    es_buf_u32(b, (uint32_t)key_log.n);
    es_buf_put(b, key_log);
    pad(b, key_log.n);
    end(b, start);
}

/* The sum of RFC 1071, to be folded; an odd last byte counts as if a zero followed. */
static uint32_t add_words(uint32_t sum, struct es_slice s)
{
    uint64_t total = sum;
    for (size_t i = 0; i + 1 < s.n; i += 2) {
        total += (uint32_t)(s.p[i] << 8 | s.p[i + 1]);
    }
    if (s.n % 2) {
        total += (uint32_t)s.p[s.n - 1] << 8;
    }
    while (total >> 16) {
        total = (total & 0xffff) + (total >> 16);
    }
    return (uint32_t)total;
}

struct ends {
    uint8_t from[16], to[16];
    size_t n; /* 4 or 16 */
};

static void raw_address(const struct es_address *a, uint8_t last, uint8_t out[16],
                        size_t n)
{
    if (n == 16 && a->len) {
        memcpy(out, &a->sa.v6.sin6_addr, 16);
    } else if (a->len) {
        memcpy(out, &a->sa.v4.sin_addr, 4);
    } else {
        /* An end in memory (sim) has no address: it gets one for documentation. */
        const uint8_t made_up[4] = {192, 0, 2, last};
        memcpy(out, made_up, sizeof made_up);
    }
}

static struct ends ends_of(const struct es_pcapng_packet *p)
{
    struct ends e = {.n = 4};
    if (p->from->len && p->to->len && p->from->sa.any.sa_family == AF_INET6) {
        e.n = 16;
    }
    raw_address(p->from, 1, e.from, e.n);
    raw_address(p->to, 2, e.to, e.n);
    return e;
}

static void ip_header(struct es_buf *b, const struct ends *e, size_t udp_length)
{
    if (e->n == 16) {
        es_buf_u32(b, 0x60000000);
        es_buf_u16(b, (unsigned)udp_length);
        es_buf_u8(b, PROTOCOL_UDP);
        es_buf_u8(b, HOP_LIMIT);
    } else {
        uint8_t head[] = {0x45, 0, 0, 0, 0, 0, 0x40, 0, HOP_LIMIT, PROTOCOL_UDP};
        size_t total = IPV4_HEADER + udp_length;
        head[2] = (uint8_t)(total >> 8);
        head[3] = (uint8_t)total;
        uint32_t sum = add_words(0, es_slice_make(head, sizeof head));
        sum = add_words(sum, es_slice_make(e->from, e->n));
        sum = add_words(sum, es_slice_make(e->to, e->n));
        es_buf_put(b, es_slice_make(head, sizeof head));
        es_buf_u16(b, ~sum & 0xffff);
    }
    es_buf_put(b, es_slice_make(e->from, e->n));
    es_buf_put(b, es_slice_make(e->to, e->n));
}

static unsigned udp_checksum(const struct es_pcapng_packet *p, const struct ends *e,
                             size_t length)
{
    uint32_t sum = PROTOCOL_UDP + 2 * (uint32_t)length + p->from_port + p->to_port;
    sum = add_words(sum, es_slice_make(e->from, e->n));
    sum = add_words(sum, es_slice_make(e->to, e->n));
    sum = add_words(sum, p->bytes);
    /* Zero would say that there is no checksum (RFC 768). */
    return sum == 0xffff ? 0xffff : ~sum & 0xffff;
}

void es_pcapng_packet(struct es_buf *b, const struct es_pcapng_packet *p)
{
    struct ends e = ends_of(p);
    size_t udp_length = UDP_HEADER + p->bytes.n;
    size_t length = (e.n == 16 ? IPV6_HEADER : IPV4_HEADER) + udp_length;
    size_t start = begin(b, BLOCK_PACKET);
    es_buf_u32(b, 0);
    es_buf_u64(b, (uint64_t)p->unix_us);
    es_buf_u32(b, (uint32_t)length);
    es_buf_u32(b, (uint32_t)length);
    ip_header(b, &e, udp_length);
    es_buf_u16(b, p->from_port);
    es_buf_u16(b, p->to_port);
    es_buf_u16(b, (unsigned)udp_length);
    es_buf_u16(b, udp_checksum(p, &e, udp_length));
    es_buf_put(b, p->bytes);
    pad(b, length);
    option(b, OPTION_COMMENT, p->comment);
    option(b, OPTION_END, ES_SLICE_NONE);
    end(b, start);
}
