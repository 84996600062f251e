/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/listing.h"

#include <stdio.h>

static const struct es_option options[] = {
    ES_SELECT_OPTIONS,
    {"json", 0, NULL, false, "as JSON: [{instance, iut, requirements, ...}]"},
    {"verbose", 'v', NULL, false, "with instances and requirements"},
};

static int run_list(struct es_cli *cli)
{
    static const struct es_bindings none;
    struct es_workspace w;
    struct es_selection selection;
    struct es_job_list jobs;
    const struct es_job_request request = {.selection = &selection};
    if (!es_workspace_open(&w, cli) ||
        !es_selection_open(&selection, cli, &w, es_cli_path(cli, "reports")) ||
        !es_workspace_load(&w, cli, &cli->options.positional) ||
        !es_workspace_expand(&w, &none, cli->d) ||
        !es_jobs_build(&jobs, cli, &w, &request)) {
        return es_diag_status(cli->d);
    }
    es_selection_report(&selection, &w);
    if (es_options_has(&cli->options, "json")) {
        es_listing_print_json(&jobs, stdout);
    } else {
        es_listing_print(&jobs, es_options_has(&cli->options, "verbose"), stdout);
    }
    return jobs.selected ? ES_EXIT_OK : ES_EXIT_NOTHING;
}

const struct es_command es_cmd_list = {
    .name = "list",
    .summary = "shows the scenarios with titles and tags",
    .arguments = "[SELECTION...]",
    .doc =
        "Lists scenarios: id, role of the implementation under test, number of instances, "
        "title, tags.",
    .options = {options, ES_COUNT(options)},
    .run = run_list,
};
