/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_POLICY_H
#define ES_POLICY_H

#include <stdbool.h>
#include <stdint.h>

/* How enrolments are answered; set by lines on stdin while the server runs. */

enum es_answer {
    ES_ANSWER_NOW,      /* piggybacked */
    ES_ANSWER_SEPARATE, /* empty ACK, then a response of its own (RFC 9148, 4.7) */
    ES_ANSWER_PENDING /* 5.03 with Max-Age, until told otherwise or the time is over */
};

struct es_policy {
    enum es_answer answer;
    uint32_t max_age_seconds;
    const char *pki_dir;
};

extern struct es_policy es_policy;

/* Carries out one line (without its newline). False: unknown, or impossible here. */
bool es_policy_command(const char *line);

#endif
