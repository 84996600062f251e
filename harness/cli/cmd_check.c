/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli.h"
#include "driver/driver.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* A file of the project by what it is called and where it stands. */
enum kind {
    KIND_SCENARIO,
    KIND_REQUIREMENTS,
    KIND_DRIVER,
    KIND_EXPECTED,
    KIND_DICTIONARY
};

struct checking {
    struct es_cli *cli;
    struct es_workspace *w;
    struct es_arena *plan; /* the plan being looked at */
    size_t files, instances;
};

static const char *folder_of(const char *path, struct es_arena *a)
{
    const char *slash = strrchr(path, '/');
    return slash ? es_arena_text(a, es_slice_make(path, (size_t)(slash - path))) : ".";
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static enum kind kind_of(const char *path, struct es_arena *a)
{
    const char *name = name_of(path);
    if (strcmp(name, "driver.yaml") == 0) {
        return KIND_DRIVER;
    }
    if (strcmp(name, "expected.yaml") == 0) {
        return KIND_EXPECTED;
    }
    if (strcmp(name, "ics.yaml") == 0) {
        return KIND_DICTIONARY;
    }
    bool rules = strcmp(name_of(folder_of(path, a)), "requirements") == 0;
    return rules ? KIND_REQUIREMENTS : KIND_SCENARIO;
}

/* One plan shows the mistakes of all instances that differ in values only; every one is
 * built all the same, because a value may be the mistake. */
static void check_scenario(struct checking *c, const char *path)
{
    struct es_diag *d = c->cli->d;
    const struct es_bindings none = {0};
    struct es_instances instances = {0};
    const struct es_scenario *s = es_scenario_load(&c->w->catalogue, path, d);
    if (!s || !es_scenario_expand(&c->w->catalogue, s, &none, &instances, d)) {
        return;
    }
    struct es_catalogue catalogue = c->w->catalogue;
    catalogue.arena = c->plan;
    for (size_t i = 0; i < instances.n; i++) {
        es_plan_build(&catalogue, &instances.at[i], &none, d);
        es_arena_reset(c->plan);
    }
    c->instances += instances.n;
}

static void check_driver(struct checking *c, const char *folder)
{
    struct es_driver_spec spec = {0};
    es_driver_spec_load(folder, &c->w->dictionary, c->cli->arena, &spec, c->cli->d);
    es_driver_check_addresses(&spec, c->cli->d);
    es_driver_spec_close(&spec);
}

static void check_requirements(struct checking *c, const char *folder)
{
    struct es_registry other;
    if (strcmp(folder, es_cli_path(c->cli, "scenarios/requirements")) != 0) {
        es_registry_load(folder, c->cli->arena, &other, c->cli->d);
    }
}

static void check_file(struct checking *c, const char *given)
{
    struct es_arena *a = c->cli->arena;
    const char *path = es_workspace_path(c->w, given, a);
    struct es_expected_list expected;
    struct es_dictionary dictionary = {0};
    c->files++;
    switch (kind_of(path, a)) {
    case KIND_SCENARIO:
        check_scenario(c, path);
        break;
    case KIND_REQUIREMENTS:
        check_requirements(c, folder_of(path, a));
        break;
    case KIND_DRIVER:
        check_driver(c, folder_of(path, a));
        break;
    case KIND_EXPECTED:
        es_expected_load(folder_of(path, a), a, &expected, c->cli->d);
        break;
    case KIND_DICTIONARY:
        es_dictionary_load(path, a, &dictionary, c->cli->d);
        break;
    }
}

static void check_path(struct checking *c, const char *path)
{
    struct stat info;
    struct es_texts files = {0};
    if (stat(path, &info) != 0) {
        es_fail(c->cli->d, (struct es_loc){.file = path}, ES_CODE_INPUT,
                "cannot be read: %s", strerror(errno));
        return;
    }
    if (!S_ISDIR(info.st_mode)) {
        check_file(c, path);
        return;
    }
    es_files_list(path, c->cli->arena, &files, c->cli->d);
    for (size_t i = 0; i < files.n; i++) {
        check_file(c, files.at[i]);
    }
    if (files.n == 0) {
        es_fail(c->cli->d, (struct es_loc){.file = path}, ES_CODE_INPUT,
                "holds no file that ends in .yaml");
    }
}

/* A note that explains another one is no mistake of its own. */
static size_t count_mistakes(const struct es_diag *d)
{
    size_t causes = 0;
    for (size_t i = 0; i < d->count; i++) {
        causes += d->notes[i].cause >= 0;
    }
    return d->total - causes;
}

static int run_check(struct es_cli *cli)
{
    struct es_workspace w;
    struct checking c = {.cli = cli, .w = &w, .plan = es_arena_new()};
    const struct es_texts *paths = &cli->options.positional;
    if (es_workspace_open(&w, cli)) {
        for (size_t i = 0; i < paths->n; i++) {
            check_path(&c, paths->at[i]);
        }
        if (paths->n == 0) {
            check_path(&c, w.catalogue.scenarios_folder);
        }
    }
    es_arena_free(c.plan);
    size_t errors = count_mistakes(cli->d);
    if (errors == 0) {
        printf("%zu files, %zu instances: no errors\n", c.files, c.instances);
        return ES_EXIT_OK;
    }
    es_diag_print(cli->d, stderr);
    fprintf(stderr, "%zu error%s\n", errors, errors == 1 ? "" : "s");
    int status = es_diag_status(cli->d);
    es_diag_reset(cli->d);
    return status;
}

const struct es_command es_cmd_check = {
    .name = "check",
    .summary = "finds every mistake in scenarios and drivers, without network",
    .arguments = "[FILE|FOLDER...]",
    .doc =
        "Checks scenarios, libraries, requirements, driver.yaml and expected.yaml, and "
        "reports all mistakes\nat once; without arguments all scenarios of the project. "
        "Exit status 2 if there is a mistake.",
    .run = run_check,
};
