/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_SCENARIO_NODE_H
#define ES_SCENARIO_NODE_H

/*
 * The tree of a YAML file in our strict subset: maps, sequences and scalars, each with file,
 * line and column. Every scalar is text until a field's type converts it; there are no
 * anchors, aliases, tags, merge keys, several documents or duplicate keys, and depth and size
 * are limited. Trees live in the load arena and never change.
 */

#include "base/diag.h"
#include "base/text.h"
#include "base/vector.h"

enum es_node_kind { ES_NODE_SCALAR, ES_NODE_MAP, ES_NODE_SEQUENCE };

struct es_node;

struct es_pair {
    struct es_node *key; /* always a scalar */
    struct es_node *value;
};

struct es_node {
    enum es_node_kind kind;
    struct es_loc loc;    /* of the first character of the text, inside quotes */
    struct es_slice text; /* scalar only */
    bool plain; /* scalar: unquoted, on one line: columns can be counted in it */
    struct {
        struct es_pair *at;
        size_t n, room;
    } pairs; /* map only, in the order of the file */
    struct {
        struct es_node **at;
        size_t n, room;
    } items; /* sequence only */
};

enum { ES_YAML_BYTES_MAX = 4 * 1024 * 1024, ES_YAML_DEPTH_MAX = 40 };

/* Reads and parses a file. NULL and notes if it cannot be read or leaves the subset. Duplicate
 * keys are all noted, but the tree is given, without the later ones, so that the caller can
 * report its own mistakes beside them: success means a tree and no new note. An empty file
 * gives an empty map. */
struct es_node *es_yaml_read(const char *path, struct es_arena *arena,
                             struct es_diag *d);
/* The same for text in memory; `name` stands for the file in locations. */
struct es_node *es_yaml_parse(struct es_slice text, const char *name,
                              struct es_arena *arena, struct es_diag *d);

/* The value under key, or NULL. map may be NULL. */
struct es_node *es_node_find(const struct es_node *map, const char *key);
/* The pair itself, or NULL. */
const struct es_pair *es_node_find_pair(const struct es_node *map, const char *key);
/* The location of characters [from, from+n) of a plain scalar; of the whole node otherwise. */
struct es_loc es_node_loc_at(const struct es_node *n, size_t from, size_t len);
/* "a map", "a sequence", "'text'": for messages. */
const char *es_node_describe(const struct es_node *n, struct es_arena *a);

/*
 * Reading fixed files (driver.yaml, registry ...): each returns false and adds a note where
 * the node is not what is wanted.
 */
bool es_node_want(const struct es_node *n, enum es_node_kind kind, struct es_diag *d);
/* *out is NUL-terminated text in the arena. */
bool es_node_text(const struct es_node *n, struct es_arena *a, const char **out,
                  struct es_diag *d);
/* yes / no. */
bool es_node_bool(const struct es_node *n, bool *out, struct es_diag *d);
bool es_node_uint(const struct es_node *n, uint64_t *out, struct es_diag *d);
bool es_node_duration(const struct es_node *n, es_usec *out, struct es_diag *d);
/* Adds a note for every key of map that is not in the NULL-terminated list, with "did you
 * mean". `what` names the map: "a driver". */
bool es_node_only_keys(const struct es_node *map, const char *const *keys,
                       const char *what, struct es_diag *d);
/* Checks `format: 1` on top of a file. */
bool es_node_check_format(const struct es_node *root, struct es_diag *d);

#endif
