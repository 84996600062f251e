/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli.h"
#include "ops/ops.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Folders of scenarios/ that hold no scenarios. */
static const char *const others[] = {"lib", "requirements", "schema"};

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static bool is_same(const char *a, const char *b)
{
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

const char *es_cli_find_home(struct es_arena *a)
{
    const char *named = getenv("ES_HOME");
    const char *home = named && *named ? named : ES_SOURCE_DIR;
    bool there = is_folder(es_arena_printf(a, "%s/scenarios", home));
    return (!named && !there) || is_same(home, ".") ? "." : home;
}

const char *es_cli_path(const struct es_cli *cli, const char *below)
{
    return strcmp(cli->home, ".") == 0
               ? below
               : es_arena_printf(cli->arena, "%s/%s", cli->home, below);
}

bool es_cli_number(struct es_cli *cli, const char *option, uint64_t least,
                   uint64_t most, uint64_t *value)
{
    const char *text = es_options_get(&cli->options, option);
    uint64_t given;
    if (!text) {
        return true;
    }
    if (!es_text_uint(es_slice_of(text), &given) || given < least || given > most) {
        es_cli_usage(cli, "'--%s' takes a number from %llu to %llu, not '%s'", option,
                     (unsigned long long)least, (unsigned long long)most, text);
        return false;
    }
    *value = given;
    return true;
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool collect(const char *folder, struct es_arena *a, struct es_texts *out,
                    struct es_diag *d)
{
    DIR *in = opendir(folder);
    if (!in) {
        return es_fail(d, (struct es_loc){.file = folder}, ES_CODE_INPUT,
                       "cannot be read: %s", strerror(errno));
    }
    bool ok = true;
    for (const struct dirent *e = readdir(in); e; e = readdir(in)) {
        if (e->d_name[0] == '.') {
            continue;
        }
        const char *path = es_arena_printf(a, "%s/%s", folder, e->d_name);
        if (es_slice_has_suffix(es_slice_of(path), ".yaml")) {
            ES_PUSH(a, out, path);
        } else if (is_folder(path)) {
            ok = collect(path, a, out, d) && ok;
        }
    }
    closedir(in);
    return ok;
}

bool es_files_list(const char *folder, struct es_arena *a, struct es_texts *out,
                   struct es_diag *d)
{
    size_t from = out->n;
    bool ok = collect(folder, a, out, d);
    if (out->n > from) {
        qsort(out->at + from, out->n - from, sizeof *out->at, compare_texts);
    }
    return ok;
}

bool es_workspace_open(struct es_workspace *w, struct es_cli *cli)
{
    const char *scenarios = es_cli_path(cli, "scenarios");
    *w = (struct es_workspace){.ids = {0}};
    if (!is_folder(scenarios)) {
        es_fail(cli->d, (struct es_loc){.file = scenarios}, ES_CODE_INPUT,
                "the scenarios are not here");
        return es_hint(cli->d, "start estspec in its project, or set ES_HOME to it");
    }
    w->catalogue = (struct es_catalogue){.language = es_ops_language(),
                                         .registry = &w->registry,
                                         .dictionary = &w->dictionary,
                                         .scenarios_folder = scenarios,
                                         .arena = cli->arena};
    bool ok = es_registry_load(es_cli_path(cli, "scenarios/requirements"), cli->arena,
                               &w->registry, cli->d);
    return es_dictionary_load(es_cli_path(cli, "drivers/ics.yaml"), cli->arena,
                              &w->dictionary, cli->d) &&
           ok;
}

static bool is_scenario(const char *path, const char *folder)
{
    const char *below = path + strlen(folder) + 1;
    for (size_t i = 0; i < ES_COUNT(others); i++) {
        size_t n = strlen(others[i]);
        if (strncmp(below, others[i], n) == 0 && below[n] == '/') {
            return false;
        }
    }
    return true;
}

/* Whether the scenario may be meant by the name, which may go on with [..]. */
static bool may_mean(const char *name, const char *id)
{
    size_t n = strcspn(name, "[");
    while (n > 0 && name[n - 1] == '/') {
        n--;
    }
    bool glob = strpbrk(name, "*?") != NULL;
    return glob || (strncmp(name, id, n) == 0 && (id[n] == '\0' || id[n] == '/'));
}

static bool is_wanted(const struct es_workspace *w, struct es_cli *cli,
                      const struct es_texts *names, const char *id)
{
    for (size_t i = 0; names && i < names->n; i++) {
        const char *path = es_workspace_path(w, names->at[i], cli->arena);
        bool all = strcmp(path, w->catalogue.scenarios_folder) == 0;
        if (all || may_mean(es_scenario_id(&w->catalogue, path, cli->arena), id)) {
            return true;
        }
    }
    return !names || names->n == 0;
}

static bool load_one(struct es_workspace *w, struct es_cli *cli, const char *path)
{
    size_t before = cli->d->total;
    const struct es_scenario *s = es_scenario_load(&w->catalogue, path, cli->d);
    bool good = s && cli->d->total == before;
    if (good) {
        ES_PUSH(cli->arena, &w->scenarios, s);
    }
    return good;
}

/* Files named that are not below scenarios/. */
static bool load_strangers(struct es_workspace *w, struct es_cli *cli,
                           const struct es_texts *names)
{
    bool ok = true;
    for (size_t i = 0; names && i < names->n; i++) {
        const char *path = es_workspace_path(w, names->at[i], cli->arena);
        bool ours =
            es_slice_has_prefix(es_slice_of(path), w->catalogue.scenarios_folder);
        bool file = es_slice_has_suffix(es_slice_of(path), ".yaml");
        if (file && !ours && access(path, F_OK) == 0) {
            ok = load_one(w, cli, path) && ok;
        }
    }
    return ok;
}

bool es_workspace_load(struct es_workspace *w, struct es_cli *cli,
                       const struct es_texts *names)
{
    struct es_texts files = {0};
    const char *folder = w->catalogue.scenarios_folder;
    bool ok = es_files_list(folder, cli->arena, &files, cli->d);
    for (size_t i = 0; i < files.n; i++) {
        if (!is_scenario(files.at[i], folder)) {
            continue;
        }
        const char *id = es_scenario_id(&w->catalogue, files.at[i], cli->arena);
        ES_PUSH(cli->arena, &w->ids, id);
        if (is_wanted(w, cli, names, id)) {
            ok = load_one(w, cli, files.at[i]) && ok;
        }
    }
    return load_strangers(w, cli, names) && ok;
}

bool es_workspace_expand(struct es_workspace *w, const struct es_bindings *bindings,
                         struct es_diag *d)
{
    bool ok = true;
    for (size_t i = 0; i < w->scenarios.n; i++) {
        ok = es_scenario_expand(&w->catalogue, w->scenarios.at[i], bindings,
                                &w->instances, d) &&
             ok;
    }
    return ok;
}

static const char *absolute(const char *path, struct es_arena *a)
{
    char here[PATH_MAX];
    bool relative = path[0] != '/' && getcwd(here, sizeof here);
    return relative ? es_arena_printf(a, "%s/%s", here, path) : path;
}

const char *es_workspace_path(const struct es_workspace *w, const char *path,
                              struct es_arena *a)
{
    const char *folder = w->catalogue.scenarios_folder;
    const char *whole = absolute(path, a);
    /* Whichever way it is named, one of the folders above it is ours. */
    for (size_t i = 1; access(path, F_OK) == 0 && i <= strlen(whole); i++) {
        if (whole[i] != '/' && whole[i] != '\0') {
            continue;
        }
        if (is_same(es_arena_text(a, es_slice_make(whole, i)), folder)) {
            return es_arena_printf(a, "%s%s", folder, whole + i);
        }
    }
    return path;
}
