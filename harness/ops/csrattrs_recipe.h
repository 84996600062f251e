/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_OPS_CSRATTRS_RECIPE_H
#define ES_OPS_CSRATTRS_RECIPE_H

/*
 * CSR attributes as a scenario writes them down, for the building side of `csrattrs`:
 * a list of OIDs and of maps `{type: value}`.
 */

#include "codec/csrattrs.h"
#include "scenario/compile.h"

struct es_extension_recipe {
    struct es_slice oid; /* contents */
    struct es_operand value;
    bool critical;
};

/* One value of an attribute: DER, or Extensions to be put together. */
struct es_attribute_value_recipe {
    struct es_operand der;
    bool is_extensions;
    struct {
        struct es_extension_recipe *at;
        size_t n, room;
    } extensions;
};

struct es_csrattrs_part_recipe {
    struct es_slice oid; /* contents */
    bool is_attribute;
    struct {
        struct es_attribute_value_recipe *at;
        size_t n, room;
    } values;
};

struct es_csrattrs_recipe {
    struct {
        struct es_csrattrs_part_recipe *at;
        size_t n, room;
    } parts;
};

/* compile and build of the matcher; args are struct es_csrattrs_recipe. */
bool es_csrattrs_recipe_compile(struct es_compile *c, const struct es_node *value,
                                void *args);
bool es_csrattrs_recipe_build(const void *args, struct es_scope *scope,
                              struct es_arena *a, struct es_slice *out,
                              const char **why);

#endif
