/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_OPS_TIMING_H
#define ES_OPS_TIMING_H

/*
 * `not-before` of verbs that wait: a message must not come earlier. What is missing by no
 * more than the harness itself was late is inconclusive.
 */

#include "scenario/compile.h"
#include "stage/stage.h"

/* Call in the verb's finish: the rule that an early message breaks (`not-before` of `req`, or
 * its default). Stays empty where the step has no `not-before`. */
struct es_rule es_timing_rule(struct es_compile *c, const struct es_node *step_node);
/* Judges the time of the message; who is for the finding. */
void es_timing_judge(struct es_stage *g, const struct es_step *step,
                     const struct es_rule *rule, const struct es_coap_message *m,
                     const struct es_concerned *who);

#endif
