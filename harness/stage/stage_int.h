/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_STAGE_STAGE_INT_H
#define ES_STAGE_STAGE_INT_H

/* The inside of the stage; private to this module. */

#include "stage/host.h"

struct es_stage {
    struct es_stage_config cfg;
    struct es_arena *arena;
    struct es_scope scope;
    struct es_prng prng;
    es_usec now, step_start, wake;
    const struct es_step *step;
    struct es_channel *channels; /* latest first */
    struct es_findings findings;
    struct es_judged judged;
    struct es_identity nobody; /* the identity "none" */
    struct es_x509_bag zoo_trust;
};

#endif
