/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_STAGE_STAGE_H
#define ES_STAGE_STAGE_H

/*
 * What an op may touch while an instance runs: time, bindings, channels to the peer,
 * credentials, findings. The stage belongs to the worker (run/worker.c), which makes it,
 * feeds events to the current step and reads the findings afterwards; an op never sees the
 * worker or a report.
 *
 * A finding's verdict follows from the rule's level in the registry and from where the step
 * stands (preamble, control, postamble); ops do not choose it. Ops say three things: a field
 * was not as wanted (es_stage_mismatch and friends), a message never came (es_stage_missing),
 * or it is the harness or the environment that failed (es_stage_trouble).
 */

#include "base/prng.h"
#include "coap/service.h"
#include "coap/transfer.h"
#include "driver/driver.h"
#include "dtls/dtls.h"
#include "net/evidence.h"
#include "pki/identity.h"
#include "pki/zoo.h"
#include "scenario/plan.h"

struct es_stage;

/* What `expect` takes for the message that must be answered. */
struct es_sent {
    const struct es_coap_message *message; /* NULL: nothing was sent by a step yet */
    bool has_empty_ack;                    /* it was acknowledged by an Empty message */
    bool has_token; /* false: it was too malformed to have one; only its MID counts */
};

/* Messages that came while no step wanted them. */
struct es_kept {
    const struct es_coap_incoming **at;
    size_t n, room;
};

/* A conversation with the peer: a stack of filters, and CoAP on top once it is open. */
struct es_channel {
    uint32_t slot;             /* of the step that opened it; ES_SLOT_NONE */
    struct es_filter *filter;  /* top of the stack; NULL once it is closed */
    struct es_filter *udp;     /* its bottom */
    struct es_filter *session; /* dtls, below the faults for messages; or NULL */
    struct es_coap_endpoint *endpoint; /* NULL until the session is open */
    const struct es_dtls_info *dtls;   /* NULL: CoAP without DTLS */
    const struct es_identity
        *identity; /* that we have shown; NULL: CoAP without DTLS */
    bool is_open;
    const struct es_listening *listening; /* the peer came by itself; or NULL */
    struct es_coap_service *service; /* of such a one, unless it is served by hand */
    bool is_settled, is_greeted; /* its handshake is over; a step has waited for that */
    es_usec since;               /* when it came */
    bool is_announced;           /* a step has taken note that somebody has come */
    bool leaves_unacknowledged; /* `acknowledge: off`: the scenario sends ACKs itself */
    struct es_sent last_sent;   /* by a step that handles single messages */
    const struct es_coap_message *last_con; /* received */
    struct es_kept kept;                    /* oldest first */
    bool ended;                             /* the peer closed it, or it failed */
    const char *reason;                     /* how it ended */
    struct es_channel *next;                /* older */
};

enum es_event_kind {
    ES_EVENT_TICK,    /* a deadline passed, or something happened that has no event */
    ES_EVENT_MESSAGE, /* incoming holds a CoAP message of the channel */
    ES_EVENT_FILTER,  /* the channel is opening and may go on */
    ES_EVENT_ENDED,   /* the channel has ended */
    ES_EVENT_BLOCK,   /* asked: the service has dealt with a request message */
    ES_EVENT_ASKED,   /* asked: a whole request of the peer waits for its answer */
};

struct es_event {
    enum es_event_kind kind;
    struct es_channel *channel;
    const struct es_coap_incoming *incoming; /* lives as long as the instance */
    struct es_coap_asked *asked;
};

/* How peers that come by themselves are received from now on. Lives as long as the instance. */
struct es_listening {
    const struct es_step *step;
    struct es_dtls_config dtls;
    const struct es_identity *identity;
    bool by_hand; /* requests are events, not served */
    /* The handshake of a peer is over, one way or the other. channel NULL: at the end of the
     * instance, if nobody came at all. */
    void (*settled)(struct es_stage *g, const struct es_listening *l,
                    struct es_channel *channel);
    size_t came; /* how many have */
};

/* Time. */
es_usec es_stage_now(const struct es_stage *g);
/* When the current step started. */
es_usec es_stage_step_start(const struct es_stage *g);
/* The step's `within` from its start, or op_timeout. The worker polls the step then. */
es_usec es_stage_deadline(struct es_stage *g, const struct es_step *step);
/* Asks to be polled at `when` as well. Holds until the next poll. */
void es_stage_wake(struct es_stage *g, es_usec when);

/* By how much the harness itself was late so far, at worst: a check of time that is broken
 * by no more than this is inconclusive. */
es_usec es_stage_lag(const struct es_stage *g);

/* Whether the scenario says `tolerate: strict`. */
bool es_stage_is_strict(const struct es_stage *g);

/* Memory: as long as the instance. */
struct es_arena *es_stage_arena(struct es_stage *g);

/* Bindings. */
struct es_scope *es_stage_scope(struct es_stage *g);
/* Evaluates; on failure reports an inconclusive finding at the operand and returns false. */
bool es_stage_eval(struct es_stage *g, const struct es_step *step,
                   const struct es_operand *o, struct es_value *out);
/* Binds the step's variable. */
void es_stage_bind(struct es_stage *g, const struct es_step *step, const void *record);
struct es_prng *es_stage_prng(struct es_stage *g);

/* The peer. */
const struct es_address *es_stage_peer(const struct es_stage *g);
const char *es_stage_server_name(const struct es_stage *g);
struct es_evidence *es_stage_evidence(struct es_stage *g);
struct es_driver *es_stage_driver(struct es_stage *g);

/* Credentials of the harness by name; "none" has no certificate. NULL: no such name. */
const struct es_identity *es_stage_identity(struct es_stage *g, struct es_slice name);
/* The identity that the latest open session shows; NULL if there is none. */
const struct es_identity *es_stage_own_identity(const struct es_stage *g);
/* What certificates of the peer must chain to: of a server, and of a client. */
const struct es_x509_bag *es_stage_trust(const struct es_stage *g);
const struct es_x509_bag *es_stage_client_trust(const struct es_stage *g);
const struct es_zoo *es_stage_zoo(const struct es_stage *g);
/* The time at which certificates are checked, in UNIX seconds. */
int64_t es_stage_certificate_time(const struct es_stage *g);

/* Channels. */
/* Adds a channel over a fresh socket to the peer: capture on udp. local: the address to use,
 * which must be free; NULL: any. NULL: trouble was reported. */
struct es_channel *es_stage_connect(struct es_stage *g, const struct es_step *step,
                                    const struct es_address *local, uint16_t port,
                                    bool plain);
/* Receives peers at the address of $uri (port 0), on another port of that host, or on a free
 * one of its own. False: trouble was reported. */
enum { ES_STAGE_PORT_FREE = -1 };
bool es_stage_listen(struct es_stage *g, const struct es_step *step, int32_t port,
                     struct es_listening *listening);
/* The oldest channel of a peer that came by itself whose handshake is over and that no step
 * has waited for; it is greeted by that. NULL: none. */
struct es_channel *es_stage_greet(struct es_stage *g);
/* Whether a peer has come by itself that was not announced before; it is now. */
bool es_stage_announce(struct es_stage *g);
/* Whether any peer has come by itself. */
bool es_stage_has_come(const struct es_stage *g);
/* Whether a request of one waits for a step. */
bool es_stage_is_asked(const struct es_stage *g);
/* How far the peers that came by themselves are: the least advanced one that is there. */
enum es_visit { ES_VISIT_NONE, ES_VISIT_HANDSHAKE, ES_VISIT_OPEN };
enum es_visit es_stage_visit(const struct es_stage *g);
/* The address at which the listening step waits; NULL if there is none. */
const struct es_address *es_stage_listens_at(const struct es_stage *g,
                                             const struct es_listening *listening);
/* How an upload is received from now on, of requests with this method and URI; NULL: well. */
void es_stage_set_upload(struct es_stage *g, struct es_coap_upload_policy *policy,
                         uint8_t method, const char *uri);
typedef bool es_wants_fn(struct es_stage *g, const struct es_step *step,
                         const struct es_coap_asked *asked);
/* The oldest whole request of a peer that nobody has taken, for which `wants` is true; it is
 * taken by that. `on` of the step counts. NULL: none. */
struct es_coap_asked *es_stage_take_asked(struct es_stage *g,
                                          const struct es_step *step,
                                          es_wants_fn *wants,
                                          struct es_channel **channel);
/* The latest request that is not whole yet, for which `wants` is true; NULL: none. */
struct es_coap_asked *es_stage_find_part(struct es_stage *g, const struct es_step *step,
                                         es_wants_fn *wants);
/* Makes the channel ready for CoAP. */
void es_stage_open(struct es_stage *g, struct es_channel *ch);
/* The channel that the step means: `on`, or the latest one. NULL if there is none; a finding
 * says so unless `quiet`. */
struct es_channel *es_stage_channel(struct es_stage *g, const struct es_step *step,
                                    bool quiet);
void es_stage_close(struct es_stage *g, struct es_channel *ch);
/* Closes the socket without a word to the peer. */
void es_stage_abandon(struct es_stage *g, struct es_channel *ch);
/* Keeps the message of an event that this step has no use for, so that a later `expect` can
 * have it. Other events are passed over. */
void es_stage_keep(struct es_stage *g, const struct es_event *event);
/* The oldest message kept, taken out; NULL if there is none. */
const struct es_coap_incoming *es_stage_take_kept(struct es_channel *ch);

/* Findings. Messages that a finding concerns; either may be NULL. */
struct es_concerned {
    const struct es_coap_message *sent, *received;
};
/* The rule was looked at, broken or not. */
void es_stage_judged(struct es_stage *g, const struct es_rule *rule);
/* A value was not as wanted. step_detail (or NULL) is added to the step's name: "block 3". */
void es_stage_mismatch(struct es_stage *g, const struct es_step *step,
                       const char *step_detail, const struct es_mismatch *m,
                       const struct es_concerned *who);
/* A broken rule in one sentence. */
void es_stage_broken(struct es_stage *g, const struct es_step *step,
                     const struct es_rule *rule, const struct es_concerned *who,
                     const char *fmt, ...) ES_PRINTF(5, 6);
/* A message that should have come did not: judged by the step's `missing` rule. Returns
 * ES_STEP_END. */
enum es_progress es_stage_missing(struct es_stage *g, const struct es_step *step,
                                  const struct es_concerned *who, const char *fmt, ...)
    ES_PRINTF(4, 5);
/* Trouble of the harness (ERROR) or the environment (INCONCLUSIVE). Returns ES_STEP_END. */
enum es_progress es_stage_trouble(struct es_stage *g, const struct es_step *step,
                                  enum es_verdict verdict, const char *fmt, ...)
    ES_PRINTF(4, 5);
/* Something legal but noteworthy, for the trace. */
void es_stage_note(struct es_stage *g, const char *fmt, ...) ES_PRINTF(2, 3);

/* Matches a record against fields and reports mismatches and judged rules. first and
 * previous as in struct es_match_env. */
bool es_stage_match(struct es_stage *g, const struct es_step *step,
                    const char *step_detail, const struct es_field_matches *fields,
                    const void *record, const void *first, const void *previous,
                    const struct es_concerned *who);

#endif
