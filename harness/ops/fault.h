/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_OPS_FAULT_H
#define ES_OPS_FAULT_H

/* What all faults of the network have in common: how a scenario selects the victims. */

#include "scenario/compile.h"
#include "stage/fault.h"

struct es_fault_args {
    enum { ES_FROM_BOTH, ES_FROM_IUT, ES_FROM_HARNESS } from;
    const char *names[ES_FAULT_NAMES_MAX];
    size_t names_n;
    bool is_message;
    struct es_operand nth, copies, by;
};

/* Fields from, carrying, nth, copies; their args begin with struct es_fault_args. */
extern const struct es_fields es_fault_fields;
/* The same and `by`, a duration. */
extern const struct es_fields es_fault_timed_fields;

/* Compiles the map behind a fault verb. */
bool es_fault_compile(struct es_compile *c, const struct es_node *value, void *args);
bool es_fault_timed_compile(struct es_compile *c, const struct es_node *value,
                            void *args);
/* Puts the fault in force. */
enum es_progress es_fault_start(struct es_stage *g, const struct es_step *step,
                                enum es_fault_kind kind,
                                struct es_slice (*change)(struct es_stage *g,
                                                          struct es_slice bytes));

#define ES_FAULT_SELECTORS                                                                 \
    "`from: iut|harness` (default both), `carrying:` names of handshake messages or "      \
    "records (ServerHello, Finished, ChangeCipherSpec, ApplicationData) or of CoAP codes " \
    "(2.31, GET, empty, ACK), `nth:` the how-manyeth, `copies:` how often (default until " \
    "net.heal)."

#endif
