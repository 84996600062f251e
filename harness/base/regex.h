/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_BASE_REGEX_H
#define ES_BASE_REGEX_H

/*
 * Regular expressions (PCRE2 syntax, UTF off, named groups) with match and depth limits set,
 * so that no pattern in a scenario or driver can hang the harness.
 */

#include "base/diag.h"

struct es_regex;

/* Compiles; NULL and a note in d if the pattern is wrong. es_regex_free it. */
struct es_regex *es_regex_new(struct es_slice pattern, struct es_loc loc,
                              struct es_diag *d);
void es_regex_free(struct es_regex *re);
/* The same in the arena: there is nothing to free. */
const struct es_regex *es_regex_build(struct es_slice pattern, struct es_loc loc,
                                      struct es_arena *arena, struct es_diag *d);
/* Whether the pattern occurs in the subject. A match that hits the limits counts as none. */
bool es_regex_matches(const struct es_regex *re, struct es_slice subject);
/* Like es_regex_matches, and *group is what the named group took (a view into subject);
 * *group is empty if the pattern has no such group. */
bool es_regex_group(const struct es_regex *re, struct es_slice subject,
                    const char *name, struct es_slice *group);

#endif
