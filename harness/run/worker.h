/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_RUN_WORKER_H
#define ES_RUN_WORKER_H

/*
 * One instance in this process: starts the peer if it is to have one of its own, walks the
 * plan, judges, leaves the evidence in `folder`, fills the result. It never exits and never
 * prints; whatever goes wrong is in the result.
 */

#include "run/run.h"

struct es_worker_config {
    const struct es_run_config *run;
    const struct es_job *job;
    const char *folder;               /* of the instance; exists */
    const struct es_address *address; /* of a shared peer; NULL: start an own one */
};

void es_worker_run(const struct es_worker_config *cfg, struct es_arena *arena,
                   struct es_instance_result *out);

#endif
