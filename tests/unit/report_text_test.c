/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/report_tree.h"
#include "report/report_int.h"

static struct es_arena *arena;

static void set_up(void)
{
    arena = es_arena_new();
}

static void tear_down(void)
{
    es_arena_free(arena);
}

TestSuite(text, .init = set_up, .fini = tear_down);

static const struct {
    const char *in, *out;
} cleaned[] = {
    {NULL, ""},
    {"", ""},
    {"plain text", "plain text"},
    {"two\nlines\tand a tab", "two\nlines\tand a tab"},
    {"CR LF\r\nend", "CR LF\nend"},
    {"lone\rCR", "lone\\x0dCR"},
    {"\033[31mred", "\\x1b[31mred"},
    {"bell\a, delete\177", "bell\\x07, delete\\x7f"},
    {"\303\244\342\202\254\360\237\230\200", "\303\244\342\202\254\360\237\230\200"},
    {"C1 \302\233 here", "C1 \\u009b here"},
    {"order \342\200\256 turned", "order \\u202e turned"},
    {"nobody \357\277\277", "nobody \\uffff"},
    {"cut \303", "cut \\xc3"},
    {"cut \342\202 short", "cut \\xe2\\x82 short"},
    {"overlong \300\200", "overlong \\xc0\\x80"},
    {"surrogate \355\240\200", "surrogate \\xed\\xa0\\x80"},
    {"\377\376", "\\xff\\xfe"},
};

Test(text, what_a_peer_sent_is_made_harmless)
{
    for (size_t i = 0; i < ES_COUNT(cleaned); i++) {
        cr_assert_str_eq(es_report_clean(arena, cleaned[i].in), cleaned[i].out,
                         "row %zu", i);
    }
}

Test(text, cleaning_twice_changes_nothing_more)
{
    for (size_t i = 0; i < ES_COUNT(cleaned); i++) {
        cr_assert_str_eq(es_report_clean(arena, cleaned[i].out), cleaned[i].out,
                         "row %zu", i);
    }
}

Test(text, a_line_is_cut_between_characters)
{
    cr_assert_str_eq(es_report_line(arena, "ab\303\244cd", 3), "ab...");
    cr_assert_str_eq(es_report_line(arena, "ab\303\244cd", 4), "ab\303\244...");
    cr_assert_str_eq(es_report_line(arena, " a\nb\t", 10), "a b");
}

Test(text, a_cell_cannot_leave_its_table)
{
    cr_assert_str_eq(es_report_cell(arena, "a|b\n<c> & *d*"),
                     "a\\|b &lt;c> &amp; \\*d\\*");
}

Test(text, times_are_utc)
{
    cr_assert_str_eq(es_report_time(arena, 1772366400999999, true),
                     "2026-03-01T12:00:00Z");
    cr_assert_str_eq(es_report_time(arena, 0, false), "1970-01-01 00:00:00 UTC");
}
