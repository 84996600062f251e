/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_SCENARIO_EXPRESSION_H
#define ES_SCENARIO_EXPRESSION_H

/*
 * Expressions over numbers, durations, times, codes and bytes: + - * /, comparison, `len` and
 * the functions of function.def. No strings, no loops: they always end. A name may contain
 * `-`, so operators stand between blanks. Private to the scenario module.
 */

#include "scenario/op.h"

enum es_expr_form {
    ES_EXPR_CONSTANT,
    ES_EXPR_NAME,
    ES_EXPR_NEGATE,
    ES_EXPR_BINARY,
    ES_EXPR_CALL
};

enum es_operator {
    ES_OPERATOR_ADD,
    ES_OPERATOR_SUBTRACT,
    ES_OPERATOR_MULTIPLY,
    ES_OPERATOR_DIVIDE,
    ES_OPERATOR_EQ,
    ES_OPERATOR_NE,
    ES_OPERATOR_LE,
    ES_OPERATOR_GE,
    ES_OPERATOR_LT,
    ES_OPERATOR_GT,
};

struct es_expr {
    enum es_expr_form form;
    enum es_kind kind;            /* what it yields */
    const struct es_shape *shape; /* of a RECORD */
    const char *source;           /* as written */
    struct es_value constant;
    uint32_t slot; /* NAME */
    const struct es_shape_field **path;
    size_t path_n;
    enum es_operator op;
    const struct es_expr *left, *right; /* NEGATE: right */
    const struct es_function *function; /* CALL; NULL: len */
    const struct es_expr *args[ES_FUNCTION_ARGS_MAX];
    size_t args_n;
};

/* Parses all of `text`, which starts at offset `from` of node. NULL and a note on failure. */
const struct es_expr *es_expr_parse(struct es_compile *c, const struct es_node *node,
                                    size_t from, struct es_slice text);
/* The length of the reference at the start of `text` without its `$`: names joined by dots;
 * a dot that no name follows ends it. 0 if there is none. */
size_t es_reference_length(struct es_slice text);
/* Resolves a reference (without `$`) to a name defined by a step. */
const struct es_expr *es_expr_reference(struct es_compile *c, struct es_loc loc,
                                        struct es_slice reference);
bool es_expr_eval(const struct es_expr *e, struct es_scope *scope, struct es_arena *a,
                  struct es_value *out, const char **why) ES_MUST_CHECK;
/* Whether the run cannot change it: no name of a step and no function in it. */
bool es_expr_is_constant(const struct es_expr *e);
const char *es_operator_text(enum es_operator op);

#endif
