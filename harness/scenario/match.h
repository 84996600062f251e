/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_SCENARIO_MATCH_H
#define ES_SCENARIO_MATCH_H

/*
 * What a scenario demands of something the peer sent. A field match names a field of a shape
 * and what its value must be: a literal, a range, alternatives, a word (`present`, `same`), a
 * map over the fields below, or a payload tree that decodes bytes first. Every leaf knows the
 * rule that it judges; a mismatch comes with wanted and got in the notation of the scenario.
 */

#include "base/regex.h"
#include "scenario/operand.h"
#include "scenario/requirement.h"

/* Which rule a check judges. Neither set: the preamble, where a mismatch is inconclusive. */
struct es_rule {
    const struct es_requirement *requirement;
    bool none; /* `req: none` was said */
};

enum es_match_form {
    ES_MATCH_EQUAL, /* low */
    ES_MATCH_RANGE, /* low..high, either may be absent */
    ES_MATCH_NEAR,  /* low ~ high, high in percent or a duration */
    ES_MATCH_REGEX,
    ES_MATCH_WORD,   /* present, same ... : matcher */
    ES_MATCH_FIELDS, /* a map over the sub-shape */
    ES_MATCH_TREE,   /* decode the bytes, then a map over the matcher's shape */
};

struct es_match {
    enum es_match_form form;
    bool negated, percent;
    struct es_loc loc;
    const char *source; /* as written */
    struct es_operand low, high;
    const struct es_regex *regex;
    const struct es_matcher *matcher;
    const void *args;
    const struct es_field_match *fields;
    size_t fields_n;
    const struct es_match *or_else;
};

struct es_field_match {
    const struct es_shape_field *field;
    const struct es_match *match; /* NULL where the field is a predicate */
    struct es_operand argument;   /* of a predicate */
    struct es_loc loc;
    const char
        *path; /* reply.body.certs: what `req` maps, without the leading verb field */
    struct es_rule rule;
};

struct es_field_matches {
    struct es_field_match *at;
    size_t n, room;
};

/* Compiles a map of field -> match over a shape. `prefix` starts the paths ("" or "body"). */
bool es_match_compile_fields(struct es_compile *c, const struct es_node *map,
                             const struct es_shape *shape, const char *prefix,
                             struct es_field_matches *out);
/* Compiles one match for a field. */
bool es_match_compile(struct es_compile *c, const struct es_node *node,
                      const struct es_shape_field *field, const char *path,
                      const struct es_match **out);
/* Adds `field: <text>` as if the scenario had said it, for micro-grammars such as heads. */
bool es_match_add(struct es_compile *c, const struct es_node *node, size_t from,
                  struct es_slice text, const struct es_shape *shape, const char *name,
                  struct es_field_matches *out);

struct es_mismatch {
    const struct es_field_match *field; /* whose rule counts */
    struct es_loc loc;
    const char *path;
    const char *wanted, *got;
};

/* What matching needs of the run. first and previous are the records of the same transfer
 * that `same`, `next` and `increasing` look at; NULL if there are none. */
struct es_match_env {
    struct es_scope *scope;
    struct es_arena *arena;
    const void *first, *previous;
    void (*mismatch)(void *context, const struct es_mismatch *m);
    /* Told once for each field whose check was made, broken or not. */
    void (*judged)(void *context, const struct es_rule *rule);
    void *context;
};

/* Matches every field of the record; each mismatch is reported. Returns whether all held. */
bool es_match_fields(const struct es_field_match *fields, size_t n, const void *record,
                     const struct es_match_env *env);

#endif
