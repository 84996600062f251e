/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/report_tree.h"
#include "../support/temp_folder.h"
#include "run/journal.h"

/* A journal in a folder of its own, with the results of the tree. */
static struct {
    struct es_arena *a;
    struct es_diag *d;
    const char *folder, *path;
    struct es_journal_head head;
} t;

static void begin(void)
{
    t.a = es_arena_new();
    t.d = es_diag_new();
    t.folder = temp_folder_make(t.a);
    t.path = es_arena_printf(t.a, "%s/journal", t.folder);
    t.head = (struct es_journal_head){.tool_version = ES_VERSION,
                                      .run_id = "20260301T120000Z-7f3a",
                                      .start_folder = "/somewhere",
                                      .start_unix_us = 1772366400000000};
    ES_PUSH(t.a, &t.head.arguments, "--driver");
    ES_PUSH(t.a, &t.head.arguments, "drivers/acme");
    ES_PUSH(t.a, &t.head.listed, "dtls/one");
}

static void end(void)
{
    temp_folder_remove(t.a, t.folder);
    es_diag_free(t.d);
    es_arena_free(t.a);
}

static void write_journal(size_t results)
{
    struct es_journal *j = es_journal_create(t.path, &t.head, t.a, t.d);
    cr_assert_not_null(j);
    for (size_t i = 0; i < results; i++) {
        cr_assert(es_journal_add(j, (es_usec)(i + 1) * 1000, &tree_instances[i], t.d));
    }
    es_journal_close(j);
    cr_assert_eq(t.d->count, 0);
}

static struct es_journal_content read_journal(void)
{
    struct es_journal_content c;
    struct es_journal *j = es_journal_open(t.path, t.a, &c, t.d);
    cr_assert_not_null(j, "%s", t.d->count ? t.d->notes[0].msg : "");
    es_journal_close(j);
    return c;
}

static long size_of_file(void)
{
    FILE *in = fopen(t.path, "rb");
    fseek(in, 0, SEEK_END);
    long size = ftell(in);
    fclose(in);
    return size;
}

/* Changes the octet at the offset. */
static void damage(long at)
{
    FILE *file = fopen(t.path, "r+b");
    fseek(file, at, SEEK_SET);
    int octet = fgetc(file);
    fseek(file, at, SEEK_SET);
    fputc(octet ^ 0x55, file);
    fclose(file);
}

Test(journal, tells_what_was_asked_for_and_what_came, .init = begin, .fini = end)
{
    write_journal(3);
    struct es_journal_content c = read_journal();
    cr_assert_str_eq(c.head.run_id, t.head.run_id);
    cr_assert_str_eq(c.head.start_folder, "/somewhere");
    cr_assert_eq(c.head.start_unix_us, t.head.start_unix_us);
    cr_assert_eq(c.head.arguments.n, 2);
    cr_assert_str_eq(c.head.arguments.at[1], "drivers/acme");
    cr_assert_eq(c.head.listed.n, 1);
    cr_assert_eq(c.results.n, 3);
    cr_assert_eq(c.wall_us, 3000);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_str_eq(c.results.at[i].id, tree_instances[i].id);
        cr_assert_eq(c.results.at[i].findings_n, tree_instances[i].findings_n);
    }
}

Test(journal, goes_on_behind_what_is_whole, .init = begin, .fini = end)
{
    write_journal(2);
    damage(size_of_file() - 1);
    struct es_journal_content c;
    struct es_journal *j = es_journal_open(t.path, t.a, &c, t.d);
    cr_assert_eq(c.results.n, 1);
    cr_assert(es_journal_add(j, 9000, &tree_instances[4], t.d));
    es_journal_close(j);
    c = read_journal();
    cr_assert_eq(c.results.n, 2);
    cr_assert_str_eq(c.results.at[1].id, tree_instances[4].id);
    cr_assert_eq(c.wall_us, 9000);
}

/* Wherever it is cut, the results before the cut are there. */
Test(journal, may_be_cut_anywhere, .init = begin, .fini = end)
{
    write_journal(0);
    long head = size_of_file();
    write_journal(2);
    for (long size = size_of_file(); size >= head; size--) {
        cr_assert_eq(truncate(t.path, size), 0);
        cr_assert_leq(read_journal().results.n, 2);
    }
    cr_assert_eq(truncate(t.path, head - 1), 0);
    struct es_journal_content c;
    cr_assert_null(es_journal_open(t.path, t.a, &c, t.d));
    cr_assert_str_eq(t.d->notes[0].msg, "is not the journal of a run");
}

Test(journal, of_another_version_is_refused, .init = begin, .fini = end)
{
    t.head.tool_version = "0.0.1";
    write_journal(1);
    struct es_journal_content c;
    cr_assert_null(es_journal_open(t.path, t.a, &c, t.d));
    cr_assert_not_null(strstr(t.d->notes[0].msg, "was written by estspec 0.0.1"));
    cr_assert_eq(es_diag_status(t.d), 2);
}

Test(journal, knows_a_file_by_what_is_in_it, .init = begin, .fini = end)
{
    const char *other = es_arena_printf(t.a, "%s/other", t.folder);
    for (size_t i = 0; i < 4; i++) {
        FILE *out = fopen(other, "w");
        fputs(i == 2 ? "b" : "a", out);
        fclose(out);
        es_journal_note_file(&t.head, i == 3 ? t.folder : other, t.a);
    }
    const char *const *at = t.head.files.at;
    cr_assert_str_eq(es_journal_file_path(at[0]), other);
    cr_assert_str_eq(at[0], at[1]);
    cr_assert_str_neq(at[0], at[2]);
}
