/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_SCENARIO_SCENARIO_H
#define ES_SCENARIO_SCENARIO_H

/*
 * Scenario files and their instances. A catalogue holds what files are checked against: the
 * language, the registry of rules, the dictionary, the libraries. A scenario is a file that
 * was read; its instances are the product of cases and matrix. es_plan_build makes the plan
 * of one instance, with the values that a driver declares.
 *
 * Sequence: es_catalogue_load, es_scenario_load per file, es_scenario_expand, then per
 * instance es_condition_eval and es_plan_build. Everything lives in the load arena.
 */

#include "scenario/driver_spec.h"
#include "scenario/op.h"
#include "scenario/plan.h"

struct es_condition;

struct es_catalogue {
    const struct es_language *language;
    const struct es_registry *registry;
    const struct es_dictionary *dictionary;
    const char *scenarios_folder; /* where lib/ is */
    struct es_arena *arena;
    struct {
        struct es_library *at;
        size_t n, room;
    } libraries; /* read on first use */
};

struct es_library {
    const char *name; /* lib/est-common */
    const struct es_node *root;
};

struct es_scenario {
    const char *id;   /* path below the scenarios folder, without suffix */
    const char *path; /* as opened */
    const char *title, *purpose;
    enum es_role iut;
    const struct es_condition *applies_if; /* NULL: always */
    struct {
        const char **at;
        size_t n, room;
    } tags;
    struct {
        const struct es_library **at;
        size_t n, room;
    } uses;
    bool lacks_library; /* one of `use` could not be read: what misses it is no news */
    const struct es_node *root, *matrix, *cases, *exclude;
    es_usec budget;
    bool strict;
};

/* The value of one column: "size" or "case.want". */
struct es_choice {
    const char *name;
    const struct es_node *node;
};

struct es_instance {
    const struct es_scenario *scenario;
    const char *id; /* scenario id[case][k=v,...] */
    struct {
        struct es_choice *at;
        size_t n, room;
    } choices;
    bool excluded;
};

/* What the driver and the command line say; NULL driver: defaults of the dictionary (check). */
struct es_bindings {
    const struct es_driver_spec *driver;
    const char *pki_folder; /* base of `pki/...` files; NULL in check */
};

/* The id of a file: its path relative to the scenarios folder, or as it is. */
const char *es_scenario_id(const struct es_catalogue *k, const char *path,
                           struct es_arena *a);
/* Reads a file and checks its frame. Mistakes are noted, and what can still be checked is
 * returned so that the steps are looked at as well: the scenario is good if there is one and
 * no new note. A library is checked as such and gives NULL. */
const struct es_scenario *es_scenario_load(struct es_catalogue *k, const char *path,
                                           struct es_diag *d);
/* Appends the instances. False and notes if matrix or cases are wrong. */
struct es_instances {
    struct es_instance *at;
    size_t n, room;
};
bool es_scenario_expand(const struct es_catalogue *k, const struct es_scenario *s,
                        const struct es_bindings *bindings, struct es_instances *out,
                        struct es_diag *d);
/* Compiles all steps of the instance. NULL and notes if anything is wrong. */
const struct es_plan *es_plan_build(const struct es_catalogue *k,
                                    const struct es_instance *instance,
                                    const struct es_bindings *bindings,
                                    struct es_diag *d);
/* The library `name`, read on first use; NULL and a note at loc if it cannot be. */
const struct es_library *es_catalogue_library(struct es_catalogue *k,
                                              struct es_slice name, struct es_loc loc,
                                              struct es_diag *d);

/* applies-if: items of the dictionary with and, or, not. */
const struct es_condition *es_condition_compile(const struct es_catalogue *k,
                                                const struct es_node *node,
                                                struct es_diag *d);
enum es_applies {
    ES_APPLIES,
    ES_APPLIES_NOT, /* *reason is the clause that is false: "op.skg is no" */
    ES_UNDECLARED,  /* *reason is the item that the driver does not declare */
};
enum es_applies es_condition_eval(const struct es_condition *condition,
                                  const struct es_driver_spec *driver,
                                  struct es_arena *a, const char **reason);

#endif
