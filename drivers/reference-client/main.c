/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program: environment in, "pledge ready" out, then one operation for each line of
   stdin. The contract is drivers/CONTRACT.md. */
#include "behaviour.h"
#include "console.h"
#include "enroll.h"
#include "loop.h"
#include "operation.h"
#include "transfer.h"

#include <coap3/coap.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_UNSUPPORTED = 77, LINE_MAX_BYTES = 600, IMPATIENT = 1 };

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

static void read_number(const char *name, unsigned int *out)
{
    const char *text = getenv(name);
    if (text != NULL && text[0] != '\0') {
        *out = (unsigned int)strtoul(text, NULL, 10);
    }
}

static void read_policy(void)
{
    read_number("ES_PATIENCE", &es_enroll_policy.patience);
    read_number("ES_MAX_WAIT", &es_enroll_policy.max_wait_s);
    if (es_variant_is(ES_VARIANT_OK_CLIENT_ABANDONS_503)) {
        es_enroll_policy.patience = IMPATIENT;
    }
    es_transfer_setup(getenv("ES_BLOCK_SIZE"));
    es_operation_setup(getenv("ES_URI"));
}

static void serve_lines(void)
{
    char line[LINE_MAX_BYTES];
    while (!es_loop_is_over()) {
        if (!es_console_take_line(line, sizeof line)) {
            es_operation_idle();
            continue;
        }
        const char *why = es_operation_run(line);
        if (why == NULL) {
            printf("RESULT ok\n");
        } else {
            printf("RESULT err=%s\n", why);
        }
        fflush(stdout);
        es_log("result: %s", why != NULL ? why : "ok");
    }
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        bool list = strcmp(argv[1], "--list") == 0;
        if (list) {
            es_behaviour_list();
        }
        return list ? EXIT_SUCCESS : EXIT_UNSUPPORTED;
    }
    const char *role = getenv("ES_ROLE"), *dir = getenv("ES_PKI_DIR");
    if (role != NULL && strcmp(role, "client") != 0) {
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
    read_policy();
    es_loop_setup();
    coap_startup();
    coap_set_log_level(LOG_CRIT);
    bool loaded = es_pledge_load(dir);
    if (loaded) {
        printf("pledge ready\n");
        fflush(stdout);
        serve_lines();
        es_operation_stop();
    }
    coap_cleanup();
    return loaded ? EXIT_SUCCESS : EXIT_FAILURE;
}
