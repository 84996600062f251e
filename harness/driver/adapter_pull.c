/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device that asks for its next operation, over CoAP without DTLS: GET /next is answered by
 * 2.05 and "sen coaps://..", or without payload when there is nothing to do; POST /result says
 * how it ended. A device that asks is idle. */
#include "base/buf.h"
#include "coap/message.h"
#include "driver/driver_int.h"
#include "net/clock.h"
#include "net/listener.h"

#include <string.h>

enum { REPLY_MAX = 1280, PORT = 5683 };

/* So long an answer may be held back: the device does not repeat its request before that
 * (ACK_TIMEOUT is 2 s, RFC 7252, 4.8). */
#define HOLD ES_USEC_PER_S

/* What worker and parent both see. */
struct shared {
    struct es_address peer; /* the last request that was answered, and its answer */
    uint16_t mid;
    uint8_t reply[REPLY_MAX];
    size_t reply_n;
    uint16_t next_mid; /* of our NON messages */
};

struct own {
    struct es_listener *listener;
    struct shared *shared;
    const char *offered;                 /* what is to be told; NULL: nothing */
    bool is_taken;                       /* it was told */
    const struct es_coap_message *asked; /* waits for its answer; or NULL */
    struct es_address asker;
    es_usec since;
};

/* --- Messages */

static void send_message(const struct own *own, const struct es_address *to,
                         const struct es_coap_message *m)
{
    struct shared *s = own->shared;
    struct es_buf out;
    es_buf_init(&out, s->reply, sizeof s->reply);
    es_coap_encode(m, &out);
    s->reply_n = out.overflow ? 0 : out.n;
    es_listener_send(own->listener, to, es_slice_make(s->reply, s->reply_n));
}

static void reply(const struct own *own, const struct es_address *to,
                  const struct es_coap_message *request, uint8_t code,
                  struct es_slice payload)
{
    struct shared *s = own->shared;
    bool non = request->type == ES_COAP_NON;
    struct es_coap_message m = {.type = non ? ES_COAP_NON : ES_COAP_ACK,
                                .code = code,
                                .mid = non ? s->next_mid++ : request->mid,
                                .token = request->token,
                                .payload = payload};
    if (payload.n) {
        /* text/plain is 0, which takes no octet. */
        es_coap_option_add(&m, ES_COAP_OPT_CONTENT_FORMAT, ES_SLICE_NONE);
    }
    s->peer = *to;
    s->mid = request->mid;
    send_message(own, to, &m);
}

/* A ping (RFC 7252, 4.3). */
static void reset_ping(const struct own *own, const struct es_address *to,
                       const struct es_coap_message *ping)
{
    const struct es_coap_message m = {.type = ES_COAP_RST, .mid = ping->mid};
    own->shared->peer.len = 0;
    send_message(own, to, &m);
}

/* --- The device */

/* Tells the device that asked what there is to do, or that there is nothing. */
static void answer_asker(struct es_driver *v, const char *text)
{
    struct own *own = v->own;
    if (own->asked) {
        reply(own, &own->asker, own->asked, ES_COAP_CODE(2, 5), es_slice_of(text));
    }
    own->asked = NULL;
}

static void hand_out(struct es_driver *v)
{
    struct own *own = v->own;
    if (own->asked && own->offered) {
        es_driver_note(v, "in", "%s%s", own->offered,
                       own->is_taken ? " (again: it asked again without a result)"
                                     : "");
        answer_asker(v, own->offered);
        own->is_taken = true;
        v->is_begun = true;
    }
}

/* A device that restarts asks again as soon as it is back. */
static bool is_back(const struct es_driver *v)
{
    const struct own *own = v->own;
    return own->is_taken && v->op && strcmp(v->op, "boot") == 0;
}

static void take_next(struct es_driver *v, const struct es_address *from,
                      const struct es_coap_message *m)
{
    struct own *own = v->own;
    own->asked = es_coap_message_dup(v->arena, m);
    own->asker = *from;
    own->since = es_clock_now();
    if (v->state == ES_DRIVER_STARTING) {
        v->state = ES_DRIVER_READY;
        answer_asker(v, "");
    } else if (is_back(v)) {
        own->offered = NULL;
        own->is_taken = false;
        es_driver_settle_outcome(v, ES_OUTCOME_SUCCESS, ES_SLICE_LIT("it is back"));
    } else {
        hand_out(v);
    }
}

static void take_outcome(struct es_driver *v, struct es_slice text)
{
    struct own *own = v->own;
    struct es_slice line = es_slice_trim(text), why;
    enum es_outcome outcome = es_driver_match(v, line, &why);
    es_driver_note(v, "out", "%s%s", es_arena_text(v->arena, line),
                   own->is_taken ? "" : " (nobody waits for it)");
    if (!own->is_taken) {
        return;
    }
    if (!v->cfg.spec->success) {
        outcome = es_slice_is(line, "ok") ? ES_OUTCOME_SUCCESS : ES_OUTCOME_FAILURE;
    }
    own->offered = NULL;
    own->is_taken = false;
    es_driver_settle_outcome(
        v, outcome == ES_OUTCOME_NONE ? ES_OUTCOME_UNKNOWN : outcome, why);
}

static bool has_path(const struct es_coap_message *m, const char *path)
{
    const struct es_coap_option *o = es_coap_option_find(m, ES_COAP_OPT_URI_PATH, 0);
    return o && es_slice_is(o->value, path) &&
           es_coap_option_count(m, ES_COAP_OPT_URI_PATH) == 1;
}

/* Whether it has been answered, or waits for that. */
static bool is_duplicate(const struct own *own, const struct es_address *from,
                         uint16_t mid)
{
    const struct shared *s = own->shared;
    if (own->asked && own->asked->mid == mid && es_address_eq(&own->asker, from)) {
        return true;
    }
    if (s->mid != mid || !es_address_eq(&s->peer, from)) {
        return false;
    }
    es_listener_send(own->listener, from, es_slice_make(s->reply, s->reply_n));
    return true;
}

static void take_request(struct es_driver *v, const struct es_address *from,
                         const struct es_coap_message *m)
{
    const struct own *own = v->own;
    bool next = has_path(m, "next"), result = has_path(m, "result");
    if (is_duplicate(own, from, m->mid)) {
        return;
    }
    if (next && m->code == ES_COAP_GET) {
        take_next(v, from, m);
    } else if (result && m->code == ES_COAP_POST) {
        take_outcome(v, m->payload);
        reply(own, from, m, ES_COAP_CODE(2, 4), ES_SLICE_NONE);
    } else {
        reply(own, from, m, next || result ? ES_COAP_CODE(4, 5) : ES_COAP_CODE(4, 4),
              ES_SLICE_NONE);
    }
}

static void take_datagram(struct es_driver *v, const struct es_address *from,
                          struct es_slice bytes)
{
    struct es_coap_message m;
    const char *reason;
    size_t offset;
    if (!es_coap_decode(bytes, &m, &reason, &offset) || m.type > ES_COAP_NON) {
        return;
    }
    if (es_coap_code_is_request(m.code)) {
        take_request(v, from, &m);
    } else if (m.type == ES_COAP_CON && m.code == ES_COAP_EMPTY) {
        reset_ping(v->own, from, &m);
    }
}

static void poll(struct es_driver *v, es_usec now)
{
    const struct own *own = v->own;
    struct es_filter *from;
    struct es_datagram d;
    while ((from = es_listener_accept(own->listener, now)) != NULL) {
        struct es_address peer = *es_listener_peer(from);
        while (es_filter_recv(from, &d, now) == ES_IO_OK) {
            take_datagram(v, &peer, d.bytes);
        }
        es_filter_close(from, now);
    }
    if (own->asked && now >= own->since + HOLD) {
        answer_asker(v, "");
    }
    if (v->state == ES_DRIVER_STARTING && now >= v->deadline) {
        es_driver_fail(v, "no device has asked for GET coap://%s/next within %s",
                       es_address_text(es_listener_address(own->listener), v->arena),
                       es_text_of_duration(v->arena, v->cfg.spec->within));
    }
}

/* --- Life */

static void start(struct es_driver *v, es_usec now)
{
    struct own *own = v->own;
    const struct es_driver_spec *s = v->cfg.spec;
    struct es_diag *d = es_diag_new();
    struct es_address local;
    own->shared = es_driver_share(v, sizeof *own->shared);
    v->deadline = now + s->within;
    bool ok =
        es_address_parse(es_slice_of(s->control), PORT, &local, s->control_loc, d);
    own->listener = ok ? es_listener_open(v->arena, &local, d) : NULL;
    if (!own->listener) {
        es_driver_fail(v, "%s", es_driver_first_note(d, v->arena));
        v->own = NULL;
    }
    es_diag_free(d);
}

static void watch(struct es_driver *v, struct es_loop *loop)
{
    const struct own *own = v->own;
    es_loop_watch(loop, es_listener_fd(own->listener));
    if (own->asked) {
        es_loop_until(loop, own->since + HOLD);
    }
}

static bool begin(struct es_driver *v, const char *text)
{
    struct own *own = v->own;
    own->offered = text;
    own->is_taken = false;
    hand_out(v);
    return true;
}

static bool is_idle(const struct es_driver *v)
{
    const struct own *own = v->own;
    return own->asked != NULL;
}

/* What an earlier instance has handed out is none of our business. */
static void enter(struct es_driver *v)
{
    struct own *own = v->own;
    own->offered = NULL;
    own->is_taken = false;
}

static void leave(struct es_driver *v)
{
    answer_asker(v, "");
}

static void stop(struct es_driver *v)
{
    const struct own *own = v->own;
    answer_asker(v, "");
    es_listener_close(own->listener);
}

const struct es_adapter es_adapter_pull = {
    .own_size = sizeof(struct own),
    .start = start,
    .watch = watch,
    .poll = poll,
    .begin = begin,
    .is_idle = is_idle,
    .enter = enter,
    .leave = leave,
    .stop = stop,
};
