/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_SCENARIO_YAML_PROBLEM_H
#define ES_SCENARIO_YAML_PROBLEM_H

/*
 * Private to the YAML reader: what libyaml complains about, in words that help the author of
 * a scenario, and the lines of the text that the words need. Knows no libyaml type.
 */

#include "base/diag.h"
#include "base/vector.h"

/* Where the lines of a text begin. */
struct es_lines {
    struct es_slice text;
    size_t *at;
    size_t n, room;
};

/* Finds the lines; the text must outlive them. */
void es_yaml_lines_init(struct es_lines *lines, struct es_slice text,
                        struct es_arena *arena);
/* Line `number` (from 1) without its end; empty where there is none. */
struct es_slice es_yaml_line(const struct es_lines *lines, uint32_t number);
/* Characters (code points) in well-formed UTF-8. */
size_t es_yaml_count_chars(struct es_slice text);

struct es_yaml_problem {
    const char *text, *context; /* libyaml's words */
    struct es_loc at, since;    /* where it was seen; where the construct began */
};

/* Adds the note that explains the problem, with a hint. */
void es_yaml_problem_report(const struct es_yaml_problem *problem,
                            const struct es_lines *lines, struct es_diag *d);

#endif
