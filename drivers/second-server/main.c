/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console.h"
#include "est.h"
#include "gate.h"
#include "host.h"
#include "policy.h"
#include "tls.h"
#include "udp.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_UNSUPPORTED = 77, DATAGRAM_MAX = 16384 };

static void obey(const char *line)
{
    printf("%s %s\n", es_policy_command(line) ? "ok" : "unsupported", line);
    fflush(stdout);
}

static void read_datagrams(int fd)
{
    static uint8_t buffer[DATAGRAM_MAX];
    struct es_address from;
    long n;
    while ((n = es_udp_receive(fd, buffer, sizeof buffer, &from)) >= 0) {
        es_gate_take(fd, &from, (struct es_bytes){buffer, (size_t)n});
    }
}

static void run(int fd)
{
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN},
                           {.fd = STDIN_FILENO, .events = POLLIN}};
    const char *line;
    while (!es_console_is_over()) {
        if (poll(fds, 2, es_poll_ms(es_gate_tick())) < 0) {
            continue;
        }
        if (fds[1].revents != 0) {
            es_console_fill();
        }
        while ((line = es_console_take()) != NULL) {
            obey(line);
        }
        if (fds[0].revents != 0) {
            read_datagrams(fd);
        }
    }
}

static bool is_asked_too_much(void)
{
    const char *role = getenv("ES_ROLE"), *mutant = getenv("ES_MUTANT");
    const char *variant = getenv("ES_VARIANT");
    if (role != NULL && strcmp(role, "server") != 0) {
        es_log("role '%s' is not played here", role);
        return true;
    }
    if ((mutant != NULL && *mutant != '\0') || (variant != NULL && *variant != '\0')) {
        es_log("there are no mutants and no variants here");
        return true;
    }
    return false;
}

static bool serve(const char *dir, const char *ip)
{
    unsigned int port;
    if (!es_est_load(dir) || !es_tls_load(dir)) {
        return false;
    }
    int fd = es_udp_open(ip, &port);
    if (fd < 0) {
        return false;
    }
    printf("listening %u\n", port);
    fflush(stdout);
    run(fd);
    es_gate_close();
    close(fd);
    return true;
}

int main(void)
{
    const char *dir = getenv("ES_PKI_DIR"), *ip = getenv("ES_LISTEN");
    es_log_open("second-server");
    if (is_asked_too_much()) {
        return EXIT_UNSUPPORTED;
    }
    if (dir == NULL) {
        es_log("ES_PKI_DIR is not set");
        return EXIT_FAILURE;
    }
    es_console_open();
    bool ok =
        es_random_open() && serve(dir, ip != NULL && *ip != '\0' ? ip : "127.0.0.1");
    es_est_unload();
    es_tls_unload();
    es_policy_close();
    es_random_close();
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
