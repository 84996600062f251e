/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/expectation.h"

bool es_expectation_compile(struct es_compile *c, const struct es_node *value,
                            void *args)
{
    struct es_expectation *x = args;
    static const char *const paths[] = {"token", "mid"};
    struct es_rule *const rules[] = {&x->token_rule, &x->mid_rule};
    x->to_slot = ES_SLOT_NONE;
    for (size_t i = 0; i < ES_COUNT(paths); i++) {
        ES_PUSH(c->arena, &c->judged_paths, paths[i]);
        *rules[i] = es_compile_rule(c, paths[i]);
    }
    return es_heads_compile(c, value, &x->heads);
}

bool es_expectation_compile_more(struct es_compile *c, const struct es_pair *pair,
                                 void *args)
{
    struct es_expectation *x = args;
    struct es_slice key = pair->key->text;
    bool in_head = es_slice_is(key, "type") || es_slice_is(key, "code");
    if (in_head || !es_shape_find(&es_message_shape, key, c->arena)) {
        return false;
    }
    struct es_pair copy = *pair;
    struct es_node map = {.kind = ES_NODE_MAP,
                          .loc = pair->key->loc,
                          .pairs = {.at = &copy, .n = 1, .room = 1}};
    x->has_token = x->has_token || es_slice_is(key, "token");
    x->has_mid = x->has_mid || es_slice_is(key, "mid");
    return es_match_compile_fields(c, &map, &es_message_shape, "", &x->fields);
}

bool es_expectation_finish(struct es_compile *c, const struct es_node *step_node,
                           void *args)
{
    struct es_expectation *x = args;
    x->early_rule = es_timing_rule(c, step_node);
    return true;
}

/* Type and code, the first two fields, stand in the head. */
enum { IN_HEAD = 2 };

const char *es_expectation_more_at(size_t index)
{
    size_t at = index + IN_HEAD;
    return at < es_message_shape.n ? es_message_shape.fields[at].name
                                   : es_message_option_at(at - es_message_shape.n);
}

static bool parse_to(struct es_compile *c, const struct es_node *value,
                     const struct es_field *field, void *out)
{
    const struct es_name *n = es_compile_name(c, value->text);
    (void)field;
    if (!n || n->shape != &es_message_shape) {
        return es_compile_fail(c, value->loc, "'to' names an earlier send by its id");
    }
    *(uint32_t *)out = n->slot;
    return true;
}

static const struct es_field_type type_to = {"send", "the id of an earlier send",
                                             "{\"type\": \"string\"}", parse_to};

#define AT(member) offsetof(struct es_expectation, member)

static const struct es_field fields[] = {
    {.key = "to",
     .type = &type_to,
     .offset = AT(to_slot),
     .doc = "the send that must be answered; default: the latest one on the channel"},
    {.key = "repeated",
     .type = &es_type_flag,
     .offset = AT(repeated),
     .doc =
         "yes: an exact copy of an earlier message will do, such as a retransmission"},
    {.key = "acknowledge",
     .type = &es_type_switch,
     .offset = AT(acknowledge),
     .doc = "off: what comes during this step is not acknowledged by itself"},
};

const struct es_fields es_expectation_fields = {fields, ES_COUNT(fields)};

static const struct es_expectation *expectation(const struct es_step *step)
{
    return step->args;
}

static const struct es_message_view *view_of(struct es_stage *g,
                                             const struct es_waiting *w,
                                             const struct es_coap_incoming *in)
{
    struct es_message_view *v = ES_NEW(es_stage_arena(g), struct es_message_view);
    *v = *es_message_view_of(es_stage_arena(g), &in->message);
    v->is_separate = w->to.has_empty_ack && in->message.type != ES_COAP_ACK;
    return v;
}

static bool is_copy(const struct es_coap_incoming *in)
{
    return in->kind == ES_COAP_DUPLICATE && in->identical;
}

/* The message sent again under its MID is answered again under the same. */
static bool answers_repetition(const struct es_waiting *w,
                               const struct es_coap_incoming *in)
{
    const struct es_coap_message *to = w->to.message, *m = &in->message;
    bool by_mid = m->type == ES_COAP_ACK || m->type == ES_COAP_RST;
    return to && by_mid && to->mid == m->mid && in->first_packet < to->packet;
}

static bool wants_copies(const struct es_waiting *w)
{
    for (size_t i = 0; i < w->n; i++) {
        if (expectation(w->steps[i])->repeated) {
            return true;
        }
    }
    return false;
}

bool es_waiting_tolerates(struct es_stage *g, const struct es_coap_incoming *in)
{
    const struct es_coap_message *m = &in->message;
    bool ping = in->kind != ES_COAP_MALFORMED && m->type == ES_COAP_CON &&
                m->code == ES_COAP_EMPTY;
    if (es_stage_is_strict(g) || !(ping || is_copy(in))) {
        return false;
    }
    es_stage_note(g, "tolerated: %s #%u", is_copy(in) ? "a copy," : "a ping,",
                  (unsigned)m->packet);
    return true;
}

static bool is_empty_ack(const struct es_waiting *w, const struct es_coap_incoming *in)
{
    const struct es_coap_message *m = &in->message, *to = w->to.message;
    return in->kind == ES_COAP_NEW && m->type == ES_COAP_ACK &&
           m->code == ES_COAP_EMPTY && to && m->mid == to->mid;
}

/* The response to come will be a separate one, for this step or a later one. */
static void note_empty_ack(struct es_waiting *w)
{
    w->to.has_empty_ack = true;
    if (w->channel->last_sent.message == w->to.message) {
        w->channel->last_sent.has_empty_ack = true;
    }
}

static bool tolerates_empty_ack(struct es_stage *g, const struct es_waiting *w,
                                const struct es_coap_incoming *in)
{
    if (!is_empty_ack(w, in) || es_stage_is_strict(g)) {
        return false;
    }
    es_stage_note(g, "tolerated: an empty ACK, #%u: the response comes separately",
                  (unsigned)in->message.packet);
    return true;
}

/* What answers another message of ours is for another step. */
static bool is_elsewhere(const struct es_waiting *w, const struct es_coap_incoming *in)
{
    const struct es_coap_message *to = w->to.message;
    return in->answers && to && in->answers_packet != to->packet &&
           !expectation(w->steps[0])->has_token;
}

static bool fields_hold(struct es_stage *g, const struct es_waiting *w,
                        const struct es_expectation *x,
                        const struct es_coap_incoming *in)
{
    struct es_match_env env = {.scope = es_stage_scope(g), .arena = es_stage_arena(g)};
    return es_match_fields(x->fields.at, x->fields.n, view_of(g, w, in), &env);
}

/* Which expectation the message meets, or n. Among several the fields decide as well. */
static size_t choose(struct es_stage *g, const struct es_waiting *w,
                     const struct es_coap_incoming *in)
{
    for (size_t i = 0; i < w->n; i++) {
        const struct es_expectation *x = expectation(w->steps[i]);
        if (es_heads_find(g, &x->heads, in) &&
            (w->n == 1 || fields_hold(g, w, x, in))) {
            return i;
        }
    }
    return w->n;
}

static void judge_echo(struct es_stage *g, const struct es_step *step,
                       const struct es_waiting *w, const struct es_concerned *who)
{
    const struct es_expectation *x = expectation(step);
    const struct es_coap_message *m = who->received, *to = w->to.message;
    bool has_token = m->code != ES_COAP_EMPTY && w->to.has_token && !x->has_token;
    bool has_mid = (m->type == ES_COAP_ACK || m->type == ES_COAP_RST) && !x->has_mid;
    if (!to || es_coap_code_is_request(m->code)) {
        return;
    }
    if (has_token && !es_slice_eq(m->token, to->token)) {
        struct es_value got = es_value_bytes(m->token),
                        wanted = es_value_bytes(to->token);
        es_stage_broken(g, step, &x->token_rule, who,
                        "the response carries the token %s, the request %s",
                        es_value_render(&got, es_stage_arena(g)),
                        es_value_render(&wanted, es_stage_arena(g)));
    }
    if (has_mid && m->mid != to->mid) {
        es_stage_broken(g, step, &x->mid_rule, who,
                        "the %s carries message ID %u, the message sent %u",
                        es_coap_type_text(m->type), m->mid, to->mid);
    }
}

static void judge(struct es_stage *g, const struct es_waiting *w,
                  const struct es_coap_incoming *in)
{
    const struct es_step *step = w->steps[w->chosen];
    const struct es_expectation *x = expectation(step);
    struct es_concerned who = {.sent = w->to.message, .received = &in->message};
    const struct es_message_view *v = view_of(g, w, in);
    es_stage_bind(g, step, v);
    es_stage_judged(g, &x->heads.rule);
    if (in->kind != ES_COAP_MALFORMED) {
        judge_echo(g, step, w, &who);
    }
    if (in->message.code != ES_COAP_EMPTY) {
        es_stage_match(g, step, NULL, &x->fields, v, NULL, NULL, &who);
    }
    es_timing_judge(g, step, &x->early_rule, &in->message, &who);
}

/* The message is none of those that were expected. */
static void refuse(struct es_stage *g, const struct es_waiting *w,
                   const struct es_coap_incoming *in)
{
    const struct es_step *step = w->steps[0];
    const struct es_expectation *x = expectation(step);
    struct es_concerned who = {.sent = w->to.message, .received = &in->message};
    struct es_field_match field = {.path = step->verb->name, .rule = x->heads.rule};
    struct es_mismatch m = {.field = &field,
                            .loc = x->heads.loc,
                            .path = field.path,
                            .wanted = x->heads.source};
    for (size_t i = 1; i < w->n; i++) {
        m.wanted = es_arena_printf(es_stage_arena(g), "%s or %s", m.wanted,
                                   expectation(w->steps[i])->heads.source);
    }
    m.got = w->n == 1 || in->kind == ES_COAP_MALFORMED
                ? es_head_text(in, es_stage_arena(g))
                : es_coap_text(&in->message, es_stage_arena(g));
    es_stage_bind(g, step, view_of(g, w, in));
    es_stage_judged(g, &x->heads.rule);
    es_stage_mismatch(g, step, NULL, &m, &who);
}

static enum es_progress take(struct es_stage *g, struct es_waiting *w,
                             const struct es_coap_incoming *in)
{
    bool copy = is_copy(in) && !wants_copies(w) && !answers_repetition(w, in);
    struct es_event event = {
        .kind = ES_EVENT_MESSAGE, .channel = w->channel, .incoming = in};
    if (copy && es_waiting_tolerates(g, in)) {
        return ES_STEP_WAIT;
    }
    if (copy) {
        refuse(g, w, in);
        return ES_STEP_DONE;
    }
    if (is_elsewhere(w, in)) {
        es_stage_keep(g, &event);
        return ES_STEP_WAIT;
    }
    if (is_empty_ack(w, in)) {
        note_empty_ack(w);
    }
    w->chosen = choose(g, w, in);
    if (w->chosen < w->n) {
        judge(g, w, in);
        return ES_STEP_DONE;
    }
    if (tolerates_empty_ack(g, w, in) || es_waiting_tolerates(g, in)) {
        return ES_STEP_WAIT;
    }
    refuse(g, w, in);
    return ES_STEP_DONE;
}

/* Nothing came: as good as expected where one of the heads says silence. */
static enum es_progress nothing(struct es_stage *g, struct es_waiting *w,
                                const char *text)
{
    struct es_concerned who = {.sent = w->to.message};
    for (size_t i = 0; i < w->n; i++) {
        const struct es_heads_in *heads = &expectation(w->steps[i])->heads;
        if (es_heads_allow_silence(heads)) {
            w->chosen = i;
            es_stage_judged(g, &heads->rule);
            es_stage_note(g, "silence, as expected: %s", text);
            return ES_STEP_DONE;
        }
    }
    return es_stage_missing(g, w->steps[0], &who, "%s", text);
}

static void restore(const struct es_waiting *w, enum es_progress progress)
{
    if (progress != ES_STEP_WAIT) {
        es_coap_endpoint_set_automatic(w->channel->endpoint,
                                       !w->channel->leaves_unacknowledged);
    }
}

static void find_sent(struct es_stage *g, struct es_waiting *w)
{
    uint32_t slot = expectation(w->steps[0])->to_slot;
    w->to = w->channel->last_sent;
    if (slot != ES_SLOT_NONE) {
        const struct es_value *v = &es_stage_scope(g)->slots[slot];
        const struct es_message_view *view = v->record.p;
        w->to.message = v->kind == ES_KIND_RECORD ? view->message : NULL;
        w->to.has_token = true;
    }
}

static void set_deadline(struct es_stage *g, struct es_waiting *w)
{
    w->deadline = 0;
    for (size_t i = 0; i < w->n; i++) {
        es_usec end = es_stage_deadline(g, w->steps[i]);
        w->deadline = end > w->deadline ? end : w->deadline;
    }
}

enum es_progress es_waiting_start(struct es_stage *g, struct es_waiting *w)
{
    enum es_progress progress = ES_STEP_WAIT;
    w->chosen = w->n;
    w->channel = es_stage_channel(g, w->steps[0], false);
    if (!w->channel) {
        return ES_STEP_END;
    }
    find_sent(g, w);
    if (!w->channel->endpoint) {
        return nothing(g, w, "the session is not open");
    }
    if (expectation(w->steps[0])->acknowledge == ES_SWITCH_OFF) {
        es_coap_endpoint_set_automatic(w->channel->endpoint, false);
    }
    set_deadline(g, w);
    for (size_t left = w->channel->kept.n; left > 0 && progress == ES_STEP_WAIT;
         left--) {
        progress = take(g, w, es_stage_take_kept(w->channel));
    }
    if (progress == ES_STEP_WAIT && w->channel->ended) {
        progress =
            nothing(g, w,
                    es_arena_printf(es_stage_arena(g), "the session has ended: %s",
                                    w->channel->reason));
    }
    restore(w, progress);
    return progress;
}

static enum es_progress advance(struct es_stage *g, struct es_waiting *w,
                                const struct es_event *event)
{
    struct es_arena *a = es_stage_arena(g);
    bool mine = event->channel == w->channel;
    if (event->kind == ES_EVENT_MESSAGE && mine) {
        return take(g, w, event->incoming);
    }
    es_stage_keep(g, event);
    if (event->kind == ES_EVENT_ENDED && mine) {
        return nothing(g, w,
                       es_arena_printf(a, "the session ended before a message came: %s",
                                       w->channel->reason));
    }
    if (es_stage_now(g) >= w->deadline) {
        const char *span = es_text_of_duration(a, w->deadline - es_stage_step_start(g));
        return nothing(g, w, es_arena_printf(a, "no message within %s", span));
    }
    return ES_STEP_WAIT;
}

enum es_progress es_waiting_poll(struct es_stage *g, struct es_waiting *w,
                                 const struct es_event *event)
{
    enum es_progress progress = advance(g, w, event);
    es_stage_wake(g, w->deadline);
    restore(w, progress);
    return progress;
}
