/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/rd.h"
#include "net/pcapng.h"

#include <criterion/criterion.h>

#include <string.h>

static uint8_t storage[4096];
static struct es_buf b;

static void set_up(void)
{
    memset(storage, 0, sizeof storage);
    es_buf_init(&b, storage, sizeof storage);
}

TestSuite(net_pcapng, .init = set_up);

/* Reads one block and checks its frame: length twice, a multiple of 4. */
static struct es_slice block(struct es_rd *r, uint32_t type)
{
    cr_assert_eq(es_rd_u32(r), type);
    uint32_t length = es_rd_u32(r);
    cr_assert_eq(length % 4, 0);
    struct es_slice body = es_rd_bytes(r, length - 12);
    cr_assert_eq(es_rd_u32(r), length);
    cr_assert_not(r->failed);
    return body;
}

static uint32_t sum_of(struct es_slice s)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < s.n; i++) {
        sum += i % 2 ? s.p[i] : (uint32_t)s.p[i] << 8;
    }
    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return sum;
}

static struct es_address address(const char *text)
{
    struct es_diag *d = es_diag_new();
    struct es_address a;
    cr_assert(es_address_parse(es_slice_of(text), 5684, &a, ES_LOC_NONE, d));
    es_diag_free(d);
    return a;
}

Test(net_pcapng, file_starts_with_section_and_raw_interface)
{
    struct es_rd r, body;
    es_pcapng_start(&b);
    es_rd_init(&r, es_buf_slice(&b));
    es_rd_init(&body, block(&r, 0x0a0d0d0a));
    cr_expect_eq(es_rd_u32(&body), 0x1a2b3c4d);
    cr_expect_eq(es_rd_u16(&body), 1);
    es_rd_init(&body, block(&r, 1));
    cr_expect_eq(es_rd_u16(&body), 101);
    cr_expect_eq(es_rd_left(&r), 0);
}

Test(net_pcapng, secrets_keep_their_length_beside_the_padding)
{
    struct es_rd r, body;
    es_pcapng_secrets(&b, ES_SLICE_LIT("CLIENT_RANDOM 00 11\n"));
    es_pcapng_secrets(&b, ES_SLICE_LIT("CLIENT_RANDOM 00 1\n"));
    es_rd_init(&r, es_buf_slice(&b));
    for (size_t n = 20; n >= 19; n--) {
        es_rd_init(&body, block(&r, 10));
        cr_expect_eq(es_rd_u32(&body), 0x544c534b);
        cr_expect_eq(es_rd_u32(&body), n);
        cr_expect_eq(es_rd_left(&body), 20);
    }
}

/* The packet inside an enhanced packet block; *rest gets its options. */
static struct es_slice packet_in(struct es_slice body, uint64_t unix_us,
                                 struct es_rd *rest)
{
    es_rd_init(rest, body);
    cr_expect_eq(es_rd_u32(rest), 0);
    cr_expect_eq(es_rd_u64(rest), unix_us);
    uint32_t captured = es_rd_u32(rest);
    cr_expect_eq(es_rd_u32(rest), captured);
    struct es_slice packet = es_rd_bytes(rest, captured);
    es_rd_bytes(rest, (4 - captured % 4) % 4);
    return packet;
}

/* Checksums over a pseudo header and datagram that are right sum up to all ones. */
static uint32_t pseudo_sum(struct es_slice addresses, struct es_slice udp)
{
    uint8_t all[512];
    struct es_buf sum;
    es_buf_init(&sum, all, sizeof all);
    es_buf_put(&sum, addresses);
    es_buf_u16(&sum, 17);
    es_buf_u16(&sum, (unsigned)udp.n);
    es_buf_put(&sum, udp);
    return sum_of(es_buf_slice(&sum));
}

Test(net_pcapng, ipv4_packet_has_right_headers_and_comment)
{
    struct es_address from = address("192.0.2.7"), to = address("198.51.100.9");
    struct es_rd r, rest;
    es_pcapng_packet(&b, &(struct es_pcapng_packet){
                             .unix_us = 0x123456789abcd,
                             .from = &from,
                             .to = &to,
                             .from_port = 40000,
                             .to_port = 5684,
                             .bytes = ES_SLICE_LIT("odd"),
                             .comment = ES_SLICE_LIT("hello"),
                         });
    es_rd_init(&r, es_buf_slice(&b));
    struct es_slice packet = packet_in(block(&r, 6), 0x123456789abcd, &rest);
    cr_assert_eq(packet.n, 31);
    cr_expect_eq(packet.p[0], 0x45);
    cr_expect_eq(packet.p[3], 31);
    cr_expect_eq(sum_of(es_slice_sub(packet, 0, 20)), 0xffff);
    struct es_slice udp = es_slice_from(packet, 20);
    cr_expect_eq(pseudo_sum(es_slice_sub(packet, 12, 8), udp), 0xffff);
    cr_expect_eq(udp.p[0] << 8 | udp.p[1], 40000);
    cr_expect_eq(udp.p[2] << 8 | udp.p[3], 5684);
    cr_expect(es_slice_is(es_slice_from(udp, 8), "odd"));
    cr_expect_eq(es_rd_u16(&rest), 1);
    cr_expect_eq(es_rd_u16(&rest), 5);
    cr_expect(es_slice_is(es_rd_bytes(&rest, 5), "hello"));
    es_rd_bytes(&rest, 3);
    cr_expect_eq(es_rd_u32(&rest), 0);
    cr_expect_eq(es_rd_left(&rest), 0);
}

Test(net_pcapng, ipv6_packet_has_right_headers)
{
    struct es_address from = address("[2001:db8::1]"), to = address("[2001:db8::2]");
    struct es_rd r, rest;
    es_pcapng_packet(&b, &(struct es_pcapng_packet){.from = &from,
                                                    .to = &to,
                                                    .from_port = 5684,
                                                    .to_port = 1,
                                                    .bytes = ES_SLICE_LIT("even")});
    es_rd_init(&r, es_buf_slice(&b));
    struct es_slice packet = packet_in(block(&r, 6), 0, &rest);
    cr_assert_eq(packet.n, 52);
    cr_expect_eq(packet.p[0], 0x60);
    cr_expect_eq(packet.p[5], 12);
    struct es_slice udp = es_slice_from(packet, 40);
    cr_expect_eq(pseudo_sum(es_slice_sub(packet, 8, 32), udp), 0xffff);
}

Test(net_pcapng, checksum_is_never_zero)
{
    struct es_address from = address("192.0.2.7"), to = address("198.51.100.9");
    unsigned zeros = 0;
    for (unsigned i = 0; i <= UINT16_MAX; i++) {
        const uint8_t bytes[] = {(uint8_t)(i >> 8), (uint8_t)i};
        struct es_rd r, rest;
        es_buf_init(&b, storage, sizeof storage);
        es_pcapng_packet(&b,
                         &(struct es_pcapng_packet){.from = &from,
                                                    .to = &to,
                                                    .from_port = 1,
                                                    .to_port = 2,
                                                    .bytes = {bytes, sizeof bytes}});
        es_rd_init(&r, es_buf_slice(&b));
        struct es_slice udp = es_slice_from(packet_in(block(&r, 6), 0, &rest), 20);
        zeros += !(udp.p[6] | udp.p[7]);
    }
    cr_expect_eq(zeros, 0);
}

Test(net_pcapng, ends_without_address_get_one_for_documentation)
{
    static const struct es_address nowhere;
    struct es_rd r, rest;
    es_pcapng_packet(&b, &(struct es_pcapng_packet){.from = &nowhere, .to = &nowhere});
    es_rd_init(&r, es_buf_slice(&b));
    struct es_slice packet = packet_in(block(&r, 6), 0, &rest);
    cr_expect_eq(packet.p[12], 192);
    cr_expect_neq(packet.p[15], packet.p[19]);
}

Test(net_pcapng, what_does_not_fit_latches)
{
    static const struct es_address nowhere;
    es_buf_init(&b, storage, 40);
    es_pcapng_packet(&b, &(struct es_pcapng_packet){.from = &nowhere,
                                                    .to = &nowhere,
                                                    .bytes = {storage, 100}});
    cr_expect(b.overflow);
}
