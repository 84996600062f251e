/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CLI_CLI_H
#define ES_CLI_CLI_H

/*
 * The commands of the tool. One file per command (cmd_x.c) and one line in command.def; the
 * parts that several commands share are below: where the project's data is, reading the
 * catalogue, what is to be tested (target.h), which instances (select.h, job.h).
 *
 * A command returns the exit status of the tool. What goes wrong is noted in cli->d; main
 * prints the notes to stderr after the command, and the graver status of the two counts.
 */

#include "cli/options.h"
#include "scenario/scenario.h"

enum {
    ES_EXIT_OK = 0,
    ES_EXIT_FAIL = 1,
    ES_EXIT_USAGE = 2,
    ES_EXIT_NOTHING = 3,
    ES_EXIT_TROUBLE = 5,
};

struct es_cli {
    const char *home; /* folder that holds scenarios/ and drivers/; "." */
    struct es_options options;
    struct es_arena *arena;
    struct es_diag *d;
};

struct es_command {
    const char *name, *summary;
    const char *arguments; /* "[SELECTION...] --driver DIR": for the usage line */
    const char *doc;       /* what --help says below it */
    struct es_option_table options;
    int (*run)(struct es_cli *cli);
};

/* The commands in the order of command.def; NULL at the end. */
const struct es_command *es_command_at(size_t index);

/* Notes a mistake on the command line; always ES_EXIT_USAGE. */
int es_cli_usage(struct es_cli *cli, const char *fmt, ...) ES_PRINTF(2, 3);
/* A path of the project: es_cli_path(cli, "scenarios"). Short if we stand in it. */
const char *es_cli_path(const struct es_cli *cli, const char *below);
/* Where the project's data is: ES_HOME, else where it was built from, else here. */
const char *es_cli_find_home(struct es_arena *a);
/* The numbers of one option; fallback if it is not given. False and a note. */
bool es_cli_number(struct es_cli *cli, const char *option, uint64_t least,
                   uint64_t most, uint64_t *value);

/* Everything a scenario is checked against, and the scenarios. */
struct es_workspace {
    struct es_registry registry;
    struct es_dictionary dictionary;
    struct es_catalogue catalogue;
    struct {
        const struct es_scenario **at;
        size_t n, room;
    } scenarios;
    struct es_texts ids;           /* of all scenario files, read or not */
    struct es_instances instances; /* of all scenarios that were read */
};

/* Reads the language, registry and dictionary of the project. */
bool es_workspace_open(struct es_workspace *w, struct es_cli *cli) ES_MUST_CHECK;
/* Reads the scenarios of the project, in the order of their ids; notes what is wrong. With
 * names (ids, folders, globs, files, as on the command line) only those that may be meant, and
 * files outside the project that are named. */
bool es_workspace_load(struct es_workspace *w, struct es_cli *cli,
                       const struct es_texts *names) ES_MUST_CHECK;
/* Makes the instances of all scenarios that were read. */
bool es_workspace_expand(struct es_workspace *w, const struct es_bindings *bindings,
                         struct es_diag *d) ES_MUST_CHECK;
/* Names the file as the project names it (scenarios/...), whichever way the user did. */
const char *es_workspace_path(const struct es_workspace *w, const char *path,
                              struct es_arena *a);
/* Every *.yaml below folder, sorted; hidden files and folders are passed over. */
bool es_files_list(const char *folder, struct es_arena *a, struct es_texts *out,
                   struct es_diag *d);

#endif
