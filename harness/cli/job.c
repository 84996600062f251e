/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/job.h"

#include <string.h>

/* What building the jobs needs at hand. */
struct building {
    struct es_cli *cli;
    struct es_workspace *w;
    const struct es_job_request *request;
    struct es_bindings bindings;
    struct es_diag *scratch;       /* notes about the driver */
    struct es_arena *plan;         /* the plan being looked at */
    struct es_catalogue catalogue; /* the workspace's, building there */
    uint64_t certificates;         /* that the jobs so far may make a CA issue */
};

static const struct es_driver_spec *driver_of(const struct building *b)
{
    return b->request->target ? &b->request->target->driver : NULL;
}

static bool plays(const struct es_driver_spec *s, enum es_role iut)
{
    switch (iut) {
    case ES_ROLE_SERVER:
        return s->is_server || s->is_registrar;
    case ES_ROLE_CLIENT:
        return s->is_client;
    case ES_ROLE_REGISTRAR:
        return s->is_registrar;
    case ES_ROLE_BOTH:
        break;
    }
    return false;
}

/* What the driver fails to say is told first: no other reason may hide it. */
static void exclude(struct es_job *job, const char *reason)
{
    if (job->applies && !job->error) {
        job->applies = false;
        job->reason = reason;
    }
}

static void judge_condition(const struct building *b, struct es_job *job)
{
    const struct es_condition *condition = job->instance->scenario->applies_if;
    const char *reason = "";
    if (!condition) {
        return;
    }
    switch (es_condition_eval(condition, driver_of(b), b->cli->arena, &reason)) {
    case ES_APPLIES:
        break;
    case ES_APPLIES_NOT:
        exclude(job, reason);
        break;
    case ES_UNDECLARED:
        job->error =
            es_arena_printf(b->cli->arena,
                            "the driver does not declare '%s', which applies-if "
                            "asks for: add it to ics in driver.yaml",
                            reason);
        break;
    }
}

static bool has_tag(const struct es_scenario *s, const char *tag)
{
    bool has = false;
    for (size_t i = 0; i < s->tags.n; i++) {
        has = has || strcmp(s->tags.at[i], tag) == 0;
    }
    return has;
}

static bool is_rough(const struct es_scenario *s)
{
    return strncmp(s->id, "robustness/", 11) == 0 || has_tag(s, "malformed");
}

/* A process can at least be started anew. */
static bool keeps_what_it_learns(const struct es_driver_spec *s)
{
    return s->adapter != ES_ADAPTER_PROCESS && s->reset.way == ES_WAY_NONE;
}

static void judge_target(const struct building *b, struct es_job *job)
{
    const struct es_scenario *s = job->instance->scenario;
    const struct es_target *t = b->request->target;
    if (!plays(&t->driver, s->iut)) {
        exclude(job,
                es_arena_printf(b->cli->arena, "it tests a %s, which the target is not",
                                es_role_name(s->iut)));
    }
    if (job->applies) {
        judge_condition(b, job);
    }
    if (s->iut == ES_ROLE_CLIENT && has_tag(s, "needs-reset") &&
        keeps_what_it_learns(&t->driver)) {
        exclude(job,
                "it leaves the device with other trust anchors or paths, or busy, and "
                "the driver names no reset");
    }
    if (t->is_remote && !b->request->allow_robustness && is_rough(s)) {
        exclude(job, "malformed traffic to another machine needs --allow-robustness");
    }
}

/* With the operator's credentials: the identities that still mean what they say. */
static bool is_of_use(const char *identity)
{
    static const char *const names[] = {"idevid", "none", "unknown-issuer",
                                        "self-signed"};
    for (size_t i = 0; i < ES_COUNT(names); i++) {
        if (strcmp(identity, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool can_set(const struct es_driver_spec *s, const char *item)
{
    for (size_t i = 0; i < s->set.n; i++) {
        if (strcmp(s->set.at[i].name, item) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_operation(const struct es_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->operations.n; i++) {
        if (strcmp(plan->operations.at[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* A device that comes by itself does what it likes. */
static void judge_freedom(const struct building *b, struct es_job *job)
{
    const struct es_plan *plan = job->plan;
    if (driver_of(b)->adapter != ES_ADAPTER_PASSIVE || plan->operations.n == 0) {
        return;
    }
    if (has_operation(plan, "boot")) {
        exclude(job, "nobody can restart a device that comes by itself");
    } else if (plan->strict || plan->by_hand) {
        exclude(job, "a device that comes by itself need not send just what each step "
                     "expects");
    }
}

static void judge_plan(const struct building *b, struct es_job *job)
{
    const struct es_target *t = b->request->target;
    struct es_arena *a = b->cli->arena;
    for (size_t i = 0; t->has_identity && i < job->plan->identities.n; i++) {
        const char *name = job->plan->identities.at[i];
        if (!is_of_use(name)) {
            exclude(job,
                    es_arena_printf(a,
                                    "the identity '%s' needs --pki credentials: with "
                                    "--cert there is none that the peer would know",
                                    name));
        }
    }
    judge_freedom(b, job);
    for (size_t i = 0; i < job->plan->set_items.n; i++) {
        const char *item = job->plan->set_items.at[i];
        if (!can_set(&t->driver, item)) {
            exclude(job, es_arena_printf(a, "the driver has no 'set' for '%s'", item));
        }
    }
}

/* What the parent must know of a plan. Rules lie in the registry; texts are copied. */
static const struct es_plan *keep(const struct es_plan *plan, struct es_arena *a)
{
    struct es_plan *kept = ES_NEW(a, struct es_plan);
    *kept = (struct es_plan){.budget = plan->budget,
                             .op_timeout = plan->op_timeout,
                             .strict = plan->strict,
                             .posts = plan->posts,
                             .by_hand = plan->by_hand};
    for (size_t i = 0; i < plan->requirements.n; i++) {
        ES_PUSH(a, &kept->requirements, plan->requirements.at[i]);
    }
    for (size_t i = 0; i < plan->needs.n; i++) {
        ES_PUSH(a, &kept->needs, plan->needs.at[i]);
    }
    for (size_t i = 0; i < plan->identities.n; i++) {
        ES_PUSH(a, &kept->identities,
                es_arena_text(a, es_slice_of(plan->identities.at[i])));
    }
    for (size_t i = 0; i < plan->set_items.n; i++) {
        ES_PUSH(a, &kept->set_items,
                es_arena_text(a, es_slice_of(plan->set_items.at[i])));
    }
    for (size_t i = 0; i < plan->operations.n; i++) {
        ES_PUSH(a, &kept->operations, plan->operations.at[i]);
    }
    return kept;
}

static const char *describe(const struct es_note *n, struct es_arena *a)
{
    return es_arena_printf(a, "%s:%u: %s%s%s", n->loc.file ? n->loc.file : "driver",
                           n->loc.line, n->msg, n->hint ? "; " : "",
                           n->hint ? n->hint : "");
}

/* A plan that fails with the driver and not without it is the driver's fault. */
static bool build_plan(struct building *b, struct es_job *job)
{
    static const struct es_bindings none;
    es_diag_reset(b->scratch);
    es_arena_reset(b->plan);
    const struct es_plan *plan =
        es_plan_build(&b->catalogue, job->instance, &b->bindings, b->scratch);
    if (!plan) {
        plan = es_plan_build(&b->catalogue, job->instance, &none, b->cli->d);
        if (plan && job->applies && !job->error) {
            job->error = describe(&b->scratch->notes[0], b->cli->arena);
        }
    }
    job->plan = plan ? keep(plan, b->cli->arena) : NULL;
    return plan != NULL;
}

/* Counts every POST: whether a request that it should refuse makes a CA issue is just what is
 * not known. Instances that need no more than what is left still run. */
static void judge_certificates(struct building *b, struct es_job *job)
{
    uint64_t cap = driver_of(b)->max_certificates;
    if (!job->selected || !job->applies || job->error || cap == 0) {
        return;
    }
    if (job->plan->posts > cap - b->certificates) {
        exclude(job,
                es_arena_printf(b->cli->arena,
                                "the driver allows %llu certificates in a run "
                                "(max-certificates); %llu are left, it may take %llu",
                                (unsigned long long)cap,
                                (unsigned long long)(cap - b->certificates),
                                (unsigned long long)job->plan->posts));
        return;
    }
    b->certificates += job->plan->posts;
}

static bool build_job(struct building *b, const struct es_instance *i,
                      struct es_job *job)
{
    const struct es_selection *s = b->request->selection;
    *job = (struct es_job){.instance = i, .applies = true};
    job->selected = !s || es_selection_has(s, i);
    if (b->request->target) {
        judge_target(b, job);
    }
    if (!job->selected && !b->request->all_plans) {
        return true;
    }
    ES_TRY(build_plan(b, job));
    job->selected = job->selected && (!s || es_selection_has_plan(s, job->plan));
    if (b->request->target) {
        judge_plan(b, job);
        judge_certificates(b, job);
    }
    return true;
}

bool es_jobs_build(struct es_job_list *jobs, struct es_cli *cli, struct es_workspace *w,
                   const struct es_job_request *request)
{
    struct building b = {.cli = cli, .w = w, .request = request};
    bool ok = true;
    b.bindings.driver = driver_of(&b);
    b.bindings.pki_folder = request->pki_folder;
    b.scratch = es_diag_new();
    b.plan = es_arena_new();
    b.catalogue = w->catalogue;
    b.catalogue.arena = b.plan;
    *jobs = (struct es_job_list){.n = w->instances.n};
    jobs->at = ES_NEW_ARRAY(cli->arena, struct es_job, jobs->n + 1);
    for (size_t i = 0; i < jobs->n; i++) {
        ok = build_job(&b, &w->instances.at[i], &jobs->at[i]) && ok;
        jobs->selected += jobs->at[i].selected;
        jobs->errors += jobs->at[i].selected && jobs->at[i].error;
    }
    es_arena_free(b.plan);
    es_diag_free(b.scratch);
    return ok;
}
