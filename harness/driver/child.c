/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "driver/child.h"

#include "net/clock.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SHELL_SIGNAL = 128 };

#define STOP_PATIENCE ES_USEC_PER_S
/* The pipes of a process close a moment before it can be waited for. */
#define REAP_INTERVAL (10 * ES_USEC_PER_MS)

/* The process runs in its own folder, so a path relative to ours would mislead it. */
static const char *absolute(const char *path, struct es_arena *a)
{
    char here[PATH_MAX];
    if (!path || path[0] == '/' || !getcwd(here, sizeof here)) {
        return path;
    }
    return es_arena_printf(a, "%s/%s", here, path);
}

bool es_child_start(struct es_child *c, struct es_driver *v, const char *command,
                    const char *listen, struct es_process_end *end)
{
    const struct es_driver_spec *s = v->cfg.spec;
    const struct es_process_variable variables[] = {
        {"ES_ROLE", es_role_name(v->cfg.role)},
        {"ES_PKI_DIR", absolute(v->cfg.pki_folder, v->arena)},
        {"ES_LOG_DIR", absolute(v->cfg.log_folder, v->arena)},
        {"ES_URI", v->uri ? v->uri : v->cfg.uri},
        {"ES_LISTEN", listen},
    };
    /* A process that has closed its stdin must not end us. */
    signal(SIGPIPE, SIG_IGN);
    *c = (struct es_child){.process = {.in = -1, .out = -1, .err = -1, .end = end},
                           .out = {.name = "out"},
                           .err = {.name = "err"}};
    if (!es_process_start(&c->process, s->folder ? s->folder : ".", command, variables,
                          ES_COUNT(variables), v->arena)) {
        es_driver_fail(v, "%s: %s", command, strerror(errno));
        return false;
    }
    return true;
}

bool es_child_is_running(const struct es_child *c)
{
    return c->process.pid > 0 && !c->process.end->dead;
}

void es_child_watch(const struct es_child *c, struct es_loop *loop)
{
    if (c->process.pid == 0) {
        return;
    }
    es_loop_watch(loop, c->process.out);
    es_loop_watch(loop, c->process.err);
    if (es_child_is_running(c) && c->process.out < 0 && c->process.err < 0) {
        es_loop_until(loop, es_clock_now() + REAP_INTERVAL);
    }
}

static void pass_over(void *context, struct es_slice line)
{
    (void)context;
    (void)line;
}

void es_child_read(struct es_child *c, struct es_driver *v, es_usec now,
                   es_output_take *take, es_output_take *take_err)
{
    es_output_read(&v->output, &c->out, &c->process.out, now, take, v);
    es_output_read(&v->output, &c->err, &c->process.err, now,
                   take_err ? take_err : pass_over, v);
}

/* Gives the group the time to end by itself. */
static void wait_for_end(struct es_child *c, struct es_driver *v, es_output_take *take,
                         es_output_take *take_err)
{
    es_usec now = es_clock_now();
    es_usec deadline = now + STOP_PATIENCE;
    while (!es_process_reap(&c->process) && now < deadline) {
        struct es_loop loop;
        es_loop_clear(&loop);
        es_loop_watch(&loop, c->process.out);
        es_loop_watch(&loop, c->process.err);
        es_loop_until(&loop, deadline);
        /* A child of the child may hold the pipes open. */
        es_loop_until(&loop, now + REAP_INTERVAL);
        now = es_loop_wait(&loop);
        es_child_read(c, v, now, take, take_err);
    }
    es_child_read(c, v, now, take, take_err);
}

void es_child_end(struct es_child *c, struct es_driver *v, es_output_take *take,
                  es_output_take *take_err)
{
    if (c->process.pid == 0) {
        return;
    }
    if (es_child_is_running(c)) {
        es_process_kill(&c->process, SIGTERM);
        wait_for_end(c, v, take, take_err);
    }
    es_process_close(&c->process);
}

int es_child_status(const struct es_child *c)
{
    int status = c->process.end->status;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

const char *es_child_refusal(const struct es_child *c, const struct es_driver *v)
{
    const struct es_output *o = &v->output;
    const char *last = o->lines ? o->tail[(o->lines - 1) % ES_OUTPUT_TAIL_LINES] : "";
    size_t prefix = strlen(ES_PROCESS_CANNOT_START);
    bool refused = es_child_status(c) == ES_EXIT_CANNOT_START &&
                   strncmp(last, ES_PROCESS_CANNOT_START, prefix) == 0;
    return refused ? es_arena_printf(v->arena, "cannot start %s", last + prefix) : NULL;
}

int es_child_crash_signal(const struct es_child *c)
{
    static const int crashes[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSYS};
    int status = c->process.end->status;
    for (size_t i = 0; i < ES_COUNT(crashes); i++) {
        if (es_child_status(c) == SHELL_SIGNAL + crashes[i]) {
            return crashes[i];
        }
    }
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}
