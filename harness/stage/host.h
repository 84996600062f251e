/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_STAGE_HOST_H
#define ES_STAGE_HOST_H

/*
 * The other side of the stage: what the worker does with it. Ops do not include this.
 *
 * Sequence: es_stage_new; per step es_stage_begin, the verb's start, and while it waits
 * es_stage_next_event / es_stage_watch; in the end es_stage_close_all and the findings.
 */

#include "net/listener.h"
#include "stage/finding.h"
#include "stage/stage.h"

struct es_stage_config {
    struct es_arena *arena;
    const struct es_plan *plan;
    struct es_evidence *evidence;
    struct es_driver *driver;     /* of an own peer; NULL: a shared one */
    struct es_address peer;       /* where the server is: the IUT, or ourselves */
    struct es_listener *listener; /* we are the server; owned by the caller; or NULL */
    const char *server_name;
    const struct es_zoo *zoo;
    const struct es_identity *operator_identity;
    const struct es_x509_bag *operator_trust;
    uint64_t seed;
    struct es_slice instance; /* id */
    int64_t certificate_time_s;
    es_usec budget_end;
};

struct es_stage *es_stage_new(const struct es_stage_config *cfg, es_usec now);
void es_stage_set_now(struct es_stage *g, es_usec now);
/* A step starts: its clock, and the wake-ups of the step before are forgotten. */
void es_stage_begin(struct es_stage *g, const struct es_step *step);
/* The next thing that has happened without waiting for it; false if there is nothing. */
bool es_stage_next_event(struct es_stage *g, struct es_event *event);
/* Adds descriptors and deadlines of all channels and of the step to the loop. */
void es_stage_watch(struct es_stage *g, struct es_loop *loop);
/* Fires the deadlines that are due. */
void es_stage_on_deadline(struct es_stage *g);
/* Whether the step belongs to the branch of `alt` that was taken, or to none. */
bool es_stage_is_wanted(const struct es_stage *g, const struct es_step *step);
/* The worker woke so much later than it had asked for. */
void es_stage_add_lag(struct es_stage *g, es_usec late);
/* Whether the step asked to be polled by now. */
bool es_stage_is_due(const struct es_stage *g);
void es_stage_close_all(struct es_stage *g);

/* A crash of the peer, judged by the rule of the step. */
void es_stage_crashed(struct es_stage *g, const struct es_step *step,
                      const char *reason);

/* What was found, in order. */
struct es_findings {
    struct es_finding *at;
    size_t n, room;
};
const struct es_findings *es_stage_findings(const struct es_stage *g);
/* Ids of the rules that were judged, sorted and unique. */
struct es_judged {
    const char **at;
    size_t n, room;
};
const struct es_judged *es_stage_judged_rules(const struct es_stage *g);

#endif
