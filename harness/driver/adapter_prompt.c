/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A person at the device: told on the terminal what to start, asked how it ended. Prepared
 * answers (--answers FILE) may stand in for that person; then somebody else starts the device,
 * and its coming alone shows that it has started. */
#include "base/vector.h"
#include "driver/driver_int.h"
#include "net/clock.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

struct count {
    const char *op;
    size_t n;
};

struct own {
    int terminal; /* -1: none */
    struct es_output_stream typed;
    const char *prepared; /* the answer that will be given; or NULL */
    struct {
        struct count *at;
        size_t n, room;
    } asked; /* how often, for each operation */
};

static bool is_prepared(const struct es_driver *v)
{
    return v->cfg.answers != NULL;
}

static void say(struct es_driver *v, const char *fmt, ...) ES_PRINTF(2, 3);

static void say(struct es_driver *v, const char *fmt, ...)
{
    const struct own *own = v->own;
    va_list args;
    va_start(args, fmt);
    const char *text = es_arena_vprintf(v->arena, fmt, args);
    va_end(args);
    ssize_t ignored = own->terminal < 0 ? 0 : write(own->terminal, text, strlen(text));
    (void)ignored;
}

static const char *time_of_day(struct es_arena *a)
{
    char text[32] = "";
    time_t seconds = (time_t)(es_clock_unix_us() / ES_USEC_PER_S);
    struct tm parts;
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &parts));
    return es_arena_printf(a, "%s", text);
}

static bool is_asking(const struct es_driver *v)
{
    return v->is_begun && v->outcome == ES_OUTCOME_NONE;
}

static void take_answer(struct es_driver *v, struct es_slice line)
{
    enum es_outcome outcome;
    struct es_slice remark;
    if (!es_outcome_parse(line, &outcome, &remark)) {
        say(v, "ok, failed or unknown? ");
        return;
    }
    struct es_slice said = es_slice_trim(line);
    const char *text =
        es_arena_printf(v->arena, "%.*s, says %s at %s", ES_SLICE_ARG(said), v->person,
                        time_of_day(v->arena));
    es_driver_note(v, "say", "%s", text);
    es_driver_settle_outcome(v, outcome, es_slice_of(text));
}

static void take_line(void *context, struct es_slice line)
{
    struct es_driver *v = context;
    struct es_slice text = es_slice_trim(line);
    if (v->person) {
        if (is_asking(v)) {
            take_answer(v, line);
        }
    } else if (text.n) {
        v->person = es_arena_text(v->arena, text);
        v->state = ES_DRIVER_READY;
    }
}

static void open_terminal(struct es_driver *v)
{
    struct own *own = v->own;
    if (isatty(STDIN_FILENO)) {
        own->terminal = open("/dev/tty", O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    }
    if (own->terminal < 0) {
        es_driver_fail(v, "there is no terminal on which somebody could be asked");
        return;
    }
    const char *user = getenv("USER");
    v->person = user && *user ? user : NULL;
    if (v->person) {
        v->state = ES_DRIVER_READY;
    } else {
        say(v, "Who starts the device? Your name, for the report: ");
    }
}

static void start(struct es_driver *v, es_usec now)
{
    struct own *own = v->own;
    (void)now;
    own->terminal = -1;
    own->typed.name = "tty";
    v->deadline = ES_USEC_NEVER;
    if (is_prepared(v)) {
        v->person = v->cfg.answers->person;
        v->state = ES_DRIVER_READY;
    } else {
        open_terminal(v);
    }
}

static void watch(struct es_driver *v, struct es_loop *loop)
{
    const struct own *own = v->own;
    es_loop_watch(loop, own->terminal);
}

static void poll(struct es_driver *v, es_usec now)
{
    struct own *own = v->own;
    if (own->terminal < 0) {
        return;
    }
    es_output_read(&v->output, &own->typed, &own->terminal, now, take_line, v);
    if (own->terminal < 0 && v->state == ES_DRIVER_STARTING) {
        es_driver_fail(v, "the terminal was closed");
    } else if (own->terminal < 0 && is_asking(v)) {
        es_driver_settle_outcome(v, ES_OUTCOME_UNKNOWN,
                                 ES_SLICE_LIT("the terminal was closed"));
    }
}

/* How often the instance has asked for this before. */
static size_t count(struct es_driver *v, const char *op)
{
    struct own *own = v->own;
    for (size_t i = 0; i < own->asked.n; i++) {
        if (strcmp(own->asked.at[i].op, op) == 0) {
            return own->asked.at[i].n++;
        }
    }
    struct count first = {op, 1};
    ES_PUSH(v->arena, &own->asked, first);
    return 0;
}

/* The words of the driver for operations of the device; ours for what it is beside. */
static const char *question(struct es_driver *v, const char *text)
{
    bool boot = v->op && strcmp(v->op, "boot") == 0;
    return boot ? "Start the device again; it keeps what it has stored." : text;
}

static bool begin(struct es_driver *v, const char *text)
{
    struct own *own = v->own;
    const char *op = v->op ? v->op : "reset";
    const char *instance = v->cfg.instance ? v->cfg.instance : "";
    if (is_prepared(v)) {
        own->prepared = es_prepared_answer(v->cfg.answers, instance, op, count(v, op));
    } else if (own->terminal < 0) {
        return false;
    } else {
        /* An answer to an earlier question is none to this. */
        tcflush(own->terminal, TCIFLUSH);
    }
    es_driver_note(v, "ask", "%s", question(v, text));
    say(v, "\r\n%s\r\n  %s\r\n  ok, failed or unknown? ", instance, question(v, text));
    v->is_begun = true;
    return true;
}

static void conclude(struct es_driver *v)
{
    const struct own *own = v->own;
    if (!is_prepared(v)) {
        say(v, "\r\n  The harness has seen all it wants. How did %s end? ",
            v->op ? v->op : "it");
    } else if (own->prepared) {
        take_answer(v, es_slice_of(own->prepared));
    } else {
        const char *text =
            es_arena_printf(v->arena, "%s has no answer to '%s'", v->cfg.answers->path,
                            v->op ? v->op : "reset");
        es_driver_settle_outcome(v, ES_OUTCOME_UNKNOWN, es_slice_of(text));
    }
}

static void enter(struct es_driver *v)
{
    struct own *own = v->own;
    own->prepared = NULL;
    own->asked.n = 0;
    v->is_begun = false;
}

/* The next question must not come while somebody is still at this one. */
static void leave(struct es_driver *v)
{
    const struct own *own = v->own;
    if (!is_asking(v) || own->terminal < 0) {
        return;
    }
    say(v, "\r\n  That instance is over. How did it end, so that the next may begin? ");
    es_driver_wait_outside(v, true, es_clock_now());
    while (is_asking(v) && own->terminal >= 0) {
        es_driver_turn(v, ES_USEC_NEVER);
    }
    es_driver_wait_outside(v, false, es_clock_now());
}

static void stop(struct es_driver *v)
{
    struct own *own = v->own;
    if (own->terminal >= 0) {
        close(own->terminal);
        own->terminal = -1;
    }
}

const struct es_adapter es_adapter_prompt = {
    .own_size = sizeof(struct own),
    .start = start,
    .watch = watch,
    .poll = poll,
    .begin = begin,
    .conclude = conclude,
    .enter = enter,
    .leave = leave,
    .stop = stop,
    .awaits_device = true,
};
