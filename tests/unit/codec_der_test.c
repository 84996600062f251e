/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/vector_file.h"
#include "codec/der.h"
#include "codec/oid.h"

#include <criterion/parameterized.h>

static struct es_arena *arena;

static void set_up(void)
{
    arena = es_arena_new();
}

static void tear_down(void)
{
    es_arena_free(arena);
}

TestSuite(der, .init = set_up, .fini = tear_down);

static const struct bad {
    const char *hex, *text;
    size_t offset;
} bad_cases[] = {
    {"", "no octets", 0},
    {"30", "cut off after its tag", 0},
    {"30 05 02 01 01", "claims 5 octets, 3 are left", 1},
    {"30 81 03 02 01 01", "shortest form", 1},
    {"30 82 00 03 02 01 01", "shortest form", 1},
    {"30 80 02 01 01 00 00", "indefinite", 1},
    {"30 ff 00", "reserved", 1},
    {"30 84 ff ff ff ff 00", "claims 4294967295 octets", 1},
    {"30 89 01 01 01 01 01 01 01 01 01", "absurdly large", 1},
    {"30 83 01", "length octets are cut off", 1},
    {"3f 01 00", "tag numbers above 30", 0},
    {"30 03 02 01 01 00", "1 octets too many", 5},
    {"30 04 02 02 00 01", "needless leading", 2},
    {"30 04 02 02 ff 80", "needless leading", 2},
    {"30 02 02 00", "INTEGER without octets", 2},
    {"30 03 01 01 01", "BOOLEAN", 2},
    {"30 04 03 02 03 0f", "unused bits are not zero", 2},
    {"30 03 03 01 01", "malformed BIT STRING", 2},
    {"30 04 03 02 08 00", "malformed BIT STRING", 2},
    {"30 03 05 01 00", "NULL", 2},
    {"30 04 06 02 80 01", "OBJECT IDENTIFIER", 2},
    {"30 03 06 01 80", "OBJECT IDENTIFIER", 2},
    {"31 06 02 01 02 02 01 01", "not in DER order", 5},
    {"24 03 04 01 00", "string in pieces", 0},
    {"17 0d 32 30 30 31 30 31 30 30 30 30 2b 30 30", "time", 0},
};

ParameterizedTestParameters(der, check_tells_what_is_not_der)
{
    static size_t indexes[ES_COUNT(bad_cases)];
    for (size_t i = 0; i < ES_COUNT(indexes); i++) {
        indexes[i] = i;
    }
    return cr_make_param_array(size_t, indexes, ES_COUNT(indexes));
}

ParameterizedTest(size_t *index, der, check_tells_what_is_not_der)
{
    const struct bad *c = &bad_cases[*index];
    struct es_flaw flaw = ES_FLAW_NONE;
    cr_assert_not(es_der_check(arena, octets(arena, c->hex), &flaw), "%s", c->hex);
    cr_assert(strstr(flaw.text, c->text), "%s: %s", c->hex, flaw.text);
    cr_assert_eq(flaw.offset, c->offset, "%s: offset %zu", c->hex, flaw.offset);
}

Test(der, check_accepts_canonical_elements)
{
    static const char *const good[] = {
        "30 00",
        "30 03 02 01 00",
        "02 02 00 80",
        "02 01 ff",
        "01 01 ff",
        "03 02 07 80",
        "03 01 00",
        "31 06 02 01 01 02 01 02",
        "a0 03 02 01 02",
        "17 0d 33 30 30 31 30 31 30 30 30 30 30 30 5a",
        "18 0f 39 39 39 39 31 32 33 31 32 33 35 39 35 39 5a",
    };
    for (size_t i = 0; i < ES_COUNT(good); i++) {
        struct es_flaw flaw = ES_FLAW_NONE;
        cr_expect(es_der_check(arena, octets(arena, good[i]), &flaw), "%s: %s", good[i],
                  flaw.text);
    }
}

Test(der, check_refuses_deep_nesting)
{
    /* 40 SEQUENCEs, each in the one before. */
    uint8_t nested[80];
    for (size_t i = 0; i < 40; i++) {
        nested[2 * i] = ES_DER_SEQUENCE;
        nested[2 * i + 1] = (uint8_t)(78 - 2 * i);
    }
    struct es_flaw flaw = ES_FLAW_NONE;
    cr_assert_not(es_der_check(arena, es_slice_make(nested, sizeof nested), &flaw));
    cr_assert(strstr(flaw.text, "nested deeper"), "%s", flaw.text);
}

Test(der, first_flaw_latches)
{
    struct es_der_document doc;
    struct es_der root, in;
    struct es_der_item item;
    es_der_open(&doc, arena, octets(arena, "30 06 02 01 05 04 01 00"), false, &root);
    cr_assert(es_der_enter(&root, ES_DER_SEQUENCE, "thing", &in));
    cr_assert_not(es_der_read(&in, ES_DER_OID, "its type", &item));
    cr_assert_str_eq(doc.flaw.text,
                     "its type is to be OBJECT IDENTIFIER, but here is INTEGER");
    cr_assert_eq(doc.flaw.offset, 2);
    cr_assert_not(es_der_read(&in, ES_DER_INTEGER, "number", &item));
    cr_assert_not(es_der_next(&in, &item));
    cr_assert(es_der_at_end(&in));
    cr_assert_eq(doc.flaw.offset, 2);
}

Test(der, missing_element_is_named)
{
    struct es_der_document doc;
    struct es_der root, in;
    uint64_t v;
    es_der_open(&doc, arena, octets(arena, "30 00"), false, &root);
    cr_assert(es_der_enter(&root, ES_DER_SEQUENCE, "thing", &in));
    cr_assert_not(es_der_read_uint(&in, "version", &v));
    cr_assert_str_eq(doc.flaw.text, "version (INTEGER) is missing");
    cr_assert_eq(doc.flaw.offset, 2);
}

Test(der, lenient_document_follows_ber_and_remembers_it)
{
    struct es_der_document doc;
    struct es_der root, in, inner;
    uint64_t v;
    struct es_slice ber = octets(arena, "30 80 30 80 02 81 01 07 00 00 00 00 ee");
    es_der_open(&doc, arena, ber, true, &root);
    cr_assert(es_der_enter(&root, ES_DER_SEQUENCE, "outer", &in), "%s", doc.flaw.text);
    cr_assert(es_der_enter(&in, ES_DER_SEQUENCE, "inner", &inner), "%s", doc.flaw.text);
    cr_assert(es_der_read_uint(&inner, "number", &v));
    cr_assert_eq(v, 7);
    cr_assert(es_der_done(&inner, "inner"));
    cr_assert(es_der_done(&in, "outer"));
    cr_assert_eq(root.at, 12);
    cr_assert(strstr(doc.ber.text, "indefinite"));
    cr_assert_eq(doc.ber.offset, 1);
}

Test(der, indefinite_length_without_end_is_a_flaw)
{
    struct es_der_document doc;
    struct es_der root, in;
    es_der_open(&doc, arena, octets(arena, "30 80 02 01 07"), true, &root);
    cr_assert_not(es_der_enter(&root, ES_DER_SEQUENCE, "outer", &in));
    cr_assert(strstr(doc.flaw.text, "no end-of-contents"), "%s", doc.flaw.text);
}

Test(der, numbers_survive_writing_and_reading)
{
    static const uint64_t numbers[] = {
        0, 1, 127, 128, 255, 256, 65535, INT32_MAX, (uint64_t)1 << 62};
    for (size_t i = 0; i < ES_COUNT(numbers); i++) {
        struct es_buf b;
        struct es_der_document doc;
        struct es_der root;
        uint64_t back;
        es_buf_build(&b, arena, 16);
        es_der_put_uint(&b, numbers[i]);
        es_der_open(&doc, arena, es_buf_slice(&b), false, &root);
        cr_assert(es_der_read_uint(&root, "number", &back), "%s", doc.flaw.text);
        cr_assert_eq(back, numbers[i]);
    }
}

Test(der, negative_number_is_a_flaw)
{
    struct es_der_document doc;
    struct es_der root;
    uint64_t v;
    es_der_open(&doc, arena, octets(arena, "02 01 80"), false, &root);
    cr_assert_not(es_der_read_uint(&root, "version", &v));
    cr_assert_str_eq(doc.flaw.text, "version is negative");
}

Test(der, long_contents_get_long_lengths)
{
    static const size_t sizes[] = {127, 128, 255, 256, 65535, 65536};
    for (size_t i = 0; i < ES_COUNT(sizes); i++) {
        struct es_buf b;
        struct es_flaw flaw = ES_FLAW_NONE;
        es_buf_build(&b, arena, sizes[i] + 16);
        size_t outer = es_der_begin(&b, ES_DER_SEQUENCE);
        es_der_put(&b, ES_DER_OCTET_STRING,
                   es_slice_make(es_arena_alloc(arena, sizes[i]), sizes[i]));
        es_der_finish(&b, outer);
        cr_assert_not(b.overflow);
        cr_assert(es_der_check(arena, es_buf_slice(&b), &flaw), "%zu: %s", sizes[i],
                  flaw.text);
    }
}

Test(der, overflow_latches_in_the_buffer)
{
    uint8_t storage[130];
    struct es_buf b;
    es_buf_init(&b, storage, sizeof storage);
    size_t mark = es_der_begin(&b, ES_DER_SEQUENCE);
    es_buf_put(&b, es_slice_make(es_arena_alloc(arena, 128), 128));
    es_der_finish(&b, mark);
    cr_assert(b.overflow, "the length octet has no room");
}

static const struct time_case {
    const char *text;
    int64_t unix_s;
    unsigned tag;
} times[] = {
    {"1950-01-01T00:00:00Z", -631152000, ES_DER_UTC_TIME},
    {"1970-01-01T00:00:00Z", 0, ES_DER_UTC_TIME},
    {"2000-02-29T12:34:56Z", 951827696, ES_DER_UTC_TIME},
    {"2049-12-31T23:59:59Z", 2524607999, ES_DER_UTC_TIME},
    {"2050-01-01T00:00:00Z", 2524608000, ES_DER_GENERALIZED_TIME},
    {"2100-03-01T00:00:00Z", 4107542400, ES_DER_GENERALIZED_TIME},
    {"9999-12-31T23:59:59Z", 253402300799, ES_DER_GENERALIZED_TIME},
};

Test(der, times_survive_writing_and_reading)
{
    for (size_t i = 0; i < ES_COUNT(times); i++) {
        struct es_buf b;
        struct es_der_document doc;
        struct es_der root;
        int64_t back;
        es_buf_build(&b, arena, 32);
        es_der_put_time(&b, times[i].unix_s);
        cr_assert_eq(b.p[0], times[i].tag, "%s", times[i].text);
        es_der_open(&doc, arena, es_buf_slice(&b), false, &root);
        cr_assert(es_der_read_time(&root, "time", &back), "%s", doc.flaw.text);
        cr_assert_eq(back, times[i].unix_s);
        cr_assert_str_eq(es_der_time_text(arena, back), times[i].text);
    }
}

Test(der, impossible_times_are_flaws)
{
    static const char *const bad[] = {"300230000000Z", "301301000000Z", "300001000000Z",
                                      "300101240000Z", "3001010000Z",   "300101000000+",
                                      "30010100000aZ"};
    for (size_t i = 0; i < ES_COUNT(bad); i++) {
        struct es_buf b;
        struct es_der_document doc;
        struct es_der root;
        int64_t back;
        es_buf_build(&b, arena, 32);
        es_der_put_text(&b, ES_DER_UTC_TIME, bad[i]);
        es_der_open(&doc, arena, es_buf_slice(&b), false, &root);
        cr_expect_not(es_der_read_time(&root, "time", &back), "%s", bad[i]);
    }
}

Test(oid, known_ones_have_names_and_codes)
{
    struct es_slice contents;
    cr_assert(es_oid_parse(arena, es_slice_of("id-kp-cmcRA"), &contents));
    cr_assert(es_slice_eq(contents, octets(arena, "2b06010505070 31c")));
    cr_assert_eq(es_oid_find(contents), ES_OID_CMC_RA);
    cr_assert_str_eq(es_oid_text(arena, contents), "id-kp-cmcRA");
}

Test(oid, unknown_ones_are_dotted)
{
    static const char *const dotted[] = {"2.999.3", "1.3.6.1.4.1.32473.1", "0.0",
                                         "2.40"};
    for (size_t i = 0; i < ES_COUNT(dotted); i++) {
        struct es_slice contents;
        cr_assert(es_oid_parse(arena, es_slice_of(dotted[i]), &contents));
        cr_assert_eq(es_oid_find(contents), ES_OID_UNKNOWN);
        cr_assert_str_eq(es_oid_text(arena, contents), dotted[i]);
    }
}

Test(oid, malformed_text_is_refused)
{
    static const char *const bad[] = {
        "",     "1",    "1.",   "1.2.",       ".1.2", "3.1",
        "1.40", "1..2", "1.2x", "serverauth", "1.02", "1.2.72057594037927936"};
    for (size_t i = 0; i < ES_COUNT(bad); i++) {
        struct es_slice contents;
        cr_expect_not(es_oid_parse(arena, es_slice_of(bad[i]), &contents), "%s",
                      bad[i]);
    }
}

TestSuite(oid, .init = set_up, .fini = tear_down);

Test(oid, no_two_entries_share_a_code_or_name)
{
    static const enum es_oid all[] = {
#define X(id, dotted, name) ES_OID_##id,
#include "codec/oid.def"
#undef X
    };
    for (size_t i = 0; i < ES_COUNT(all); i++) {
        struct es_slice by_code, by_name;
        cr_assert(es_oid_parse(arena, es_slice_of(es_oid_dotted(all[i])), &by_code));
        cr_assert(es_oid_parse(arena, es_slice_of(es_oid_name(all[i])), &by_name));
        cr_expect_eq(es_oid_find(by_code), all[i], "%s", es_oid_name(all[i]));
        cr_expect(es_slice_eq(by_code, by_name), "%s", es_oid_name(all[i]));
    }
}
