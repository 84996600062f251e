/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_SCENARIO_COMPILE_H
#define ES_SCENARIO_COMPILE_H

/*
 * Compiling the steps of one instance into a plan, and what the compile functions of ops may
 * use for it. All mistakes are noted, none stops the compiler: after a mistake the rest of
 * the file is still checked.
 */

#include "scenario/plan.h"
#include "scenario/scenario.h"

/* A name that stands for a node: a matrix value, case column, PIXIT value or argument. */
struct es_static {
    const char *name; /* size, case.want, pixit.block_size, args.identity */
    const struct es_node *node;
    bool is_file; /* the text is the path of a file whose bytes are meant */
};

/* A name that a step or `set` has defined. */
struct es_name {
    const char *name;
    uint32_t slot;
    enum es_kind kind;
    const struct es_shape *shape;
    bool is_published; /* by `set`: seen inside and outside procedures */
    bool is_step;      /* the id of a step */
};

struct es_compile {
    struct es_arena *arena;
    struct es_diag *d;
    const struct es_catalogue *catalogue;
    const struct es_scenario *scenario;
    struct es_plan *plan;
    struct {
        struct es_static *at;
        size_t n, room;
    } statics;
    struct {
        struct es_name *at;
        size_t n, room;
    } names;
    size_t
        names_from; /* step ids below this index are out of sight (inside a procedure) */
    size_t args_from; /* `args.*` below this index belong to an outer call */
    const struct es_driver_spec *driver; /* NULL: check */
    enum es_phase phase;
    enum es_control control;
    struct es_guard guard;     /* of the branch being compiled */
    const struct es_node *req; /* of the call that is being expanded; or NULL */
    const char *calls;         /* chain of calls, for messages; or NULL */
    const char *call_name;     /* id or procedure of the call being expanded; or NULL */
    unsigned depth;            /* of calls */
    struct es_step *step;      /* being compiled */
    const struct es_node *step_node;
    const struct es_node *step_req; /* its own or inherited */
    struct {
        const char **at;
        size_t n, room;
    } judged_paths; /* fields of the step that `req` may name */
};

/* Notes a mistake of the scenario at the node; always false. */
bool es_compile_fail(struct es_compile *c, struct es_loc loc, const char *fmt, ...)
    ES_PRINTF(3, 4);
/* The node that a static name stands for, or NULL. */
const struct es_static *es_compile_static(const struct es_compile *c,
                                          struct es_slice name);
/* The slot of a defined name, or NULL. */
const struct es_name *es_compile_name(const struct es_compile *c, struct es_slice name);
/* Gives `name` a slot (its own one if it has one already). */
uint32_t es_compile_define(struct es_compile *c, const char *name, enum es_kind kind,
                           const struct es_shape *shape);
/* The same for a name that `set` publishes. */
uint32_t es_compile_publish(struct es_compile *c, const char *name, enum es_kind kind,
                            const struct es_shape *shape);
/* Reports an unknown name with all that is known, and "did you mean". */
bool es_compile_unknown_name(struct es_compile *c, struct es_loc loc,
                             struct es_slice name);
/* Follows `$name` to the node it stands for, as often as needed; returns node itself if it is
 * not a reference to a static name. */
const struct es_node *es_compile_follow(struct es_compile *c,
                                        const struct es_node *node);
/* The rule that `req` of the current step gives to this field path. */
struct es_rule es_compile_rule(struct es_compile *c, const char *path);
/* Compiles a step, or what stands for several, to the end of the plan. */
bool es_compile_step(struct es_compile *c, const struct es_node *node);
/* The same with a verb that need not be in the language, for verbs that stand for several;
 * `pair` is where the verb is written. */
bool es_compile_step_as(struct es_compile *c, const struct es_node *node,
                        const struct es_pair *pair, const struct es_verb *verb);
/* Compiles a list of steps in place (call, loop, do). */
bool es_compile_steps(struct es_compile *c, const struct es_node *list);
/* Expands the steps of a procedure; step_node is the map of the `call`. */
bool es_compile_call(struct es_compile *c, const struct es_node *step_node);
/* Compiles the map or value of a tree into args by the matcher's fields. */
bool es_compile_fields(struct es_compile *c, const struct es_node *map,
                       const struct es_fields *fields, const char *what, void *args);

/*
 * The rest is between the files of the compiler.
 */
/* Checks `req` of the step just compiled and fills its rules. */
bool es_compile_step_rules(struct es_compile *c);
/* Adds a prerequisite rule that a procedure stands on. */
bool es_compile_need(struct es_compile *c, const struct es_node *id);

#endif
