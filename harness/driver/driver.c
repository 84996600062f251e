/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/buf.h"
#include "base/mem.h"
#include "driver/driver_int.h"
#include "net/clock.h"

#include <errno.h>
#include <string.h>

enum { LINE_MAX_BYTES = 4096, ABSENCES_MAX = 2 };

/* For a device that seems to be gone: the rest of a run must not take hours. */
#define IMPATIENCE (3 * ES_USEC_PER_S)

#define X(id, word, keys, ways) extern const struct es_adapter es_adapter_##word;
#include "scenario/adapter.def"
#undef X

static const struct es_adapter *const adapters[] = {
#define X(id, word, keys, ways) [ES_ADAPTER_##id] = &es_adapter_##word,
#include "scenario/adapter.def"
#undef X
};

/* --- For the adapters */

void es_driver_fail(struct es_driver *v, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    v->state = ES_DRIVER_FAILED;
    v->reason = es_arena_vprintf(v->arena, fmt, args);
    va_end(args);
}

const char *es_driver_first_note(const struct es_diag *d, struct es_arena *a)
{
    return es_arena_printf(a, "%s", d->count ? d->notes[0].msg : "no reason given");
}

void *es_driver_share(const struct es_driver *v, size_t n)
{
    return v->cfg.is_shared ? es_mem_share(n) : es_arena_alloc(v->arena, n);
}

bool es_driver_is_live(const struct es_driver *v)
{
    return v->state == ES_DRIVER_STARTING || v->state == ES_DRIVER_READY;
}

bool es_driver_resolve(struct es_driver *v, const char *uri)
{
    struct es_diag *d = es_diag_new();
    struct es_slice host;
    bool ok =
        es_address_resolve_uri(es_slice_of(uri), &v->address, &host, ES_LOC_NONE, d);
    if (!ok) {
        es_driver_fail(v, "%s", es_driver_first_note(d, v->arena));
    }
    es_diag_free(d);
    return ok;
}

void es_driver_settle_outcome(struct es_driver *v, enum es_outcome outcome,
                              struct es_slice text)
{
    v->outcome = outcome;
    v->outcome_text = es_arena_text(v->arena, text);
}

enum es_outcome es_driver_match(const struct es_driver *v, struct es_slice line,
                                struct es_slice *text)
{
    const struct es_driver_spec *s = v->cfg.spec;
    struct es_slice why = ES_SLICE_NONE;
    *text = line;
    if (s->success && es_regex_matches(s->success, line)) {
        return ES_OUTCOME_SUCCESS;
    }
    if (s->failure && es_regex_group(s->failure, line, "error", &why)) {
        *text = why.n ? why : line;
        return ES_OUTCOME_FAILURE;
    }
    return ES_OUTCOME_NONE;
}

void es_driver_note(struct es_driver *v, const char *stream, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    es_output_note(&v->output, stream, es_arena_vprintf(v->arena, fmt, args),
                   es_clock_now());
    va_end(args);
}

/* --- Life */

static bool check_address(const char *text, uint16_t port, struct es_loc loc,
                          struct es_diag *d)
{
    struct es_address address;
    if (!text) {
        return true;
    }
    ES_TRY(es_address_parse(es_slice_of(text), port, &address, loc, d));
    if (es_address_is_any(&address)) {
        es_fail(d, loc, ES_CODE_INPUT, "'%s' is no address that a device could use",
                text);
        return es_hint(d, "name the one under which the device finds this machine");
    }
    return true;
}

bool es_driver_check_addresses(const struct es_driver_spec *spec, struct es_diag *d)
{
    bool ok = check_address(spec->listen, 0, spec->listen_loc, d);
    return check_address(spec->control, 0, spec->control_loc, d) && ok;
}

static void open_log(struct es_driver *v, es_usec now)
{
    if (!es_output_open(&v->output, v->cfg.log_path, now)) {
        es_driver_fail(v, "%s: %s", v->cfg.log_path, strerror(errno));
    }
}

struct es_driver *es_driver_start(const struct es_driver_config *cfg,
                                  struct es_arena *arena, es_usec now)
{
    struct es_driver *v = ES_NEW(arena, struct es_driver);
    v->cfg = *cfg;
    v->arena = arena;
    v->reason = "";
    v->adapter = adapters[cfg->spec->adapter];
    v->clock = es_driver_share(v, sizeof *v->clock);
    open_log(v, now);
    if (v->state == ES_DRIVER_STARTING) {
        v->own = es_arena_alloc(arena, v->adapter->own_size);
        v->adapter->start(v, now);
    }
    return v;
}

void es_driver_watch(struct es_driver *v, struct es_loop *loop)
{
    if (v->state == ES_DRIVER_STARTING) {
        es_loop_until(loop, v->deadline);
    }
    if (v->adapter->watch && v->own) {
        v->adapter->watch(v, loop);
    }
}

enum es_driver_state es_driver_poll(struct es_driver *v, es_usec now)
{
    if (v->adapter->poll && v->own) {
        v->adapter->poll(v, now);
    }
    return v->state;
}

void es_driver_turn(struct es_driver *v, es_usec until)
{
    struct es_loop loop;
    es_loop_clear(&loop);
    es_loop_until(&loop, until);
    es_driver_watch(v, &loop);
    es_driver_poll(v, es_loop_wait(&loop));
}

enum es_driver_state es_driver_wait_ready(struct es_driver *v)
{
    es_driver_poll(v, es_clock_now());
    while (v->state == ES_DRIVER_STARTING) {
        es_driver_turn(v, ES_USEC_NEVER);
    }
    return v->state;
}

enum es_driver_state es_driver_state(const struct es_driver *v)
{
    return v->state;
}

const char *es_driver_reason(const struct es_driver *v)
{
    return v->reason;
}

const struct es_address *es_driver_address(const struct es_driver *v)
{
    return &v->address;
}

const char *es_driver_log_tail(const struct es_driver *v, struct es_arena *a)
{
    return es_output_tail(&v->output, a);
}

void es_driver_stop(struct es_driver *v)
{
    es_driver_poll(v, es_clock_now());
    if (es_driver_is_live(v)) {
        v->state = ES_DRIVER_STOPPED;
    }
    if (v->adapter->stop && v->own) {
        v->adapter->stop(v);
    }
    es_output_close(&v->output);
}

/* --- Operations */

bool es_driver_tell(struct es_driver *v, const char *line)
{
    v->acknowledged = 0;
    return v->adapter->tell && v->adapter->tell(v, line);
}

int es_driver_acknowledged(const struct es_driver *v)
{
    return v->acknowledged;
}

enum es_outcome es_driver_outcome(const struct es_driver *v)
{
    return v->outcome;
}

const char *es_driver_outcome_text(const struct es_driver *v)
{
    return v->outcome_text;
}

static bool begin(struct es_driver *v, const struct es_driver_way *way, const char *op,
                  const char *uri)
{
    v->op = op;
    v->uri = uri;
    v->acknowledged = 0;
    v->is_begun = v->is_confirmed = false;
    v->outcome = ES_OUTCOME_NONE;
    v->outcome_text = NULL;
    const char *text =
        way->text ? es_driver_fill(way->text, NULL, op, uri, v->arena) : "";
    return v->adapter->begin && v->adapter->begin(v, text);
}

bool es_driver_begin(struct es_driver *v, const char *op, const char *uri)
{
    return begin(v, &v->cfg.spec->op, op, uri);
}

bool es_driver_is_begun(const struct es_driver *v)
{
    return v->is_begun;
}

bool es_driver_awaits_device(const struct es_driver *v)
{
    return v->adapter->awaits_device;
}

bool es_driver_is_unasked(const struct es_driver *v)
{
    return v->adapter->is_unasked;
}

void es_driver_confirm(struct es_driver *v)
{
    v->is_confirmed = true;
}

bool es_driver_is_confirmed(const struct es_driver *v)
{
    return v->is_confirmed;
}

es_usec es_driver_patience(const struct es_driver *v)
{
    es_usec within = v->cfg.spec->within;
    if (v->person && !v->cfg.answers) {
        return ES_USEC_NEVER;
    }
    return v->clock->absences >= ABSENCES_MAX && within > IMPATIENCE ? IMPATIENCE
                                                                     : within;
}

void es_driver_appeared(struct es_driver *v, bool did)
{
    v->clock->absences = did ? 0 : v->clock->absences + 1;
}

void es_driver_conclude(struct es_driver *v)
{
    if (v->outcome == ES_OUTCOME_NONE && v->adapter->conclude) {
        v->adapter->conclude(v);
    }
}

bool es_driver_restart(struct es_driver *v)
{
    if (!v->adapter->restart) {
        v->reason = "nobody can start it again";
        return false;
    }
    return v->adapter->restart(v);
}

const char *es_driver_fill(const char *line, const char *value, const char *op,
                           const char *uri, struct es_arena *a)
{
    const struct {
        const char *name, *value;
    } names[] = {{"$value", value}, {"$op", op}, {"$uri", uri}};
    struct es_slice rest = es_slice_of(line);
    struct es_buf b;
    es_buf_build(&b, a, LINE_MAX_BYTES);
    while (rest.n) {
        size_t used = 0;
        for (size_t i = 0; i < ES_COUNT(names) && !used; i++) {
            if (es_slice_has_prefix(rest, names[i].name)) {
                es_buf_text(&b, names[i].value ? names[i].value : "");
                used = strlen(names[i].name);
            }
        }
        if (!used) {
            es_buf_u8(&b, rest.p[0]);
            used = 1;
        }
        rest = es_slice_from(rest, used);
    }
    return es_buf_cstr(&b);
}

/* --- One device for many instances */

void es_driver_enter(struct es_driver *v, const struct es_driver_config *cfg,
                     struct es_arena *arena, es_usec now)
{
    v->cfg = *cfg;
    v->arena = arena;
    es_output_close(&v->output);
    open_log(v, now);
    if (v->adapter->enter) {
        v->adapter->enter(v);
    }
}

/* Waits until `is_over`, or for so long. Somebody outside may be the reason. */
static bool wait_until(struct es_driver *v, bool (*is_over)(const struct es_driver *v),
                       es_usec span)
{
    es_usec now = es_clock_now(), end = now + span;
    es_driver_wait_outside(v, true, now);
    es_driver_poll(v, now);
    while (!is_over(v) && v->state == ES_DRIVER_READY && now < end) {
        es_driver_turn(v, end);
        now = es_clock_now();
    }
    es_driver_wait_outside(v, false, now);
    return is_over(v);
}

static bool has_outcome(const struct es_driver *v)
{
    return v->outcome != ES_OUTCOME_NONE;
}

/* A process is asked to be as it was at its start; one that is not is started again. */
static bool reset(struct es_driver *v)
{
    const struct es_driver_spec *s = v->cfg.spec;
    es_usec span = s->adapter == ES_ADAPTER_PROCESS ? s->ready_within : s->within;
    if (begin(v, &s->reset, NULL, NULL) && wait_until(v, has_outcome, span) &&
        v->outcome == ES_OUTCOME_SUCCESS) {
        return true;
    }
    const char *why = v->outcome_text ? v->outcome_text : "no answer";
    es_driver_note(v, "end", "it was not reset: %s", why);
    if (es_driver_restart(v)) {
        return true;
    }
    if (v->state == ES_DRIVER_READY) {
        es_driver_fail(v, "it was not reset: %s", why);
    }
    return false;
}

bool es_driver_settle(struct es_driver *v)
{
    bool (*is_idle)(const struct es_driver *v) = v->adapter->is_idle;
    es_usec within = es_driver_patience(v);
    bool has_reset = v->cfg.spec->reset.way != ES_WAY_NONE;
    bool ok =
        (!is_idle || wait_until(v, is_idle, within)) &&
        (!has_reset || (reset(v) && (!is_idle || wait_until(v, is_idle, within))));
    if (!ok && v->state == ES_DRIVER_READY) {
        es_driver_fail(v, "it does not ask for its next case within %s",
                       es_text_of_duration(v->arena, within));
    }
    if (is_idle) {
        es_driver_appeared(v, ok);
    }
    v->op = NULL;
    v->outcome = ES_OUTCOME_NONE;
    v->outcome_text = NULL;
    return ok;
}

void es_driver_leave(struct es_driver *v)
{
    es_driver_poll(v, es_clock_now());
    if (v->adapter->leave) {
        v->adapter->leave(v);
    }
    es_output_close(&v->output);
}

void es_driver_prove(struct es_driver *v, bool works)
{
    v->clock->is_proven = works;
}

bool es_driver_is_proven(const struct es_driver *v)
{
    return v->clock->is_proven && v->cfg.spec->reset.way == ES_WAY_NONE;
}

const char *es_driver_person(const struct es_driver *v)
{
    return v->person;
}

void es_driver_tend(struct es_driver *v)
{
    if (v->adapter->tend) {
        v->adapter->tend(v);
    }
}

bool es_driver_revive(struct es_driver *v, const char **crash)
{
    *crash = NULL;
    return !v->adapter->revive || v->adapter->revive(v, crash);
}

void es_driver_wait_outside(struct es_driver *v, bool waits, es_usec now)
{
    struct es_driver_clock *c = v->clock;
    if (waits && !c->since) {
        c->since = now;
    } else if (!waits && c->since) {
        c->waited += now - c->since;
        c->since = 0;
    }
}

es_usec es_driver_waited(const struct es_driver *v, es_usec now)
{
    const struct es_driver_clock *c = v->clock;
    return c->waited + (c->since ? now - c->since : 0);
}

void es_driver_forget_waited(struct es_driver *v)
{
    v->clock->waited = v->clock->since = 0;
}
