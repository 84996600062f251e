/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/buf.h"
#include "dtls/records.h"

#include <criterion/criterion.h>

#include <string.h>

enum { SERVER_HELLO = 2, CERTIFICATE = 11, SERVER_KEY_EXCHANGE = 12 };

static struct es_arena *arena;
static struct es_diag *d;
static struct es_dtls_info info;
static struct es_records v;

static void set_up(void)
{
    arena = es_arena_new();
    d = es_diag_new();
    memset(&info, 0, sizeof info);
    v = (struct es_records){
        .arena = arena,
        .evidence = es_evidence_open(&(struct es_evidence_config){0}, arena, d),
        .info = &info,
    };
}

static void tear_down(void)
{
    es_arena_free(arena);
    es_diag_free(d);
}

TestSuite(dtls_records, .init = set_up, .fini = tear_down);

static struct es_slice record(unsigned type, unsigned epoch, struct es_slice body)
{
    struct es_buf b;
    es_buf_build(&b, arena, body.n + ES_RECORD_HEADER);
    es_buf_u8(&b, type);
    es_buf_u16(&b, 0xfefd);
    es_buf_u16(&b, epoch);
    es_buf_u16(&b, 0);
    es_buf_u32(&b, 7);
    es_buf_u16(&b, (unsigned)body.n);
    es_buf_put(&b, body);
    return es_buf_slice(&b);
}

/* One handshake record with n octets from `from` on of a message. */
static struct es_slice fragment(unsigned type, struct es_slice body, size_t from,
                                size_t n)
{
    struct es_buf b;
    es_buf_build(&b, arena, n + 12);
    es_buf_u8(&b, type);
    es_buf_u24(&b, (unsigned)body.n);
    es_buf_u16(&b, 3);
    es_buf_u24(&b, (unsigned)from);
    es_buf_u24(&b, (unsigned)n);
    es_buf_put(&b, es_slice_sub(body, from, n));
    return record(ES_RECORD_HANDSHAKE, 0, es_buf_slice(&b));
}

static void see(struct es_slice datagram)
{
    struct es_record r;
    while (es_record_next(&datagram, &r)) {
        es_records_see(&v, ES_RECEIVED, &r, 1, 0);
    }
    cr_expect_eq(datagram.n, 0);
}

static const char *last_line(void)
{
    struct es_slice line =
        es_evidence_get(v.evidence, es_evidence_count(v.evidence) - 1);
    return es_arena_text(arena, es_slice_from(line, sizeof "#1 +0.000 < " - 1));
}

/* Two certificates of 3 and 2 octets. */
static const uint8_t two_certificates[] = {0,   0,   11, 0, 0, 3,   'a',
                                           'b', 'c', 0,  0, 2, 'd', 'e'};

Test(dtls_records, certificate_is_put_together_from_fragments_in_any_order)
{
    struct es_slice body = es_slice_make(two_certificates, sizeof two_certificates);
    see(fragment(CERTIFICATE, body, 5, 9));
    cr_expect_str_eq(last_line(), "Certificate seq=3 fragment 5+9 of 14");
    see(fragment(CERTIFICATE, body, 5, 4));
    cr_expect_eq(info.peer_chain_n, 0);
    see(fragment(CERTIFICATE, body, 0, 6));
    cr_expect_str_eq(last_line(),
                     "Certificate (2 certificates) seq=3 fragment 0+6 of 14");
    cr_assert_eq(info.peer_chain_n, 2);
    cr_expect(es_slice_is(info.peer_chain[0], "abc"));
    cr_expect(es_slice_is(info.peer_chain[1], "de"));
}

Test(dtls_records, certificate_list_that_is_cut_off_keeps_what_is_whole)
{
    see(fragment(CERTIFICATE, es_slice_make(two_certificates, 12), 0, 12));
    cr_expect_eq(info.peer_chain_n, 1);
}

Test(dtls_records, fragment_beyond_its_message_is_malformed)
{
    uint8_t bytes[] = {CERTIFICATE, 0, 0, 4, 0, 0, 0, 0, 3, 0, 0, 2, 'x', 'y'};
    see(record(ES_RECORD_HANDSHAKE, 0, es_slice_make(bytes, sizeof bytes)));
    cr_expect_str_eq(last_line(), "malformed handshake message");
}

Test(dtls_records, message_that_comes_again_is_compared)
{
    uint8_t bytes[sizeof two_certificates];
    memcpy(bytes, two_certificates, sizeof bytes);
    struct es_slice body = es_slice_make(bytes, sizeof bytes);
    see(fragment(CERTIFICATE, body, 0, sizeof bytes));
    cr_expect_eq(info.copies.n, 0);
    see(fragment(CERTIFICATE, body, 0, sizeof bytes));
    cr_expect_eq(info.copies.n, 1);
    cr_expect(info.copies.record_seq_reused);
    cr_expect_not(info.copies.body_changed);
    bytes[6] = 'z';
    see(fragment(CERTIFICATE, body, 0, sizeof bytes));
    cr_expect(info.copies.body_changed);
    cr_expect_not(info.copies.message_seq_changed);
}

Test(dtls_records, record_without_its_end_is_torn)
{
    struct es_slice whole = record(ES_RECORD_DATA, 1, ES_SLICE_LIT("abc"));
    cr_expect_not(es_record_is_torn(whole));
    cr_expect(es_record_is_torn(es_slice_sub(whole, 0, whole.n - 1)));
    cr_expect(es_record_is_torn(es_slice_sub(whole, 0, 5)));
    cr_expect_not(es_record_is_torn(ES_SLICE_LIT("rubbish")));
}

Test(dtls_records, huge_message_is_named_but_not_kept)
{
    uint8_t bytes[] = {CERTIFICATE, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 'x'};
    see(record(ES_RECORD_HANDSHAKE, 0, es_slice_make(bytes, sizeof bytes)));
    cr_expect_str_eq(last_line(), "Certificate seq=0 fragment 0+1 of 16777215");
}

Test(dtls_records, server_key_exchange_tells_curve_and_signature)
{
    const uint8_t body[] = {3, 0, 23, 2, 9, 9, 0x04, 0x03, 0, 0};
    see(fragment(SERVER_KEY_EXCHANGE, es_slice_make(body, sizeof body), 0,
                 sizeof body));
    cr_expect_eq(info.curve, 23);
    cr_expect_eq(info.signature_scheme, 0x0403);
    cr_expect_eq(info.ephemeral_key.n, 2);
}

static struct es_slice server_hello(const uint8_t *extensions, size_t n)
{
    struct es_buf b;
    es_buf_build(&b, arena, 64 + n);
    es_buf_u16(&b, 0xfefd);
    for (int i = 0; i < 32; i++) {
        es_buf_u8(&b, 0);
    }
    es_buf_u8(&b, 0);
    es_buf_u16(&b, 0xc0ae);
    es_buf_u8(&b, 0);
    es_buf_put(&b, es_slice_make(extensions, n));
    return es_buf_slice(&b);
}

Test(dtls_records, extended_master_secret_is_seen_among_the_extensions)
{
    const uint8_t with[] = {0, 9, 0xff, 1, 0, 1, 0, 0, 23, 0, 0};
    const uint8_t without[] = {0, 5, 0xff, 1, 0, 1, 0};
    struct es_slice hello = server_hello(with, sizeof with);
    see(fragment(SERVER_HELLO, hello, 0, hello.n));
    cr_expect(info.extended_master_secret);
    cr_expect_eq(info.suite, 0xc0ae);
    hello = server_hello(without, sizeof without);
    see(fragment(SERVER_HELLO, hello, 0, hello.n));
    cr_expect_not(info.extended_master_secret);
    hello = server_hello(NULL, 0);
    see(fragment(SERVER_HELLO, hello, 0, hello.n));
    cr_expect_not(info.extended_master_secret);
}

struct bad_record {
    uint8_t bytes[16];
    size_t n;
};

static const struct bad_record bad_records[] = {
    {{19, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 13}, /* type too low */
    {{24, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 13}, /* type too high */
    {{22, 0x03, 0x03, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 13}, /* TLS */
    {{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 13}, /* longer than the datagram */
    {{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 12},    /* header cut off */
    {{22}, 1},
};

Test(dtls_records, what_is_no_record_is_not_cut)
{
    for (size_t i = 0; i < ES_COUNT(bad_records); i++) {
        struct es_slice rest = es_slice_make(bad_records[i].bytes, bad_records[i].n);
        struct es_record r;
        cr_expect_not(es_record_next(&rest, &r), "case %zu", i);
        cr_expect_eq(rest.n, bad_records[i].n, "case %zu", i);
    }
}

Test(dtls_records, label_names_all_records_of_a_datagram)
{
    char storage[ES_RECORD_LABEL_MAX];
    struct es_buf b;
    es_buf_build(&b, arena, 256);
    es_buf_put(&b, fragment(16, ES_SLICE_LIT("x"), 0, 1));
    es_buf_put(&b, record(ES_RECORD_CCS, 0, ES_SLICE_LIT("\1")));
    es_buf_put(&b, record(ES_RECORD_HANDSHAKE, 1, ES_SLICE_LIT("encrypted")));
    cr_expect_str_eq(es_records_label(&v, es_buf_slice(&b), storage),
                     "ClientKeyExchange ChangeCipherSpec Finished");
}

Test(dtls_records, alert_in_the_clear_is_taken_in)
{
    see(record(ES_RECORD_ALERT, 0, ES_SLICE_LIT("\2\52")));
    cr_expect_str_eq(last_line(), "Alert fatal bad_certificate");
    cr_expect_eq(info.alert, 42);
    cr_expect(info.alert_received);
}

Test(dtls_records, names_are_found_both_ways)
{
    for (size_t i = 0; es_dtls_suite_name_at(i); i++) {
        const char *name = es_dtls_suite_name_at(i);
        uint16_t suite = es_dtls_suite_find(es_slice_of(name));
        cr_expect_str_eq(es_dtls_suite_name(suite, arena), name);
    }
    cr_expect_eq(es_dtls_suite_find(ES_SLICE_LIT("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8")),
                 0xc0ae);
    cr_expect_eq(es_dtls_suite_find(ES_SLICE_LIT("TLS_NO_SUCH_SUITE")), 0);
    cr_expect_str_eq(es_dtls_suite_name(0x7777, arena), "0x7777");
    cr_expect_str_eq(es_dtls_alert_name(0), "close_notify");
    cr_expect_str_eq(es_dtls_alert_name(99), "alert 99");
}
