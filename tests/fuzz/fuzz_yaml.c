/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The YAML reader on any bytes: it returns a tree within its limits, or NULL and a note whose
 * place lies in the text. */
#include "base/assert.h"
#include "scenario/node.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(const struct es_node *n, unsigned depth)
{
    es_assert(depth <= ES_YAML_DEPTH_MAX);
    es_assert(n->loc.line > 0 && n->loc.col > 0);
    for (size_t i = 0; i < n->pairs.n; i++) {
        es_assert(n->pairs.at[i].key->kind == ES_NODE_SCALAR);
        es_node_loc_at(n->pairs.at[i].key, 1, 2);
        walk(n->pairs.at[i].value, depth + 1);
    }
    for (size_t i = 0; i < n->items.n; i++) {
        walk(n->items.at[i], depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct es_arena *arena = es_arena_new();
    struct es_diag *d = es_diag_new();
    struct es_node *root = es_yaml_parse(es_slice_make(data, size), "input", arena, d);
    es_assert(root || d->total > 0);
    if (root) {
        es_node_describe(root, arena);
        walk(root, 1);
    }
    for (size_t i = 0; i < d->count; i++) {
        es_assert(d->notes[i].loc.line <= size + 1);
    }
    es_diag_free(d);
    es_arena_free(arena);
    return 0;
}
