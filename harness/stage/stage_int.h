/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_STAGE_STAGE_INT_H
#define ES_STAGE_STAGE_INT_H

/* The inside of the stage; private to this module. */

#include "stage/fault.h"
#include "stage/host.h"

struct es_stage {
    struct es_stage_config cfg;
    struct es_arena *arena;
    struct es_scope scope;
    struct es_prng prng;
    es_usec now, step_start, wake, lag;
    const struct es_step *step;
    struct es_channel *channels;  /* latest first */
    struct es_fault_rule *faults; /* in force, in the order of their steps */
    struct es_findings findings;
    struct es_judged judged;
    struct es_identity nobody; /* the identity "none" */
    struct es_x509_bag zoo_trust;
};

/* Puts the filter that obeys the faults in force on top of `below`: for datagrams, or for the
 * CoAP messages inside a session. */
struct es_filter *es_stage_push_faults(struct es_stage *g, struct es_filter *below,
                                       bool is_message);

#endif
