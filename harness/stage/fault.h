/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_STAGE_FAULT_H
#define ES_STAGE_FAULT_H

/*
 * Faults of the network that a scenario has asked for. They concern all channels of the
 * instance from then on, until they have happened as often as wanted or net.heal ends them.
 * What names a handshake message or record is looked for in datagrams, what names a CoAP code
 * in the messages inside the session.
 */

#include "net/fault.h"
#include "stage/stage.h"

enum { ES_FAULT_NAMES_MAX = 8 };

struct es_fault_rule {
    bool from_iut, from_harness;
    const char
        *names[ES_FAULT_NAMES_MAX]; /* of records and handshake messages, or codes */
    size_t names_n;                 /* 0: every datagram */
    bool is_message;                /* names are CoAP codes: 2.31, GET, empty */
    int64_t nth;                    /* only the nth that fits; 0: every */
    int64_t copies;                 /* how often; 0: until healed */
    struct es_fault_effect effect;
    /* For REPLACE: makes the bytes. */
    struct es_slice (*change)(struct es_stage *g, struct es_slice bytes);
    int64_t seen, done;
    struct es_fault_rule *next;
};

/* Adds a copy of the rule. */
void es_stage_fault(struct es_stage *g, const struct es_fault_rule *rule);
/* Ends all faults. */
void es_stage_heal(struct es_stage *g);

#endif
