/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/node.h"

#include <criterion/criterion.h>

#include <string.h>

static struct es_arena *arena;
static struct es_diag *diag;

static void set_up(void)
{
    arena = es_arena_new();
    diag = es_diag_new();
}

static void tear_down(void)
{
    es_diag_free(diag);
    es_arena_free(arena);
}

TestSuite(scenario_node, .init = set_up, .fini = tear_down);

static struct es_node *parse(const char *text)
{
    return es_yaml_parse(es_slice_of(text), "t.yaml", arena, diag);
}

static struct es_node *parse_good(const char *text)
{
    struct es_node *root = parse(text);
    cr_assert(root);
    cr_assert_eq(diag->total, 0, "%s", diag->count ? diag->notes[0].msg : "");
    return root;
}

static void expect_place(const struct es_node *n, unsigned line, unsigned col,
                         unsigned len)
{
    cr_expect_eq(n->loc.line, line, "line %u", n->loc.line);
    cr_expect_eq(n->loc.col, col, "column %u", n->loc.col);
    cr_expect_eq(n->loc.len, len, "length %u", n->loc.len);
}

Test(scenario_node, scalars_stay_text)
{
    struct es_node *root = parse_good("a: 2.10\nb: no\nc: 010\nd: ~\n");
    cr_expect(es_slice_is(es_node_find(root, "a")->text, "2.10"));
    cr_expect(es_slice_is(es_node_find(root, "b")->text, "no"));
    cr_expect(es_slice_is(es_node_find(root, "c")->text, "010"));
    cr_expect(es_slice_is(es_node_find(root, "d")->text, "~"));
}

Test(scenario_node, plain_scalar_is_marked_at_its_text)
{
    struct es_node *root = parse_good("one: 1\nlonger:   some text   # note\n");
    expect_place(es_node_find_pair(root, "longer")->key, 2, 1, 6);
    expect_place(es_node_find(root, "longer"), 2, 11, 9);
    cr_expect(es_node_find(root, "longer")->plain);
}

Test(scenario_node, quoted_scalar_is_marked_inside_its_quotes)
{
    struct es_node *root = parse_good("a: \"x y\"\nb: ['it''s']\n");
    expect_place(es_node_find(root, "a"), 1, 5, 3);
    expect_place(es_node_find(root, "b")->items.at[0], 2, 6, 5);
    cr_expect_not(es_node_find(root, "a")->plain);
}

Test(scenario_node, columns_count_characters_not_octets)
{
    struct es_node *root = parse_good("\xc3\xb6: [\xc3\xa4\xc3\xb6, x]\n");
    expect_place(es_node_find(root, "\xc3\xb6")->items.at[0], 1, 5, 2);
    expect_place(es_node_find(root, "\xc3\xb6")->items.at[1], 1, 9, 1);
}

Test(scenario_node, block_scalar_is_marked_at_its_first_line)
{
    struct es_node *root = parse_good("a: |\n\n  one\n  two\nb: 1\n");
    expect_place(es_node_find(root, "a"), 3, 3, 3);
    cr_expect(es_slice_is(es_node_find(root, "a")->text, "\none\ntwo\n"));
}

Test(scenario_node, byte_order_mark_does_not_shift_columns)
{
    struct es_node *root = parse_good("\xef\xbb\xbf"
                                      "a: 1\n");
    expect_place(es_node_find_pair(root, "a")->key, 1, 1, 1);
}

Test(scenario_node, part_of_a_scalar_can_be_marked)
{
    struct es_node *root =
        parse_good("a: CON GTE /x\nb: 'CON GTE'\nc: \"C\\x4fN GTE\"\n");
    struct es_loc plain = es_node_loc_at(es_node_find(root, "a"), 4, 3);
    cr_expect_eq(plain.col, 8);
    cr_expect_eq(plain.len, 3);
    struct es_loc quoted = es_node_loc_at(es_node_find(root, "b"), 4, 3);
    cr_expect_eq(quoted.col, 9);
    struct es_loc escaped = es_node_loc_at(es_node_find(root, "c"), 4, 3);
    cr_expect_eq(escaped.col, 5, "columns cannot be counted behind an escape");
    cr_expect_eq(escaped.len, 10);
}

Test(scenario_node, empty_text_is_an_empty_map)
{
    cr_expect_eq(parse_good("")->kind, ES_NODE_MAP);
    cr_expect_eq(parse_good("# only a comment\n")->pairs.n, 0);
}

Test(scenario_node, duplicate_keys_are_all_noted_and_the_first_stands)
{
    struct es_node *root = parse("a: 1\nb: {x: 1, x: 2}\na: 2\na: 3\n");
    cr_assert(root);
    cr_assert_eq(diag->total, 3);
    cr_expect_str_eq(diag->notes[0].msg, "duplicate key 'x'");
    cr_expect_eq(diag->notes[0].loc.col, 11);
    cr_expect_str_eq(diag->notes[1].msg, "duplicate key 'a'");
    cr_expect_eq(root->pairs.n, 2);
    cr_expect(es_slice_is(es_node_find(root, "a")->text, "1"));
}

static const struct {
    const char *text;
    unsigned line, col;
    const char *msg, *hint; /* parts of them */
} refused[] = {
    {"a: &x 1\n", 1, 4, "anchors", "quotes"},
    {"a: *x\n", 1, 4, "aliases", "quotes"},
    {"a: *\n", 1, 4, "alias", "quotes"},
    {"a: &\n", 1, 4, "anchor", "quotes"},
    {"a: !x\n", 1, 4, "tags", "not x"},
    {"a: !!str 1\n", 1, 4, "tags", "not x"},
    {"a: !e!x 1\n", 1, 4, "tags", "quotes"},
    {"<<: 1\n", 1, 1, "merge key", "call"},
    {"? [a]\n: 1\n", 1, 3, "a key must be a word", "quotes"},
    {"a: 1\n---\nb: 1\n", 2, 1, "second YAML document", ""},
    {"%YAML 1.1\n---\na: 1\n", 1, 1, "directives", "remove"},
    {"a: 1\n\tb: 2\n", 2, 1, "tab", "blanks"},
    {"a:\n\t- b\n", 2, 1, "tab", "blanks"},
    {"a: \"abc\nb: 2\n", 1, 4, "quote is not closed", "quote"},
    {"a: 'abc\nb: 2\n", 1, 4, "quote is not closed", "quote"},
    {"a:\n  - x: h'84 # c\n    03'\n    y: 2\n", 2, 8, "unterminated h'", "eats ' #'"},
    {"a: {x: h'84 # c\n   03', y: 2}\n", 1, 8, "unterminated h'", "double quotes"},
    {"a: b: c\n", 1, 5, "':'", "quotes"},
    {"a: [1, 2\nb: 3\n", 2, 2, "']' expected", "line 1"},
    {"x: 1\na: {x: 2\nb: 3\n", 3, 2, "'}' expected", "line 2"},
    {"a: {${x}: 3}\n", 1, 6, "opens a map", "$(expr)"},
    {"a: >=64\n", 1, 4, "open a block", "64.."},
    {"a: \"\\d\"\n", 1, 5, "escape", "backslash"},
    {"a: @x\n", 1, 4, "'@' cannot begin", "quotes"},
    {"a: - b\n", 1, 4, "'-' is not expected", "line of its own"},
    {"a:\n    x: 1\n  b: 2\n", 3, 3, "does not continue the map", "indentation"},
    {"- a\nb: 1\n", 2, 1, "does not continue the sequence", "line 1"},
    {"ok: 1\na: \xff\n", 2, 4, "not UTF-8", "UTF-8"},
    {"ok: 1\na: \x01\n", 2, 4, "control character", "escape"},
    {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 1, 41, "nested", ""},
};

Test(scenario_node, what_is_outside_the_subset_is_refused_in_its_place)
{
    for (size_t i = 0; i < ES_COUNT(refused); i++) {
        es_diag_reset(diag);
        cr_expect_null(parse(refused[i].text), "case %zu", i);
        cr_assert_eq(diag->total, 1, "case %zu", i);
        const struct es_note *n = &diag->notes[0];
        cr_expect_str_eq(n->loc.file, "t.yaml");
        cr_expect_eq(n->loc.line, refused[i].line, "case %zu: line %u", i, n->loc.line);
        cr_expect_eq(n->loc.col, refused[i].col, "case %zu: col %u", i, n->loc.col);
        cr_expect(strstr(n->msg, refused[i].msg), "case %zu: %s", i, n->msg);
        const char *hint = n->hint ? n->hint : "";
        cr_expect(strstr(hint, refused[i].hint), "case %zu: %s", i, hint);
    }
}

Test(scenario_node, several_offences_are_noted_together)
{
    cr_expect_null(parse("a: !x 1\nb: &y 2\nc: *y\n<<: 3\n"));
    cr_expect_eq(diag->total, 4);
}

Test(scenario_node, a_file_over_the_size_limit_is_refused)
{
    char *big = es_arena_alloc(arena, ES_YAML_BYTES_MAX + 1);
    memset(big, ' ', ES_YAML_BYTES_MAX + 1);
    cr_expect(es_yaml_parse(es_slice_make(big, ES_YAML_BYTES_MAX), "big", arena, diag));
    cr_expect_null(
        es_yaml_parse(es_slice_make(big, ES_YAML_BYTES_MAX + 1), "big", arena, diag));
}

Test(scenario_node, a_file_that_is_missing_is_named)
{
    cr_expect_null(es_yaml_read("tests/golden/none.yaml", arena, diag));
    cr_assert_eq(diag->count, 1);
    cr_expect_str_eq(diag->notes[0].loc.file, "tests/golden/none.yaml");
    cr_expect_eq(diag->notes[0].code, ES_CODE_INPUT);
}

Test(scenario_node, find_is_content_with_null)
{
    cr_expect_null(es_node_find(NULL, "a"));
    cr_expect_null(es_node_find(parse_good("- a\n"), "a"));
}

Test(scenario_node, describe_says_kind_or_text)
{
    struct es_node *root = parse_good("a: {}\nb: []\nc: x\nd: |\n  one\n  two\n");
    cr_expect_str_eq(es_node_describe(es_node_find(root, "a"), arena), "a map");
    cr_expect_str_eq(es_node_describe(es_node_find(root, "b"), arena), "a sequence");
    cr_expect_str_eq(es_node_describe(es_node_find(root, "c"), arena), "'x'");
    cr_expect_str_eq(es_node_describe(es_node_find(root, "d"), arena), "'one...'");
}

Test(scenario_node, values_of_the_right_type_are_read)
{
    struct es_node *root = parse_good("t: x y\ny: yes\nn: no\nu: 0x1f\nd: 1.5s\n");
    const char *text;
    bool yes, no;
    uint64_t number;
    es_usec span;
    cr_assert(es_node_text(es_node_find(root, "t"), arena, &text, diag));
    cr_assert(es_node_bool(es_node_find(root, "y"), &yes, diag));
    cr_assert(es_node_bool(es_node_find(root, "n"), &no, diag));
    cr_assert(es_node_uint(es_node_find(root, "u"), &number, diag));
    cr_assert(es_node_duration(es_node_find(root, "d"), &span, diag));
    cr_expect_str_eq(text, "x y");
    cr_expect(yes);
    cr_expect_not(no);
    cr_expect_eq(number, 31);
    cr_expect_eq(span, 1500000);
}

Test(scenario_node, values_of_the_wrong_type_are_noted)
{
    struct es_node *root =
        parse_good("m: {}\ne:\nb: true\nu: -1\nd: 20\nz: \"a\\0\"\n");
    const char *text;
    bool flag;
    uint64_t number;
    es_usec span;
    cr_expect_not(es_node_text(es_node_find(root, "m"), arena, &text, diag));
    cr_expect_not(es_node_text(es_node_find(root, "e"), arena, &text, diag));
    cr_expect_not(es_node_text(es_node_find(root, "z"), arena, &text, diag));
    cr_expect_not(es_node_bool(es_node_find(root, "b"), &flag, diag));
    cr_expect_not(es_node_uint(es_node_find(root, "u"), &number, diag));
    cr_expect_not(es_node_duration(es_node_find(root, "d"), &span, diag));
    cr_expect_not(es_node_want(es_node_find(root, "m"), ES_NODE_SEQUENCE, diag));
    cr_expect_eq(diag->total, 7);
    cr_expect_str_eq(diag->notes[0].msg, "expected a single value, not a map");
    cr_expect_str_eq(diag->notes[1].msg, "a value is missing here");
}

Test(scenario_node, unknown_keys_are_noted_with_the_nearest_one)
{
    static const char *const keys[] = {"accept", "payload", NULL};
    struct es_node *root = parse_good("acept: 1\npayload: 2\nzzzzzzzz: 3\n");
    cr_expect_not(es_node_only_keys(root, keys, "a request", diag));
    cr_assert_eq(diag->total, 2);
    cr_expect_str_eq(diag->notes[0].msg, "unknown key 'acept' in a request");
    cr_expect_str_eq(diag->notes[0].hint, "did you mean 'accept'?");
    cr_expect_str_eq(diag->notes[1].hint, "known: accept, payload");
}

Test(scenario_node, format_must_be_1)
{
    cr_expect(es_node_check_format(parse_good("format: 1\n"), diag));
    cr_expect_not(es_node_check_format(parse_good("a: 1\n"), diag));
    es_diag_reset(diag);
    cr_expect_not(es_node_check_format(parse_good("format: 2\n"), diag));
    cr_expect_str_eq(diag->notes[0].msg, "unknown format '2'");
}
