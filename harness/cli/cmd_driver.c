/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/driver_draft.h"
#include "cli/target.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the folder will lie; "" is the root. */
static const char *parent_of(const char *folder, struct es_arena *a)
{
    const char *slash = strrchr(folder, '/');
    return !slash ? "."
           : slash == folder
               ? "/"
               : es_arena_text(a, es_slice_make(folder, (size_t)(slash - folder)));
}

static const char *name_of(const char *folder)
{
    const char *slash = strrchr(folder, '/');
    return slash ? slash + 1 : folder;
}

static bool is_good_name(const char *name)
{
    for (const char *c = name; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f) {
            return false;
        }
    }
    return *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* Before anybody answers forty questions in vain. */
static bool check_place(struct es_cli *cli, const char *folder)
{
    struct stat info;
    const char *parent = parent_of(folder, cli->arena);
    if (lstat(folder, &info) == 0) {
        es_cli_usage(cli, "'%s' is there already; nothing was changed", folder);
        return es_hint(cli->d, "name a new folder, or take that one away");
    }
    if (!is_good_name(name_of(folder))) {
        es_cli_usage(cli, "'%s' is no name for a folder", folder);
        return false;
    }
    if (access(parent, W_OK | X_OK) != 0) {
        return es_fail(cli->d, (struct es_loc){.file = parent}, ES_CODE_ENVIRONMENT,
                       "no folder can be made here: %s", strerror(errno));
    }
    return true;
}

static void remove_folder(const char *folder, struct es_arena *a)
{
    DIR *in = opendir(folder);
    for (const struct dirent *e = in ? readdir(in) : NULL; e; e = readdir(in)) {
        unlink(es_arena_printf(a, "%s/%s", folder, e->d_name));
    }
    if (in) {
        closedir(in);
    }
    rmdir(folder);
}

/* A folder beside the one that is to be, with the rights of any other. */
static const char *make_beside(struct es_cli *cli, const char *folder)
{
    char *path = es_arena_alloc(cli->arena, strlen(folder) + sizeof ".XXXXXX");
    memcpy(path, folder, strlen(folder));
    memcpy(path + strlen(folder), ".XXXXXX", sizeof ".XXXXXX");
    mode_t mask = umask(0);
    umask(mask);
    if (!mkdtemp(path) || chmod(path, 0777 & ~mask) != 0) {
        es_fail(cli->d, (struct es_loc){.file = folder}, ES_CODE_ENVIRONMENT,
                "cannot make the folder: %s", strerror(errno));
        return NULL;
    }
    return path;
}

/* What was written must be what the loader takes. */
static bool read_back(struct es_cli *cli, const struct es_driver_draft *draft,
                      const char *folder)
{
    struct es_driver_spec spec;
    struct es_expected_list expected;
    bool ok = es_driver_spec_load(folder, draft->dictionary, cli->arena, &spec, cli->d);
    es_driver_spec_close(&spec);
    return es_expected_load(folder, cli->arena, &expected, cli->d) && ok;
}

static bool write_folder(struct es_cli *cli, const struct es_driver_draft *draft,
                         const char *folder)
{
    const char *beside = make_beside(cli, folder);
    ES_TRY(beside);
    if (es_driver_draft_write(draft, beside, cli->d) && read_back(cli, draft, beside)) {
        if (rename(beside, folder) == 0) {
            return true;
        }
        es_fail(cli->d, (struct es_loc){.file = folder}, ES_CODE_ENVIRONMENT,
                "cannot make the folder: %s", strerror(errno));
    }
    remove_folder(beside, cli->arena);
    return false;
}

/* Ctrl-C leaves all or nothing: while it asks nothing is written, while it writes a signal
 * waits. */
static bool write_undisturbed(struct es_cli *cli, const struct es_driver_draft *draft,
                              const char *folder)
{
    sigset_t signals, before;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, &before);
    bool ok = write_folder(cli, draft, folder);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return ok;
}

static void print_next(const struct es_driver_draft *draft, const char *folder)
{
    printf("\n%s is written.\n", folder);
    if (draft->kind == ES_ADAPTER_PROCESS) {
        printf("Now %s/run has to say how it is started.\n", folder);
    }
    printf("What will run, and why not the rest: estspec plan --driver %s\n", folder);
}

static int make_driver(struct es_cli *cli, const char *named)
{
    struct es_dictionary dictionary;
    struct es_slice s = es_slice_of(named);
    while (s.n > 1 && s.p[s.n - 1] == '/') {
        s.n--;
    }
    const char *folder = es_arena_text(cli->arena, s);
    struct es_driver_draft draft = {.name = name_of(folder), .dictionary = &dictionary};
    if (check_place(cli, folder) &&
        es_dictionary_load(es_cli_path(cli, "drivers/ics.yaml"), cli->arena,
                           &dictionary, cli->d) &&
        es_driver_draft_ask(&draft, cli) && write_undisturbed(cli, &draft, folder)) {
        print_next(&draft, folder);
    }
    return es_diag_status(cli->d);
}

static int run_driver(struct es_cli *cli)
{
    const struct es_texts *words = &cli->options.positional;
    if (words->n != 2 || strcmp(words->at[0], "new") != 0) {
        return es_cli_usage(cli, "usage: estspec driver new FOLDER");
    }
    return make_driver(cli, words->at[1]);
}

const struct es_command es_cmd_driver = {
    .name = "driver",
    .summary = "asks about an implementation and writes its driver",
    .arguments = "new FOLDER",
    .doc =
        "Asks which role is tested, how it is driven and what it can do, and writes FOLDER: "
        "driver.yaml,\nexpected.yaml, README.md and, where estspec starts it, run. Enter or ? "
        "takes the default; answers may\ncome through a pipe, a line each, and the end of the "
        "input takes the defaults for all that is left:\n\n"
        "  estspec driver new drivers/acme </dev/null\n\n"
        "Nothing is written before the last answer, and nothing that is there is "
        "overwritten.",
    .run = run_driver,
};
