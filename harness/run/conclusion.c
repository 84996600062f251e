/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/run_int.h"

static void list_requirements(struct es_instance_result *r, const struct es_plan *plan,
                              struct es_arena *arena)
{
    r->requirements_n = plan ? plan->requirements.n : 0;
    r->requirements = ES_NEW_ARRAY(arena, const char *, r->requirements_n + 1);
    for (size_t i = 0; i < r->requirements_n; i++) {
        r->requirements[i] = plan->requirements.at[i]->id;
    }
}

void es_result_start(struct es_instance_result *r, const struct es_job *job,
                     struct es_arena *arena)
{
    const struct es_scenario *s = job->instance->scenario;
    r->id = job->instance->id;
    r->scenario = s->id;
    r->title = s->title;
    r->purpose = s->purpose;
    list_requirements(r, job->plan, arena);
}

void es_result_conclude(struct es_instance_result *r, enum es_verdict verdict,
                        const char *text, struct es_arena *arena)
{
    struct es_finding *all = ES_NEW_ARRAY(arena, struct es_finding, r->findings_n + 1);
    for (size_t i = 0; i < r->findings_n; i++) {
        all[i] = r->findings[i];
    }
    all[r->findings_n] = (struct es_finding){.verdict = verdict, .text = text};
    r->findings = all;
    r->findings_n++;
    r->status = ES_STATUS_JUDGED;
    r->verdict = verdict > r->verdict ? verdict : r->verdict;
    r->reason = r->reason ? r->reason : text;
}
