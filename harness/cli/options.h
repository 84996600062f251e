/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CLI_OPTIONS_H
#define ES_CLI_OPTIONS_H

/*
 * Options of a command by table: `--name VALUE`, `--name=VALUE`, `-x VALUE`, `-xVALUE`;
 * `--` ends them. What is no option is positional. Every mistake is noted with its remedy.
 */

#include "base/diag.h"
#include "base/vector.h"

struct es_option {
    const char *name;  /* long name, without its dashes */
    char letter;       /* or '\0' */
    const char *value; /* what stands behind it in the help; NULL: a flag */
    bool repeats;
    const char *doc;
};

struct es_option_table {
    const struct es_option *at;
    size_t n;
};

struct es_texts {
    const char **at;
    size_t n, room;
};

struct es_options {
    struct {
        struct es_given {
            const struct es_option *option;
            const char *value; /* "" for a flag */
        } * at;
        size_t n, room;
    } given;
    struct es_texts positional;
};

/* Parses argv[0..argc); command is for hints. Every mistake gets a note (USAGE). */
bool es_options_parse(const struct es_option_table *table, const char *command,
                      int argc, char **argv, struct es_arena *a, struct es_options *out,
                      struct es_diag *d) ES_MUST_CHECK;
bool es_options_has(const struct es_options *o, const char *name);
/* The last value given, or NULL. */
const char *es_options_get(const struct es_options *o, const char *name);
/* All values given, in their order. */
struct es_texts es_options_all(const struct es_options *o, const char *name,
                               struct es_arena *a);
/* The lines of --help for the table. */
void es_options_print(const struct es_option_table *table, FILE *out);

#endif
