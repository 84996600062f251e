/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { CONSOLE_MAX = 4096 };

static char buffer[CONSOLE_MAX], line[CONSOLE_MAX];
static size_t used;
static volatile sig_atomic_t stopped;

static void stop(int number)
{
    (void)number;
    stopped = 1;
}

void es_console_open(void)
{
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

void es_console_fill(void)
{
    ssize_t n = read(STDIN_FILENO, buffer + used, sizeof buffer - used);
    if (n <= 0) {
        stopped = 1;
    } else {
        used += (size_t)n;
    }
}

const char *es_console_take(void)
{
    char *end = memchr(buffer, '\n', used);
    if (end == NULL) {
        return NULL;
    }
    size_t n = (size_t)(end - buffer);
    memcpy(line, buffer, n);
    line[n] = '\0';
    used -= n + 1;
    memmove(buffer, end + 1, used);
    return line;
}

bool es_console_holds(const char *wanted)
{
    size_t at = 0, n = strlen(wanted);
    const char *end;
    while ((end = memchr(buffer + at, '\n', used - at)) != NULL) {
        size_t len = (size_t)(end - buffer) - at;
        if (len == n && memcmp(buffer + at, wanted, n) == 0) {
            return true;
        }
        at += len + 1;
    }
    return false;
}

bool es_console_is_over(void)
{
    return stopped != 0;
}
