/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_OPS_REQUEST_RECIPE_H
#define ES_OPS_REQUEST_RECIPE_H

/* How a scenario describes a certification request to be built (`csr: {..}`). */

#include "scenario/op.h"

enum { ES_RECIPE_LIST_MAX = 8 };

struct es_recipe_attribute {
    struct es_slice oid; /* contents */
    struct es_operand value;
    bool critical; /* extensions only */
};

struct es_request_recipe {
    struct es_operand subject, subject_of, key, signing_key, challenge, encrypt_for;
    struct es_operand as_asked, octets;
    struct es_operand san[ES_RECIPE_LIST_MAX];
    size_t san_n;
    bool san_given;
    const char *eku[ES_RECIPE_LIST_MAX];
    size_t eku_n;
    unsigned challenge_tag;
    bool break_signature;
    struct es_recipe_attribute attributes[ES_RECIPE_LIST_MAX];
    size_t attributes_n;
    struct es_recipe_attribute extensions[ES_RECIPE_LIST_MAX];
    size_t extensions_n;
};

extern const struct es_fields es_request_recipe_fields;

/* Builds the DER. args is a struct es_request_recipe. */
bool es_request_recipe_build(const void *args, struct es_scope *scope,
                             struct es_arena *a, struct es_slice *out,
                             const char **why);

#endif
