/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/vector_file.h"
#include "codec/link_format.h"

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

TestSuite(link_format, .init = set_up, .fini = tear_down);

static struct es_link_list parse(struct es_slice text)
{
    struct es_link_list list;
    struct es_flaw flaw = ES_FLAW_NONE;
    cr_assert(es_link_format_parse(arena, text, &list, &flaw), "%s at %zu", flaw.text,
              flaw.offset);
    return list;
}

Test(link_format, example_of_rfc9148_lists_six_functions)
{
    struct es_link_list list =
        parse(vector_file(arena, "link-format/S4.1-discovery-default.linkformat"));
    size_t at = 0, n;
    uint16_t *formats;
    cr_assert_eq(list.n, 6);
    const struct es_link *crts = es_link_find(&list, "ace.est.crts", &at);
    cr_assert_not_null(crts);
    cr_assert(es_slice_is(crts->target, "/est/crts"));
    cr_assert(es_link_formats(arena, crts, &formats, &n, NULL));
    cr_assert_eq(n, 2);
    cr_assert_eq(formats[0], 281);
    cr_assert_eq(formats[1], 287);
    cr_assert_null(es_link_find(&list, "ace.est.crts", &at), "there is only one");
}

Test(link_format, absolute_targets_are_split)
{
    struct es_link_list list =
        parse(vector_file(arena, "link-format/S4.1-discovery-port61617.linkformat"));
    struct es_link_target target;
    cr_assert_eq(list.n, 6);
    cr_assert(es_link_target_split(list.at[0].target, &target));
    cr_assert(es_slice_is(target.scheme, "coaps"));
    cr_assert(es_slice_is(target.authority, "[2001:db8:3::123]:61617"));
    cr_assert(es_slice_is(target.path, "/est/crts"));
    cr_assert_eq(target.query.n, 0);
}

Test(link_format, target_with_query_and_without_path)
{
    struct es_link_target target;
    cr_assert(es_link_target_split(es_slice_of("coap://h?a=b/c"), &target) == true);
    cr_assert(es_link_target_split(es_slice_of("/a?x=y"), &target));
    cr_assert(es_slice_is(target.path, "/a"));
    cr_assert(es_slice_is(target.query, "x=y"));
    cr_assert(es_link_target_split(es_slice_of("/a?u=coap://h/"), &target));
    cr_assert_eq(target.scheme.n, 0);
    cr_assert_not(es_link_target_split(es_slice_of("est/crts"), &target));
    cr_assert_not(es_link_target_split(es_slice_of("://h/a"), &target));
    cr_assert_not(es_link_target_split(ES_SLICE_NONE, &target));
}

Test(link_format, unquoted_rt_and_words_in_rt_are_found)
{
    struct es_link_list list = parse(es_slice_of(
        "</a>;rt=x,</b>;rt=\"core.s  ace.est.sen\",</c>;rt=y;rt=ace.est.sen;if"));
    size_t at = 0;
    cr_assert(es_slice_is(es_link_find(&list, "ace.est.sen", &at)->target, "/b"));
    cr_assert(es_slice_is(es_link_find(&list, "ace.est.sen", &at)->target, "/c"));
    cr_assert_null(es_link_find(&list, "ace.est.sen", &at));
    at = 0;
    cr_assert(es_slice_is(es_link_find(&list, "ace.est.*", &at)->target, "/b"));
    cr_assert_not(es_link_has_rt(&list.at[0], "ace.est"));
    cr_assert_not(es_link_has_rt(&list.at[1], "ace.est"), "a prefix is not the word");
    cr_assert_not(list.at[2].attributes[2].has_value);
}

Test(link_format, quoted_value_may_hold_separators_and_escapes)
{
    struct es_link_list list = parse(es_slice_of("</a>;title=\"x,y;\\\"z\\\\\";n=1"));
    cr_assert_eq(list.n, 1);
    cr_assert_eq(list.at[0].attributes_n, 2);
    cr_assert(es_slice_is(list.at[0].attributes[0].value, "x,y;\"z\\"));
    cr_assert(list.at[0].attributes[0].quoted);
}

Test(link_format, empty_body_is_an_empty_list)
{
    cr_assert_eq(parse(ES_SLICE_NONE).n, 0);
}

static const struct bad {
    const char *text, *flaw;
    size_t offset;
} bad_cases[] = {
    {"/a", "starts with <", 0},
    {"</a", "no closing >", 1},
    {"</a>,", "starts with <", 5},
    {"</a>, </b>", "starts with <", 5},
    {"</a>;", "needs a name", 5},
    {"</a>; rt=x", "needs a name", 5},
    {"</a>;rt=", "no value", 8},
    {"</a>;rt=\"x", "no closing quote", 8},
    {"</a>;rt=\"x\\\"", "no closing quote", 8},
    {"</a>;rt=\"x\"ct=1", "behind a link", 11},
    {"</a>;ct=1 2", "behind a link", 9},
    {"</a>x", "behind a link", 4},
    {"</a b>", "cannot stand in a URI", 3},
    {"</a>\n", "behind a link", 4},
};

ParameterizedTestParameters(link_format, broken_grammar_is_told_with_its_place)
{
    static size_t indexes[ES_COUNT(bad_cases)];
    for (size_t i = 0; i < ES_COUNT(indexes); i++) {
        indexes[i] = i;
    }
    return cr_make_param_array(size_t, indexes, ES_COUNT(indexes));
}

ParameterizedTest(size_t *index, link_format, broken_grammar_is_told_with_its_place)
{
    const struct bad *c = &bad_cases[*index];
    struct es_link_list list;
    struct es_flaw flaw = ES_FLAW_NONE;
    cr_assert_not(es_link_format_parse(arena, es_slice_of(c->text), &list, &flaw), "%s",
                  c->text);
    cr_assert(strstr(flaw.text, c->flaw), "%s: %s", c->text, flaw.text);
    cr_assert_eq(flaw.offset, c->offset, "%s: %zu", c->text, flaw.offset);
}

Test(link_format, drafts_with_blanks_are_malformed)
{
    static const struct {
        const char *file;
        size_t offset;
    } cases[] = {{"link-format/discovery-d06.linkformat", 7},
                 {"link-format/discovery-d08.linkformat", 7}};
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct es_link_list list;
        struct es_flaw flaw = ES_FLAW_NONE;
        cr_assert_not(es_link_format_parse(arena, vector_file(arena, cases[i].file),
                                           &list, &flaw));
        cr_expect_eq(flaw.offset, cases[i].offset);
    }
    parse(vector_file(arena, "link-format/discovery-cbrski.linkformat"));
    parse(vector_file(arena, "link-format/discovery-d04-05.linkformat"));
    parse(
        vector_file(arena, "link-format/discovery-rfc9148-mandatory-only.linkformat"));
}

Test(link_format, ct_must_hold_numbers)
{
    static const char *const bad[] = {
        "</a>;ct=x",  "</a>;ct=65536", "</a>;ct=\"1  2\"", "</a>;ct=0x28",
        "</a>;ct=01", "</a>;ct",       "</a>;ct=\"\"",     "</a>;ct=40;ct=x"};
    for (size_t i = 0; i < ES_COUNT(bad); i++) {
        struct es_link_list list = parse(es_slice_of(bad[i]));
        struct es_flaw flaw = ES_FLAW_NONE;
        uint16_t *formats;
        size_t n;
        cr_expect_not(es_link_formats(arena, &list.at[0], &formats, &n, &flaw), "%s",
                      bad[i]);
        cr_expect_not_null(flaw.text);
    }
}

Test(link_format, repeated_ct_adds_up)
{
    struct es_link_list list = parse(es_slice_of("</a>;ct=40;ct=\"0 65535\""));
    uint16_t *formats;
    size_t n;
    cr_assert(es_link_formats(arena, &list.at[0], &formats, &n, NULL));
    cr_assert_eq(n, 3);
    cr_assert_eq(formats[2], 65535);
}
