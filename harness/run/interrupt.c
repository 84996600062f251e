/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/run_int.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* A handler has nothing but statics to look at. */
static volatile sig_atomic_t came;
static int ends[2] = {-1, -1};
static struct sigaction former_int, former_term;

/* A byte in a pipe wakes the loop even if the signal came just before it began to wait. */
static void take_signal(int number)
{
    (void)number;
    came = 1;
    ssize_t ignored = write(ends[1], "", 1);
    (void)ignored;
}

static bool make_pipe(void)
{
    if (pipe(ends) != 0) {
        return false;
    }
    for (size_t i = 0; i < ES_COUNT(ends); i++) {
        fcntl(ends[i], F_SETFD, FD_CLOEXEC);
        fcntl(ends[i], F_SETFL, O_NONBLOCK);
    }
    return true;
}

int es_interrupt_catch(void)
{
    /* The second signal finds the default handler: somebody is in a hurry. */
    struct sigaction action = {.sa_handler = take_signal,
                               .sa_flags = (int)SA_RESETHAND};
    came = 0;
    if (!make_pipe()) {
        return -1;
    }
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &former_int);
    sigaction(SIGTERM, &action, &former_term);
    return ends[0];
}

bool es_interrupt_came(void)
{
    return came != 0;
}

static void close_pipe(void)
{
    for (size_t i = 0; i < ES_COUNT(ends); i++) {
        if (ends[i] >= 0) {
            close(ends[i]);
            ends[i] = -1;
        }
    }
}

void es_interrupt_release(void)
{
    sigaction(SIGINT, &former_int, NULL);
    sigaction(SIGTERM, &former_term, NULL);
    close_pipe();
}

void es_interrupt_forked(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, plain = {.sa_handler = SIG_DFL};
    sigemptyset(&ignore.sa_mask);
    sigemptyset(&plain.sa_mask);
    sigaction(SIGINT, &ignore, NULL);
    sigaction(SIGTERM, &plain, NULL);
    close_pipe();
}
