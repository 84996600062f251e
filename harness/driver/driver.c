/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "driver/driver.h"

#include "base/assert.h"
#include "base/buf.h"
#include "driver/output.h"
#include "driver/process.h"
#include "net/clock.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_UNSUPPORTED = 77, EXIT_CANNOT_START = 127, LINE_MAX_BYTES = 4096 };

#define STOP_PATIENCE ES_USEC_PER_S
/* The pipes of a process close a moment before it can be waited for. */
#define REAP_INTERVAL (10 * ES_USEC_PER_MS)

struct es_driver {
    struct es_driver_config cfg;
    struct es_arena *arena;
    enum es_driver_state state;
    const char *reason;
    struct es_process process;
    struct es_output output;
    struct es_output_stream out, err;
    struct es_address address;
    const char *listen;
    es_usec ready_deadline;
    const char *told; /* the last line, or NULL */
    int acknowledged, result;
    const char *result_text;
};

static void fail(struct es_driver *v, const char *reason)
{
    v->state = ES_DRIVER_FAILED;
    v->reason = reason;
}

/* The first note of a diag, as a reason. */
static const char *first_note(const struct es_diag *d, struct es_arena *a)
{
    return es_arena_printf(a, "%s", d->count ? d->notes[0].msg : "no reason given");
}

static bool resolve_address(struct es_driver *v, const char *uri)
{
    struct es_diag *d = es_diag_new();
    struct es_slice host;
    bool ok =
        es_address_resolve_uri(es_slice_of(uri), &v->address, &host, ES_LOC_NONE, d);
    if (!ok) {
        fail(v, first_note(d, v->arena));
    }
    es_diag_free(d);
    return ok;
}

/* The address in ES_LISTEN with the port of the ready line. */
static bool take_port(struct es_driver *v, struct es_slice port)
{
    struct es_diag *d = es_diag_new();
    uint64_t number = 0;
    bool bare_v6 = strchr(v->listen, ':') && v->listen[0] != '[';
    const char *host = es_arena_printf(v->arena, bare_v6 ? "[%s]" : "%s", v->listen);
    bool ok = es_text_uint(port, &number) && number > 0 && number <= UINT16_MAX;
    if (!ok) {
        fail(v, "the ready line names no port");
    } else if (!es_address_parse(es_slice_of(host), (uint16_t)number, &v->address,
                                 ES_LOC_NONE, d)) {
        fail(v, es_arena_printf(v->arena, "ES_LISTEN: %s", first_note(d, v->arena)));
        ok = false;
    }
    es_diag_free(d);
    return ok;
}

static bool serves(const struct es_driver *v)
{
    return v->cfg.role != ES_ROLE_CLIENT;
}

static void take_ready_line(struct es_driver *v, struct es_slice line)
{
    struct es_slice port;
    if (!es_regex_group(v->cfg.spec->ready, line, "port", &port)) {
        return;
    }
    bool ok = true;
    if (serves(v)) {
        ok = port.n == 0 && v->cfg.spec->address
                 ? resolve_address(v, v->cfg.spec->address)
                 : take_port(v, port);
    }
    if (ok) {
        v->state = ES_DRIVER_READY;
    }
}

static bool answers(struct es_slice line, const char *word, const char *told)
{
    return es_slice_has_prefix(line, word) &&
           es_slice_is(es_slice_trim(es_slice_from(line, strlen(word))), told);
}

static void take_result(struct es_driver *v, struct es_slice line)
{
    const struct es_driver_spec *s = v->cfg.spec;
    struct es_slice why = ES_SLICE_NONE;
    if (s->success && es_regex_matches(s->success, line)) {
        v->result = 1;
    } else if (s->failure && es_regex_group(s->failure, line, "error", &why)) {
        v->result = -1;
    }
    if (v->result) {
        v->result_text = es_arena_text(v->arena, why.n ? why : line);
    }
}

static void take_out_line(void *context, struct es_slice line)
{
    struct es_driver *v = context;
    if (v->state == ES_DRIVER_STARTING) {
        take_ready_line(v, line);
    }
    if (!v->told) {
        return;
    }
    if (answers(line, "ok ", v->told)) {
        v->acknowledged = 1;
    } else if (answers(line, "unsupported ", v->told)) {
        v->acknowledged = -1;
    }
    if (v->result == 0) {
        take_result(v, line);
    }
}

static void take_err_line(void *context, struct es_slice line)
{
    (void)context;
    (void)line;
}

/* The process runs in its own folder, so a path relative to ours would mislead it. */
static const char *absolute(const char *path, struct es_arena *a)
{
    char here[PATH_MAX];
    if (!path || path[0] == '/' || !getcwd(here, sizeof here)) {
        return path;
    }
    return es_arena_printf(a, "%s/%s", here, path);
}

static void start_process(struct es_driver *v)
{
    const struct es_driver_spec *s = v->cfg.spec;
    const struct es_process_variable variables[] = {
        {"ES_ROLE", es_role_name(v->cfg.role)},
        {"ES_PKI_DIR", absolute(v->cfg.pki_folder, v->arena)},
        {"ES_LOG_DIR", absolute(v->cfg.log_folder, v->arena)},
        {"ES_URI", v->cfg.uri},
        {"ES_LISTEN", v->listen},
    };
    /* A process that has closed its stdin must not end us. */
    signal(SIGPIPE, SIG_IGN);
    if (!es_process_start(&v->process, s->folder ? s->folder : ".", s->start, variables,
                          ES_COUNT(variables), v->arena)) {
        fail(v, es_arena_printf(v->arena, "%s: %s", s->start, strerror(errno)));
    } else if (!s->ready) {
        v->state = ES_DRIVER_READY;
    }
}

struct es_driver *es_driver_start(const struct es_driver_config *cfg,
                                  struct es_arena *arena, es_usec now)
{
    struct es_driver *v = ES_NEW(arena, struct es_driver);
    const char *listen = getenv("ES_LISTEN");
    v->cfg = *cfg;
    v->arena = arena;
    v->reason = "";
    v->listen = listen && *listen ? listen : "127.0.0.1";
    v->out.name = "out";
    v->err.name = "err";
    v->process = (struct es_process){.in = -1, .out = -1, .err = -1};
    v->ready_deadline = now + cfg->spec->ready_within;
    if (!es_output_open(&v->output, cfg->log_path, now)) {
        fail(v, es_arena_printf(arena, "%s: %s", cfg->log_path, strerror(errno)));
        return v;
    }
    switch (cfg->spec->adapter) {
    case ES_ADAPTER_PROCESS:
        start_process(v);
        break;
    case ES_ADAPTER_PASSIVE:
        if (!cfg->spec->address || resolve_address(v, cfg->spec->address)) {
            v->state = ES_DRIVER_READY;
        }
        break;
    case ES_ADAPTER_PULL:
    case ES_ADAPTER_PROMPT:
        fail(v, "this version of estspec runs no adapter of kind pull or prompt");
        break;
    }
    return v;
}

static bool is_running(const struct es_driver *v)
{
    return v->process.pid > 0 && !v->process.dead;
}

void es_driver_watch(struct es_driver *v, struct es_loop *loop)
{
    es_loop_watch(loop, v->process.out);
    es_loop_watch(loop, v->process.err);
    if (v->state == ES_DRIVER_STARTING) {
        es_loop_until(loop, v->ready_deadline);
    }
    if (is_running(v) && v->process.out < 0 && v->process.err < 0) {
        es_loop_until(loop, es_clock_now() + REAP_INTERVAL);
    }
}

static void read_output(struct es_driver *v, es_usec now)
{
    es_output_read(&v->output, &v->out, &v->process.out, now, take_out_line, v);
    es_output_read(&v->output, &v->err, &v->process.err, now, take_err_line, v);
}

static const char *last_line(const struct es_driver *v)
{
    return v->output.lines
               ? v->output.tail[(v->output.lines - 1) % ES_OUTPUT_TAIL_LINES]
               : "";
}

/* What the end of the process means, while nobody has asked for it. */
static void judge_ending(struct es_driver *v)
{
    int status = v->process.status;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    const char *ending = es_process_ending(&v->process, v->arena);
    const char *last = last_line(v);
    size_t prefix = strlen(ES_PROCESS_CANNOT_START);
    if (code == EXIT_UNSUPPORTED) {
        v->state = ES_DRIVER_UNSUPPORTED;
        v->reason = "the driver says that this is not supported (exit status 77)";
    } else if (code == EXIT_CANNOT_START &&
               strncmp(last, ES_PROCESS_CANNOT_START, prefix) == 0) {
        fail(v, es_arena_printf(v->arena, "cannot start %s", last + prefix));
    } else if (v->state == ES_DRIVER_STARTING) {
        fail(v, es_arena_printf(v->arena, "%s before it was ready",
                                v->output.sanitizer[0] ? v->output.sanitizer : ending));
    } else {
        v->state = ES_DRIVER_CRASHED;
        v->reason = v->output.sanitizer[0] ? v->output.sanitizer : ending;
    }
}

static bool is_live(enum es_driver_state state)
{
    return state == ES_DRIVER_STARTING || state == ES_DRIVER_READY;
}

enum es_driver_state es_driver_poll(struct es_driver *v, es_usec now)
{
    if (v->process.pid == 0) {
        return v->state;
    }
    /* Asked first: what it wrote before it ended is then certainly in the pipes. */
    bool dead = es_process_reap(&v->process);
    read_output(v, now);
    if (!is_live(v->state)) {
        return v->state;
    }
    if (dead) {
        judge_ending(v);
        es_output_note(&v->output, "end", v->reason, now);
    } else if (v->output.sanitizer[0] && v->state == ES_DRIVER_READY) {
        v->state = ES_DRIVER_CRASHED;
        v->reason = v->output.sanitizer;
    } else if (v->state == ES_DRIVER_STARTING && now >= v->ready_deadline) {
        fail(v,
             es_arena_printf(v->arena, "not ready within %s",
                             es_text_of_duration(v->arena, v->cfg.spec->ready_within)));
    }
    return v->state;
}

enum es_driver_state es_driver_wait_ready(struct es_driver *v)
{
    struct es_loop loop;
    for (es_usec now = es_clock_now(); es_driver_poll(v, now) == ES_DRIVER_STARTING;) {
        es_loop_clear(&loop);
        es_driver_watch(v, &loop);
        now = es_loop_wait(&loop);
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

bool es_driver_tell(struct es_driver *v, const char *line)
{
    struct es_slice text = es_slice_trim(es_slice_of(line));
    char bytes[LINE_MAX_BYTES];
    if (v->process.in < 0 || text.n >= sizeof bytes ||
        es_slice_find(text, '\n') != text.n) {
        return false;
    }
    if (text.n) {
        memcpy(bytes, text.p, text.n);
    }
    bytes[text.n] = '\n';
    v->told = es_arena_text(v->arena, text);
    v->acknowledged = v->result = 0;
    es_output_note(&v->output, "in", v->told, es_clock_now());
    /* Up to PIPE_BUF octets go in whole or not at all. */
    return write(v->process.in, bytes, text.n + 1) == (ssize_t)text.n + 1;
}

int es_driver_acknowledged(const struct es_driver *v)
{
    return v->acknowledged;
}

int es_driver_result(const struct es_driver *v)
{
    return v->result;
}

const char *es_driver_result_text(const struct es_driver *v)
{
    return v->result_text;
}

bool es_driver_begin(struct es_driver *v, const char *op, const char *uri)
{
    const char *line = v->cfg.spec->op;
    v->result_text = NULL;
    return line && es_driver_tell(v, es_driver_fill(line, NULL, op, uri, v->arena));
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

const char *es_driver_log_tail(const struct es_driver *v, struct es_arena *a)
{
    return es_output_tail(&v->output, a);
}

/* Gives the group the time to end by itself; it does not count how it does. */
static void wait_for_end(struct es_driver *v)
{
    es_usec now = es_clock_now();
    es_usec deadline = now + STOP_PATIENCE;
    while (!es_process_reap(&v->process) && now < deadline) {
        struct es_loop loop;
        es_loop_clear(&loop);
        es_loop_watch(&loop, v->process.out);
        es_loop_watch(&loop, v->process.err);
        es_loop_until(&loop, deadline);
        /* A child of the child may hold the pipes open. */
        es_loop_until(&loop, now + REAP_INTERVAL);
        now = es_loop_wait(&loop);
        read_output(v, now);
    }
    read_output(v, now);
}

enum es_driver_state es_driver_restart(struct es_driver *v)
{
    if (v->cfg.spec->adapter != ES_ADAPTER_PROCESS) {
        return v->state;
    }
    if (is_running(v)) {
        es_process_kill(&v->process, SIGTERM);
        wait_for_end(v);
    }
    es_process_close(&v->process);
    es_output_note(&v->output, "end", "restarted by the scenario", es_clock_now());
    v->state = ES_DRIVER_STARTING;
    v->told = NULL;
    v->ready_deadline = es_clock_now() + v->cfg.spec->ready_within;
    start_process(v);
    return es_driver_wait_ready(v);
}

void es_driver_stop(struct es_driver *v)
{
    es_driver_poll(v, es_clock_now());
    if (is_live(v->state)) {
        v->state = ES_DRIVER_STOPPED;
    }
    if (is_running(v)) {
        es_process_kill(&v->process, SIGTERM);
        wait_for_end(v);
    }
    es_process_close(&v->process);
    es_output_close(&v->output);
}
