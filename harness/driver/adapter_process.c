/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that is started and reads operations on stdin (`write-stdin`), a command for each
 * operation (`run`), or both: a process that runs, and commands that make it do things. */
#include "driver/child.h"
#include "net/clock.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4096 };

/* What worker and parent both see. */
struct shared {
    struct es_process_end end; /* of the process */
    bool is_replaced;          /* a worker has ended it and started its own */
    bool is_told;              /* a worker has seen it crash */
    unsigned
        owed; /* operations that it was told and has not answered; in their order */
};

struct own {
    struct es_child process, command;
    struct es_process_end command_end;
    struct shared *shared;
    const char *listen; /* ES_LISTEN */
    const char *told;   /* the last line, or NULL */
    const char
        *waiting;     /* a command that waits for the end of the former one, or NULL */
    const char *last; /* what the command printed last, or its error; or NULL */
    bool has_error;
};

static bool serves(const struct es_driver *v)
{
    return v->cfg.role != ES_ROLE_CLIENT;
}

/* --- The process */

/* The address in ES_LISTEN with the port of the ready line. */
static bool take_port(struct es_driver *v, const char *listen, struct es_slice port)
{
    struct es_diag *d = es_diag_new();
    uint64_t number = 0;
    bool bare_v6 = strchr(listen, ':') && listen[0] != '[';
    const char *host = es_arena_printf(v->arena, bare_v6 ? "[%s]" : "%s", listen);
    bool ok = es_text_uint(port, &number) && number > 0 && number <= UINT16_MAX;
    if (!ok) {
        es_driver_fail(v, "the ready line names no port");
    } else if (!es_address_parse(es_slice_of(host), (uint16_t)number, &v->address,
                                 ES_LOC_NONE, d)) {
        es_driver_fail(v, "ES_LISTEN: %s", es_driver_first_note(d, v->arena));
        ok = false;
    }
    es_diag_free(d);
    return ok;
}

static void take_ready_line(struct es_driver *v, struct es_slice line)
{
    const struct es_driver_spec *s = v->cfg.spec;
    const struct own *own = v->own;
    struct es_slice port;
    if (!es_regex_group(s->ready, line, "port", &port)) {
        return;
    }
    bool ok = true;
    if (serves(v)) {
        ok = port.n == 0 && s->address ? es_driver_resolve(v, s->address)
                                       : take_port(v, own->listen, port);
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

/* Each line told for an operation has one answer: that of an earlier one, which the scenario
 * did not wait for, must not be taken for the latest. */
static void take_outcome(struct es_driver *v, struct es_slice line)
{
    struct own *own = v->own;
    struct es_slice text;
    enum es_outcome outcome = es_driver_match(v, line, &text);
    if (outcome == ES_OUTCOME_NONE || own->shared->owed == 0) {
        return;
    }
    own->shared->owed--;
    if (own->shared->owed == 0) {
        es_driver_settle_outcome(v, outcome, text);
    }
}

static void take_line(void *context, struct es_slice line)
{
    struct es_driver *v = context;
    const struct own *own = v->own;
    if (v->state == ES_DRIVER_STARTING) {
        take_ready_line(v, line);
    }
    take_outcome(v, line);
    if (own->told && answers(line, "ok ", own->told)) {
        v->acknowledged = 1;
    } else if (own->told && answers(line, "unsupported ", own->told)) {
        v->acknowledged = -1;
    }
}

static void start_process(struct es_driver *v, es_usec now)
{
    const struct es_driver_spec *s = v->cfg.spec;
    struct own *own = v->own;
    v->state = ES_DRIVER_STARTING;
    v->deadline = now + s->ready_within;
    own->told = NULL;
    own->shared->owed = 0;
    if (es_child_start(&own->process, v, s->start, own->listen, &own->shared->end) &&
        !s->ready) {
        v->state = ES_DRIVER_READY;
    }
}

static void start(struct es_driver *v, es_usec now)
{
    struct own *own = v->own;
    const char *listen = getenv("ES_LISTEN");
    own->listen = listen && *listen ? listen : "127.0.0.1";
    own->shared = es_driver_share(v, sizeof *own->shared);
    if (v->cfg.spec->start) {
        start_process(v, now);
    } else {
        v->state = ES_DRIVER_READY;
    }
}

static void set_unsupported(struct es_driver *v)
{
    v->state = ES_DRIVER_UNSUPPORTED;
    v->reason = "the driver says that this is not supported (exit status 77)";
}

/* What the end of the process means, while nobody has asked for it. */
static void judge_ending(struct es_driver *v)
{
    struct own *own = v->own;
    const char *refusal = es_child_refusal(&own->process, v);
    const char *ending = v->output.sanitizer[0]
                             ? v->output.sanitizer
                             : es_process_ending(&own->process.process, v->arena);
    if (es_child_status(&own->process) == ES_EXIT_UNSUPPORTED) {
        set_unsupported(v);
    } else if (refusal) {
        es_driver_fail(v, "%s", refusal);
    } else if (v->state == ES_DRIVER_STARTING) {
        es_driver_fail(v, "%s before it was ready", ending);
    } else {
        v->state = ES_DRIVER_CRASHED;
        v->reason = ending;
        own->shared->is_told |= own->process.process.is_inherited;
    }
}

static void poll_process(struct es_driver *v, es_usec now)
{
    struct own *own = v->own;
    /* Asked first: what it wrote before it ended is then certainly in the pipes. */
    bool dead = es_process_reap(&own->process.process);
    es_child_read(&own->process, v, now, take_line, NULL);
    if (!es_driver_is_live(v)) {
        return;
    }
    if (dead) {
        judge_ending(v);
        es_driver_note(v, "end", "%s", v->reason);
    } else if (v->output.sanitizer[0] && v->state == ES_DRIVER_READY) {
        v->state = ES_DRIVER_CRASHED;
        v->reason = v->output.sanitizer;
        own->shared->is_told |= own->process.process.is_inherited;
    } else if (v->state == ES_DRIVER_STARTING && now >= v->deadline) {
        es_driver_fail(v, "not ready within %s",
                       es_text_of_duration(v->arena, v->cfg.spec->ready_within));
    }
}

static bool tell(struct es_driver *v, const char *line)
{
    struct own *own = v->own;
    struct es_slice text = es_slice_trim(es_slice_of(line));
    char bytes[LINE_MAX_BYTES];
    if (own->process.process.pid == 0 || own->process.process.in < 0 ||
        text.n >= sizeof bytes || es_slice_find(text, '\n') != text.n) {
        return false;
    }
    if (text.n) {
        memcpy(bytes, text.p, text.n);
    }
    bytes[text.n] = '\n';
    own->told = es_arena_text(v->arena, text);
    es_driver_note(v, "in", "%s", own->told);
    /* Up to PIPE_BUF octets go in whole or not at all. */
    return write(own->process.process.in, bytes, text.n + 1) == (ssize_t)text.n + 1;
}

/* --- A command for each operation */

static void keep_last(void *context, struct es_slice line)
{
    struct es_driver *v = context;
    struct own *own = v->own;
    if (line.n && !own->has_error) {
        own->last = es_arena_text(v->arena, line);
    }
}

static void take_command_line(void *context, struct es_slice line)
{
    struct es_driver *v = context;
    struct own *own = v->own;
    struct es_slice text;
    enum es_outcome outcome = es_driver_match(v, line, &text);
    bool by_exit = v->cfg.spec->success_exit != ES_DRIVER_NO_EXIT;
    keep_last(v, line);
    if (own->waiting) {
        return;
    }
    if (by_exit && outcome == ES_OUTCOME_FAILURE) {
        own->last = es_arena_text(v->arena, text);
        own->has_error = true;
    } else if (outcome != ES_OUTCOME_NONE && v->outcome == ES_OUTCOME_NONE) {
        es_driver_settle_outcome(v, outcome, text);
    }
}

static void start_command(struct es_driver *v)
{
    struct own *own = v->own;
    const char *command = own->waiting;
    own->waiting = own->last = NULL;
    own->has_error = false;
    es_driver_note(v, "in", "%s", command);
    v->is_begun =
        es_child_start(&own->command, v, command, own->listen, &own->command_end);
}

/* What its exit status says of the operation. */
static void judge_status(struct es_driver *v, int status)
{
    struct own *own = v->own;
    int success = v->cfg.spec->success_exit;
    const char *ending = es_process_ending(&own->command.process, v->arena);
    const char *text =
        own->last ? es_arena_printf(v->arena, "%s (%s)", own->last, ending) : ending;
    if (success == ES_DRIVER_NO_EXIT) {
        text = es_arena_printf(v->arena,
                               "it %s and printed no line that 'result' of driver.yaml "
                               "knows",
                               ending);
        es_driver_settle_outcome(v, ES_OUTCOME_UNKNOWN, es_slice_of(text));
    } else {
        es_driver_settle_outcome(
            v, status == success ? ES_OUTCOME_SUCCESS : ES_OUTCOME_FAILURE,
            es_slice_of(text));
    }
}

static void judge_command(struct es_driver *v)
{
    struct own *own = v->own;
    const char *refusal = es_child_refusal(&own->command, v);
    int status = es_child_status(&own->command);
    int signal_number = es_child_crash_signal(&own->command);
    if (v->output.sanitizer[0]) {
        v->state = ES_DRIVER_CRASHED;
        v->reason = v->output.sanitizer;
    } else if (signal_number) {
        v->state = ES_DRIVER_CRASHED;
        v->reason = es_process_ending_by(signal_number, v->arena);
    } else if (refusal) {
        es_driver_fail(v, "%s", refusal);
    } else if (own->waiting) {
        /* It had told its outcome before it ended; the one that is due is of the next. */
        return;
    } else if (status == ES_EXIT_UNSUPPORTED) {
        v->acknowledged = -1;
    } else if (v->outcome == ES_OUTCOME_NONE) {
        judge_status(v, status);
    }
}

static void poll_command(struct es_driver *v, es_usec now)
{
    struct own *own = v->own;
    struct es_child *c = &own->command;
    if (c->process.pid > 0) {
        bool dead = es_process_reap(&c->process);
        es_child_read(c, v, now, take_command_line, keep_last);
        if (dead) {
            /* Those that it left behind hold its pipes. */
            es_process_close(&c->process);
            judge_command(v);
            es_driver_note(v, "end", "%s", es_process_ending(&c->process, v->arena));
        }
    }
    if (own->waiting && c->process.pid == 0 && v->state == ES_DRIVER_READY) {
        start_command(v);
    }
}

/* --- Both */

static void watch(struct es_driver *v, struct es_loop *loop)
{
    const struct own *own = v->own;
    es_child_watch(&own->process, loop);
    es_child_watch(&own->command, loop);
}

static void poll(struct es_driver *v, es_usec now)
{
    const struct own *own = v->own;
    if (own->process.process.pid > 0) {
        poll_process(v, now);
    }
    poll_command(v, now);
}

static bool begin(struct es_driver *v, const char *text)
{
    struct own *own = v->own;
    const struct es_driver_spec *s = v->cfg.spec;
    enum es_way way = v->op ? s->op.way : s->reset.way;
    if (way == ES_WAY_STDIN) {
        v->is_begun = tell(v, text);
        own->shared->owed += v->is_begun;
        return v->is_begun;
    }
    /* Every command starts afresh with what is stored. */
    if (way != ES_WAY_RUN || (v->op && strcmp(v->op, "boot") == 0)) {
        return false;
    }
    own->waiting = text;
    poll_command(v, es_clock_now());
    return es_driver_is_live(v);
}

static void end_command(struct es_driver *v)
{
    struct own *own = v->own;
    own->waiting = NULL;
    es_child_end(&own->command, v, take_command_line, keep_last);
}

static bool restart(struct es_driver *v)
{
    struct own *own = v->own;
    end_command(v);
    if (!v->cfg.spec->start) {
        return v->state == ES_DRIVER_READY;
    }
    bool was_inherited = own->process.process.is_inherited;
    es_child_end(&own->process, v, take_line, NULL);
    es_driver_note(v, "end", "restarted");
    if (was_inherited) {
        /* The parent will find the end of its own there. */
        struct shared *apart = ES_NEW(v->arena, struct shared);
        own->shared->is_replaced = true;
        own->shared = apart;
    }
    start_process(v, es_clock_now());
    return es_driver_wait_ready(v) == ES_DRIVER_READY;
}

static void enter(struct es_driver *v)
{
    struct own *own = v->own;
    own->process.process.is_inherited = true;
    own->told = NULL;
    own->last = NULL;
}

static void leave(struct es_driver *v)
{
    struct own *own = v->own;
    end_command(v);
    if (!own->process.process.is_inherited) {
        es_child_end(&own->process, v, take_line, NULL);
    }
}

static void tend(struct es_driver *v)
{
    struct own *own = v->own;
    es_process_reap(&own->process.process);
}

static bool revive(struct es_driver *v, const char **crash)
{
    struct own *own = v->own;
    bool wanted = own->shared->is_replaced;
    own->shared->is_replaced = false;
    if (!wanted) {
        poll_process(v, es_clock_now());
    }
    if (!wanted && v->state == ES_DRIVER_READY) {
        return true;
    }
    *crash = wanted || own->shared->is_told
                 ? NULL
                 : es_arena_printf(v->arena, "%s", v->reason);
    own->shared->is_told = false;
    v->output.sanitizer[0] = 0;
    es_process_close(&own->process.process);
    start_process(v, es_clock_now());
    return es_driver_wait_ready(v) == ES_DRIVER_READY;
}

static void stop(struct es_driver *v)
{
    struct own *own = v->own;
    end_command(v);
    es_child_end(&own->process, v, take_line, NULL);
}

const struct es_adapter es_adapter_process = {
    .own_size = sizeof(struct own),
    .start = start,
    .watch = watch,
    .poll = poll,
    .begin = begin,
    .tell = tell,
    .restart = restart,
    .enter = enter,
    .leave = leave,
    .tend = tend,
    .revive = revive,
    .stop = stop,
};
