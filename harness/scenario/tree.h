/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_SCENARIO_TREE_H
#define ES_SCENARIO_TREE_H

/*
 * Payload trees on the building side: one matcher that can build, and what is done to its
 * bytes afterwards. Repetition and mutation happen after encoding, so that lengths can lie
 * and signatures can break. Private to the scenario module.
 */

#include "scenario/op.h"

/* Compiles a map with one builder key, and perhaps `repeat` and `mutate`. NULL on failure. */
const struct es_tree *es_tree_compile(struct es_compile *c, const struct es_node *map);
bool es_tree_build(const struct es_tree *t, struct es_scope *scope, struct es_arena *a,
                   struct es_slice *out, const char **why);

#endif
