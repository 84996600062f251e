/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/vector_file.h"
#include "codec/cbor_multipart.h"

static struct es_arena *arena;

static void set_up(void)
{
    arena = es_arena_new();
}

static void tear_down(void)
{
    es_arena_free(arena);
}

TestSuite(multipart, .init = set_up, .fini = tear_down);

static struct es_multipart view(const char *hex)
{
    struct es_multipart m;
    struct es_flaw flaw = ES_FLAW_NONE;
    cr_assert(es_multipart_view(arena, octets(arena, hex), &m, &flaw), "%s: %s at %zu",
              hex, flaw.text, flaw.offset);
    return m;
}

static const struct {
    const char *hex, *flaw;
    size_t offset;
} flaws[] = {
    {"", "the body is empty", 0},
    {"00", "the body is an unsigned integer, not an array", 0},
    {"a1 19011c 40", "the body is a map, not an array", 0},
    {"43 010203", "the body is a byte string, not an array", 0},
    {"d8 18 80", "the body is a tagged item, not an array", 0},
    {"80 00", "1 octets too many behind the array", 1},
    {"80 80", "1 octets too many behind the array", 1},
    {"81 00", "an array of 1 elements, an odd number", 0},
    {"9f 00 40 00 ff", "an array of 3 elements, an odd number", 0},
    {"82 1a00010000 40", "the Content-Format of part 1 is 65536, over 65535", 1},
    {"82 1bffffffffffffffff 40",
     "the Content-Format of part 1 is 18446744073709551615, over 65535", 1},
    {"82 20 40", "the Content-Format of part 1 is a negative integer", 1},
    {"82 63323834 40", "the Content-Format of part 1 is a text string", 1},
    {"82 f6 40", "the Content-Format of part 1 is null", 1},
    {"84 00 40 01 6130",
     "the body of part 2 is a text string, not a byte string or null", 4},
    {"82 00 8140", "the body of part 1 is an array, not a byte string or null", 2},
    {"82 00 a0", "the body of part 1 is a map, not a byte string or null", 2},
    {"82 00 05", "the body of part 1 is an unsigned integer, not a byte string or null",
     2},
    {"82 00 f7", "the body of part 1 is undefined, not a byte string or null", 2},
    {"82 00 f4", "the body of part 1 is false, not a byte string or null", 2},
    {"82 00 e5", "the body of part 1 is a simple value, not a byte string or null", 2},
    {"82 00 f97e00", "the body of part 1 is a float, not a byte string or null", 2},
    {"82 00 c040", "the body of part 1 is a tagged item, not a byte string or null", 2},
    /* not well-formed */
    {"82 00", "an array of 2 elements, but only 1 octets are left", 0},
    {"82 00 41", "a byte string of 1 octets, but only 0 are left", 2},
    {"82 00 4200", "a byte string of 2 octets, but only 1 are left", 2},
    {"82 1801", "the data ends where an item should begin", 3},
    {"82 0019", "the head of an unsigned integer is cut off", 2},
    {"83 005800", "the data ends where an item should begin", 4},
    {"82 00 5b7fffffffffffffff00",
     "a byte string of 9223372036854775807 octets, but only 1 are left", 2},
    {"9b ffffffffffffffff 00",
     "an array of 18446744073709551615 elements, but only 1 octets are left", 0},
    {"82 00 bb7fffffffffffffff0000",
     "a map of 9223372036854775807 pairs, but only 2 octets are left", 2},
    {"9c 00 40", "additional information 28 is reserved", 0},
    {"82 1d 40", "additional information 29 is reserved", 1},
    {"9f 00 40", "an array of indefinite length without its break", 0},
    {"82 00 5f4100", "a byte string of indefinite length without its break", 2},
    {"82 00 5f6100ff",
     "a text string is no chunk of a byte string of indefinite length", 3},
    {"82 00 5f5f4100ffff",
     "a chunked string is no chunk of a byte string of indefinite length", 3},
    {"82 00 ff", "a break that ends nothing of indefinite length", 2},
    {"82 1f 40", "an unsigned integer of indefinite length", 1},
    {"82 00 df40", "a tagged item of indefinite length", 2},
    {"82 00 f810", "simple value 16 must not take two octets", 2},
    {"82 00 bf00ff", "a key without value in a map", 4},
    {"81 81 81 81 81 81 81 81 81 81 80", "items nested more than 8 deep", 9},
};

Test(multipart, each_flaw_has_its_own_text)
{
    for (size_t i = 0; i < ES_COUNT(flaws); i++) {
        struct es_multipart m;
        struct es_flaw flaw = ES_FLAW_NONE;
        cr_expect_not(es_multipart_view(arena, octets(arena, flaws[i].hex), &m, &flaw),
                      "%s", flaws[i].hex);
        cr_expect_str_eq(flaw.text ? flaw.text : "no flaw", flaws[i].flaw, "%s: %s",
                         flaws[i].hex, flaw.text);
        cr_expect_eq(flaw.offset, flaws[i].offset, "%s: at %zu", flaws[i].hex,
                     flaw.offset);
    }
}

Test(multipart, nesting_bomb_is_refused_early)
{
    struct es_buf b;
    struct es_multipart m;
    struct es_flaw flaw = ES_FLAW_NONE;
    es_buf_build(&b, arena, 100000);
    for (size_t i = 0; i < 100000; i++) {
        es_buf_u8(&b, 0x81);
    }
    cr_expect_not(es_multipart_view(arena, es_buf_slice(&b), &m, &flaw));
    cr_expect_str_eq(flaw.text, "items nested more than 8 deep");
}

static const struct {
    const char *hex, *encoding;
} encodings[] = {
    {"84 19011c 410a 190119 410b", "minimal"},
    {"9f 19011c 410a 190119 410b ff", "an array of indefinite length at octet 0"},
    {"84 19011c 5f 410a ff 190119 410b",
     "a byte string of indefinite length at octet 4"},
    {"84 19011c 5f ff 190119 410b", "a byte string of indefinite length at octet 4"},
    {"98 04 19011c 410a 190119 410b",
     "an array with a head longer than needed at octet 0"},
    {"84 1a0000011c 410a 190119 410b",
     "an unsigned integer with a head longer than needed at octet 1"},
    {"84 19011c 58010a 190119 410b",
     "a byte string with a head longer than needed at octet 4"},
    {"84 19011c 5f 58010a ff 190119 410b",
     "a byte string of indefinite length at octet 4"},
    {"9f 1a0000011c 410a 190119 410b ff", "an array of indefinite length at octet 0"},
    {"80", "minimal"},
};

Test(multipart, longer_forms_are_accepted_and_told)
{
    for (size_t i = 0; i < ES_COUNT(encodings); i++) {
        struct es_multipart m = view(encodings[i].hex);
        cr_expect_str_eq(es_multipart_encoding(arena, &m), encodings[i].encoding);
        const struct es_multipart_part *key = es_multipart_find(&m, 284);
        if (m.n == 2 && i != 3) {
            cr_expect(key && es_slice_eq(key->body, octets(arena, "0a")), "%s",
                      encodings[i].hex);
        }
    }
    struct es_multipart m = view("82 00 5f 4101 40 420203 ff");
    cr_expect(es_slice_eq(m.at[0].body, octets(arena, "010203")));
}

Test(multipart, null_is_not_empty)
{
    struct es_multipart m = view("84 19011c f6 190119 40");
    cr_assert_eq(m.n, 2);
    cr_expect(m.at[0].is_null);
    cr_expect_not(m.at[1].is_null);
    cr_expect_eq(m.at[1].body.n, 0);
    cr_expect_eq(m.at[1].offset, 5);
    cr_expect_null(es_multipart_find(&m, 287));
}

Test(multipart, same_format_twice_finds_the_first)
{
    struct es_multipart m = view("84 00 4101 00 4102");
    cr_expect_eq(m.n, 2);
    cr_expect(es_slice_eq(es_multipart_find(&m, 0)->body, octets(arena, "01")));
}

Test(multipart, example_of_rfc9148_is_built_again)
{
    struct es_slice wanted =
        vector_file(arena, "multipart/A3-skg-resp-62.multipart.cbor");
    const struct es_multipart_part parts[] = {
        {.format = 284, .body = vector_file(arena, "pkcs/A3-skg-resp-part-284.p8.der")},
        {.format = 281,
         .body = vector_file(arena, "pkcs/A3-skg-resp-part-281.p7.der")}};
    cr_expect(es_slice_eq(es_multipart_build(arena, parts, 2, false), wanted));
    cr_expect(es_slice_eq(es_multipart_build(arena, parts, 2, true),
                          vector_file(arena, "multipart/mpc-pos-indef-array.cbor")));
}

Test(multipart, null_and_empty_parts_can_be_built)
{
    const struct es_multipart_part parts[] = {{.format = 65535, .is_null = true},
                                              {.format = 0}};
    cr_expect(es_slice_eq(es_multipart_build(arena, parts, 2, false),
                          octets(arena, "84 19ffff f6 00 40")));
    cr_expect(
        es_slice_eq(es_multipart_build(arena, NULL, 0, false), octets(arena, "80")));
}

static const struct {
    uint64_t value;
    unsigned width;
    const char *hex;
} heads[] = {
    {0, 0, "00"},
    {23, 0, "17"},
    {24, 0, "1818"},
    {255, 0, "18ff"},
    {256, 0, "190100"},
    {65535, 0, "19ffff"},
    {65536, 0, "1a00010000"},
    {UINT32_MAX, 0, "1affffffff"},
    {UINT64_C(1) << 32, 0, "1b0000000100000000"},
    {0, 1, "1800"},
    {23, 2, "190017"},
    {23, 4, "1a00000017"},
    {23, 8, "1b0000000000000017"},
};

Test(multipart, heads_take_the_width_asked_for)
{
    for (size_t i = 0; i < ES_COUNT(heads); i++) {
        struct es_buf b;
        es_buf_build(&b, arena, 16);
        es_cbor_put_head(&b, ES_CBOR_UINT, heads[i].value, heads[i].width);
        cr_expect(es_slice_eq(es_buf_slice(&b), octets(arena, heads[i].hex)), "%s",
                  heads[i].hex);
    }
}
