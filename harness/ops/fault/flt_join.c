/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/fault.h"

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    const struct es_fault_args *x = args;
    ES_TRY(es_fault_timed_compile(c, value, args));
    if (x->is_message) {
        es_compile_fail(c, value->loc, "CoAP messages cannot be joined");
        return es_hint(c->d, "name records, such as ApplicationData");
    }
    return true;
}

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    (void)state;
    return es_fault_start(g, step, ES_FAULT_JOIN, NULL);
}

const struct es_verb es_flt_join = {
    .name = "net.join",
    .summary = "puts datagrams that we send into one with the next",
    .doc = ES_FAULT_SELECTORS
    "\nA datagram may hold several records (RFC 6347, 4.1.1). What the peer sends is left "
    "as it is. Without a next one they go on alone after `by` (200ms).\n"
    "Example: - net.join: {from: harness, carrying: ApplicationData, copies: 1}",
    .value_doc = "a map of selectors",
    .value_schema = "{\"type\": \"object\"}",
    .args_size = sizeof(struct es_fault_args),
    .compile = compile,
    .start = start,
};
