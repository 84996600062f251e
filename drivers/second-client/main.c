/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console.h"
#include "host.h"
#include "operation.h"
#include "pledge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_UNSUPPORTED = 77 };

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && *value != '\0';
}

static bool is_asked_too_much(void)
{
    const char *role = getenv("ES_ROLE");
    if (role != NULL && strcmp(role, "client") != 0) {
        es_log("role '%s' is not played here", role);
        return true;
    }
    if (is_set("ES_MUTANT") || is_set("ES_VARIANT")) {
        es_log("there are no mutants and no variants here");
        return true;
    }
    return false;
}

static void serve_lines(void)
{
    const char *line;
    printf("pledge ready\n");
    fflush(stdout);
    while (!es_console_is_over()) {
        line = es_console_take();
        if (line == NULL) {
            es_operation_idle();
            continue;
        }
        const char *why = es_operation_run(line, getenv("ES_URI"));
        printf("RESULT %s%s\n", why == NULL ? "ok" : "err=", why == NULL ? "" : why);
        fflush(stdout);
        es_log("result: %s", why == NULL ? "ok" : why);
    }
}

int main(void)
{
    const char *dir = getenv("ES_PKI_DIR");
    es_log_open("second-client");
    if (is_asked_too_much()) {
        return EXIT_UNSUPPORTED;
    }
    if (dir == NULL) {
        es_log("ES_PKI_DIR is not set");
        return EXIT_FAILURE;
    }
    es_console_open();
    bool ok = es_random_open() && es_pledge_load(dir);
    if (ok) {
        es_pledge_boot();
        serve_lines();
    }
    es_operation_stop();
    es_pledge_unload();
    es_random_close();
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
