/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/run_int.h"

#include <string.h>

static bool runs(const struct es_job *job)
{
    return job->selected && job->applies && !job->error && job->plan;
}

static bool judges(const struct es_job *job, const struct es_requirement *rule)
{
    for (size_t i = 0; job->plan && i < job->plan->requirements.n; i++) {
        if (job->plan->requirements.at[i] == rule) {
            return true;
        }
    }
    return false;
}

static bool needs(const struct es_job *job, const struct es_requirement *rule)
{
    for (size_t i = 0; job->plan && i < job->plan->needs.n; i++) {
        if (job->plan->needs.at[i] == rule) {
            return true;
        }
    }
    return false;
}

static bool is_listed(const struct es_prerequisites *p,
                      const struct es_requirement *rule)
{
    for (size_t i = 0; i < p->n; i++) {
        if (p->at[i].rule == rule) {
            return true;
        }
    }
    return false;
}

/* Enters the jobs that judge the rule; false if there are none. */
static bool count_judges(struct es_prerequisite *q, const struct es_job *jobs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!runs(&jobs[i]) || !judges(&jobs[i], q->rule)) {
            continue;
        }
        if (q->pending == 0 || jobs[i].plan->budget < q->budget) {
            q->budget = jobs[i].plan->budget;
            q->pending = 0;
        }
        q->pending += jobs[i].plan->budget == q->budget;
    }
    return q->pending > 0;
}

void es_prerequisites_build(struct es_prerequisites *p, const struct es_job *jobs,
                            size_t n, struct es_arena *arena)
{
    *p = (struct es_prerequisites){.arena = arena};
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; runs(&jobs[i]) && k < jobs[i].plan->needs.n; k++) {
            struct es_prerequisite q = {.rule = jobs[i].plan->needs.at[k]};
            if (!is_listed(p, q.rule) && count_judges(&q, jobs, n)) {
                ES_PUSH(arena, p, q);
            }
        }
    }
}

static bool settles(const struct es_prerequisite *q, const struct es_job *job)
{
    return job->plan && job->plan->budget == q->budget && judges(job, q->rule);
}

bool es_prerequisites_settles(const struct es_prerequisites *p,
                              const struct es_job *job)
{
    for (size_t i = 0; i < p->n; i++) {
        if (settles(&p->at[i], job)) {
            return true;
        }
    }
    return false;
}

bool es_prerequisites_delay(const struct es_prerequisites *p, const struct es_job *job)
{
    for (size_t i = 0; i < p->n; i++) {
        if (p->at[i].pending && needs(job, p->at[i].rule)) {
            return true;
        }
    }
    return false;
}

const struct es_prerequisite *es_prerequisites_broken(const struct es_prerequisites *p,
                                                      const struct es_job *job)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct es_prerequisite *q = &p->at[i];
        if (q->broken_by && needs(job, q->rule) && !judges(job, q->rule)) {
            return q;
        }
    }
    return NULL;
}

static bool breaks(const struct es_instance_result *r,
                   const struct es_requirement *rule)
{
    for (size_t i = 0; i < r->findings_n; i++) {
        const struct es_finding *f = &r->findings[i];
        if (f->verdict == ES_VERDICT_FAIL && f->requirement &&
            strcmp(f->requirement, rule->id) == 0) {
            return true;
        }
    }
    return false;
}

void es_prerequisites_settle(struct es_prerequisites *p, const struct es_job *job,
                             const struct es_instance_result *r)
{
    for (size_t i = 0; i < p->n; i++) {
        struct es_prerequisite *q = &p->at[i];
        if (!settles(q, job)) {
            continue;
        }
        q->pending -= q->pending > 0;
        if (!q->broken_by && breaks(r, q->rule)) {
            q->broken_by = r->id;
        }
    }
}
