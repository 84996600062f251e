/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "loop.h"

#include "console.h"

#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stopped;

static void stop(int signal_number)
{
    (void)signal_number;
    stopped = 1;
}

void es_loop_setup(void)
{
    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    signal(SIGPIPE, SIG_IGN);
}

uint64_t es_loop_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

bool es_loop_is_over(void)
{
    return stopped || es_console_is_over();
}

bool es_loop_step(coap_context_t *context, uint64_t wait_ms)
{
    struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                            {.fd = -1, .events = POLLIN}};
    if (es_loop_is_over()) {
        return false;
    }
    if (context != NULL) {
        coap_tick_t now;
        coap_ticks(&now);
        unsigned int coap_ms = coap_io_prepare_epoll(context, now);
        wait_ms = coap_ms > 0 && coap_ms < wait_ms ? coap_ms : wait_ms;
        fds[1].fd = coap_context_get_coap_fd(context);
    }
    if (poll(fds, 2, (int)wait_ms) > 0 && fds[0].revents != 0) {
        es_console_fill();
    }
    if (context != NULL) {
        coap_io_process(context, COAP_IO_NO_WAIT);
    }
    return !es_loop_is_over() && !es_console_has_reset();
}

bool es_loop_wait(coap_context_t *context, uint64_t wait_ms)
{
    uint64_t end = es_loop_now_ms() + wait_ms, now;
    while ((now = es_loop_now_ms()) < end) {
        if (!es_loop_step(context, end - now)) {
            return false;
        }
    }
    return true;
}
