/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_SCENARIO_DRIVER_SPEC_INT_H
#define ES_SCENARIO_DRIVER_SPEC_INT_H

/* Private to scenario/: reading driver.yaml, in two files. */

#include "scenario/driver_spec.h"

struct es_driver_loader {
    const struct es_dictionary *dict;
    struct es_arena *arena;
    struct es_driver_spec *out;
    struct es_diag *d;
};

/* Reads `adapter:`. roles_known: what is missing for the roles is said, too. */
bool es_adapter_spec_read(struct es_driver_loader *l, const struct es_node *adapter,
                          bool roles_known);
/* Reads {write-stdin: "line\n"}: one line, whose end may be left out. */
bool es_adapter_spec_read_line(struct es_driver_loader *l, const struct es_node *map,
                               const char **out);
/* Reads {NAME: {write-stdin: ..}, ..}; NULL is empty. */
bool es_adapter_spec_read_set(struct es_driver_loader *l, const struct es_node *set);

#endif
