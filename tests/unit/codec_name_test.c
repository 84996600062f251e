/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/vector_file.h"
#include "codec/name.h"

static struct es_arena *arena;

static void set_up(void)
{
    arena = es_arena_new();
}

static void tear_down(void)
{
    es_arena_free(arena);
}

TestSuite(name, .init = set_up, .fini = tear_down);

static struct es_slice build(const char *text)
{
    struct es_slice name;
    size_t bad;
    cr_assert(es_name_build(arena, es_slice_of(text), &name, &bad), "%s at %zu", text,
              bad);
    return name;
}

Test(name, text_survives_encoding)
{
    static const char *const texts[] = {
        "",
        "CN=device",
        "C=SE,O=Example,CN=device",
        "CN=a\\,b\\+c\\\\d",
        "CN=\\ edge\\ ",
        "CN=a=b",
        "CN=Gr\xc3\xbc\xc3\x9f",
        "2.999.1=x",
        "CN=\\01\\7f",
        "CN=",
    };
    for (size_t i = 0; i < ES_COUNT(texts); i++) {
        struct es_slice name = build(texts[i]);
        struct es_flaw flaw = ES_FLAW_NONE;
        cr_expect(es_der_check(arena, name, &flaw), "%s: %s", texts[i], flaw.text);
        cr_expect_str_eq(es_name_text(arena, name), texts[i]);
    }
}

Test(name, blanks_around_separators_do_not_count)
{
    cr_assert_str_eq(es_name_text(arena, build("CN = a b , O= c")), "CN=a b,O=c");
}

Test(name, values_of_one_rdn_are_in_der_order)
{
    struct es_slice name = build("CN=x,OU=bb+serialNumber=12");
    cr_assert(es_der_check(arena, name, NULL));
    cr_assert_str_eq(es_name_text(arena, name), "CN=x,serialNumber=12+OU=bb");
    cr_assert(es_slice_eq(name, build("CN=x,serialNumber=12+OU=bb")));
}

Test(name, malformed_text_is_refused_with_its_place)
{
    static const struct {
        const char *text;
        size_t bad;
    } cases[] = {{"device", 0}, {"CN=a,", 5}, {"CN=a,X=b", 5}, {"CN=a+", 5},
                 {"CN=a\\", 0}, {",", 0},     {"CN=a,,O=b", 5}};
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct es_slice name;
        size_t bad = 99;
        cr_expect_not(es_name_build(arena, es_slice_of(cases[i].text), &name, &bad),
                      "%s", cases[i].text);
        cr_expect_eq(bad, cases[i].bad, "%s: %zu", cases[i].text, bad);
    }
}

Test(name, comparison_ignores_case_blanks_and_string_type)
{
    /* O=Big  Corp as PrintableString, as UTF8String and as BMPString. */
    struct es_slice printable = octets(
        arena, "30 14 31 12 30 10 06 03 55 04 0a 13 09 42 69 67 20 20 43 6f 72 70");
    struct es_slice bmp = octets(arena, "30 1b 31 19 30 17 06 03 55 04 0a 1e 10"
                                        "0062 0069 0067 0020 0063 006f 0072 0070");
    cr_assert(es_name_is_equal(arena, printable, build("O=big corp")));
    cr_assert(es_name_is_equal(arena, bmp, build("O= BIG CORP ")));
    cr_assert_not(es_name_is_equal(arena, printable, build("O=bigcorp")));
    cr_assert_not(es_name_is_equal(arena, printable, build("OU=big corp")));
}

Test(name, order_and_grouping_of_rdns_count)
{
    cr_assert_not(es_name_is_equal(arena, build("CN=a,O=b"), build("O=b,CN=a")));
    cr_assert_not(es_name_is_equal(arena, build("CN=a,O=b"), build("CN=a+O=b")));
    cr_assert_not(es_name_is_equal(arena, build("CN=a"), build("CN=a,O=b")));
}

Test(name, malformed_name_equals_only_itself)
{
    struct es_slice cut = octets(arena, "30 03 31 01 30");
    cr_assert(es_name_is_equal(arena, cut, cut));
    cr_assert_not(es_name_is_equal(arena, cut, octets(arena, "30 03 31 01 31")));
    cr_assert_str_eq(es_name_text(arena, cut), "malformed name");
    cr_assert_not(es_name_check(arena, cut, NULL));
}

Test(name, attribute_is_found_by_type)
{
    struct es_slice name = build("CN=device,serialNumber=EST-7");
    cr_assert_str_eq(es_name_find(arena, name, "serialNumber"), "EST-7");
    cr_assert_null(es_name_find(arena, name, "O"));
    cr_assert_null(es_name_find(arena, name, "nonsense"));
}
