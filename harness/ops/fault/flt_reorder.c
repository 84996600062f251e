/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/fault.h"

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    (void)state;
    return es_fault_start(g, step, ES_FAULT_REORDER, NULL);
}

const struct es_verb es_flt_reorder = {
    .name = "net.reorder",
    .summary = "lets datagrams go behind the next one",
    .doc = ES_FAULT_SELECTORS
    "\nWithout a next one they go on after `by` (200ms).\n"
    "Example: - net.reorder: {from: harness, carrying: ClientKeyExchange, copies: 1}",
    .value_doc = "a map of selectors",
    .value_schema = "{\"type\": \"object\"}",
    .args_size = sizeof(struct es_fault_args),
    .compile = es_fault_timed_compile,
    .start = start,
};
