/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CLI_JOB_H
#define ES_CLI_JOB_H

/*
 * The jobs of a run: every instance of the catalogue with its plan, whether it was asked for,
 * whether it applies to the target, and if not, why.
 */

#include "cli/select.h"
#include "cli/target.h"
#include "run/run.h"

struct es_job_request {
    const struct es_target *target; /* NULL: no target, everything applies */
    const struct es_selection *selection;
    const char *pki_folder; /* of the exported zoo, or NULL */
    bool allow_robustness;
    bool all_plans; /* also of what is not selected */
};

struct es_job_list {
    struct es_job *at;
    size_t n, selected;
    size_t errors; /* selected ones for which the driver lacks an answer or a value */
};

/* Builds the jobs. False and notes if a selected scenario is wrong. */
bool es_jobs_build(struct es_job_list *jobs, struct es_cli *cli, struct es_workspace *w,
                   const struct es_job_request *request) ES_MUST_CHECK;

#endif
