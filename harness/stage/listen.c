/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "est/responder.h"
#include "net/capture.h"
#include "stage/stage_int.h"

#include <string.h>

/* --- Sockets */

static struct es_stage_port *find_port(struct es_stage *g, uint16_t port)
{
    for (size_t i = 0; i < g->ports_n; i++) {
        const struct es_address *at = es_listener_address(g->ports[i].listener);
        if (port == 0 || es_address_port(at) == port) {
            return &g->ports[i];
        }
    }
    return NULL;
}

static struct es_stage_port *open_port(struct es_stage *g, const struct es_step *step,
                                       uint16_t port)
{
    struct es_address local = g->cfg.peer;
    if (g->ports_n == 0 || g->ports_n == ES_STAGE_PORTS_MAX) {
        es_stage_trouble(g, step, ES_VERDICT_ERROR,
                         g->ports_n ? "too many ports are listened on"
                                    : "the harness is no server here");
        return NULL;
    }
    es_address_set_port(&local, port);
    struct es_diag *d = es_diag_new();
    struct es_listener *l = es_listener_open(g->arena, &local, d);
    if (l) {
        g->ports[g->ports_n++] = (struct es_stage_port){.listener = l, .is_ours = true};
    } else {
        es_stage_trouble(g, step, ES_VERDICT_INCONCLUSIVE, "%s",
                         d->count ? d->notes[0].msg : "no socket");
    }
    es_diag_free(d);
    return l ? &g->ports[g->ports_n - 1] : NULL;
}

bool es_stage_listen(struct es_stage *g, const struct es_step *step, int32_t port,
                     struct es_listening *listening)
{
    bool is_free = port == ES_STAGE_PORT_FREE;
    struct es_stage_port *p = is_free ? NULL : find_port(g, (uint16_t)port);
    p = p ? p : open_port(g, step, is_free ? 0 : (uint16_t)port);
    if (p) {
        p->listening = listening;
    }
    return p != NULL;
}

const struct es_address *es_stage_listens_at(const struct es_stage *g,
                                             const struct es_listening *listening)
{
    for (size_t i = 0; i < g->ports_n; i++) {
        if (g->ports[i].listening == listening) {
            return es_listener_address(g->ports[i].listener);
        }
    }
    return NULL;
}

/* --- Peers */

static void accept_one(struct es_stage *g, struct es_listening *l, struct es_filter *f)
{
    struct es_channel *ch = ES_NEW(g->arena, struct es_channel);
    struct es_diag *d = es_diag_new();
    ch->slot = l->step->slot;
    ch->udp = f;
    ch->listening = l;
    ch->since = g->now;
    ch->identity = l->identity;
    ch->filter = es_capture_push(g->arena, f, g->cfg.evidence, false);
    ch->filter = es_stage_push_faults(g, ch->filter, false);
    struct es_filter *dtls = es_dtls_accept(g->arena, ch->filter, &l->dtls, d);
    if (dtls) {
        ch->filter = dtls;
        ch->dtls = es_dtls_info(dtls);
        ch->next = g->channels;
        g->channels = ch;
        l->came++;
    } else {
        es_stage_trouble(g, l->step, ES_VERDICT_ERROR, "DTLS cannot start: %s",
                         d->count ? d->notes[0].msg : "no reason");
        es_filter_close(f, g->now);
    }
    es_diag_free(d);
}

bool es_stage_accept(struct es_stage *g)
{
    bool some = false;
    for (size_t i = 0; i < g->ports_n; i++) {
        struct es_stage_port *p = &g->ports[i];
        struct es_filter *f;
        while (p->listening && (f = es_listener_accept(p->listener, g->now)) != NULL) {
            accept_one(g, p->listening, f);
            some = true;
        }
    }
    return some;
}

void es_stage_settle(struct es_stage *g, struct es_channel *ch)
{
    if (ch->is_open && !ch->listening->by_hand) {
        ch->service = es_coap_service_new(ch->endpoint, g->arena);
        es_coap_service_limit(ch->service, es_dtls_room(ch->session));
    }
    ch->is_settled = true;
    if (ch->listening->settled) {
        ch->listening->settled(g, ch->listening, ch);
    }
    if (ch->ended) {
        es_stage_close(g, ch);
    }
}

struct es_channel *es_stage_greet(struct es_stage *g)
{
    struct es_channel *oldest = NULL;
    for (struct es_channel *ch = g->channels; ch; ch = ch->next) {
        oldest = ch->is_settled && !ch->is_greeted ? ch : oldest;
    }
    if (oldest) {
        oldest->is_greeted = true;
    }
    return oldest;
}

bool es_stage_announce(struct es_stage *g)
{
    bool any = false;
    for (struct es_channel *ch = g->channels; ch; ch = ch->next) {
        any = any || (ch->listening && !ch->is_announced);
        ch->is_announced = true;
    }
    return any;
}

bool es_stage_has_come(const struct es_stage *g)
{
    const struct es_channel *ch = g->channels;
    while (ch && !ch->listening) {
        ch = ch->next;
    }
    return ch != NULL;
}

bool es_stage_is_asked(const struct es_stage *g)
{
    for (const struct es_channel *ch = g->channels; ch; ch = ch->next) {
        const struct es_coap_asked *k =
            ch->service && ch->filter ? es_coap_service_first(ch->service) : NULL;
        while (k && (k->state != ES_ASKED_WHOLE || k->taken)) {
            k = k->next;
        }
        if (k) {
            return true;
        }
    }
    return false;
}

enum es_visit es_stage_visit(const struct es_stage *g)
{
    enum es_visit visit = ES_VISIT_NONE;
    for (const struct es_channel *ch = g->channels; ch; ch = ch->next) {
        bool is_here = ch->listening && ch->filter && !ch->ended;
        if (is_here && !ch->is_settled) {
            return ES_VISIT_HANDSHAKE;
        }
        visit = is_here ? ES_VISIT_OPEN : visit;
    }
    return visit;
}

/* Whoever comes when he likes may have come just before the end; that is not his fault. */
static bool is_cut_short(const struct es_stage *g, const struct es_channel *ch)
{
    return g->cfg.driver && es_driver_awaits_device(g->cfg.driver) &&
           g->now - ch->since < g->cfg.plan->op_timeout;
}

static void end_handshake(struct es_stage *g, struct es_channel *ch)
{
    ch->ended = true;
    ch->reason = "the handshake was not finished";
    if (is_cut_short(g, ch)) {
        es_stage_note(g, "a handshake was going on when the instance ended");
        es_stage_close(g, ch);
    } else {
        es_stage_settle(g, ch);
    }
}

void es_stage_stop_listening(struct es_stage *g)
{
    for (struct es_channel *ch = g->channels; ch; ch = ch->next) {
        if (ch->listening && ch->filter && !ch->is_open && !ch->ended) {
            end_handshake(g, ch);
        }
    }
    for (size_t i = 0; i < g->ports_n; i++) {
        const struct es_listening *l = g->ports[i].listening;
        if (l && l->came == 0 && l->settled) {
            l->settled(g, l, NULL);
        }
        if (g->ports[i].is_ours) {
            es_listener_close(g->ports[i].listener);
        }
    }
    g->ports_n = 0;
}

/* --- Requests */

void es_stage_set_upload(struct es_stage *g, struct es_coap_upload_policy *policy,
                         uint8_t method, const char *uri)
{
    g->upload = policy;
    g->upload_method = method;
    g->upload_uri = uri;
}

static struct es_coap_upload_policy *policy_for(struct es_stage *g,
                                                const struct es_coap_message *m)
{
    bool meant = g->upload && m->code == g->upload_method &&
                 strcmp(es_coap_uri_text(m, g->arena), g->upload_uri) == 0;
    return meant ? g->upload : NULL;
}

bool es_stage_serve(struct es_stage *g, struct es_channel *ch,
                    const struct es_coap_incoming *in, struct es_event *event)
{
    switch (es_coap_service_take(ch->service, in, policy_for(g, &in->message),
                                 &event->asked, g->now)) {
    case ES_SERVICE_OTHER:
        break;
    case ES_SERVICE_DONE:
        event->kind = event->asked ? ES_EVENT_BLOCK : ES_EVENT_TICK;
        break;
    case ES_SERVICE_ASKED:
        event->kind = ES_EVENT_ASKED;
        event->asked->offered = true;
        break;
    }
    return true;
}

/* The oldest whole request of a channel that the step wants. */
static struct es_coap_asked *find_asked(struct es_stage *g, const struct es_step *step,
                                        es_wants_fn *wants, struct es_channel *ch)
{
    bool meant =
        ch->service && ch->filter && (step->on == ES_SLOT_NONE || step->on == ch->slot);
    struct es_coap_asked *k = meant ? es_coap_service_first(ch->service) : NULL;
    while (k && (k->state != ES_ASKED_WHOLE || k->taken || !wants(g, step, k))) {
        k = k->next;
    }
    return k;
}

struct es_coap_asked *es_stage_take_asked(struct es_stage *g,
                                          const struct es_step *step,
                                          es_wants_fn *wants,
                                          struct es_channel **channel)
{
    struct es_coap_asked *found = NULL;
    for (struct es_channel *ch = g->channels; ch; ch = ch->next) {
        struct es_coap_asked *k = find_asked(g, step, wants, ch);
        if (k && (!found || k->time < found->time)) {
            found = k;
            *channel = ch;
        }
    }
    if (found) {
        found->taken = true;
    }
    return found;
}

struct es_coap_asked *es_stage_find_part(struct es_stage *g, const struct es_step *step,
                                         es_wants_fn *wants)
{
    struct es_coap_asked *found = NULL;
    for (struct es_channel *ch = g->channels; ch; ch = ch->next) {
        struct es_coap_asked *k =
            ch->service ? es_coap_service_first(ch->service) : NULL;
        for (; k; k = k->next) {
            bool later = !found || k->time > found->time;
            found = k->state == ES_ASKED_PART && later && wants(g, step, k) ? k : found;
        }
    }
    return found;
}

/* Whether the step being done or one to come will answer it. */
static bool is_named(struct es_stage *g, const struct es_coap_asked *asked)
{
    const struct es_plan *plan = g->cfg.plan;
    size_t i = g->step ? (size_t)(g->step - plan->steps.at) : 0;
    for (; i < plan->steps.n; i++) {
        const struct es_step *step = &plan->steps.at[i];
        if (step->verb->wants && es_stage_is_wanted(g, step) &&
            step->verb->wants(g, step, asked)) {
            return true;
        }
    }
    return false;
}

static void respond(struct es_stage *g, struct es_channel *ch,
                    struct es_coap_asked *asked)
{
    struct es_coap_reply *reply = ES_NEW(g->arena, struct es_coap_reply);
    struct es_responder responder = {.zoo = g->cfg.zoo,
                                     .now_s = g->cfg.certificate_time_s,
                                     .root = "/.well-known/est"};
    asked->taken = true;
    const char *what = es_respond(g->arena, &responder, asked, reply);
    es_stage_note(
        g, "not asked for by this scenario, answered in the background: %s %s (%s)",
        es_coap_code_text(asked->first->code, g->arena), asked->uri, what);
    es_coap_service_answer(ch->service, asked, reply, g->now);
}

void es_stage_answer_rest(struct es_stage *g)
{
    for (struct es_channel *ch = g->channels; ch; ch = ch->next) {
        struct es_coap_asked *k =
            ch->service && ch->filter ? es_coap_service_first(ch->service) : NULL;
        for (; k; k = k->next) {
            bool waits = k->state == ES_ASKED_WHOLE && !k->taken;
            if (waits && k->offered && !es_stage_is_strict(g) && !is_named(g, k)) {
                respond(g, ch, k);
            }
        }
    }
}
