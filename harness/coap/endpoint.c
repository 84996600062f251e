/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "coap/endpoint.h"

#include "base/assert.h"
#include "base/vector.h"

/* RFC 7252, 4.8. */
enum { MAX_RETRANSMIT = 4, MID_COUNT = 65536, TOKEN_TRIES = 1000, HEX_SHOWN_MAX = 32 };
static const es_usec ack_timeout_default = 2 * ES_USEC_PER_S;
static const es_usec exchange_lifetime = 247 * ES_USEC_PER_S;
static const es_usec non_lifetime = 145 * ES_USEC_PER_S;

enum sent_state { SENT_WAITING, SENT_SETTLED, SENT_GIVEN_UP };

/* A CON or NON of ours. */
struct sent {
    uint16_t mid;
    struct es_slice token, bytes;
    const char *text;
    uint32_t packet;
    enum sent_state state;
    bool is_open; /* a request that had no response yet */
    unsigned retransmissions;
    es_usec timeout, deadline;
};

/* A message of the peer, and what a repetition of it is answered with. */
struct heard {
    enum es_coap_type type;
    uint16_t mid;
    struct es_slice bytes, reply;
    const char *reply_text;
    uint32_t packet;
    es_usec time;
};

struct es_coap_endpoint {
    struct es_arena *arena;
    struct es_coap_endpoint_config cfg;
    bool automatic;
    uint16_t next_mid;
    uint8_t mid_used[MID_COUNT / 8];
    size_t waiting; /* how many of sent[] are SENT_WAITING */
    struct {
        struct sent *at;
        size_t n, room;
    } sent;
    struct {
        struct heard *at;
        size_t n, room;
    } heard;
    struct {
        struct es_slice *at;
        size_t n, room;
    } tokens; /* all that were given out or sent */
};

struct es_coap_endpoint *es_coap_endpoint_new(struct es_arena *arena,
                                              const struct es_coap_endpoint_config *cfg)
{
    es_assert(cfg->filter);
    struct es_coap_endpoint *e = ES_NEW(arena, struct es_coap_endpoint);
    e->arena = arena;
    e->cfg = *cfg;
    if (e->cfg.ack_timeout == 0) {
        e->cfg.ack_timeout = ack_timeout_default;
    }
    e->automatic = true;
    e->next_mid = (uint16_t)es_prng_below(&e->cfg.prng, MID_COUNT);
    return e;
}

static bool mid_is_used(const struct es_coap_endpoint *e, uint16_t mid)
{
    return e->mid_used[mid / 8] >> mid % 8 & 1;
}

static void use_mid(struct es_coap_endpoint *e, uint16_t mid)
{
    e->mid_used[mid / 8] |= (uint8_t)(1U << mid % 8);
}

uint16_t es_coap_endpoint_mid(struct es_coap_endpoint *e)
{
    for (size_t i = 0; i < MID_COUNT && mid_is_used(e, e->next_mid); i++) {
        e->next_mid++;
    }
    use_mid(e, e->next_mid);
    return e->next_mid++;
}

static bool token_is_used(const struct es_coap_endpoint *e, struct es_slice token)
{
    for (size_t i = 0; i < e->tokens.n; i++) {
        if (es_slice_eq(e->tokens.at[i], token)) {
            return true;
        }
    }
    return false;
}

struct es_slice es_coap_endpoint_token(struct es_coap_endpoint *e, size_t n)
{
    uint8_t bytes[ES_COAP_TOKEN_MAX] = {0};
    es_assert(n <= sizeof bytes);
    struct es_slice token = es_slice_make(bytes, n);
    for (size_t i = 0; i < TOKEN_TRIES; i++) {
        es_prng_bytes(&e->cfg.prng, bytes, n);
        if (!token_is_used(e, token)) {
            break;
        }
    }
    token = es_arena_dup(e->arena, token);
    ES_PUSH(e->arena, &e->tokens, token);
    return token;
}

static struct sent *find_sent(const struct es_coap_endpoint *e, uint16_t mid)
{
    for (size_t i = e->sent.n; i-- > 0;) {
        if (e->sent.at[i].mid == mid) {
            return &e->sent.at[i];
        }
    }
    return NULL;
}

static struct sent *find_open(const struct es_coap_endpoint *e, struct es_slice token)
{
    for (size_t i = e->sent.n; i-- > 0;) {
        if (e->sent.at[i].is_open && es_slice_eq(e->sent.at[i].token, token)) {
            return &e->sent.at[i];
        }
    }
    return NULL;
}

/* The latest message of the peer with this MID that an ACK or RST of ours can be for. */
static struct heard *find_acknowledgeable(const struct es_coap_endpoint *e,
                                          uint16_t mid)
{
    for (size_t i = e->heard.n; i-- > 0;) {
        struct heard *h = &e->heard.at[i];
        if (h->mid == mid && (h->type == ES_COAP_CON || h->type == ES_COAP_NON)) {
            return h;
        }
    }
    return NULL;
}

static void settle(struct es_coap_endpoint *e, struct sent *s, enum sent_state state)
{
    if (s->state == SENT_WAITING) {
        s->state = state;
        e->waiting--;
    }
}

/* Ends retransmission of every copy sent under this MID: a scenario may send the same message
 * twice on purpose. */
static void settle_copies(struct es_coap_endpoint *e, uint16_t mid, bool closes)
{
    for (size_t i = e->sent.n; i-- > 0;) {
        struct sent *s = &e->sent.at[i];
        if (s->mid == mid) {
            settle(e, s, SENT_SETTLED);
            s->is_open = s->is_open && !closes;
        }
    }
}

/* ` (to #5)` behind an Empty message; by MID where there is no packet number. */
static const char *reference(struct es_coap_endpoint *e, const char *what,
                             uint32_t packet, uint16_t mid)
{
    return packet ? es_arena_printf(e->arena, "  (%s #%u)", what, (unsigned)packet)
                  : es_arena_printf(e->arena, "  (%s MID %u)", what, (unsigned)mid);
}

static enum es_io transmit(struct es_coap_endpoint *e, struct es_slice bytes,
                           const char *text, uint32_t *packet, es_usec now)
{
    struct es_datagram d = {.bytes = bytes, .time = now};
    enum es_io io = es_filter_send(e->cfg.filter, &d, now);
    *packet = io == ES_IO_OK ? d.number : 0;
    if (e->cfg.evidence && io == ES_IO_OK) {
        es_evidence_line(e->cfg.evidence, d.number, ES_SENT, now, "%s", text);
    } else if (e->cfg.evidence) {
        es_evidence_note(e->cfg.evidence, now, "not sent (%s): %s",
                         io == ES_IO_AGAIN ? "not ready" : es_coap_endpoint_reason(e),
                         text);
    }
    return io;
}

/* Remembers what was sent, so that answers and repetitions find it. */
static void remember(struct es_coap_endpoint *e, const struct es_coap_message *m,
                     const char *text, bool once, es_usec now)
{
    use_mid(e, m->mid);
    if (m->type == ES_COAP_ACK || m->type == ES_COAP_RST) {
        struct heard *h = find_acknowledgeable(e, m->mid);
        if (h) {
            h->reply = m->raw;
            h->reply_text = text;
        }
        return;
    }
    struct sent s = {.mid = m->mid,
                     .token = es_arena_dup(e->arena, m->token),
                     .bytes = m->raw,
                     .text = text,
                     .packet = m->packet,
                     .state = SENT_SETTLED,
                     .is_open = es_coap_code_is_request(m->code),
                     .deadline = ES_USEC_NEVER};
    if (m->type == ES_COAP_CON && !once) {
        es_usec half = e->cfg.ack_timeout / 2;
        s.state = SENT_WAITING;
        s.timeout = e->cfg.ack_timeout +
                    (es_usec)es_prng_below(&e->cfg.prng, (uint64_t)half + 1);
        s.deadline = now + s.timeout;
        e->waiting++;
    }
    ES_PUSH(e->arena, &e->tokens, s.token);
    ES_PUSH(e->arena, &e->sent, s);
}

static const char *sent_text(struct es_coap_endpoint *e,
                             const struct es_coap_message *m)
{
    const char *text = es_coap_text(m, e->arena);
    if (m->type != ES_COAP_ACK && m->type != ES_COAP_RST) {
        return text;
    }
    const struct heard *h = find_acknowledgeable(e, m->mid);
    if (m->code != ES_COAP_EMPTY && h) {
        return text;
    }
    return es_arena_printf(
        e->arena, "%s%s", text,
        reference(e, h ? "to" : "to no message,", h ? h->packet : 0, m->mid));
}

static size_t encoded_max(const struct es_coap_message *m)
{
    size_t max = 5 + m->token.n + m->payload.n;
    for (size_t i = 0; i < m->options_n; i++) {
        max += 5 + m->options[i].value.n;
    }
    return max;
}

enum es_io es_coap_endpoint_send(struct es_coap_endpoint *e, struct es_coap_message *m,
                                 bool once, es_usec now)
{
    struct es_buf out;
    es_buf_build(&out, e->arena, encoded_max(m));
    es_coap_encode(m, &out);
    es_assert(!out.overflow);
    m->raw = es_buf_slice(&out);
    m->time = now;
    const char *text = sent_text(e, m);
    enum es_io io = transmit(e, m->raw, text, &m->packet, now);
    if (io == ES_IO_OK || io == ES_IO_AGAIN) {
        remember(e, m, text, once, now);
    }
    return io;
}

static const char *bytes_text(struct es_coap_endpoint *e, struct es_slice bytes)
{
    struct es_buf hex;
    struct es_slice shown = es_slice_sub(bytes, 0, HEX_SHOWN_MAX);
    es_buf_build(&hex, e->arena, 2 * shown.n + 1);
    es_buf_hex(&hex, shown);
    return es_arena_printf(e->arena, "h'%s'%s  %zu bytes", es_buf_cstr(&hex),
                           shown.n < bytes.n ? "..." : "", bytes.n);
}

enum es_io es_coap_endpoint_send_bytes(struct es_coap_endpoint *e,
                                       struct es_slice bytes, uint32_t *packet,
                                       es_usec now)
{
    struct es_coap_message m;
    const char *reason;
    size_t offset;
    bool decodes = es_coap_decode(es_arena_dup(e->arena, bytes), &m, &reason, &offset);
    const char *text = decodes ? sent_text(e, &m) : bytes_text(e, bytes);
    enum es_io io = transmit(e, bytes, text, packet, now);
    if (decodes && (io == ES_IO_OK || io == ES_IO_AGAIN)) {
        m.packet = *packet;
        remember(e, &m, text, true, now);
    }
    return io;
}

void es_coap_endpoint_cancel(struct es_coap_endpoint *e, uint16_t mid)
{
    settle_copies(e, mid, false);
}

void es_coap_endpoint_set_automatic(struct es_coap_endpoint *e, bool on)
{
    e->automatic = on;
}

/* Format errors that still have a type and a MID; another version is ignored (RFC 7252, 3). */
static bool has_header(const struct es_coap_message *m)
{
    return m->raw.n >= 4 && m->raw.p[0] >> 6 == 1;
}

static const struct heard *find_first_copy(const struct es_coap_endpoint *e,
                                           const struct es_coap_message *m)
{
    es_usec lifetime = m->type == ES_COAP_NON ? non_lifetime : exchange_lifetime;
    for (size_t i = e->heard.n; i-- > 0;) {
        const struct heard *h = &e->heard.at[i];
        if (h->type == m->type && h->mid == m->mid && m->time - h->time < lifetime) {
            return h;
        }
    }
    return NULL;
}

/* Marks a repetition, or remembers the message as the first copy. */
static void deduplicate(struct es_coap_endpoint *e, struct es_coap_incoming *in)
{
    const struct es_coap_message *m = &in->message;
    if (!has_header(m)) {
        return;
    }
    const struct heard *first = find_first_copy(e, m);
    if (first) {
        in->first_packet = first->packet;
        in->identical = es_slice_eq(first->bytes, m->raw);
        if (in->kind == ES_COAP_NEW) {
            in->kind = ES_COAP_DUPLICATE;
        }
        return;
    }
    struct heard h = {.type = m->type,
                      .mid = m->mid,
                      .bytes = es_arena_dup(e->arena, m->raw),
                      .packet = m->packet,
                      .time = m->time};
    ES_PUSH(e->arena, &e->heard, h);
}

/* An ACK or RST, found by MID. What RFC 7252, 4.2 has us ignore silently settles nothing. */
static struct sent *match_acknowledgement(struct es_coap_endpoint *e,
                                          const struct es_coap_message *m)
{
    struct sent *s = find_sent(e, m->mid);
    bool ignored = m->type == ES_COAP_RST
                       ? m->code != ES_COAP_EMPTY
                       : m->code != ES_COAP_EMPTY && !es_coap_code_is_response(m->code);
    if (!s || ignored) {
        return s;
    }
    bool is_final = m->type == ES_COAP_RST ||
                    (m->code != ES_COAP_EMPTY && es_slice_eq(m->token, s->token));
    settle_copies(e, m->mid, is_final);
    return s;
}

/* A separate response, found by token. It shows that the request arrived, so the request is
 * not sent again (RFC 7252, 4.2). */
static struct sent *match_response(struct es_coap_endpoint *e,
                                   const struct es_coap_message *m)
{
    struct sent *s = find_open(e, m->token);
    if (s) {
        settle_copies(e, s->mid, true);
    }
    return s;
}

static void match(struct es_coap_endpoint *e, struct es_coap_incoming *in)
{
    const struct es_coap_message *m = &in->message;
    struct sent *s = NULL;
    if (in->kind == ES_COAP_MALFORMED) {
        return;
    }
    if (m->type == ES_COAP_ACK || m->type == ES_COAP_RST) {
        s = match_acknowledgement(e, m);
    } else if (es_coap_code_is_response(m->code) &&
               (in->kind == ES_COAP_NEW || !in->identical)) {
        s = match_response(e, m);
    }
    in->answers = s != NULL;
    in->answers_packet = s ? s->packet : 0;
}

static void trace_received(struct es_coap_endpoint *e,
                           const struct es_coap_incoming *in, es_usec now)
{
    const struct es_coap_message *m = &in->message;
    const char *remark = "";
    if (!e->cfg.evidence) {
        return;
    }
    if (in->kind == ES_COAP_MALFORMED) {
        es_evidence_line(e->cfg.evidence, m->packet, ES_RECEIVED, now,
                         "malformed at byte %zu: %s  %s", in->offset, in->reason,
                         bytes_text(e, m->raw));
        return;
    }
    if (in->kind == ES_COAP_DUPLICATE) {
        remark = reference(e, in->identical ? "again" : "MID used before in",
                           in->first_packet, m->mid);
    } else if (m->type == ES_COAP_RST ||
               (m->type == ES_COAP_ACK && m->code == ES_COAP_EMPTY)) {
        remark = reference(e, in->answers ? "to" : "to no message,", in->answers_packet,
                           m->mid);
    }
    es_evidence_line(e->cfg.evidence, m->packet, ES_RECEIVED, now, "%s%s",
                     es_coap_text(m, e->arena), remark);
}

/* ACK or RST for a CON of the peer, or no answer yet. */
static bool choose_reply(const struct es_coap_incoming *in, enum es_coap_type *type)
{
    const struct es_coap_message *m = &in->message;
    if (in->kind != ES_COAP_MALFORMED && es_coap_code_is_request(m->code)) {
        return false;
    }
    *type = in->answers ? ES_COAP_ACK : ES_COAP_RST;
    return true;
}

static void reply(struct es_coap_endpoint *e, const struct es_coap_incoming *in,
                  es_usec now)
{
    const struct es_coap_message *m = &in->message;
    struct es_coap_message answer = {.mid = m->mid};
    if (!e->automatic || !has_header(m) || m->type != ES_COAP_CON) {
        return;
    }
    const struct heard *h = find_acknowledgeable(e, m->mid);
    uint32_t packet;
    if (h && h->reply.n) {
        const char *text = es_arena_printf(e->arena, "%s  (again)", h->reply_text);
        transmit(e, h->reply, text, &packet, now);
    } else if ((in->kind != ES_COAP_DUPLICATE || in->answers) &&
               choose_reply(in, &answer.type)) {
        es_coap_endpoint_send(e, &answer, true, now);
    }
}

enum es_io es_coap_endpoint_recv(struct es_coap_endpoint *e, struct es_arena *arena,
                                 struct es_coap_incoming *in, es_usec now)
{
    struct es_datagram d = {0};
    enum es_io io = es_filter_recv(e->cfg.filter, &d, now);
    if (io != ES_IO_OK) {
        return io;
    }
    *in = (struct es_coap_incoming){.kind = ES_COAP_NEW};
    struct es_slice bytes = es_arena_dup(arena, d.bytes);
    if (!es_coap_decode(bytes, &in->message, &in->reason, &in->offset)) {
        in->kind = ES_COAP_MALFORMED;
    }
    in->message.time = d.time;
    in->message.packet = d.number;
    deduplicate(e, in);
    match(e, in);
    trace_received(e, in, now);
    reply(e, in, now);
    return ES_IO_OK;
}

bool es_coap_endpoint_has_given_up(const struct es_coap_endpoint *e, uint16_t mid)
{
    const struct sent *s = find_sent(e, mid);
    return s && s->state == SENT_GIVEN_UP;
}

es_usec es_coap_endpoint_next_deadline(const struct es_coap_endpoint *e)
{
    es_usec next = ES_USEC_NEVER;
    size_t left = e->waiting;
    for (size_t i = e->sent.n; left > 0 && i-- > 0;) {
        const struct sent *s = &e->sent.at[i];
        if (s->state == SENT_WAITING) {
            next = s->deadline < next ? s->deadline : next;
            left--;
        }
    }
    return next;
}

static void retransmit(struct es_coap_endpoint *e, struct sent *s, es_usec now)
{
    uint32_t packet;
    if (s->retransmissions == MAX_RETRANSMIT) {
        settle(e, s, SENT_GIVEN_UP);
        if (e->cfg.evidence) {
            es_evidence_note(e->cfg.evidence, now,
                             "given up after %d retransmissions: %s", MAX_RETRANSMIT,
                             s->text);
        }
        return;
    }
    s->retransmissions++;
    s->timeout *= 2;
    s->deadline = now + s->timeout;
    const char *text = es_arena_printf(e->arena, "%s  (retransmission %u)", s->text,
                                       s->retransmissions);
    transmit(e, s->bytes, text, &packet, now);
}

void es_coap_endpoint_on_deadline(struct es_coap_endpoint *e, es_usec now)
{
    size_t left = e->waiting;
    for (size_t i = e->sent.n; left > 0 && i-- > 0;) {
        struct sent *s = &e->sent.at[i];
        if (s->state != SENT_WAITING) {
            continue;
        }
        left--;
        if (s->deadline <= now) {
            retransmit(e, s, now);
        }
    }
}

const char *es_coap_endpoint_reason(const struct es_coap_endpoint *e)
{
    return es_filter_reason(e->cfg.filter);
}
