/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_OPS_PREDEFINED_H
#define ES_OPS_PREDEFINED_H

/* Names that every scenario may use: $pki.NAME (the DER certificate of an identity),
 * $secret.NAME (its private key, and $secret.kek), $uri, $now. */

#include "scenario/op.h"
#include "stage/stage.h"

/* Their slots. */
enum es_ops_slot {
    ES_OPS_SLOT_PKI,
    ES_OPS_SLOT_SECRET,
    ES_OPS_SLOT_URI,
    ES_OPS_SLOT_NOW,
    ES_OPS_PREDEFINED_COUNT
};
extern const struct es_predefined es_ops_predefined[ES_OPS_PREDEFINED_COUNT];

/* Fills the slots of the predefined names when an instance starts. */
void es_ops_bind_predefined(struct es_stage *g);

#endif
