/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/worker.h"

#include "dtls/dtls.h"
#include "net/clock.h"
#include "net/evidence.h"
#include "ops/predefined.h"
#include "run/run_int.h"
#include "stage/host.h"

#include <string.h>

enum { EVENTS_PER_TURN = 64 };

#define POSTAMBLE_GRACE                                                                \
    (4 * ES_USEC_PER_S) /* for the postamble once the budget is gone */

/* One instance on its way. */
struct work {
    const struct es_worker_config *cfg;
    struct es_arena *arena;
    struct es_instance_result *out;
    struct es_evidence *evidence;
    struct es_driver *driver;     /* an own peer, or NULL */
    struct es_listener *listener; /* where a client is awaited, or NULL */
    struct es_stage *stage;
    struct es_diag *d;
    es_usec budget_end;
    bool crashed, exhausted;
    const char *context;
};

static void update_time(struct work *w)
{
    es_stage_set_now(w->stage, es_clock_now());
}

/* A peer of ours that has died is a finding of the step that was waiting. */
static bool check_peer(struct work *w, const struct es_step *step)
{
    enum es_driver_state state = w->driver && !w->crashed
                                     ? es_driver_poll(w->driver, es_clock_now())
                                     : ES_DRIVER_READY;
    if (state != ES_DRIVER_CRASHED && state != ES_DRIVER_FAILED) {
        return false;
    }
    w->crashed = true;
    if (state == ES_DRIVER_CRASHED) {
        es_stage_crashed(w->stage, step, es_driver_reason(w->driver));
    } else {
        es_stage_trouble(w->stage, step, ES_VERDICT_ERROR, "the driver has failed: %s",
                         es_driver_reason(w->driver));
    }
    w->out->peer_log_tail = es_driver_log_tail(w->driver, w->arena);
    return true;
}

/* The time of people and devices that come by themselves does not count. */
static es_usec end_of_budget(const struct work *w)
{
    es_usec now = es_stage_now(w->stage);
    return w->budget_end + (w->driver ? es_driver_waited(w->driver, now) : 0);
}

/* Whether the time of the instance is over; says so once. */
static bool is_exhausted(struct work *w, const struct es_step *step)
{
    if (es_stage_now(w->stage) < end_of_budget(w)) {
        return false;
    }
    if (!w->exhausted) {
        w->exhausted = true;
        es_stage_trouble(w->stage, step, ES_VERDICT_INCONCLUSIVE,
                         "the budget of the instance is used up");
    }
    return true;
}

static enum es_progress dispatch(struct work *w, const struct es_step *step,
                                 void *state, const struct es_event *event)
{
    if (event->kind == ES_EVENT_ENDED && check_peer(w, step)) {
        return ES_STEP_END;
    }
    return step->verb->poll(w->stage, step, state, event);
}

/* Hands on all that has come in already. */
static enum es_progress drain(struct work *w, const struct es_step *step, void *state)
{
    struct es_event event;
    enum es_progress progress = ES_STEP_WAIT;
    for (int i = 0; progress == ES_STEP_WAIT && i < EVENTS_PER_TURN &&
                    es_stage_next_event(w->stage, &event);
         i++) {
        progress = dispatch(w, step, state, &event);
    }
    return progress;
}

static void wait_for_something(struct work *w)
{
    struct es_loop loop;
    es_loop_clear(&loop);
    es_stage_watch(w->stage, &loop);
    es_loop_until(&loop, end_of_budget(w));
    if (w->driver && !w->crashed) {
        es_driver_watch(w->driver, &loop);
    }
    es_usec now = es_loop_wait(&loop);
    if (now > loop.deadline) {
        es_stage_add_lag(w->stage, now - loop.deadline);
    }
    update_time(w);
}

static enum es_progress poll_tick(struct work *w, const struct es_step *step,
                                  void *state)
{
    static const struct es_event tick = {.kind = ES_EVENT_TICK};
    return step->verb->poll(w->stage, step, state, &tick);
}

static enum es_progress run_step(struct work *w, const struct es_step *step)
{
    void *state = es_arena_alloc(w->arena, step->verb->state_size);
    update_time(w);
    es_stage_begin(w->stage, step);
    enum es_progress progress = step->verb->start(w->stage, step, state);
    while (progress == ES_STEP_WAIT) {
        progress = drain(w, step, state);
        if (progress != ES_STEP_WAIT) {
            break;
        }
        if (check_peer(w, step) || is_exhausted(w, step)) {
            return ES_STEP_END;
        }
        /* check_peer may have read the line that the step waits for (iut.set). */
        progress = w->driver ? poll_tick(w, step, state) : progress;
        if (progress != ES_STEP_WAIT) {
            break;
        }
        wait_for_something(w);
        progress = drain(w, step, state);
        if (progress == ES_STEP_WAIT) {
            es_stage_on_deadline(w->stage);
            progress = poll_tick(w, step, state);
        }
    }
    return progress;
}

/* "preamble ok; step whole ok": what held, for the reader of a failure. */
static void remember(struct work *w, const struct es_step *step, size_t findings_before)
{
    bool ok = es_stage_findings(w->stage)->n == findings_before;
    if (!ok || !step->verb->judges || step->phase != ES_PHASE_STEPS) {
        return;
    }
    const char *what = step->control == ES_CONTROL_NONE ? "step" : "control";
    w->context =
        es_arena_printf(w->arena, "%s; %s %s ok", w->context, what, step->name);
}

/* A control is there to prove that the client works. Where each operation costs somebody's
 * trouble, a control that has passed and nothing wrong since are proof enough. */
static bool is_spared(const struct work *w, const struct es_step *step)
{
    return step->phase == ES_PHASE_PREAMBLE && step->control == ES_CONTROL_BEFORE &&
           step->verb->is_of_operation && w->driver &&
           es_driver_awaits_device(w->driver) && es_driver_is_proven(w->driver);
}

static bool is_left_out(struct work *w, const struct es_step *step, enum es_phase phase)
{
    if (step->phase != phase || !es_stage_is_wanted(w->stage, step)) {
        return true;
    }
    if (is_spared(w, step)) {
        es_stage_note(w->stage, "%s is left out: an earlier control has passed",
                      step->name);
        return true;
    }
    return false;
}

static enum es_progress run_phase(struct work *w, enum es_phase phase)
{
    const struct es_plan *plan = w->cfg->job->plan;
    enum es_progress progress = ES_STEP_DONE;
    for (size_t i = 0; i < plan->steps.n && progress != ES_STEP_END; i++) {
        const struct es_step *step = &plan->steps.at[i];
        if (is_left_out(w, step, phase)) {
            continue;
        }
        size_t before = es_stage_findings(w->stage)->n;
        if (step->note) {
            es_stage_note(w->stage, "%s: %s", step->name, step->note);
        }
        progress = run_step(w, step);
        remember(w, step, before);
        if (progress == ES_STEP_DONE && check_peer(w, step)) {
            progress = ES_STEP_END;
        }
        if (phase == ES_PHASE_POSTAMBLE && !w->crashed) {
            progress = ES_STEP_DONE;
        }
    }
    return progress;
}

static bool has_finding(const struct work *w, enum es_verdict above)
{
    const struct es_findings *f = es_stage_findings(w->stage);
    for (size_t i = 0; i < f->n; i++) {
        if (f->at[i].verdict > above) {
            return true;
        }
    }
    return false;
}

static bool has_control(const struct es_plan *plan)
{
    for (size_t i = 0; i < plan->steps.n; i++) {
        if (plan->steps.at[i].control == ES_CONTROL_BEFORE) {
            return true;
        }
    }
    return false;
}

/* An outcome that nobody has seen does not end the steps. */
static void prove(const struct work *w, enum es_progress end)
{
    bool works = end == ES_STEP_DONE && !has_finding(w, ES_VERDICT_INCONCLUSIVE);
    if (w->driver && (!works || has_control(w->cfg->job->plan))) {
        es_driver_prove(w->driver, works);
    }
}

static void run_phases(struct work *w)
{
    w->context = "";
    enum es_progress end = ES_STEP_END;
    run_phase(w, ES_PHASE_PREAMBLE);
    if (!has_finding(w, ES_VERDICT_WARNING)) {
        w->context = "preamble ok";
        end = run_phase(w, ES_PHASE_STEPS);
    }
    prove(w, end);
    if (!w->crashed) {
        w->budget_end += POSTAMBLE_GRACE;
        run_phase(w, ES_PHASE_POSTAMBLE);
    }
}

static void collect(struct work *w)
{
    const struct es_findings *f = es_stage_findings(w->stage);
    const struct es_judged *judged = es_stage_judged_rules(w->stage);
    struct es_instance_result *r = w->out;
    r->status = ES_STATUS_JUDGED;
    r->findings = f->at;
    r->findings_n = f->n;
    r->judged = judged->at;
    r->judged_n = judged->n;
    r->context = w->context;
    for (size_t i = 0; i < f->n; i++) {
        if (f->at[i].verdict > r->verdict) {
            r->verdict = f->at[i].verdict;
            r->reason = f->at[i].text;
        }
    }
}

static bool open_evidence(struct work *w)
{
    struct es_evidence_config cfg = {
        .folder = w->cfg->folder,
        .harness_is_server = w->cfg->job->instance->scenario->iut == ES_ROLE_CLIENT,
        .without_secrets = w->cfg->run->without_secrets,
        .start = es_clock_now(),
        .start_unix_us = es_clock_unix_us()};
    w->evidence = es_evidence_open(&cfg, w->arena, w->d);
    return w->evidence != NULL;
}

/* What is left of a session that an earlier instance or a former life of the device had is no
 * new peer. */
static bool begins_session(struct es_slice datagram)
{
    char label[ES_DTLS_LABEL_MAX];
    return es_slice_has_prefix(es_slice_of(es_dtls_label(datagram, label)),
                               "ClientHello");
}

struct es_listener *es_worker_listen(const struct es_driver_spec *spec,
                                     struct es_arena *arena, struct es_diag *d)
{
    const char *listen = spec->listen ? spec->listen : "127.0.0.1";
    struct es_address local;
    if (!es_address_parse(es_slice_of(listen), 0, &local, spec->listen_loc, d)) {
        return NULL;
    }
    struct es_listener *l = es_listener_open(arena, &local, d);
    if (l) {
        es_listener_set_test(l, begins_session);
    }
    return l;
}

const char *es_worker_uri(const struct es_driver_spec *spec,
                          const struct es_listener *listener, struct es_arena *arena)
{
    struct es_address address = *es_listener_address(listener);
    if (spec->adapter != ES_ADAPTER_PROCESS) {
        es_address_forget_scope(&address);
    }
    return es_arena_printf(arena, "coaps://%s", es_address_text(&address, arena));
}

/* It is there before the client is, whose first datagrams wait in it. */
static bool open_listener(struct work *w)
{
    w->listener = w->cfg->listener
                      ? w->cfg->listener
                      : es_worker_listen(w->cfg->run->driver, w->arena, w->d);
    if (!w->listener) {
        es_result_conclude(w->out, ES_VERDICT_ERROR,
                           es_arena_printf(w->arena, "%s", w->d->notes[0].msg),
                           w->arena);
    }
    return w->listener != NULL;
}

static struct es_driver_config driver_config(const struct work *w)
{
    const struct es_run_config *run = w->cfg->run;
    struct es_driver_config cfg = {
        .spec = run->driver,
        .role = w->cfg->job->instance->scenario->iut,
        .pki_folder = run->pki_folder,
        .log_folder = w->cfg->folder,
        .log_path = es_arena_printf(w->arena, "%s/peer.log", w->cfg->folder),
        .instance = w->cfg->job->instance->id,
        .answers = run->answers,
        .dtls_fd = -1};
    if (w->listener) {
        cfg.uri = es_worker_uri(run->driver, w->listener, w->arena);
    }
    return cfg;
}

/* Each instance finds the device idle and, if it can be reset, as it left the factory. What it
 * has sent before that belongs to no instance, unless it comes by itself. */
static bool settle(struct work *w)
{
    if (w->cfg->run->driver->isolation == ES_ISOLATION_PROCESS) {
        return true;
    }
    bool ok = es_driver_settle(w->driver);
    if (w->listener && !es_driver_is_unasked(w->driver)) {
        es_listener_drain(w->listener);
    }
    return ok;
}

/* Why there is no peer. */
static void tell_absence(struct work *w, enum es_driver_state state)
{
    if (state == ES_DRIVER_UNSUPPORTED) {
        w->out->status = ES_STATUS_NOT_APPLICABLE;
        w->out->reason =
            "the driver says that it does not support this (exit status 77)";
        return;
    }
    w->out->peer_log_tail = es_driver_log_tail(w->driver, w->arena);
    const char *what =
        state == ES_DRIVER_READY ? "is not ready for this instance" : "did not start";
    es_result_conclude(
        w->out, ES_VERDICT_ERROR,
        es_arena_printf(w->arena, "the peer %s: %s", what, es_driver_reason(w->driver)),
        w->arena);
}

/* A peer, ready to be talked to. */
static bool start_peer(struct work *w, struct es_address *address)
{
    bool is_client = w->cfg->job->instance->scenario->iut == ES_ROLE_CLIENT;
    if (is_client && !open_listener(w)) {
        return false;
    }
    if (w->cfg->address && !is_client) {
        *address = *w->cfg->address;
        return true;
    }
    const struct es_driver_config cfg = driver_config(w);
    es_usec now = es_clock_now();
    if (w->cfg->driver) {
        w->driver = w->cfg->driver;
        es_driver_enter(w->driver, &cfg, w->arena, now);
    } else {
        w->driver = es_driver_start(&cfg, w->arena, now);
    }
    enum es_driver_state state = es_driver_wait_ready(w->driver);
    if (state != ES_DRIVER_READY || (is_client && !settle(w))) {
        tell_absence(w, state);
        return false;
    }
    *address =
        is_client ? *es_listener_address(w->listener) : *es_driver_address(w->driver);
    return true;
}

static void perform(struct work *w, const struct es_address *address)
{
    const struct es_run_config *run = w->cfg->run;
    es_usec now = es_clock_now();
    w->budget_end = now + w->cfg->job->plan->budget;
    struct es_stage_config cfg = {.arena = w->arena,
                                  .plan = w->cfg->job->plan,
                                  .evidence = w->evidence,
                                  .driver = w->driver,
                                  .peer = *address,
                                  .listener = w->listener,
                                  .server_name =
                                      run->server_name ? run->server_name : "localhost",
                                  .zoo = run->zoo,
                                  .operator_identity = run->operator_identity,
                                  .operator_trust = run->operator_trust,
                                  .seed = run->seed,
                                  .instance = es_slice_of(w->cfg->job->instance->id),
                                  .certificate_time_s = es_clock_unix_us() / 1000000,
                                  .budget_end = w->budget_end};
    w->stage = es_stage_new(&cfg, now);
    es_ops_bind_predefined(w->stage);
    run_phases(w);
    update_time(w);
    es_stage_close_all(w->stage);
    collect(w);
}

void es_worker_run(const struct es_worker_config *cfg, struct es_arena *arena,
                   struct es_instance_result *out)
{
    struct work w = {.cfg = cfg, .arena = arena, .out = out, .d = es_diag_new()};
    struct es_address address;
    es_result_start(out, cfg->job, arena);
    if (!open_evidence(&w)) {
        es_result_conclude(out, ES_VERDICT_ERROR,
                           es_arena_printf(arena, "%s", w.d->notes[0].msg), arena);
    } else if (start_peer(&w, &address)) {
        perform(&w, &address);
    }
    if (w.driver && w.driver == cfg->driver) {
        es_driver_leave(w.driver);
    } else if (w.driver) {
        es_driver_stop(w.driver);
    }
    if (w.listener) {
        es_listener_close(w.listener);
    }
    if (w.evidence && !es_evidence_close(w.evidence, w.d)) {
        es_result_conclude(out, ES_VERDICT_ERROR,
                           es_arena_printf(arena, "%s", w.d->notes[0].msg), arena);
    }
    es_diag_free(w.d);
}
