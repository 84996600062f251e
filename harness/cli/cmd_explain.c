/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/explanation.h"

#include <stdio.h>

static int run_explain(struct es_cli *cli)
{
    static const struct es_bindings none;
    struct es_workspace w;
    const struct es_texts *names = &cli->options.positional;
    int status = ES_EXIT_OK;
    if (names->n == 0) {
        return es_cli_usage(cli, "explain what? 'estspec explain request', say");
    }
    if (!es_workspace_open(&w, cli) || !es_workspace_load(&w, cli, NULL) ||
        !es_workspace_expand(&w, &none, cli->d)) {
        return es_diag_status(cli->d);
    }
    for (size_t i = 0; i < names->n; i++) {
        const struct es_explanation e = {cli, &w, names->at[i]};
        if (!es_explanation_print(&e)) {
            es_explanation_suggest(&e);
            status = ES_EXIT_USAGE;
        }
    }
    return status;
}

const struct es_command es_cmd_explain = {
    .name = "explain",
    .summary = "tells what a verb, field, matcher, rule, scenario or item is",
    .arguments = "NAME...",
    .doc =
        "NAME is a verb, a field, a matcher, a function, a predefined name, the id of a "
        "requirement or a\nscenario, or an ICS or PIXIT item.",
    .run = run_explain,
};
