/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/listing.h"

#include <stdio.h>

static const struct es_option options[] = {
    ES_TARGET_OPTIONS,
    ES_SELECT_OPTIONS,
    {"allow-robustness", 0, NULL, false, "as for run"},
    {"json", 0, NULL, false,
     "as JSON: [{instance, iut, requirements, selected, reason}]"},
    {"verbose", 'v', NULL, false, "with instances and requirements"},
};

static int print_plan(struct es_cli *cli, struct es_workspace *w,
                      struct es_selection *selection, const struct es_target *target)
{
    const struct es_bindings bindings = {.driver = &target->driver};
    bool json = es_options_has(&cli->options, "json");
    struct es_job_list jobs;
    const struct es_job_request request = {
        .target = target,
        .selection = selection,
        .allow_robustness = es_options_has(&cli->options, "allow-robustness"),
        .all_plans = json,
    };
    if (!es_workspace_load(w, cli, &cli->options.positional) ||
        !es_workspace_expand(w, &bindings, cli->d) ||
        !es_jobs_build(&jobs, cli, w, &request)) {
        return es_diag_status(cli->d);
    }
    es_selection_report(selection, w);
    if (json) {
        es_listing_print_json(&jobs, stdout);
    } else {
        es_listing_print(&jobs, es_options_has(&cli->options, "verbose"), stdout);
    }
    return jobs.errors ? ES_EXIT_TROUBLE : jobs.selected ? ES_EXIT_OK : ES_EXIT_NOTHING;
}

static int run_plan(struct es_cli *cli)
{
    struct es_workspace w;
    struct es_selection selection;
    struct es_target target;
    if (!es_workspace_open(&w, cli) ||
        !es_selection_open(&selection, cli, &w, es_cli_path(cli, "reports"))) {
        return es_diag_status(cli->d);
    }
    int status = es_target_open(&target, cli, &w.dictionary)
                     ? print_plan(cli, &w, &selection, &target)
                     : es_diag_status(cli->d);
    es_target_close(&target);
    return status;
}

const struct es_command es_cmd_plan = {
    .name = "plan",
    .summary = "shows what a run would do, and for the rest, why not",
    .arguments = "[SELECTION...] --driver DIR | --server URI ...",
    .doc =
        "Prints what `run` with the same arguments would run, and for everything else the "
        "clause that excludes it.\nExit status 5 if the driver does not say what an "
        "instance needs to know: that is an error in a run, too.",
    .options = {options, ES_COUNT(options)},
    .run = run_plan,
};
