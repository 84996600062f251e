/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/prng.h"
#include "coap/message.h"

#include <coap3/coap.h>
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

static struct es_arena *arena;

static void set_up(void)
{
    arena = es_arena_new();
    coap_set_log_level(LOG_EMERG);
}

static void tear_down(void)
{
    es_arena_free(arena);
}

TestSuite(coap_message, .init = set_up, .fini = tear_down);

static struct es_slice hex(const char *text)
{
    struct es_slice bytes;
    size_t bad;
    cr_assert(es_text_hex(es_slice_of(text), arena, &bytes, &bad));
    return bytes;
}

static bool decode(struct es_slice bytes, struct es_coap_message *m)
{
    const char *reason;
    size_t offset;
    return es_coap_decode(bytes, m, &reason, &offset);
}

static struct es_slice encode(const struct es_coap_message *m)
{
    struct es_buf out;
    es_buf_build(&out, arena, ES_COAP_MESSAGE_MAX);
    es_coap_encode(m, &out);
    cr_assert_not(out.overflow);
    return es_buf_slice(&out);
}

static struct es_slice encode_raw(const struct es_coap_message *m,
                                  struct es_coap_raw raw)
{
    struct es_buf out;
    es_buf_build(&out, arena, ES_COAP_MESSAGE_MAX);
    es_coap_encode_raw(m, &raw, &out);
    cr_assert_not(out.overflow);
    return es_buf_slice(&out);
}

static void add(struct es_coap_message *m, uint32_t number, const char *text)
{
    cr_assert(es_coap_option_add(m, number, es_slice_of(text)));
}

static void add_uint(struct es_coap_message *m, uint32_t number, uint64_t v)
{
    cr_assert(es_coap_option_add(m, number, es_coap_uint_encode(arena, v)));
}

static struct es_coap_message crts_request(void)
{
    struct es_coap_message m = {
        .type = ES_COAP_CON, .code = ES_COAP_GET, .mid = 0x1234, .token = hex("4f")};
    add_uint(&m, ES_COAP_OPT_ACCEPT, 281);
    add_uint(&m, ES_COAP_OPT_BLOCK2, 2);
    add(&m, ES_COAP_OPT_URI_PATH, ".well-known");
    add(&m, ES_COAP_OPT_URI_PATH, "est");
    add(&m, ES_COAP_OPT_URI_PATH, "crts");
    return m;
}

Test(coap_message, request_encodes_to_the_bytes_of_the_rfc)
{
    struct es_coap_message m = crts_request();
    struct es_slice want = hex("41 01 1234 4f  bb 2e77656c6c2d6b6e6f776e  03 657374  "
                               "04 63727473  62 0119  61 02");
    cr_assert(es_slice_eq(encode(&m), want));
}

Test(coap_message, options_are_kept_in_order_of_number_and_addition)
{
    struct es_coap_message m = crts_request();
    static const uint32_t numbers[] = {11, 11, 11, 17, 23};
    for (size_t i = 0; i < ES_COUNT(numbers); i++) {
        cr_assert_eq(m.options[i].number, numbers[i]);
    }
    cr_assert(es_slice_is(es_coap_option_find(&m, 11, 2)->value, "crts"));
    cr_assert_null(es_coap_option_find(&m, 11, 3));
    cr_assert_eq(es_coap_option_count(&m, 11), 3);
    es_coap_option_remove(&m, 11);
    cr_assert_eq(m.options_n, 2);
    cr_assert_eq(m.options[0].number, 17);
}

Test(coap_message, adding_to_a_full_message_is_refused)
{
    struct es_coap_message m = {0};
    for (uint32_t i = 0; i < ES_COAP_OPTIONS_MAX; i++) {
        cr_assert(es_coap_option_add(&m, i, ES_SLICE_NONE));
    }
    cr_assert_not(es_coap_option_add(&m, 1, ES_SLICE_NONE));
}

/* Values and numbers on both sides of the extended forms (RFC 7252, 3.1). */
static const size_t edges[] = {0, 1, 12, 13, 14, 268, 269, 270, 1000, 40000};

ParameterizedTestParameters(coap_message, edge_lengths_and_deltas_survive)
{
    static size_t index[ES_COUNT(edges)];
    for (size_t i = 0; i < ES_COUNT(edges); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, ES_COUNT(index));
}

ParameterizedTest(size_t *index, coap_message, edge_lengths_and_deltas_survive)
{
    size_t n = edges[*index];
    struct es_coap_message m = {.type = ES_COAP_NON, .code = ES_COAP_CODE(2, 5)};
    struct es_coap_message back;
    struct es_slice value = es_slice_make(es_arena_alloc(arena, n + 1), n);
    es_coap_option_add(&m, (uint32_t)n, value);
    es_coap_option_add(&m, (uint32_t)n + 1, ES_SLICE_NONE);
    m.payload = hex("00");
    struct es_slice bytes = encode(&m);
    cr_assert(decode(bytes, &back));
    cr_assert_eq(back.options_n, 2);
    cr_assert_eq(back.options[0].number, n);
    cr_assert(es_slice_eq(back.options[0].value, value));
    cr_assert_eq(back.options[1].number, n + 1);
    cr_assert_eq(back.payload.n, 1);
    cr_assert(es_slice_eq(bytes, encode_raw(&m, (struct es_coap_raw){0})),
              "both encoders agree");
}

Test(coap_message, overflow_is_latched)
{
    struct es_coap_message m = crts_request();
    uint8_t small[20];
    struct es_buf out;
    es_buf_init(&out, small, sizeof small);
    es_coap_encode(&m, &out);
    cr_assert(out.overflow);
}

static const struct {
    const char *bytes, *clause;
    size_t offset;
} malformed[] = {
    {"", "RFC 7252, 3)", 0},
    {"40", "RFC 7252, 3)", 1},
    {"40 01 00", "RFC 7252, 3)", 3},
    {"80 01 1234", "version", 0},
    {"00 01 1234", "version", 0},
    {"41 00 1234 01", "RFC 7252, 4.1", 0},
    {"41 00 1234", "RFC 7252, 4.1", 0},
    {"60 00 1234 ff 01", "RFC 7252, 4.1", 4},
    {"49 01 1234 010203040506070809", "reserved", 0},
    {"4f 01 1234", "token lengths", 0},
    {"48 01 1234 010203", "token is cut", 7},
    {"40 01 1234 ff", "marker without payload", 4},
    {"40 01 1234 b1 61 ff", "marker without payload", 6},
    {"40 01 1234 f1 61", "delta 15", 4},
    {"40 01 1234 b1 61 f0", "delta 15", 6},
    {"40 01 1234 bf 61", "length 15", 4},
    {"40 01 1234 b5 616263", "value is cut", 8},
    {"40 01 1234 d0", "extended", 5},
    {"40 01 1234 e0 00", "extended", 6},
    {"40 01 1234 0d", "extended", 5},
    {"40 01 1234 0e 01", "extended", 6},
    {"40 01 1234 e0 fef2 d0 f2", "65535", 7},
    {"40 01 1234 e0 ffff", "65535", 4},
};

ParameterizedTestParameters(coap_message, format_errors_have_reason_and_offset)
{
    static size_t index[ES_COUNT(malformed)];
    for (size_t i = 0; i < ES_COUNT(malformed); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, ES_COUNT(index));
}

ParameterizedTest(size_t *index, coap_message, format_errors_have_reason_and_offset)
{
    struct es_coap_message m;
    const char *reason = NULL;
    size_t offset = 999;
    struct es_slice bytes = hex(malformed[*index].bytes);
    cr_assert_not(es_coap_decode(bytes, &m, &reason, &offset), "%s",
                  malformed[*index].bytes);
    size_t found =
        es_slice_search(es_slice_of(reason), es_slice_of(malformed[*index].clause));
    cr_expect_lt(found, es_slice_of(reason).n, "%s: %s", malformed[*index].bytes,
                 reason);
    cr_expect_eq(offset, malformed[*index].offset, "%s: %zu", malformed[*index].bytes,
                 offset);
    if (bytes.n >= 4) {
        cr_expect_eq(m.mid, 0x1234);
        cr_expect_eq(m.type, bytes.p[0] >> 4 & 3);
    }
}

Test(coap_message, what_stands_before_a_format_error_is_decoded)
{
    struct es_coap_message m;
    cr_assert_not(decode(hex("41 01 1234 4f b3 657374 f0"), &m));
    cr_assert_eq(m.token.n, 1);
    cr_assert_eq(m.options_n, 1);
    cr_assert(es_slice_is(m.options[0].value, "est"));
}

Test(coap_message, option_number_65535_is_the_last_one)
{
    struct es_coap_message m;
    cr_assert(decode(hex("40 01 1234 e0 fef2"), &m));
    cr_assert_eq(m.options[0].number, 65535);
}

Test(coap_message, sixty_five_options_are_a_limit_of_the_harness)
{
    struct es_coap_message m;
    const char *reason;
    size_t offset;
    struct es_buf out;
    es_buf_build(&out, arena, 100);
    es_buf_put(&out, hex("40 01 1234"));
    for (int i = 0; i < 65; i++) {
        es_buf_u8(&out, 0);
    }
    cr_assert_not(es_coap_decode(es_buf_slice(&out), &m, &reason, &offset));
    cr_assert_eq(offset, 68);
    cr_assert_lt(es_slice_search(es_slice_of(reason), es_slice_of("harness")),
                 es_slice_of(reason).n);
}

static const struct {
    const char *bytes, *text;
} notation[] = {
    {"41 01 1234 4f bb 2e77656c6c2d6b6e6f776e 03 657374 04 63727473 62 0119 61 02",
     "CON GET /.well-known/est/crts  T=4f  2:0/0/64  accept=281"},
    {"61 45 1234 4f c2 0119 b1 06 ff 41", "ACK 2.05  T=4f  2:0/0/1024  cf=281  1 byte"},
    {"60 45 1234 c2 0119 b1 1a ff 4142", "ACK 2.05  2:1/1/64  cf=281  2 bytes"},
    {"60 00 1234", "ACK empty"},
    {"40 00 1234", "CON empty"},
    {"70 00 1234", "RST"},
    {"50 01 0001", "NON GET /"},
    {"40 02 1234 b3 736b67 c0 41 08", "CON POST /skg  1:0/1/16  2:0/0/16"},
    {"40 01 1234 b3 612f62 01 20 41 78 03 612662", "CON GET /a%2Fb/%20?x&a%26b"},
    {"40 01 1234 b4 636f7265 4b 72743d6163652e6573742a", "CON GET /core?rt=ace.est*"},
    {"40 01 1234 e1 fcdc 01", "CON GET /  option-65001=h'01'"},
    {"60 84 1234 ff 6e6f", "ACK 4.04  2 bytes \"no\""},
    {"60 84 1234 ff 6e0a", "ACK 4.04  2 bytes"},
    {"60 45 1234 44 01020304 82 001e", "ACK 2.05  etag=h'01020304'  cf=h'001e'"},
    {"60 45 1234 d1 0a 1f", "ACK 2.05  2:1/1/szx7"},
    {"60 45 1234 d4 0a 01020304", "ACK 2.05  block2=h'01020304'"},
    {"60 a3 1234 d1 01 05", "ACK 5.03  max-age=5"},
    {"40 03 1234 50", "CON PUT /  if-none-match"},
    {"40 08 1234", "CON 0.08 /"},
    {"40 e1 1234", "CON 7.01"},
    {"40 07 1234 31 61 91 62", "CON iPATCH /  uri-host=a  cf=98"},
};

ParameterizedTestParameters(coap_message, notation_is_that_of_the_rfc)
{
    static size_t index[ES_COUNT(notation)];
    for (size_t i = 0; i < ES_COUNT(notation); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, ES_COUNT(index));
}

ParameterizedTest(size_t *index, coap_message, notation_is_that_of_the_rfc)
{
    struct es_coap_message m;
    cr_assert(decode(hex(notation[*index].bytes), &m), "%s", notation[*index].bytes);
    cr_assert_str_eq(es_coap_text(&m, arena), notation[*index].text);
}

Test(coap_message, long_values_fit_into_the_text)
{
    struct es_coap_message m = {.code = ES_COAP_GET};
    struct es_slice zeros = es_slice_make(es_arena_alloc(arena, 4000), 4000);
    es_coap_option_add(&m, ES_COAP_OPT_URI_PATH, zeros);
    es_coap_option_add(&m, 65001, zeros);
    struct es_slice text = es_slice_of(es_coap_text(&m, arena));
    cr_assert(es_slice_has_suffix(text, "00'"));
    cr_assert_gt(text.n, 4000 * 5);
}

Test(coap_message, raw_encoder_breaks_what_it_is_told_to)
{
    struct es_coap_message m = {.type = ES_COAP_CON, .code = 1, .mid = 0x1234};
    m.token = hex("01");
    cr_expect(es_slice_eq(encode_raw(&m, (struct es_coap_raw){.version = 2}),
                          hex("81 01 1234 01")));
    cr_expect(es_slice_eq(encode_raw(&m, (struct es_coap_raw){.lie_token_length = true,
                                                              .token_length = 15}),
                          hex("4f 01 1234 01")));
    cr_expect(es_slice_eq(
        encode_raw(&m, (struct es_coap_raw){.marker_without_payload = true}),
        hex("41 01 1234 01 ff")));
    m.options[0] = (struct es_coap_option){17, hex("3c")};
    m.options[1] = (struct es_coap_option){11, hex("61")};
    m.options_n = 2;
    /* 11 - 17 modulo 2^16 is 65530 = 269 + 0xfeed. */
    cr_expect(es_slice_eq(encode_raw(&m, (struct es_coap_raw){.unsorted = true}),
                          hex("41 01 1234 01 d1 04 3c e1 feed 61")));
    cr_expect(es_slice_eq(encode_raw(&m, (struct es_coap_raw){0}),
                          hex("41 01 1234 01 b1 61 61 3c")));
    m = (struct es_coap_message){.type = ES_COAP_ACK, .mid = 1, .payload = hex("aa")};
    cr_expect(
        es_slice_eq(encode_raw(&m, (struct es_coap_raw){0}), hex("60 00 0001 ff aa")));
}

Test(coap_message, integers_are_minimal_and_read_with_leading_zeros)
{
    uint64_t v = 1;
    cr_assert_eq(es_coap_uint_encode(arena, 0).n, 0);
    cr_assert(es_slice_eq(es_coap_uint_encode(arena, 281), hex("0119")));
    cr_assert(
        es_slice_eq(es_coap_uint_encode(arena, UINT64_MAX), hex("ffffffffffffffff")));
    cr_assert(es_coap_uint_decode(ES_SLICE_NONE, &v));
    cr_assert_eq(v, 0);
    cr_assert(es_coap_uint_decode(hex("000119"), &v));
    cr_assert_eq(v, 281);
    cr_assert_not(es_coap_uint_decode(hex("010203040506070809"), &v));
}

Test(coap_message, block_values_are_those_of_rfc_7959)
{
    struct es_coap_block b;
    cr_assert(es_coap_block_decode(hex("21"), &b));
    cr_assert(b.num == 2 && !b.m && es_coap_block_size(b) == 32);
    cr_assert(es_coap_block_decode(hex("3b"), &b));
    cr_assert(b.num == 3 && b.m && es_coap_block_size(b) == 128);
    cr_assert_eq(es_coap_block_offset(b), 384);
    cr_assert(es_coap_block_decode(ES_SLICE_NONE, &b));
    cr_assert(b.num == 0 && !b.m && es_coap_block_size(b) == 16);
    cr_assert(es_coap_block_decode(hex("ffffff"), &b));
    cr_assert_eq(b.num, ES_COAP_BLOCK_NUM_MAX);
    cr_assert(es_slice_eq(es_coap_block_encode(arena, b), hex("ffffff")));
    cr_assert_not(es_coap_block_decode(hex("00000001"), &b));
    cr_assert_eq(es_coap_block_encode(arena, (struct es_coap_block){0}).n, 0);
}

Test(coap_message, only_powers_of_two_up_to_1024_have_an_exponent)
{
    uint8_t szx = 9;
    cr_assert(es_coap_szx_of_size(16, &szx) && szx == 0);
    cr_assert(es_coap_szx_of_size(1024, &szx) && szx == 6);
    cr_assert_not(es_coap_szx_of_size(2048, &szx));
    cr_assert_not(es_coap_szx_of_size(48, &szx));
    cr_assert_not(es_coap_szx_of_size(0, &szx));
}

Test(coap_message, option_table_is_sorted_documented_and_looked_up_both_ways)
{
    const struct es_coap_option_def *def, *last = NULL;
    for (size_t i = 0; (def = es_coap_option_at(i)); i++) {
        cr_expect(!last || last->number < def->number, "%s", def->name);
        cr_expect_eq(es_coap_option_by_name(es_slice_of(def->name)), def);
        cr_expect_eq(es_coap_option_by_number(def->number), def);
        cr_expect_lt(es_slice_search(es_slice_of(def->doc), es_slice_of("(RFC ")),
                     es_slice_of(def->doc).n, "%s", def->name);
        last = def;
    }
    cr_assert_null(es_coap_option_by_number(65001));
    cr_assert_null(es_coap_option_by_name(es_slice_of("acept")));
}

Test(coap_message, names_and_classes_of_codes)
{
    cr_assert_eq(es_coap_method_find(es_slice_of("GET")), ES_COAP_GET);
    cr_assert_eq(es_coap_method_find(es_slice_of("iPATCH")), ES_COAP_IPATCH);
    cr_assert_eq(es_coap_method_find(es_slice_of("get")), 0);
    cr_assert_str_eq(es_coap_method_at(1), "POST");
    cr_assert_null(es_coap_method_at(7));
    cr_assert_str_eq(es_coap_code_text(ES_COAP_CODE(5, 3), arena), "5.03");
    cr_assert(es_coap_code_is_request(31));
    cr_assert_not(es_coap_code_is_request(0));
    cr_assert(es_coap_code_is_response(ES_COAP_CONTINUE));
    cr_assert_not(es_coap_code_is_response(ES_COAP_CODE(1, 1)));
    cr_assert_not(es_coap_code_is_response(ES_COAP_CODE(6, 0)));
}

Test(coap_message, copy_does_not_share_memory)
{
    uint8_t bytes[] = {0x41, 1, 0, 1, 0x4f, 0xb1, 'a', 0xff, 'x'};
    struct es_coap_message m;
    cr_assert(decode(es_slice_make(bytes, sizeof bytes), &m));
    struct es_coap_message *copy = es_coap_message_dup(arena, &m);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = 0;
    }
    cr_assert_eq(copy->token.p[0], 0x4f);
    cr_assert(es_slice_is(copy->options[0].value, "a"));
    cr_assert(es_slice_is(copy->payload, "x"));
    cr_assert_eq(copy->raw.n, sizeof bytes);
}

/* libcoap's parser is the second opinion. */
static void compare_with_libcoap(struct es_slice bytes, const struct es_coap_message *m,
                                 const coap_pdu_t *pdu)
{
    coap_bin_const_t token = coap_pdu_get_token(pdu);
    coap_opt_iterator_t it;
    size_t i = 0, n = 0;
    const uint8_t *data = NULL;
    cr_assert_eq(coap_pdu_get_type(pdu), m->type);
    cr_assert_eq(coap_pdu_get_code(pdu), m->code);
    cr_assert_eq(coap_pdu_get_mid(pdu), m->mid);
    cr_assert(es_slice_eq(es_slice_make(token.s, token.length), m->token));
    coap_option_iterator_init(pdu, &it, COAP_OPT_ALL);
    for (coap_opt_t *o; (o = coap_option_next(&it)); i++) {
        cr_assert_lt(i, m->options_n);
        cr_assert_eq(it.number, m->options[i].number);
        cr_assert(es_slice_eq(es_slice_make(coap_opt_value(o), coap_opt_length(o)),
                              m->options[i].value));
    }
    cr_assert_eq(i, m->options_n);
    coap_get_data(pdu, &n, &data);
    cr_assert(es_slice_eq(es_slice_make(data, n), m->payload));
    cr_assert_eq(m->raw.n, bytes.n);
}

static unsigned mutate(struct es_prng *r, uint8_t *bytes, unsigned n, unsigned max)
{
    for (uint64_t i = es_prng_below(r, 4) + 1; i > 0; i--) {
        switch (es_prng_below(r, 3)) {
        case 0:
            bytes[es_prng_below(r, n)] ^= (uint8_t)(1U << es_prng_below(r, 8));
            break;
        case 1:
            n = (unsigned)es_prng_below(r, n) + 1;
            break;
        default:
            bytes[es_prng_below(r, n)] = (uint8_t)es_prng_next(r);
            n += n < max;
        }
    }
    return n;
}

Test(coap_message, decoder_agrees_with_libcoap_on_mutated_messages)
{
    struct es_coap_message m = crts_request();
    m.payload = hex("0102030405060708");
    struct es_slice seed = encode(&m);
    struct es_prng r;
    unsigned both = 0, only_libcoap = 0;
    es_prng_init(&r, 1, es_slice_of("coap_message"), es_slice_of("mutations"));
    for (int round = 0; round < 20000; round++) {
        uint8_t bytes[64] = {0};
        for (size_t i = 0; i < seed.n; i++) {
            bytes[i] = seed.p[i];
        }
        struct es_slice s = {bytes, mutate(&r, bytes, (unsigned)seed.n, sizeof bytes)};
        coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, 0, 0, s.n);
        bool theirs = coap_pdu_parse(COAP_PROTO_UDP, s.p, s.n, pdu) == 1;
        bool ours = decode(s, &m);
        if (ours && theirs) {
            compare_with_libcoap(s, &m, pdu);
            both++;
        }
        only_libcoap += theirs && !ours && s.p[0] >> 6 == 1;
        coap_delete_pdu(pdu);
    }
    cr_assert_gt(both, 2000);
    cr_assert_eq(only_libcoap, 0, "%u messages only libcoap accepts", only_libcoap);
}
