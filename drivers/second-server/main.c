/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "est.h"
#include "gate.h"
#include "host.h"
#include "policy.h"
#include "tls.h"
#include "udp.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_UNSUPPORTED = 77, LINE_MAX_LEN = 256, DATAGRAM_MAX = 16384 };

static volatile sig_atomic_t stopped;

static void stop(int number)
{
    (void)number;
    stopped = 1;
}

static void obey(const char *line)
{
    printf("%s %s\n", es_policy_command(line) ? "ok" : "unsupported", line);
    fflush(stdout);
}

/* Carries out the lines that are complete. False at the end of stdin. */
static bool read_lines(void)
{
    static char buffer[LINE_MAX_LEN];
    static size_t used;
    ssize_t n = read(STDIN_FILENO, buffer + used, sizeof buffer - used);
    char *end;
    if (n <= 0) {
        return false;
    }
    used += (size_t)n;
    while ((end = memchr(buffer, '\n', used)) != NULL) {
        *end = '\0';
        obey(buffer);
        used -= (size_t)(end + 1 - buffer);
        memmove(buffer, end + 1, used);
    }
    return used < sizeof buffer;
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

static int patience_ms(uint64_t next_ms)
{
    enum { LONGEST_MS = 60000 };
    uint64_t now = es_now_ms();
    if (next_ms <= now) {
        return 0;
    }
    return next_ms - now > LONGEST_MS ? LONGEST_MS : (int)(next_ms - now);
}

static void run(int fd)
{
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN},
                           {.fd = STDIN_FILENO, .events = POLLIN}};
    while (!stopped) {
        if (poll(fds, 2, patience_ms(es_gate_tick())) < 0) {
            continue;
        }
        if (fds[1].revents != 0 && !read_lines()) {
            return;
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
    if (is_asked_too_much()) {
        return EXIT_UNSUPPORTED;
    }
    if (dir == NULL) {
        es_log("ES_PKI_DIR is not set");
        return EXIT_FAILURE;
    }
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    bool ok =
        es_random_open() && serve(dir, ip != NULL && *ip != '\0' ? ip : "127.0.0.1");
    es_est_unload();
    es_tls_unload();
    es_policy_close();
    es_random_close();
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
