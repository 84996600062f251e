/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CLI_SELECT_H
#define ES_CLI_SELECT_H

/*
 * Which instances are asked for. Positional arguments name them: an instance id, a scenario
 * id, a folder of ids, a file, or a glob over ids; --requirement, --section, --tag and
 * --last-failed narrow that down. Without any of them all instances are selected.
 */

#include "cli/cli.h"

struct es_selection {
    struct es_texts names;
    bool *used; /* of the same number: whether a name matched something */
    struct es_texts requirements, sections, tags;
    bool only_listed; /* --last-failed */
    struct es_texts listed;
};

/* The options of a selection, for tables of commands. */
#define ES_SELECT_OPTIONS                                                              \
    {"requirement", 0, "GLOB", true, "only what judges such a rule: RFC9148:4.6:*"},   \
        {"section", 0, "SECTION", true,                                                \
         "only what judges rules of it: 4.6, RFC7252:5.3"},                            \
        {"tag", 0, "TAG", true, "only scenarios with this tag"},                       \
    {                                                                                  \
        "last-failed", 0, NULL, false, "only what was not green in the newest report"  \
    }

/* Reads the options. reports: where the newest report is looked for. */
bool es_selection_open(struct es_selection *s, struct es_cli *cli,
                       const struct es_workspace *w, const char *reports) ES_MUST_CHECK;
/* Whether names, tags and --last-failed ask for it. */
bool es_selection_has(const struct es_selection *s, const struct es_instance *i);
/* Whether --requirement and --section ask for what the plan judges. */
bool es_selection_has_plan(const struct es_selection *s, const struct es_plan *plan);
/* Notes on stderr names that matched nothing, with "did you mean". */
void es_selection_report(const struct es_selection *s, const struct es_workspace *w);

#endif
