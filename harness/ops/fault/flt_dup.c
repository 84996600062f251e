/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/fault.h"

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    (void)state;
    return es_fault_start(g, step, ES_FAULT_DUP, NULL);
}

const struct es_verb es_flt_dup = {
    .name = "net.dup",
    .summary = "delivers datagrams twice",
    .doc = ES_FAULT_SELECTORS
    "\nExample: - net.dup: {from: harness, carrying: POST, copies: 1}",
    .value_doc = "a map of selectors",
    .value_schema = "{\"type\": \"object\"}",
    .args_size = sizeof(struct es_fault_args),
    .compile = es_fault_compile,
    .start = start,
};
