/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/fault.h"

/* Flips one bit in the last octet: in the tag of a protected record. */
static struct es_slice change(struct es_stage *g, struct es_slice bytes)
{
    struct es_buf b;
    es_buf_build(&b, es_stage_arena(g), bytes.n + 1);
    es_buf_put(&b, bytes);
    if (b.n) {
        b.p[b.n - 1] ^= 1;
    }
    return es_buf_slice(&b);
}

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    (void)state;
    return es_fault_start(g, step, ES_FAULT_REPLACE, change);
}

const struct es_verb es_flt_corrupt = {
    .name = "net.corrupt",
    .summary = "flips a bit in the last octet of datagrams",
    .doc =
        "A protected record then has a wrong tag and must be dropped silently (RFC 6347, "
        "4.1.2.7).\n" ES_FAULT_SELECTORS
        "\nExample: - net.corrupt: {from: harness, carrying: ApplicationData, copies: 1}",
    .value_doc = "a map of selectors",
    .value_schema = "{\"type\": \"object\"}",
    .args_size = sizeof(struct es_fault_args),
    .compile = es_fault_compile,
    .start = start,
};
