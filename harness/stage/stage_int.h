/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_STAGE_STAGE_INT_H
#define ES_STAGE_STAGE_INT_H

/* The inside of the stage; private to this module. */

#include "stage/fault.h"
#include "stage/host.h"

enum { ES_STAGE_PORTS_MAX = 4 };

struct es_stage_port {
    struct es_listener *listener;
    struct es_listening *listening; /* NULL: not yet */
    bool is_ours;                   /* to be closed by the stage */
};

struct es_stage {
    struct es_stage_config cfg;
    struct es_arena *arena;
    struct es_scope scope;
    struct es_prng prng;
    es_usec now, step_start, wake, lag;
    const struct es_step *step;
    struct es_channel *channels;       /* latest first */
    struct es_fault_rule *faults;      /* in force, in the order of their steps */
    struct es_coap_incoming *incoming; /* spare */
    struct es_findings findings;
    struct es_judged judged;
    struct es_identity nobody; /* the identity "none" */
    struct es_x509_bag zoo_trust, client_trust;
    struct es_stage_port ports[ES_STAGE_PORTS_MAX];
    size_t ports_n;
    struct es_coap_upload_policy *upload; /* NULL: none */
    uint8_t upload_method;
    const char *upload_uri;
};

/* Accepts who has come. False if nobody has. */
bool es_stage_accept(struct es_stage *g);
/* What became of a channel that the peer opened: tells the listening step, once. */
void es_stage_settle(struct es_stage *g, struct es_channel *ch);
/* Gives a message of such a channel to its service; false if there is no event for a step. */
bool es_stage_serve(struct es_stage *g, struct es_channel *ch,
                    const struct es_coap_incoming *in, struct es_event *event);
/* Answers in the background what no step will. */
void es_stage_answer_rest(struct es_stage *g);
/* Tells listening steps about who never came or never finished, and closes the sockets. */
void es_stage_stop_listening(struct es_stage *g);

/* Puts the filter that obeys the faults in force on top of `below`: for datagrams, or for the
 * CoAP messages inside a session. */
struct es_filter *es_stage_push_faults(struct es_stage *g, struct es_filter *below,
                                       bool is_message);

#endif
