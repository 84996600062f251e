/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_SCENARIO_PLAN_H
#define ES_SCENARIO_PLAN_H

/*
 * The plan of one instance: a flat array of steps with everything resolved. Immutable; made
 * before the first packet; holds no YAML types and nothing that is looked up by name. `call`
 * and `loop` are gone from it: their steps stand there as often as they run. A branch of
 * `alt` is a run of steps with a guard each.
 */

#include "scenario/op.h"

enum es_phase { ES_PHASE_PREAMBLE, ES_PHASE_STEPS, ES_PHASE_POSTAMBLE };
enum es_control { ES_CONTROL_NONE, ES_CONTROL_BEFORE, ES_CONTROL_AFTER };

#define ES_SLOT_NONE UINT32_MAX

/* A step in a branch of `alt` runs only if the slot holds this number. */
struct es_guard {
    bool is_set;
    uint32_t slot;
    int64_t value;
};

struct es_step {
    const struct es_verb *verb;
    void *args;
    struct es_loc loc; /* of the verb's key */
    const char *name;  /* its id, or the verb */
    const char *note;  /* or NULL */
    const char *calls; /* "called from x.yaml:3:5", for steps of procedures; or NULL */
    uint32_t slot;     /* of its variable; ES_SLOT_NONE */
    uint32_t on; /* slot of the step whose channel is meant; ES_SLOT_NONE: latest */
    struct es_operand within, not_before;
    enum es_phase phase;
    enum es_control control;
    struct es_guard guard;
    struct es_rule rule;    /* `default`, or the only one */
    struct es_rule missing; /* for a message that never comes */
};

struct es_plan {
    struct {
        struct es_step *at;
        size_t n, room;
    } steps;
    uint32_t slots_n;
    es_usec budget;
    es_usec op_timeout; /* for waiting steps without `within` */
    bool strict;        /* tolerate: strict */
    bool by_hand;       /* its steps take the messages of a client one by one */
    struct {
        const struct es_requirement **at;
        size_t n, room;
    } requirements; /* judged by it, sorted by id, unique */
    struct {
        const struct es_requirement **at;
        size_t n, room;
    } needs; /* prerequisite rules it stands on, sorted, unique */
    struct {
        const char **at;
        size_t n, room;
    } identities; /* names of the credentials that its steps use: idevid, none ... */
    struct {
        const char **at;
        size_t n, room;
    } set_items; /* items of iut.set that its steps use: the driver must declare them */
    struct {
        const char **at;
        size_t n, room;
    } operations; /* of iut.start, each once, in the order in which they come */
    uint64_t
        posts; /* POST requests of its steps: a server issues no more certificates */
};

#endif
