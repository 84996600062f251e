/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_RUN_WORKER_H
#define ES_RUN_WORKER_H

/*
 * One instance in this process: starts the peer if it is to have one of its own, walks the
 * plan, judges, leaves the evidence in `folder`, fills the result. It never exits and never
 * prints; whatever goes wrong is in the result.
 */

#include "net/listener.h"
#include "run/run.h"

struct es_worker_config {
    const struct es_run_config *run;
    const struct es_job *job;
    const char *folder;               /* of the instance; exists */
    const struct es_address *address; /* of a shared server; NULL: start an own one */
    struct es_driver *driver;         /* of a shared client; NULL: start an own one */
    struct es_listener *listener;     /* where clients come to; NULL: open an own one */
};

/* Opens the socket on which a client under test finds us: where the driver says, or loopback
 * and any port. NULL and a note if the system refuses. */
struct es_listener *es_worker_listen(const struct es_driver_spec *spec,
                                     struct es_arena *arena, struct es_diag *d);
/* What a client is told of it: the address without the scope of a link, which is the device's
 * own business, unless the client runs here. */
const char *es_worker_uri(const struct es_driver_spec *spec,
                          const struct es_listener *listener, struct es_arena *arena);

void es_worker_run(const struct es_worker_config *cfg, struct es_arena *arena,
                   struct es_instance_result *out);

#endif
