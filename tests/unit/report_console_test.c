/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/report_tree.h"
#include "report/report.h"

enum { TEXT_MAX = 1 << 18 };

/* A console that writes to memory, as to a file or, on demand, as to a terminal. */
struct screen {
    struct es_arena *arena;
    struct es_console console;
    char *text;
};

static struct screen open_screen(bool terminal, bool verbose)
{
    struct screen s = {.arena = es_arena_new()};
    s.text = es_arena_alloc(s.arena, TEXT_MAX);
    es_console_init(&s.console, fmemopen(s.text, TEXT_MAX, "w"), verbose);
    cr_assert_not(s.console.colour);
    cr_assert_not(s.console.progress_line);
    s.console.colour = s.console.progress_line = terminal;
    return s;
}

static void close_screen(struct screen *s)
{
    fclose(s->console.out);
    es_arena_free(s->arena);
}

static void show_run(struct screen *s, const struct es_run_result *r)
{
    es_console_start(&s->console, r, r->instances_n);
    for (size_t i = 0; i < r->instances_n; i++) {
        es_console_instance(&s->console, r, &r->instances[i], i + 1, r->instances_n);
    }
    es_console_end(&s->console, r);
}

Test(console, a_file_gets_plain_text)
{
    struct screen s = open_screen(false, false);
    struct es_run_result r = tree_run();
    show_run(&s, &r);
    cr_assert_null(strchr(s.text, '\033'));
    cr_assert_null(strchr(s.text, '\r'));
    tree_check_golden("console.txt", s.text, s.arena);
    close_screen(&s);
}

Test(console, a_terminal_gets_colour_and_progress)
{
    struct screen s = open_screen(true, false);
    struct es_run_result r = tree_run();
    show_run(&s, &r);
    cr_assert_not_null(strstr(s.text, "\033[1;31mFAIL\033[0m  rfc9148/"));
    cr_assert_not_null(
        strstr(s.text, "\r\033[K[6/13] 1 pass, 1 fail, 4 other   " TREE_SIZES));
    cr_assert_null(strstr(s.text, "\033[2J"),
                   "what the peer wrote steers the terminal");
    close_screen(&s);
}

Test(console, verbose_names_every_instance)
{
    struct screen s = open_screen(false, true);
    struct es_run_result r = tree_run();
    show_run(&s, &r);
    for (size_t i = 0; i < r.instances_n; i++) {
        cr_assert_not_null(strstr(s.text, r.instances[i].id), "%s", r.instances[i].id);
    }
    close_screen(&s);
}

Test(console, equal_failures_are_shown_in_full_once)
{
    struct screen s = open_screen(false, false);
    struct es_run_result r = tree_run();
    es_console_instance(&s.console, &r, tree_find(TREE_SIZES "[size=64]"), 1, 2);
    es_console_instance(&s.console, &r, tree_find(TREE_SIZES "[size=128]"), 2, 2);
    const char *first = strstr(s.text, "  again    ");
    cr_assert_not_null(first);
    cr_assert_null(strstr(first + 1, "  again    "));
    cr_assert_not_null(strstr(first, "FAIL  " TREE_SIZES "[size=128]   same as above: "
                                     "block2.size: got 1024, wanted ..128\n"));
    close_screen(&s);
}

Test(console, another_rule_in_the_same_step_is_shown_in_full)
{
    struct screen s = open_screen(false, false);
    struct es_run_result r = tree_run();
    struct es_instance_result other = *tree_find(TREE_SIZES "[size=128]");
    struct es_finding f = other.findings[0];
    f.requirement = "RFC7959:2.4:block-size-constant";
    other.findings = &f;
    other.findings_n = 1;
    es_console_instance(&s.console, &r, tree_find(TREE_SIZES "[size=64]"), 1, 2);
    es_console_instance(&s.console, &r, &other, 2, 2);
    cr_assert_null(strstr(s.text, "same as above"));
    close_screen(&s);
}

Test(console, one_failure_is_not_told_twice)
{
    struct screen s = open_screen(false, false);
    struct es_run_result r = tree_run();
    struct es_instance_result two[] = {*tree_find(TREE_SIZES "[size=1024]"),
                                       *tree_find(TREE_SIZES "[size=64]")};
    r.instances = two;
    r.instances_n = ES_COUNT(two);
    r.notices_n = r.broken_prerequisites_n = 0;
    show_run(&s, &r);
    tree_check_golden("console-one-failure.txt", s.text, s.arena);
    close_screen(&s);
}

Test(console, an_empty_run_says_that_nothing_was_judged)
{
    struct screen s = open_screen(false, false);
    struct es_run_result r = tree_run();
    r.instances_n = r.notices_n = r.broken_prerequisites_n = 0;
    show_run(&s, &r);
    cr_assert_not_null(strstr(s.text, "\nnothing was judged\n"));
    close_screen(&s);
}

Test(console, an_interrupted_run_says_what_was_left)
{
    struct screen s = open_screen(false, false);
    struct es_run_result r = tree_run();
    r.interrupted = true;
    show_run(&s, &r);
    cr_assert_not_null(strstr(s.text, "\ninterrupted: 1 instance was not run\n"));
    close_screen(&s);
}
