/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CLI_LISTING_H
#define ES_CLI_LISTING_H

/* What `list` and `plan` print of the jobs. */

#include "cli/job.h"

/* [{instance, iut, requirements, selected, reason, title, tags}]. */
bool es_listing_print_json(const struct es_job_list *jobs, FILE *out);
/* A line per scenario with its title, instances and tags. */
void es_listing_print(const struct es_job_list *jobs, bool verbose, FILE *out);

#endif
