/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "driver/process.h"

#include "base/vector.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
static void die_with_parent(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* The parent may have ended before the call took effect. */
    if (getppid() != parent) {
        _exit(127);
    }
}
#else
static void die_with_parent(pid_t parent)
{
    (void)parent;
}
#endif

extern char **environ;

/* Our descriptors up to here do not reach the child, whoever opened them. */
enum { INHERITED_MAX = 256 };

struct words {
    char **at;
    size_t n, room;
};

struct launch {
    char **argv, **env;
    const char *folder;
    int in, out, err; /* the child's ends */
    pid_t parent;
};

/* argv of execve wants writable text. */
static char *text_of(struct es_arena *a, struct es_slice s)
{
    char *copy = es_arena_alloc(a, s.n + 1);
    if (s.n) {
        memcpy(copy, s.p, s.n);
    }
    return copy;
}

static char **split_command(const char *command, struct es_arena *a)
{
    struct words words = {0};
    struct es_slice rest = es_slice_of(command);
    while (rest.n) {
        struct es_slice word = es_slice_split(&rest, ' ');
        if (word.n) {
            ES_PUSH(a, &words, text_of(a, word));
        }
    }
    ES_PUSH(a, &words, NULL);
    return words.at;
}

static bool is_variable(const char *entry, const struct es_process_variable *variables,
                        size_t n)
{
    size_t len = strcspn(entry, "=");
    for (size_t i = 0; i < n; i++) {
        if (strlen(variables[i].name) == len &&
            strncmp(entry, variables[i].name, len) == 0) {
            return true;
        }
    }
    return false;
}

static char **make_environment(const struct es_process_variable *variables, size_t n,
                               struct es_arena *a)
{
    struct words words = {0};
    for (char **entry = environ; entry && *entry; entry++) {
        if (!is_variable(*entry, variables, n)) {
            ES_PUSH(a, &words, *entry);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (variables[i].value) {
            const char *entry =
                es_arena_printf(a, "%s=%s", variables[i].name, variables[i].value);
            ES_PUSH(a, &words, text_of(a, es_slice_of(entry)));
        }
    }
    ES_PUSH(a, &words, NULL);
    return words.at;
}

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

/* Both ends close on exec and lie above the standard descriptors, so that dup2 in the child
 * never meets itself. */
static bool make_pipe(int ends[2])
{
    int raw[2];
    ends[0] = ends[1] = -1;
    if (pipe(raw) != 0) {
        return false;
    }
    for (size_t i = 0; i < 2; i++) {
        ends[i] = fcntl(raw[i], F_DUPFD_CLOEXEC, 3);
        close(raw[i]);
    }
    return ends[0] >= 0 && ends[1] >= 0;
}

static void reset_signals(void)
{
    static const int numbers[] = {SIGPIPE, SIGINT, SIGTERM, SIGCHLD, SIGHUP, SIGALRM};
    sigset_t none;
    for (size_t i = 0; i < ES_COUNT(numbers); i++) {
        signal(numbers[i], SIG_DFL);
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void complain(const char *what)
{
    const char *parts[] = {ES_PROCESS_CANNOT_START, what, ": ", strerror(errno), "\n"};
    for (size_t i = 0; i < ES_COUNT(parts); i++) {
        if (write(STDERR_FILENO, parts[i], strlen(parts[i])) < 0) {
            return;
        }
    }
}

static void run_child(const struct launch *l) ES_NORETURN;
static void run_child(const struct launch *l)
{
    setpgid(0, 0);
    die_with_parent(l->parent);
    reset_signals();
    dup2(l->in, STDIN_FILENO);
    dup2(l->out, STDOUT_FILENO);
    dup2(l->err, STDERR_FILENO);
    for (int fd = 3; fd < INHERITED_MAX; fd++) {
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    if (chdir(l->folder) != 0) {
        complain(l->folder);
        _exit(127);
    }
    environ = l->env;
    execvp(l->argv[0], l->argv);
    complain(l->argv[0]);
    _exit(127);
}

static bool set_nonblocking(int fd)
{
    return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0;
}

bool es_process_start(struct es_process *p, const char *folder, const char *command,
                      const struct es_process_variable *variables, size_t n,
                      struct es_arena *arena)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1};
    struct launch l = {.argv = split_command(command, arena),
                       .env = make_environment(variables, n, arena),
                       .folder = folder,
                       .parent = getpid()};
    bool ok = l.argv[0] && make_pipe(in) && make_pipe(out) && make_pipe(err);
    l.in = in[0];
    l.out = out[1];
    l.err = err[1];
    pid_t pid = ok ? fork() : -1;
    if (pid == 0) {
        run_child(&l);
    }
    int saved = errno;
    close_fd(&in[0]);
    close_fd(&out[1]);
    close_fd(&err[1]);
    *p->end = (struct es_process_end){0};
    *p = (struct es_process){.pid = pid > 0 ? pid : 0,
                             .in = in[1],
                             .out = out[0],
                             .err = err[0],
                             .end = p->end};
    errno = saved;
    if (pid < 0) {
        es_process_close(p);
        return false;
    }
    /* Both sides set it, so that neither can signal the group before it exists. */
    setpgid(pid, pid);
    return set_nonblocking(p->in) && set_nonblocking(p->out) && set_nonblocking(p->err);
}

bool es_process_reap(struct es_process *p)
{
    int status;
    if (p->pid > 0 && !p->is_inherited && !p->end->dead &&
        waitpid(p->pid, &status, WNOHANG) == p->pid) {
        *p->end = (struct es_process_end){true, status};
    }
    return p->end && p->end->dead;
}

void es_process_kill(const struct es_process *p, int signal_number)
{
    if (p->pid > 0) {
        kill(-p->pid, signal_number);
    }
}

void es_process_close(struct es_process *p)
{
    es_process_kill(p, SIGKILL);
    /* SIGKILL cannot be refused, so this wait is short. */
    while (p->pid > 0 && !p->is_inherited && !p->end->dead) {
        int status = 0;
        pid_t got = waitpid(p->pid, &status, 0);
        if (got == p->pid || (got < 0 && errno != EINTR)) {
            *p->end = (struct es_process_end){true, status};
        }
    }
    close_fd(&p->in);
    close_fd(&p->out);
    close_fd(&p->err);
    p->pid = 0;
}

static const char *signal_name(int number)
{
    static const struct {
        int number;
        const char *name;
    } names[] = {
        {SIGSEGV, "SIGSEGV"}, {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"},
        {SIGFPE, "SIGFPE"},   {SIGILL, "SIGILL"},   {SIGKILL, "SIGKILL"},
        {SIGTERM, "SIGTERM"}, {SIGPIPE, "SIGPIPE"}, {SIGINT, "SIGINT"},
        {SIGTRAP, "SIGTRAP"}, {SIGALRM, "SIGALRM"}, {SIGSYS, "SIGSYS"},
    };
    for (size_t i = 0; i < ES_COUNT(names); i++) {
        if (names[i].number == number) {
            return names[i].name;
        }
    }
    return "unnamed";
}

const char *es_process_ending_by(int signal_number, struct es_arena *arena)
{
    return es_arena_printf(arena, "killed by signal %d (%s)", signal_number,
                           signal_name(signal_number));
}

const char *es_process_ending(const struct es_process *p, struct es_arena *arena)
{
    int status = p->end->status;
    return WIFSIGNALED(status)
               ? es_process_ending_by(WTERMSIG(status), arena)
               : es_arena_printf(arena, "exited with status %d", WEXITSTATUS(status));
}
