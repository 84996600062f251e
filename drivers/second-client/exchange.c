/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange.h"

#include "host.h"

#include <string.h>

enum { TOKEN_LEN = 4, SEEN_MAX = 32 };
/* How long a response may take after the empty ACK. */
enum { RESPONSE_WAIT_MS = 60000 };

/* A message of the server and what was said to it. */
struct seen {
    bool is_used;
    uint16_t mid;
    struct es_octets reply; /* empty for a NON */
};

static struct {
    struct es_session *session;
    uint16_t next_mid;
    struct seen seen[SEEN_MAX];
    size_t seen_next;

    bool is_open; /* a response is awaited */
    struct es_head asked;
    struct es_octets message;
    unsigned int sent;
    uint64_t due_ms, timeout_ms; /* of the next transmission */
    bool is_acked;
    const char *failure;
    struct es_response response;
} x;

static void take(struct es_bytes datagram);

void es_exchange_attach(struct es_session *session)
{
    for (size_t i = 0; i < SEEN_MAX; i++) {
        es_octets_free(&x.seen[i].reply);
        x.seen[i].is_used = false;
    }
    es_octets_free(&x.message);
    x.session = session;
    session->take = take;
    es_random(&x.next_mid, sizeof x.next_mid);
}

/* Remembers the message and, if it is a CON, answers it. */
static void settle(const struct es_head *head, enum es_type reply)
{
    struct seen *s = &x.seen[x.seen_next];
    x.seen_next = (x.seen_next + 1) % SEEN_MAX;
    s->is_used = true;
    s->mid = head->mid;
    es_octets_clear(&s->reply);
    if (head->type == ES_TYPE_CON) {
        es_empty_write(reply, head->mid, &s->reply);
        es_session_send(x.session, es_octets_view(&s->reply));
    }
}

/* RFC 7252, 4.5: a copy gets the same answer, and is not looked at. */
static bool is_copy(const struct es_head *head)
{
    for (size_t i = 0; i < SEEN_MAX; i++) {
        struct seen *s = &x.seen[i];
        if (s->is_used && s->mid == head->mid) {
            if (head->type == ES_TYPE_CON && s->reply.n > 0) {
                es_session_send(x.session, es_octets_view(&s->reply));
            }
            return true;
        }
    }
    return false;
}

static void fail(const char *why)
{
    x.is_open = false;
    x.failure = why;
}

static bool is_awaited(const struct es_head *head)
{
    unsigned int class = head->code >> 5;
    return x.is_open && (class == 2 || class == 4 || class == 5) &&
           head->token_len == x.asked.token_len &&
           memcmp(head->token, x.asked.token, head->token_len) == 0;
}

/* RFC 7252, 5.4.1: a response with a critical option that is not understood is rejected. The
   server will not send another one. */
static bool is_acceptable(struct es_response *r)
{
    if (r->bad_option != 0) {
        es_log("critical option %u is not understood", (unsigned int)r->bad_option);
        fail("the response has a critical option that is not understood");
        return false;
    }
    x.is_open = false;
    x.response = *r;
    r->payload = (struct es_octets){NULL, 0, 0};
    return true;
}

/* A CON or a NON. */
static void take_message(struct es_response *r)
{
    if (!is_copy(&r->head)) {
        bool taken = is_awaited(&r->head) && is_acceptable(r);
        settle(&r->head, taken ? ES_TYPE_ACK : ES_TYPE_RST);
    }
}

/* An ACK that nobody waits for is ignored (RFC 7252, 4.2). */
static void take_ack(struct es_response *r)
{
    if (!x.is_open || r->head.mid != x.asked.mid) {
        return;
    }
    if (r->head.code != ES_EMPTY) {
        if (is_awaited(&r->head)) {
            is_acceptable(r);
        }
    } else if (!x.is_acked) {
        x.is_acked = true;
        x.due_ms = es_now_ms() + RESPONSE_WAIT_MS;
    }
}

static void take_reset(const struct es_response *r)
{
    if (x.is_open && r->head.code == ES_EMPTY && r->head.mid == x.asked.mid) {
        fail("the server reset the request");
    }
}

static void dispatch(struct es_response *r)
{
    switch (r->head.type) {
    case ES_TYPE_CON:
    case ES_TYPE_NON:
        take_message(r);
        break;
    case ES_TYPE_ACK:
        take_ack(r);
        break;
    case ES_TYPE_RST:
        take_reset(r);
        break;
    }
}

static void take(struct es_bytes datagram)
{
    struct es_response r;
    enum es_sense sense = es_response_read(datagram, &r);
    if (sense == ES_SENSE_OK) {
        dispatch(&r);
    } else if (sense == ES_SENSE_MALFORMED && r.head.type == ES_TYPE_CON) {
        settle(&r.head, ES_TYPE_RST);
    }
    es_octets_free(&r.payload);
}

/* Sends what is due, unless the server was asked often enough. */
static void transmit(void)
{
    if (x.is_acked) {
        fail("no response follows the acknowledgement");
    } else if (x.sent == ES_TRANSMISSIONS) {
        fail("the server does not answer");
    } else {
        es_session_send(x.session, es_octets_view(&x.message));
        x.sent++;
        x.due_ms = es_now_ms() + x.timeout_ms;
        x.timeout_ms *= 2;
    }
}

static void begin(const struct es_request *request)
{
    uint16_t chance;
    es_random(&chance, sizeof chance);
    x.asked = (struct es_head){.type = ES_TYPE_CON,
                               .code = request->code,
                               .mid = x.next_mid++,
                               .token_len = TOKEN_LEN};
    es_random(x.asked.token, TOKEN_LEN);
    es_octets_clear(&x.message);
    es_request_write(request, &x.asked, &x.message);
    x.sent = 0;
    x.timeout_ms = ES_ACK_TIMEOUT_MS + chance % ES_ACK_SPREAD_MS;
    x.is_acked = false;
    x.failure = NULL;
    x.is_open = true;
}

const char *es_exchange_run(const struct es_request *request, struct es_response *out)
{
    begin(request);
    transmit();
    while (x.is_open) {
        if (!es_session_step(x.session, x.due_ms)) {
            fail("aborted");
        } else if (x.is_open && !x.session->is_open) {
            fail("the session is lost");
        } else if (x.is_open && x.due_ms <= es_now_ms()) {
            transmit();
        }
    }
    es_log("0.0%u /%s %u/%d -> %s%u.%02u (%zu octets)", (unsigned int)request->code,
           request->path, (unsigned int)request->block1.num, request->block1.more,
           x.failure != NULL ? "none " : "", x.response.head.code >> 5U,
           x.response.head.code & 31U, x.response.payload.n);
    *out = x.response;
    x.response = (struct es_response){.max_age = -1};
    return x.failure;
}
