/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_TEST_STAGE_PLAY_H
#define ES_TEST_STAGE_PLAY_H

/*
 * Plays a plan against a scripted peer over a simulated network in virtual time: what the
 * worker does, without processes and sockets. The first channel is open from the start.
 */

#include "net/capture.h"
#include "net/sim.h"
#include "plan_builder.h"
#include "stage/stage_int.h"

/* What the peer does with the n-th message that it gets (from 1). */
typedef void (*play_peer_fn)(unsigned nth, const struct es_coap_message *m);

static struct es_filter *play_near, *play_far;
static struct es_sim_end *play_near_end, *play_far_end;
static struct es_stage *play_stage;
static struct es_channel *play_channel;
static es_usec play_now;
static unsigned play_heard;

/* The peer says this so much later. */
static inline void play_say(const struct es_coap_message *m, es_usec later)
{
    struct es_buf out;
    es_buf_build(&out, arena, 2048);
    es_coap_encode(m, &out);
    struct es_datagram d = {.bytes = es_buf_slice(&out)};
    play_far_end->delay = later;
    es_filter_send(play_far, &d, play_now);
}

/* An answer with this type and code to m; a fresh message ID unless it is an ACK or RST. */
static inline struct es_coap_message play_answer(const struct es_coap_message *m,
                                                 enum es_coap_type type, uint8_t code)
{
    static uint16_t fresh = 0x7000;
    struct es_coap_message a = {.type = type, .code = code};
    bool by_mid = type == ES_COAP_ACK || type == ES_COAP_RST;
    a.mid = by_mid ? m->mid : fresh++;
    a.token = code ? m->token : ES_SLICE_NONE;
    return a;
}

static inline void play_peer_turn(play_peer_fn peer)
{
    struct es_datagram d;
    while (es_filter_recv(play_far, &d, play_now) == ES_IO_OK) {
        struct es_coap_message *m = ES_NEW(arena, struct es_coap_message);
        const char *reason;
        size_t offset;
        (void)es_coap_decode(es_arena_dup(arena, d.bytes), m, &reason, &offset);
        play_heard++;
        if (peer) {
            peer(play_heard, m);
        }
    }
}

/* Lets time pass until the next thing happens. */
static inline void play_wait(void)
{
    es_usec next = play_stage->wake;
    es_usec wire = es_filter_next_deadline(play_near);
    es_usec endpoint = es_coap_endpoint_next_deadline(play_channel->endpoint);
    next = wire < next ? wire : next;
    next = endpoint < next ? endpoint : next;
    cr_assert_neq(next, ES_USEC_NEVER, "a step waits for nothing");
    play_now = next > play_now ? next : play_now;
    es_stage_set_now(play_stage, play_now);
}

static inline enum es_progress play_step(const struct es_step *step, play_peer_fn peer)
{
    static const struct es_event tick = {.kind = ES_EVENT_TICK};
    struct es_event event;
    void *state = es_arena_alloc(arena, step->verb->state_size + 1);
    es_stage_begin(play_stage, step);
    enum es_progress progress = step->verb->start(play_stage, step, state);
    play_peer_turn(peer);
    for (unsigned turns = 0; progress == ES_STEP_WAIT; turns++) {
        cr_assert_lt(turns, 10000, "step %s never ends", step->name);
        play_wait();
        while (progress == ES_STEP_WAIT && es_stage_next_event(play_stage, &event)) {
            progress = step->verb->poll(play_stage, step, state, &event);
        }
        if (progress == ES_STEP_WAIT) {
            es_stage_on_deadline(play_stage);
            progress = step->verb->poll(play_stage, step, state, &tick);
        }
        play_peer_turn(peer);
    }
    return progress;
}

static inline void play_start(const struct es_plan *plan)
{
    /* Without a folder packets are only counted. */
    const struct es_evidence_config counting = {0};
    struct es_stage_config cfg = {
        .arena = arena, .plan = plan, .seed = 1, .instance = ES_SLICE_LIT("memory")};
    cfg.evidence = es_evidence_open(&counting, arena, diag);
    play_now = ES_USEC_PER_S;
    play_heard = 0;
    play_stage = es_stage_new(&cfg, play_now);
    es_sim_pair(arena, &play_near, &play_near_end, &play_far, &play_far_end);
    play_channel = ES_NEW(arena, struct es_channel);
    play_channel->slot = ES_SLOT_NONE;
    play_channel->udp = play_near;
    play_channel->filter = es_capture_push(arena, play_near, cfg.evidence, true);
    play_stage->channels = play_channel;
    es_stage_open(play_stage, play_channel);
}

/* Plays all steps of the plan; the findings are in the stage. */
static inline const struct es_findings *play(const struct es_plan *plan,
                                             play_peer_fn peer)
{
    enum es_progress progress = ES_STEP_DONE;
    play_start(plan);
    for (size_t i = 0; i < plan->steps.n && progress != ES_STEP_END; i++) {
        if (es_stage_is_wanted(play_stage, &plan->steps.at[i])) {
            progress = play_step(&plan->steps.at[i], peer);
        }
    }
    return es_stage_findings(play_stage);
}

static inline void play_expect_clean(const struct es_findings *f)
{
    cr_assert_eq(f->n, 0, "%s: got %s, wanted %s", f->at ? f->at[0].text : "",
                 f->at ? f->at[0].got : "", f->at ? f->at[0].wanted : "");
}

#endif
