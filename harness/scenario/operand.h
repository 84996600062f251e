/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_SCENARIO_OPERAND_H
#define ES_SCENARIO_OPERAND_H

/*
 * An operand is a value that a scenario gives somewhere: a literal, a reference
 * (`$ask.token`), an expression (`$(told + max_age)`), text with references in it
 * (`$est/crts`) or a payload tree to be built (`{csr: {}}`). It is compiled once; nothing is
 * looked up by name afterwards.
 *
 * References to matrix values, case columns, PIXIT values and arguments of procedures are
 * replaced by what stands there while compiling, so the field's type applies to it as if it
 * had been written in place.
 */

#include "scenario/node.h"
#include "scenario/value.h"

struct es_compile;
struct es_stage;
struct es_expr;
struct es_matcher;

/* The slots of a running instance: what step ids and `set` names hold. */
struct es_scope {
    struct es_value *slots;
    size_t slots_n;
    struct es_stage *stage; /* for operands that are built: only ops look into it */
};

enum es_operand_form {
    ES_OPERAND_ABSENT, /* the scenario does not give it */
    ES_OPERAND_CONSTANT,
    ES_OPERAND_EXPRESSION, /* also a plain reference */
    ES_OPERAND_TEMPLATE,   /* text with references in it */
    ES_OPERAND_TREE,       /* a payload tree to be built */
};

struct es_operand {
    enum es_operand_form form;
    struct es_loc loc;
    enum es_kind kind;            /* what it yields, ANY if only the run can tell */
    const struct es_shape *shape; /* of a RECORD */
    const char *source;           /* as written, for messages */
    union {
        struct es_value constant;
        const struct es_expr *expr;
        const struct es_template *text;
        const struct es_tree *tree;
    };
};

struct es_template {
    struct es_operand *pieces;
    size_t n;
};

/* `{csr: {...}, repeat: n, mutate: [...]}` */
struct es_tree {
    const struct es_matcher *matcher;
    const void *args;
    struct es_operand repeat;
    const struct es_mutation *mutations;
    size_t mutations_n;
};

/* Compiles node as an operand of the wanted kind. A map is a payload tree where bytes are
 * wanted. False and a note where it cannot be one. */
bool es_operand_compile(struct es_compile *c, const struct es_node *node,
                        enum es_kind wanted, struct es_operand *out);
/* Compiles the characters [from, from + text.n) of node. */
bool es_operand_compile_text(struct es_compile *c, const struct es_node *node,
                             size_t from, struct es_slice text, enum es_kind wanted,
                             struct es_operand *out);
/* Compiles a whole scalar as an expression (`check`, `loop`). */
bool es_expression_compile(struct es_compile *c, const struct es_node *node,
                           struct es_operand *out);
/* Compiles text with references in it; yields TEXT. */
bool es_template_compile(struct es_compile *c, const struct es_node *node, size_t from,
                         struct es_slice text, struct es_operand *out);
/* A constant operand, for defaults. */
struct es_operand es_operand_constant(struct es_value v);

/* Evaluates. False: *why says what is missing (a field that is absent ...). */
bool es_operand_eval(const struct es_operand *o, struct es_scope *scope,
                     struct es_arena *a, struct es_value *out, const char **why)
    ES_MUST_CHECK;

/* For `check`: if the expression is a comparison, its two sides and operator are evaluated
 * and rendered: "left == right" with what each is. */
bool es_comparison_explain(const struct es_operand *o, struct es_scope *scope,
                           struct es_arena *a, const char **wanted, const char **got);

#endif
