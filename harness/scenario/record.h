/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_SCENARIO_RECORD_H
#define ES_SCENARIO_RECORD_H

/*
 * Private to scenario/: reading maps whose keys are fixed (an entry of the registry, of
 * expected.yaml, of driver.yaml) by a table. Every mistake of a map is noted, not only the
 * first.
 */

#include "scenario/node.h"

/* A key whose value is text. out may be NULL: the key is allowed and not read here. */
struct es_record_field {
    const char *key;
    const char **out;
    bool required;
};

enum { ES_RECORD_FIELDS_MAX = 24 };

/* Checks the keys of the map against the table (with "did you mean"), that the required ones
 * are there, and stores the texts. `what` names the map in messages: "a requirement". */
bool es_record_read(const struct es_node *map, const struct es_record_field *fields,
                    size_t n, const char *what, struct es_arena *a, struct es_diag *d);
/* The index of the text in the NULL-terminated list of words; a note names `what` the words
 * are ("a level") and the nearest one. */
bool es_record_word(const struct es_node *n, const char *const *words, const char *what,
                    size_t *out, struct es_diag *d);

#endif
