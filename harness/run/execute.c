/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/clock.h"
#include "run/run_int.h"

#include <stdlib.h>
#include <string.h>

enum state { STATE_WAITING, STATE_RUNNING, STATE_ENDED };

/* A job in the order in which it is to start. */
struct place {
    const struct es_job *job;
    enum state state;
    bool settles;      /* a prerequisite */
    bool by_operation; /* the same operations one after the other */
};

struct execution {
    const struct es_run_config *cfg;
    struct es_arena *arena;
    struct es_run_result *out;
    struct es_diag *d;
    struct place *places;
    size_t places_n, ended;
    struct es_prerequisites prerequisites;
    struct es_shared_peer peer;
    struct es_worker_process *workers; /* parallel of them; pid 0: free */
    size_t parallel, running;
    es_usec not_before; /* pause between instances */
    es_usec began;
    int interrupt_fd;
    struct {
        const char **at;
        size_t n, room;
    } notices, broken;
};

static void add_notice(struct execution *x, const char *text)
{
    ES_PUSH(x->arena, &x->notices, text);
    x->out->notices = x->notices.at;
    x->out->notices_n = x->notices.n;
}

/* Keeps the results in the order of their ids. */
static struct es_instance_result *insert(struct execution *x,
                                         const struct es_instance_result *r)
{
    struct es_run_result *out = x->out;
    size_t at = out->instances_n;
    while (at > 0 && strcmp(out->instances[at - 1].id, r->id) > 0) {
        out->instances[at] = out->instances[at - 1];
        at--;
    }
    out->instances[at] = *r;
    out->instances_n++;
    return &out->instances[at];
}

/* How long the run has lasted; the time between two parts of it does not count. */
static es_usec wall(const struct execution *x)
{
    return x->cfg->resumed.wall_us + es_clock_now() - x->began;
}

static void deliver(struct execution *x, struct es_instance_result *r)
{
    const struct es_instance_result *kept = insert(x, r);
    x->out->wall_us = wall(x);
    if (x->cfg->on_result) {
        x->cfg->on_result(x->cfg->context, x->out, kept, x->ended, x->places_n);
    }
}

static void note_broken(struct execution *x, const struct es_prerequisite *q)
{
    const char *text =
        es_arena_printf(x->arena, "%s broken by %s", q->rule->id, q->broken_by);
    for (size_t i = 0; i < x->broken.n; i++) {
        if (strcmp(x->broken.at[i], text) == 0) {
            return;
        }
    }
    ES_PUSH(x->arena, &x->broken, text);
    x->out->broken_prerequisites = x->broken.at;
    x->out->broken_prerequisites_n = x->broken.n;
}

static void end(struct execution *x, struct place *p, struct es_instance_result *r)
{
    p->state = STATE_ENDED;
    x->ended++;
    if (r->status != ES_STATUS_NOT_RUN) {
        es_prerequisites_settle(&x->prerequisites, p->job, r);
    }
    es_known_apply(x->cfg->expected, x->out->start_unix_us / ES_USEC_PER_S, r,
                   x->arena);
    deliver(x, r);
}

/* An instance that gets its result without running. */
static void end_unrun(struct execution *x, struct place *p, enum es_status status,
                      enum es_verdict verdict, const char *reason)
{
    struct es_instance_result r = {
        .status = status, .verdict = verdict, .reason = reason};
    if (verdict == ES_VERDICT_ERROR) {
        es_result_conclude(&r, verdict, reason, x->arena);
    }
    es_result_start(&r, p->job, x->arena);
    end(x, p, &r);
}

static void end_if_decided(struct execution *x, struct place *p)
{
    const struct es_prerequisite *q =
        es_prerequisites_broken(&x->prerequisites, p->job);
    if (!p->job->applies) {
        end_unrun(x, p, ES_STATUS_NOT_APPLICABLE, ES_VERDICT_PASS, p->job->reason);
    } else if (p->job->error) {
        end_unrun(x, p, ES_STATUS_JUDGED, ES_VERDICT_ERROR, p->job->error);
    } else if (q && !p->settles) {
        note_broken(x, q);
        end_unrun(x, p, ES_STATUS_JUDGED, ES_VERDICT_INCONCLUSIVE,
                  es_arena_printf(x->arena, "because of %s (see %s)", q->rule->id,
                                  q->broken_by));
    }
}

static struct es_worker_process *free_worker(struct execution *x)
{
    for (size_t i = 0; i < x->parallel; i++) {
        if (x->workers[i].pid == 0) {
            return &x->workers[i];
        }
    }
    return NULL;
}

static void start(struct execution *x, struct place *p)
{
    const char *name = es_run_instance_folder(p->job->instance->id, x->arena);
    const char *path = es_arena_printf(x->arena, "%s/%s", x->cfg->folder, name);
    struct es_worker_config cfg = {.run = x->cfg, .job = p->job, .folder = path};
    es_shared_peer_lend(&x->peer, &cfg);
    es_shared_peer_reset(&x->peer);
    size_t before = x->d->total;
    if (es_run_folder_make(path, x->d) &&
        es_worker_process_start(free_worker(x), &cfg, x->d)) {
        p->state = STATE_RUNNING;
        x->running++;
        return;
    }
    const char *why =
        before < x->d->count ? x->d->notes[before].msg : "cannot be started";
    end_unrun(x, p, ES_STATUS_JUDGED, ES_VERDICT_ERROR,
              es_arena_printf(x->arena, "%s: %s", path, why));
}

/* Starts what may start now. */
static void start_some(struct execution *x)
{
    for (size_t i = 0; i < x->places_n && !es_interrupt_came(); i++) {
        struct place *p = &x->places[i];
        if (p->state == STATE_WAITING) {
            end_if_decided(x, p);
        }
        bool may = p->state == STATE_WAITING && x->running < x->parallel &&
                   es_clock_now() >= x->not_before;
        if (may && (p->settles || !es_prerequisites_delay(&x->prerequisites, p->job))) {
            start(x, p);
        }
    }
}

static struct place *place_of(struct execution *x, const struct es_job *job)
{
    size_t i = 0;
    while (x->places[i].job != job) {
        i++;
    }
    return &x->places[i];
}

static void finish(struct execution *x, struct es_worker_process *w)
{
    struct es_instance_result r;
    struct place *p = place_of(x, w->job);
    bool interrupted = w->killed && es_interrupt_came();
    const char *crash = interrupted ? NULL : es_shared_peer_take_back(&x->peer);
    w->crash = w->crash ? w->crash : crash;
    es_worker_process_finish(w, &r, x->arena);
    r.folder = es_run_instance_folder(r.id, x->arena);
    w->pid = 0;
    x->running--;
    x->not_before = es_clock_now() + x->cfg->driver->pause;
    if (interrupted) {
        r.status = ES_STATUS_NOT_RUN;
        r.verdict = ES_VERDICT_PASS;
        r.findings_n = 0;
        r.reason = "interrupted while it ran";
    } else if (x->cfg->journal) {
        /* Before expected.yaml is applied, which may have changed when the run goes on. */
        es_journal_add(x->cfg->journal, wall(x), &r, x->d);
    }
    end(x, p, &r);
}

static void kill_overdue(struct execution *x, struct es_worker_process *w, es_usec now)
{
    if (w->deadline != ES_USEC_NEVER &&
        now >= w->deadline + es_shared_peer_waited(&x->peer)) {
        es_usec budget = w->job->plan->budget;
        es_worker_process_kill(
            w, es_arena_printf(x->arena, "killed after %s: its budget is %s",
                               es_text_of_duration(x->arena, w->deadline - w->start),
                               es_text_of_duration(x->arena, budget)));
    }
}

/* Collects what to wait for; watched[i] is the index of worker i in the loop. */
static void watch(struct execution *x, struct es_loop *loop, size_t *watched)
{
    es_loop_clear(loop);
    /* Its byte stays unread: once it has come there is nothing to wake for. */
    es_loop_watch(loop, es_interrupt_came() ? -1 : x->interrupt_fd);
    for (size_t i = 0; i < x->parallel; i++) {
        const struct es_worker_process *w = &x->workers[i];
        watched[i] = es_loop_watch(loop, w->pid ? w->fd : -1);
        bool ends = w->pid && w->deadline != ES_USEC_NEVER;
        es_loop_until(loop, ends ? w->deadline + es_shared_peer_waited(&x->peer)
                                 : ES_USEC_NEVER);
    }
    if (x->running < x->parallel && x->not_before > es_clock_now()) {
        es_loop_until(loop, x->not_before);
    }
    es_shared_peer_watch(&x->peer, loop);
}

/* One turn of the loop: waits, reads, ends. */
static void turn(struct execution *x)
{
    struct es_loop loop;
    size_t watched[ES_RUN_PARALLEL_MAX] = {0};
    watch(x, &loop, watched);
    es_usec now = es_loop_wait(&loop);
    const char *crash = es_shared_peer_poll(&x->peer);
    for (size_t i = 0; i < x->parallel; i++) {
        struct es_worker_process *w = &x->workers[i];
        if (!w->pid) {
            continue;
        }
        w->crash = w->crash ? w->crash : crash;
        bool ready = watched[i] < ES_LOOP_MAX && loop.ready[watched[i]];
        if (ready && es_worker_process_read(w)) {
            finish(x, w);
        } else {
            kill_overdue(x, w, now);
        }
    }
}

/* After an interrupt: ends what runs, tells what did not. */
static void break_off(struct execution *x)
{
    x->out->interrupted = true;
    for (size_t i = 0; i < x->parallel; i++) {
        if (x->workers[i].pid) {
            es_worker_process_kill(&x->workers[i], "interrupted");
        }
    }
    while (x->running > 0) {
        turn(x);
    }
    for (size_t i = 0; i < x->places_n; i++) {
        if (x->places[i].state == STATE_WAITING) {
            end_unrun(x, &x->places[i], ES_STATUS_NOT_RUN, ES_VERDICT_PASS,
                      "interrupted");
        }
    }
}

static int compare_operations(const struct es_plan *a, const struct es_plan *b)
{
    size_t a_n = a ? a->operations.n : 0, b_n = b ? b->operations.n : 0;
    for (size_t i = 0; i < a_n && i < b_n; i++) {
        int order = strcmp(a->operations.at[i], b->operations.at[i]);
        if (order != 0) {
            return order;
        }
    }
    return (a_n > b_n) - (a_n < b_n);
}

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    if (a->settles != b->settles) {
        return a->settles ? -1 : 1;
    }
    int order = a->by_operation ? compare_operations(a->job->plan, b->job->plan) : 0;
    return order ? order : strcmp(a->job->instance->id, b->job->instance->id);
}

/* People, and devices that come by themselves, do the same again more readily than another
 * thing each time. */
static bool goes_by_operation(const struct es_driver_spec *s)
{
    return s->is_client &&
           (s->adapter == ES_ADAPTER_PROMPT || s->adapter == ES_ADAPTER_PASSIVE);
}

static void make_places(struct execution *x)
{
    x->places = ES_NEW_ARRAY(x->arena, struct place, x->cfg->jobs_n + 1);
    for (size_t i = 0; i < x->cfg->jobs_n; i++) {
        const struct es_job *job = &x->cfg->jobs[i];
        if (job->selected) {
            x->places[x->places_n++] = (struct place){
                .job = job,
                .settles = es_prerequisites_settles(&x->prerequisites, job),
                .by_operation = goes_by_operation(x->cfg->driver)};
        }
    }
    qsort(x->places, x->places_n, sizeof *x->places, compare_places);
}

/* A device with a burnt-in address finds only one of us at a time. */
static bool has_fixed_port(const struct es_driver_spec *s)
{
    struct es_address local;
    struct es_diag *d = es_diag_new();
    bool fixed = s->listen &&
                 es_address_parse(es_slice_of(s->listen), 0, &local, ES_LOC_NONE, d) &&
                 es_address_port(&local) != 0;
    es_diag_free(d);
    return fixed;
}

static size_t parallel_of(const struct es_run_config *cfg)
{
    if (cfg->driver->isolation == ES_ISOLATION_SERIAL || has_fixed_port(cfg->driver) ||
        cfg->parallel == 0) {
        return 1;
    }
    return cfg->parallel < ES_RUN_PARALLEL_MAX ? cfg->parallel : ES_RUN_PARALLEL_MAX;
}

static bool names_one(const struct es_run_config *cfg, const struct es_expected *e)
{
    for (size_t i = 0; i < cfg->jobs_n; i++) {
        if (es_known_names(e, cfg->jobs[i].instance->id)) {
            return true;
        }
    }
    return false;
}

static void notice_expectations(struct execution *x)
{
    const struct es_expected_list *list = x->cfg->expected;
    int64_t now_s = x->out->start_unix_us / ES_USEC_PER_S;
    for (size_t i = 0; list && i < list->n; i++) {
        const struct es_expected *e = &list->at[i];
        const char *what = es_known_is_expired(e, now_s) ? "has expired and is ignored"
                           : !names_one(x->cfg, e)       ? "names no instance there is"
                                                         : NULL;
        if (what) {
            add_notice(x,
                       es_arena_printf(x->arena, "%s:%u: the known deviation of %s %s",
                                       e->loc.file, e->loc.line, e->instance, what));
        }
    }
}

static void start_result(struct execution *x)
{
    const struct es_run_config *cfg = x->cfg;
    *x->out = (struct es_run_result){
        .run_id = cfg->run_id,
        .folder = cfg->folder,
        .driver = cfg->driver->name,
        .peer = cfg->driver->version ? cfg->driver->version : "",
        .target_args = cfg->target_args,
        .tool_version = ES_VERSION,
        .libraries = cfg->libraries ? cfg->libraries : "",
        .seed = cfg->seed,
        .start_unix_us = cfg->resumed.head.run_id ? cfg->resumed.head.start_unix_us
                                                  : es_clock_unix_us(),
        .strict = cfg->strict,
        .secrets_left_out = cfg->without_secrets,
        .registry = cfg->registry,
    };
    x->out->instances =
        ES_NEW_ARRAY(x->arena, struct es_instance_result, cfg->jobs_n + 1);
    for (size_t i = 0; i < cfg->notices_n; i++) {
        add_notice(x, cfg->notices[i]);
    }
    notice_expectations(x);
}

static const struct es_instance_result *find_kept(const struct execution *x,
                                                  const struct es_job *job)
{
    const struct es_journal_content *c = &x->cfg->resumed;
    for (size_t i = c->results.n; i > 0; i--) {
        if (strcmp(c->results.at[i - 1].id, job->instance->id) == 0) {
            return &c->results.at[i - 1];
        }
    }
    return NULL;
}

/* What was judged in an earlier part of the run ends here, as if it came now. */
static void restore(struct execution *x)
{
    for (size_t i = 0; i < x->places_n; i++) {
        struct place *p = &x->places[i];
        const struct es_instance_result *kept = find_kept(x, p->job);
        if (kept && p->job->applies && !p->job->error) {
            struct es_instance_result r = *kept;
            es_result_start(&r, p->job, x->arena);
            end(x, p, &r);
        }
    }
}

/* Whether something is left for which a peer is needed. */
static bool has_work(const struct execution *x)
{
    for (size_t i = 0; i < x->places_n; i++) {
        const struct es_job *job = x->places[i].job;
        if (job->applies && !job->error && !find_kept(x, job)) {
            return true;
        }
    }
    return false;
}

static void notice_person(struct execution *x)
{
    const struct es_prepared_answers *answers = x->cfg->answers;
    const char *person = x->peer.driver ? es_driver_person(x->peer.driver) : NULL;
    if (person) {
        add_notice(x, es_arena_printf(
                          x->arena, "how operations ended is told by %s%s%s", person,
                          answers ? " in " : "", answers ? answers->path : ""));
    }
}

static void run_all(struct execution *x)
{
    notice_person(x);
    if (x->cfg->on_start) {
        x->cfg->on_start(x->cfg->context, x->out, x->places_n);
    }
    restore(x);
    while (x->ended < x->places_n && !es_interrupt_came()) {
        start_some(x);
        if (x->ended < x->places_n) {
            turn(x);
        }
    }
    if (es_interrupt_came()) {
        break_off(x);
    }
    x->out->wall_us = wall(x);
}

bool es_run_execute(const struct es_run_config *cfg, struct es_arena *arena,
                    struct es_run_result *out, struct es_diag *d)
{
    struct execution x = {.cfg = cfg, .arena = arena, .out = out, .d = d};
    x.parallel = parallel_of(cfg);
    x.workers = ES_NEW_ARRAY(arena, struct es_worker_process, x.parallel);
    x.began = es_clock_now();
    start_result(&x);
    es_prerequisites_build(&x.prerequisites, cfg->jobs, cfg->jobs_n, arena);
    make_places(&x);
    x.interrupt_fd = es_interrupt_catch();
    bool started = !has_work(&x) || es_shared_peer_start(&x.peer, cfg, arena, d);
    if (started) {
        run_all(&x);
        es_shared_peer_stop(&x.peer);
    }
    es_interrupt_release();
    return started;
}
