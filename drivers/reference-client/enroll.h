/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_ENROLL_H
#define ES_ENROLL_H

#include "session.h"

/* sen, sren, skg and skc. On success the new certificate and key are those of es_pledge. */

/* How many 5.03 in a row are endured, and the longest Max-Age that is waited for. */
struct es_enroll_policy {
    unsigned int patience;
    unsigned int max_wait_s;
};

extern struct es_enroll_policy es_enroll_policy;

/* Where to go and what to ask for. */
struct es_enroll_target {
    enum es_function function;
    struct es_uri uri; /* its path is that of the resource */
    int32_t accept;
};

/* Runs the operation in a session of its own, which stays open. NULL, or why it failed. */
const char *es_enroll_run(struct es_session *session,
                          const struct es_enroll_target *target);

#endif
