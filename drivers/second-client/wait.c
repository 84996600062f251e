/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wait.h"

#include "console.h"
#include "host.h"

#include <poll.h>
#include <unistd.h>

bool es_wait(int fd, uint64_t until_ms)
{
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = fd, .events = POLLIN}};
    if (es_console_is_over()) {
        return false;
    }
    if (poll(fds, 2, es_poll_ms(until_ms)) > 0 && fds[0].revents != 0) {
        es_console_fill();
    }
    return !es_console_is_over() && !es_console_holds("reset");
}
