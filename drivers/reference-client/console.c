/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char buf[4096];
static size_t used;
static bool over;

void es_console_fill(void)
{
    ssize_t n = read(STDIN_FILENO, buf + used, sizeof buf - 1 - used);
    if (n <= 0) {
        over = true;
        return;
    }
    used += (size_t)n;
    buf[used] = '\0';
}

bool es_console_take_line(char *line, size_t room)
{
    char *end = memchr(buf, '\n', used);
    if (end == NULL) {
        return false;
    }
    *end = '\0';
    snprintf(line, room, "%s", buf);
    size_t taken = (size_t)(end - buf) + 1;
    used -= taken;
    memmove(buf, end + 1, used + 1);
    return true;
}

bool es_console_has_reset(void)
{
    return strncmp(buf, "reset\n", 6) == 0 || strstr(buf, "\nreset\n") != NULL;
}

bool es_console_is_over(void)
{
    return over;
}
