/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_OPS_OPS_H
#define ES_OPS_OPS_H

/*
 * The vocabulary of the language: every verb, matcher, function and fault. A new one is a
 * file in its folder and a line in its .def; everything else (checking, explaining, schema,
 * manual) comes from its descriptor (scenario/op.h).
 */

#include "scenario/op.h"

/* Everything there is, sorted by name. Static storage. */
const struct es_language *es_ops_language(void);

#endif
