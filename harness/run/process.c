/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/pool.h"
#include "net/clock.h"
#include "run/run_int.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
static void die_with_parent(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(1);
    }
}
#else
static void die_with_parent(pid_t parent)
{
    (void)parent;
}
#endif

enum {
    RESULT_FIRST = 16 * 1024,
    RESULT_MAX = 8 * 1024 * 1024, /* far more than texts of findings need */
    READ_MAX = 64 * 1024,
    LOG_MAX = 16 * 1024,
};

#define GRACE                                                                          \
    (5 * ES_USEC_PER_S) /* after the budget, for the worker to end by itself */

bool es_write_all(int fd, struct es_slice bytes)
{
    while (bytes.n > 0) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        bytes = es_slice_from(bytes, n > 0 ? (size_t)n : 0);
    }
    return true;
}

bool es_result_encode(const struct es_instance_result *r, struct es_arena *arena,
                      struct es_buf *out)
{
    for (size_t max = RESULT_FIRST; max <= RESULT_MAX; max *= 8) {
        es_buf_build(out, arena, max);
        es_instance_result_write(r, out);
        if (!out->overflow) {
            return true;
        }
    }
    return false;
}

static void send_result(struct es_instance_result *r, struct es_arena *arena, int fd)
{
    struct es_buf out;
    if (!es_result_encode(r, arena, &out)) {
        r->findings_n = r->findings_n ? 1 : 0;
        es_result_conclude(r, ES_VERDICT_ERROR, "too many findings to tell them all",
                           arena);
        es_result_encode(r, arena, &out);
    }
    es_write_all(fd, es_buf_slice(&out));
}

static uint64_t peak_rss(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (uint64_t)usage.ru_maxrss * 1024 : 0;
}

/* What the worker writes to stderr (an assert, a sanitizer) belongs to its evidence. It goes
 * through a pipe, since most workers write nothing and a file costs more than a pipe; what
 * does not fit into the pipe is lost, so that the worker never waits for us. */
static void redirect_stderr(int fd)
{
    dup2(fd, STDERR_FILENO);
    fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK);
}

/* With a plan of its own, in memory of its own. */
static void run_instance(const struct es_worker_config *cfg, struct es_arena *arena,
                         struct es_instance_result *r)
{
    struct es_catalogue catalogue = *cfg->run->catalogue;
    struct es_job job = *cfg->job;
    struct es_worker_config own = *cfg;
    struct es_diag *d = es_diag_new();
    catalogue.arena = arena;
    own.job = &job;
    job.plan = es_plan_build(&catalogue, job.instance, cfg->run->bindings, d);
    if (job.plan) {
        es_worker_run(&own, arena, r);
    } else {
        es_result_conclude(r, ES_VERDICT_ERROR,
                           d->count ? d->notes[0].msg : "the plan cannot be built",
                           arena);
    }
}

static void be_worker(const struct es_worker_config *cfg, int words,
                      int fd) ES_NORETURN;

static void be_worker(const struct es_worker_config *cfg, int words, int fd)
{
    es_pool_start_afresh();
    es_interrupt_forked();
    redirect_stderr(words);
    struct es_arena *arena = es_arena_new();
    struct es_instance_result r = {0};
    run_instance(cfg, arena, &r);
    r.id = cfg->job->instance->id;
    r.scenario = cfg->job->instance->scenario->id;
    r.rss_bytes = peak_rss();
    r.cpu_us = es_clock_cpu();
    send_result(&r, arena, fd);
    _exit(0);
}

/* Two ends of a pipe that no other program inherits; reading does not wait. */
static bool make_pipe(int ends[2])
{
    if (pipe(ends) != 0) {
        return false;
    }
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return true;
}

static void close_both(const int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

static bool make_pipes(int result[2], int words[2])
{
    if (!make_pipe(result)) {
        return false;
    }
    if (make_pipe(words)) {
        return true;
    }
    close_both(result);
    return false;
}

bool es_worker_process_start(struct es_worker_process *w,
                             const struct es_worker_config *cfg, struct es_diag *d)
{
    int ends[2], words[2];
    pid_t self = getpid();
    if (!make_pipes(ends, words)) {
        return es_fail(d, ES_LOC_NONE, ES_CODE_ENVIRONMENT, "no pipe for a worker: %s",
                       strerror(errno));
    }
    *w = (struct es_worker_process){
        .job = cfg->job, .fd = ends[0], .words_fd = words[0], .path = cfg->folder};
    w->arena = es_arena_new();
    w->start = es_clock_now();
    w->start_unix_us = es_clock_unix_us();
    w->deadline = w->start + cfg->job->plan->budget + GRACE;
    es_usec cpu = es_clock_cpu();
    w->pid = fork();
    if (w->pid == 0) {
        die_with_parent(self);
        be_worker(cfg, words[1], ends[1]);
    }
    w->fork_cpu_us = es_clock_cpu() - cpu;
    close(words[1]);
    close(ends[1]);
    if (w->pid > 0) {
        return true;
    }
    es_fail(d, ES_LOC_NONE, ES_CODE_ENVIRONMENT, "cannot fork a worker: %s",
            strerror(errno));
    close(words[0]);
    close(ends[0]);
    es_arena_free(w->arena);
    return false;
}

bool es_worker_process_read(struct es_worker_process *w)
{
    uint8_t chunk[READ_MAX];
    for (;;) {
        ssize_t n = read(w->fd, chunk, sizeof chunk);
        if (n < 0) {
            return errno != EAGAIN && errno != EINTR;
        }
        if (n == 0) {
            return true;
        }
        if (w->bytes <= RESULT_MAX) {
            struct es_slice part =
                es_arena_dup(w->arena, es_slice_make(chunk, (size_t)n));
            ES_PUSH(w->arena, &w->parts, part);
            w->bytes += (size_t)n;
        }
    }
}

void es_worker_process_kill(struct es_worker_process *w, const char *why)
{
    w->killed = w->killed ? w->killed : why;
    /* A worker that has been killed already is not waited for any longer. */
    w->deadline = ES_USEC_NEVER;
    kill(w->pid, SIGKILL);
}

static struct es_slice join(const struct es_worker_process *w)
{
    struct es_buf all;
    es_buf_build(&all, w->arena, w->bytes);
    for (size_t i = 0; i < w->parts.n; i++) {
        es_buf_put(&all, w->parts.at[i]);
    }
    return es_buf_slice(&all);
}

static int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

/* What the worker wrote to stderr; kept as worker.log if there is anything. */
static struct es_slice read_words(const struct es_worker_process *w)
{
    uint8_t *text = es_arena_alloc(w->arena, LOG_MAX);
    ssize_t n = read(w->words_fd, text, LOG_MAX);
    struct es_slice words = es_slice_make(text, n > 0 ? (size_t)n : 0);
    const char *path = es_arena_printf(w->arena, "%s/worker.log", w->path);
    FILE *out = words.n ? fopen(path, "w") : NULL;
    if (out) {
        fwrite(words.p, 1, words.n, out);
        fclose(out);
    }
    return words;
}

/* The line of the worker's stderr that says most: the first. */
static const char *first_words(struct es_slice words, struct es_arena *a)
{
    struct es_slice rest = es_slice_trim(words);
    struct es_slice line = es_slice_split(&rest, '\n');
    while (rest.n && line.n && es_slice_has_prefix(line, "=====")) {
        line = es_slice_split(&rest, '\n');
    }
    return line.n ? es_arena_printf(a, ": %.*s", ES_SLICE_ARG(line)) : "";
}

static const char *describe_end(struct es_slice words, int status, struct es_arena *a)
{
    if (WIFSIGNALED(status)) {
        int number = WTERMSIG(status);
        return es_arena_printf(a, "the worker was killed by signal %d (%s)%s", number,
                               strsignal(number), first_words(words, a));
    }
    return es_arena_printf(a, "the worker ended with status %d and told nothing%s",
                           WEXITSTATUS(status), first_words(words, a));
}

void es_worker_process_finish(struct es_worker_process *w,
                              struct es_instance_result *out, struct es_arena *arena)
{
    struct es_instance_result r = {0};
    int status = wait_for(w->pid);
    bool told = es_instance_result_read(join(w), arena, &r);
    struct es_slice words = read_words(w);
    if (!told) {
        r = (struct es_instance_result){0};
        const char *why = w->killed ? w->killed : describe_end(words, status, arena);
        es_result_conclude(&r, ES_VERDICT_ERROR, why, arena);
    }
    if (w->crash) {
        es_result_conclude(&r, ES_VERDICT_FAIL,
                           es_arena_printf(arena, "the peer crashed: %s", w->crash),
                           arena);
    }
    es_result_start(&r, w->job, arena);
    r.start_unix_us = w->start_unix_us;
    r.wall_us = es_clock_now() - w->start;
    r.cpu_us += w->fork_cpu_us;
    close(w->words_fd);
    close(w->fd);
    es_arena_free(w->arena);
    *out = r;
}
