/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_RUN_PROBE_INT_H
#define ES_RUN_PROBE_INT_H

/* The halves of the probe, private to run/: the session (probe.c) and the questions asked in
 * it (probe_ask.c). */

#include "coap/transfer.h"
#include "net/evidence.h"
#include "run/probe.h"

struct es_probe {
    const struct es_probe_config *cfg;
    struct es_probe_result *out;
    struct es_arena *arena;
    struct es_diag *d;
    struct es_evidence *evidence;
    struct es_filter *filter;
    es_usec patience;
};

/* Waits until the filter has something to receive or a deadline, at most until `until`. */
es_usec es_probe_wait(const struct es_probe *p, es_usec deadline, es_usec until);
/* Discovery and one harmless question for each operation. */
void es_probe_ask(struct es_probe *p);

#endif
