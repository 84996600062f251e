/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program: environment in, "listening <port>" out, then one loop over the socket, the
   lines on stdin and the responses that are due. The contract is drivers/CONTRACT.md. */
#include "behaviour.h"
#include "ca.h"
#include "enroll.h"
#include "policy.h"
#include "shim.h"
#include "tls.h"

#include <coap3/coap.h>

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_UNSUPPORTED = 77, LINE_MAX_BYTES = 256 };

static volatile sig_atomic_t stopped;

static void stop(int signal_number)
{
    (void)signal_number;
    stopped = 1;
}

static int handle_event(coap_session_t *session, coap_event_t event)
{
    if (event == COAP_EVENT_DTLS_CLOSED || event == COAP_EVENT_DTLS_ERROR ||
        event == COAP_EVENT_SERVER_SESSION_DEL) {
        es_peer_forget(session);
    }
    return 0;
}

static bool read_behaviour(void)
{
    const char *unknown;
    const char *mutant = getenv("ES_MUTANT");
    if (!es_mutant_select(mutant)) {
        es_log("mutant '%s' is not known here", mutant);
        return false;
    }
    if (!es_variant_select(getenv("ES_VARIANT"), &unknown)) {
        es_log("variant '%s' is not known here", unknown);
        return false;
    }
    return true;
}

static bool parse_address(const char *text, coap_address_t *address)
{
    coap_address_init(address);
    if (inet_pton(AF_INET, text, &address->addr.sin.sin_addr) == 1) {
        address->addr.sin.sin_family = AF_INET;
        address->size = sizeof address->addr.sin;
        return true;
    }
    if (inet_pton(AF_INET6, text, &address->addr.sin6.sin6_addr) == 1) {
        address->addr.sin6.sin6_family = AF_INET6;
        address->size = sizeof address->addr.sin6;
        return true;
    }
    return false;
}

/* libcoap tells the address of an endpoint only in a text such as "127.0.0.1:40123 DTLS". */
static int endpoint_port(const coap_endpoint_t *endpoint)
{
    const char *text = coap_endpoint_str(endpoint);
    const char *colon = strrchr(text, ':');
    return colon != NULL ? (int)strtol(colon + 1, NULL, 10) : 0;
}

static coap_context_t *open_server(const char *listen, const char *dir)
{
    coap_address_t address;
    if (!parse_address(listen, &address)) {
        es_log("ES_LISTEN: '%s' is no IP address", listen);
        return NULL;
    }
    coap_context_t *context = coap_new_context(NULL);
    if (context == NULL || !es_tls_setup(context, dir)) {
        coap_free_context(context);
        return NULL;
    }
    coap_context_set_block_mode(context, 0);
    coap_register_event_handler(context, handle_event);
    coap_endpoint_t *endpoint = coap_new_endpoint(context, &address, COAP_PROTO_DTLS);
    int port = endpoint != NULL ? endpoint_port(endpoint) : 0;
    if (port == 0) {
        es_log("cannot bind %s", listen);
        coap_free_context(context);
        return NULL;
    }
    printf("listening %d\n", port);
    fflush(stdout);
    return context;
}

/* Reads what is there and carries out the complete lines. False at the end of stdin. */
static bool read_commands(void)
{
    static char buf[LINE_MAX_BYTES];
    static size_t used;
    ssize_t n = read(STDIN_FILENO, buf + used, sizeof buf - 1 - used);
    if (n <= 0) {
        return false;
    }
    used += (size_t)n;
    buf[used] = '\0';
    char *line = buf, *end;
    while ((end = strchr(line, '\n')) != NULL) {
        *end = '\0';
        bool done = es_policy_command(line);
        es_log("command '%s'%s", line, done ? "" : " is not supported");
        printf("%s %s\n", done ? "ok" : "unsupported", line);
        fflush(stdout);
        line = end + 1;
    }
    used = strlen(line);
    memmove(buf, line, used);
    return used < sizeof buf - 1;
}

static void run(coap_context_t *context)
{
    struct pollfd fds[2] = {{.fd = coap_context_get_coap_fd(context), .events = POLLIN},
                            {.fd = STDIN_FILENO, .events = POLLIN}};
    while (!stopped) {
        coap_tick_t now;
        coap_ticks(&now);
        uint64_t wait_ms = es_shim_tick(es_now_ms());
        unsigned int coap_ms = coap_io_prepare_epoll(context, now);
        wait_ms = coap_ms > 0 && coap_ms < wait_ms ? coap_ms : wait_ms;
        if (poll(fds, 2, (int)wait_ms) < 0) {
            continue;
        }
        if (fds[1].revents != 0 && !read_commands()) {
            return;
        }
        coap_io_process(context, COAP_IO_NO_WAIT);
    }
}

static int serve(const char *dir, const char *listen)
{
    es_policy.pki_dir = dir;
    es_enroll_load(dir);
    coap_startup();
    coap_set_log_level(LOG_CRIT);
    coap_context_t *context = es_ca_load(dir) ? open_server(listen, dir) : NULL;
    if (context != NULL) {
        run(context);
        coap_free_context(context);
    }
    coap_cleanup();
    return context != NULL ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int list_behaviours(const char *option)
{
    if (strcmp(option, "--list") != 0) {
        return EXIT_UNSUPPORTED;
    }
    es_behaviour_list();
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        return list_behaviours(argv[1]);
    }
    const char *role = getenv("ES_ROLE"), *dir = getenv("ES_PKI_DIR");
    const char *listen = getenv("ES_LISTEN");
    if (role != NULL && strcmp(role, "server") != 0) {
        es_log("role '%s' is not played here", role);
        return EXIT_UNSUPPORTED;
    }
    if (!read_behaviour()) {
        return EXIT_UNSUPPORTED;
    }
    if (dir == NULL) {
        es_log("ES_PKI_DIR is not set");
        return EXIT_FAILURE;
    }
    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    signal(SIGPIPE, SIG_IGN);
    return serve(dir, listen != NULL && listen[0] != '\0' ? listen : "127.0.0.1");
}
