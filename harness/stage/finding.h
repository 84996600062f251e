/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_STAGE_FINDING_H
#define ES_STAGE_FINDING_H

/*
 * What is said about a peer: one broken check, one observation, or one reason why nothing
 * could be judged. A wrong peer is a finding, never a diagnostic. Texts are NUL-terminated
 * and live in the arena of the instance (or of the tree that it was read into).
 */

#include "scenario/requirement.h"

/* One broken check, one observation (effect report), or one reason for inconclusive/error. */
struct es_finding {
    enum es_verdict verdict; /* what it makes of the instance; PASS for a mere report */
    const char *requirement; /* id, or NULL: precondition, environment, harness */
    const char *level;       /* of the requirement, or NULL */
    const char *section;     /* "RFC 7959 section 2.4", or NULL */
    const char *paraphrase;  /* or NULL */
    struct es_loc loc;       /* the value in the scenario that was not met */
    const char
        *step; /* id or verb of the step, with the block number if there is one */
    const char *field; /* dotted: reply.body.certs; or NULL */
    const char *wanted,
        *got;         /* in scenario notation; or NULL both, then text says it */
    const char *text; /* one sentence; for checks that are not wanted/got */
    const char
        *calls; /* "called from a.yaml:12:5 ..." for a line in a library; or NULL */
    const char *sent, *received; /* trace lines of the messages concerned; or NULL */
    uint32_t packet_first, packet_last; /* in capture.pcapng; 0 if none */
};

#endif
