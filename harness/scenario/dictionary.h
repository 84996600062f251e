/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_SCENARIO_DICTIONARY_H
#define ES_SCENARIO_DICTIONARY_H

/* Private to scenario/: what the dictionary and driver.yaml have in common. */

#include "scenario/driver_spec.h"

/* Whether the value is of the type; otherwise a note. Does not look for the file. */
bool es_pixit_check(enum es_pixit_type type, const struct es_node *value,
                    struct es_diag *d);

#endif
