/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_SCENARIO_MUTATION_H
#define ES_SCENARIO_MUTATION_H

/*
 * `mutate: [truncate 3, append h'00', insert h'..' at n, set n = byte, flip n:bit, len n
 * delta]`: what is done to the bytes of a payload tree after encoding. Positions count from
 * 0, negative ones from the end. Private to the scenario module.
 */

#include "scenario/tree.h"

bool es_mutations_compile(struct es_compile *c, const struct es_node *list,
                          struct es_tree *tree);
bool es_mutations_apply(const struct es_tree *tree, struct es_scope *scope,
                        struct es_arena *a, struct es_slice *bytes, const char **why);

#endif
