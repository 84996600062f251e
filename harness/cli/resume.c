/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/resume.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Options that say how to run, not what: they are of the moment. */
static bool is_of_the_moment(const char *option)
{
    return strcmp(option, "jobs") == 0 || strcmp(option, "verbose") == 0;
}

/* Options whose meaning then the head holds in another way. */
static bool is_resolved(const char *option)
{
    static const char *const names[] = {"seed", "out", "last-failed", "list"};
    for (size_t i = 0; i < ES_COUNT(names); i++) {
        if (strcmp(option, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool check_options(struct es_cli *cli)
{
    const struct es_options *o = &cli->options;
    for (size_t i = 0; i < o->given.n; i++) {
        const char *name = o->given.at[i].option->name;
        if (strcmp(name, "resume") != 0 && !is_of_the_moment(name)) {
            es_cli_usage(cli, "--%s cannot be given with --resume", name);
            return es_hint(cli->d, "the run goes on with what it was started with");
        }
    }
    if (o->positional.n) {
        es_cli_usage(cli, "'%s': a run that goes on has its selection",
                     o->positional.at[0]);
        return es_hint(cli->d, "--resume takes the report folder alone");
    }
    return true;
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* The folder named, or the run of that id below reports/. */
static bool find_folder(struct es_cli *cli, const char *named, const char **out)
{
    const char *reports = es_cli_path(cli, "reports");
    const char *ours = es_arena_printf(cli->arena, "%s/%s", reports, named);
    *out = is_folder(named) ? named : ours;
    if (is_folder(*out)) {
        return true;
    }
    es_cli_usage(cli, "there is no run '%s'", named);
    return es_hint(cli->d, "a run is named by its report folder, or by its id below %s",
                   reports);
}

static bool restore_options(struct es_cli *cli, const struct es_option_table *table,
                            const struct es_journal_head *head)
{
    struct es_options then = {.positional = {0}};
    size_t n = head->arguments.n;
    char **words = ES_NEW_ARRAY(cli->arena, char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        size_t length = strlen(head->arguments.at[i]);
        words[i] = es_arena_alloc(cli->arena, length + 1);
        memcpy(words[i], head->arguments.at[i], length);
    }
    ES_TRY(es_options_parse(table, "run", (int)n, words, cli->arena, &then, cli->d));
    for (size_t i = 0; i < cli->options.given.n; i++) {
        struct es_given given = cli->options.given.at[i];
        if (is_of_the_moment(given.option->name)) {
            ES_PUSH(cli->arena, &then.given, given);
        }
    }
    cli->options = then;
    return true;
}

/* Relative names are relative to where the run was started. */
static bool go_there(struct es_resume *r, struct es_cli *cli)
{
    char here[PATH_MAX];
    const char *start = r->content.head.start_folder;
    if (!getcwd(here, sizeof here) || strcmp(here, start) == 0) {
        return true;
    }
    if (chdir(start) != 0) {
        es_fail(cli->d, (struct es_loc){.file = start}, ES_CODE_INPUT,
                "the run was started there, and there is no way in: %s",
                strerror(errno));
        return false;
    }
    if (r->folder[0] != '/') {
        r->folder = es_arena_printf(cli->arena, "%s/%s", here, r->folder);
    }
    cli->home = es_cli_find_home(cli->arena);
    return true;
}

bool es_resume_open(struct es_resume *r, struct es_cli *cli,
                    const struct es_option_table *table, const char *named)
{
    ES_TRY(check_options(cli) && find_folder(cli, named, &r->folder));
    const char *path = es_arena_printf(cli->arena, "%s/journal", r->folder);
    if (access(path, F_OK) != 0) {
        return es_fail(cli->d, (struct es_loc){.file = r->folder}, ES_CODE_INPUT,
                       "holds no run that could go on: there is no 'journal' in it");
    }
    r->journal = es_journal_open(path, cli->arena, &r->content, cli->d);
    return r->journal && go_there(r, cli) &&
           restore_options(cli, table, &r->content.head);
}

void es_resume_select(const struct es_resume *r, struct es_selection *selection,
                      struct es_arena *a)
{
    const struct es_journal_texts *listed = &r->content.head.listed;
    for (size_t i = 0; i < listed->n; i++) {
        selection->only_listed = true;
        ES_PUSH(a, &selection->listed, listed->at[i]);
    }
}

/* ------------------------------------------------------------------- comparing */

static bool has(const struct es_journal_texts *texts, const char *text)
{
    for (size_t i = 0; i < texts->n; i++) {
        if (strcmp(texts->at[i], text) == 0) {
            return true;
        }
    }
    return false;
}

/* The paths of what is in `texts` and not the same in `other`. */
static void add_others(const struct es_journal_texts *texts,
                       const struct es_journal_texts *other,
                       struct es_journal_texts *paths, struct es_arena *a)
{
    for (size_t i = 0; i < texts->n; i++) {
        const char *path = es_journal_file_path(texts->at[i]);
        if (!has(other, texts->at[i]) && !has(paths, path)) {
            ES_PUSH(a, paths, path);
        }
    }
}

static const struct es_scenario *scenario_of(const struct es_workspace *w,
                                             const char *path)
{
    for (size_t i = 0; i < w->scenarios.n; i++) {
        if (strcmp(w->scenarios.at[i]->path, path) == 0) {
            return w->scenarios.at[i];
        }
    }
    return NULL;
}

static void drop_results(struct es_resume *r, const struct es_scenario *s)
{
    size_t n = 0;
    for (size_t i = 0; i < r->content.results.n; i++) {
        struct es_instance_result *at = &r->content.results.at[i];
        if (strcmp(at->scenario, s->id) != 0) {
            r->content.results.at[n++] = *at;
        }
    }
    r->content.results.n = n;
}

void es_resume_compare(struct es_resume *r, const struct es_workspace *w,
                       const struct es_journal_head *head, struct es_texts *notices,
                       struct es_arena *a)
{
    struct es_journal_texts changed = {0};
    add_others(&head->files, &r->content.head.files, &changed, a);
    add_others(&r->content.head.files, &head->files, &changed, a);
    for (size_t i = 0; i < changed.n; i++) {
        const struct es_scenario *s = scenario_of(w, changed.at[i]);
        if (s) {
            drop_results(r, s);
        }
        ES_PUSH(a, notices,
                es_arena_printf(a, "%s has changed since the run began: %s",
                                changed.at[i],
                                s ? "its instances run again"
                                  : "what was judged before may not fit the rest"));
    }
}

/* ------------------------------------------------------------------- beginning */

static void list_arguments(struct es_journal_head *head, const struct es_cli *cli,
                           uint64_t seed)
{
    struct es_arena *a = cli->arena;
    const struct es_options *o = &cli->options;
    for (size_t i = 0; i < o->given.n; i++) {
        const struct es_option *option = o->given.at[i].option;
        if (is_of_the_moment(option->name) || is_resolved(option->name)) {
            continue;
        }
        ES_PUSH(a, &head->arguments, es_arena_printf(a, "--%s", option->name));
        if (option->value) {
            ES_PUSH(a, &head->arguments, o->given.at[i].value);
        }
    }
    ES_PUSH(a, &head->arguments, "--seed");
    ES_PUSH(a, &head->arguments, es_arena_printf(a, "%" PRIx64, seed));
    ES_PUSH(a, &head->arguments, "--");
    for (size_t i = 0; i < o->positional.n; i++) {
        ES_PUSH(a, &head->arguments, o->positional.at[i]);
    }
}

/* Everything that verdicts depend on and that somebody may edit meanwhile. */
static void list_files(struct es_journal_head *head, struct es_cli *cli,
                       const struct es_workspace *w, const struct es_target *target)
{
    static const char *const of_driver[] = {"driver.yaml", "expected.yaml", "run"};
    struct es_arena *a = cli->arena;
    const char *folder = target->driver.folder;
    struct es_texts files = {0};
    for (size_t i = 0; folder && i < ES_COUNT(of_driver); i++) {
        const char *path = es_arena_printf(a, "%s/%s", folder, of_driver[i]);
        if (access(path, F_OK) == 0) {
            ES_PUSH(a, &files, path);
        }
    }
    ES_PUSH(a, &files, es_cli_path(cli, "drivers/ics.yaml"));
    if (!es_files_list(w->catalogue.scenarios_folder, a, &files, cli->d)) {
        files.n = 0;
    }
    for (size_t i = 0; i < w->scenarios.n; i++) {
        const char *path = w->scenarios.at[i]->path;
        if (!es_slice_has_prefix(es_slice_of(path), w->catalogue.scenarios_folder)) {
            ES_PUSH(a, &files, path);
        }
    }
    for (size_t i = 0; i < files.n; i++) {
        es_journal_note_file(head, files.at[i], a);
    }
}

struct es_journal_head es_resume_head(struct es_cli *cli, const struct es_workspace *w,
                                      const struct es_selection *selection,
                                      const struct es_target *target, uint64_t seed)
{
    char here[PATH_MAX];
    struct es_journal_head head = {
        .tool_version = ES_VERSION,
        .start_folder = getcwd(here, sizeof here)
                            ? es_arena_text(cli->arena, es_slice_of(here))
                            : ".",
    };
    list_arguments(&head, cli, seed);
    for (size_t i = 0; selection->only_listed && i < selection->listed.n; i++) {
        ES_PUSH(cli->arena, &head.listed, selection->listed.at[i]);
    }
    list_files(&head, cli, w, target);
    return head;
}
