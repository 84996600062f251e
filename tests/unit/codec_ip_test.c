/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/vector_file.h"
#include "codec/ip.h"

static struct es_arena *arena;

static void set_up(void)
{
    arena = es_arena_new();
}

static void tear_down(void)
{
    es_arena_free(arena);
}

TestSuite(ip, .init = set_up, .fini = tear_down);

Test(ip, addresses_are_read_and_written_canonically)
{
    static const struct {
        const char *text, *hex, *canonical;
    } cases[] = {
        {"127.0.0.1", "7f000001", "127.0.0.1"},
        {"0.0.0.0", "00000000", "0.0.0.0"},
        {"255.255.255.255", "ffffffff", "255.255.255.255"},
        {"::", "00000000000000000000000000000000", "::"},
        {"::1", "00000000000000000000000000000001", "::1"},
        {"1::", "00010000000000000000000000000000", "1::"},
        {"2001:DB8::1", "20010db8000000000000000000000001", "2001:db8::1"},
        {"0:0:0:0:0:0:0:1", "00000000000000000000000000000001", "::1"},
        {"1:0:0:2:0:0:0:3", "00010000000000020000000000000003", "1:0:0:2::3"},
        {"1:2:3:4:5:6:0:8", "00010002000300040005000600000008", "1:2:3:4:5:6:0:8"},
        {"::ffff:1.2.3.4", "00000000000000000000ffff01020304", "::ffff:102:304"},
        {"1:2:3:4:5:6:7::", "00010002000300040005000600070000", "1:2:3:4:5:6:7:0"},
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct es_slice got;
        cr_assert(es_ip_parse(arena, es_slice_of(cases[i].text), &got), "%s",
                  cases[i].text);
        cr_expect(es_slice_eq(got, octets(arena, cases[i].hex)), "%s", cases[i].text);
        cr_expect_str_eq(es_ip_text(arena, got), cases[i].canonical);
    }
}

Test(ip, other_texts_are_refused)
{
    static const char *const bad[] = {
        "",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "1.2.3.04",
        "1.2.3.",
        "1.2.3.0x1",
        "localhost",
        ":",
        ":::",
        "1::2::3",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "12345::",
        "g::",
        "::1%eth0",
        "1:2:3:4:5:6:7:8::",
        "::1.2.3",
        "1.2.3.4::",
        ":1:2:3:4:5:6:7",
        "[::1]",
    };
    for (size_t i = 0; i < ES_COUNT(bad); i++) {
        struct es_slice got;
        cr_expect_not(es_ip_parse(arena, es_slice_of(bad[i]), &got), "%s", bad[i]);
    }
}

Test(ip, other_lengths_have_no_text)
{
    cr_assert_null(es_ip_text(arena, ES_SLICE_NONE));
    cr_assert_null(es_ip_text(arena, octets(arena, "0102030405")));
}
