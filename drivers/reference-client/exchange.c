/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange.h"

#include "behaviour.h"
#include "loop.h"

#include <openssl/rand.h>

#include <stdio.h>
#include <string.h>

/* How long a response may take after the empty ACK, and how many Message IDs of the server
   are remembered. */
enum { RESPONSE_WAIT_MS = 60000, STEP_MS = 1000, SEEN_MAX = 16 };
/* Of the mutant that does not back off. */
enum { FLAT_GAP_MS = 2000, FLAT_COPIES = 4 };

struct seen {
    bool used;
    uint16_t mid;
    enum es_type reply;
};

static struct {
    struct es_session *session;
    bool open;  /* a response is awaited */
    bool acked; /* by an empty ACK */
    uint64_t acked_ms;
    uint16_t mid, mid_of_copy, mid_before;
    bool has_mid_before;
    uint8_t token[ES_TOKEN_LEN];
    bool has_token;
    unsigned int copies;
    struct es_buffer message;
    const char *failure;
    bool answered;
    struct es_response response;
    struct seen seen[SEEN_MAX];
    size_t seen_next;
} x;

void es_exchange_attach(struct es_session *session)
{
    es_buffer_free(&x.message);
    es_response_free(&x.response);
    memset(&x, 0, sizeof x);
    x.session = session;
}

void es_exchange_start_transfer(void)
{
    x.has_token = false;
}

static void send_raw(const void *message, size_t n)
{
    size_t written;
    SSL *ssl = es_session_ssl(x.session);
    if (ssl == NULL || SSL_write_ex(ssl, message, n, &written) != 1) {
        es_log("could not send %zu bytes", n);
    }
}

static void send_empty(enum es_type type, uint16_t mid)
{
    uint8_t message[4];
    es_message_write_empty(type, mid, message);
    send_raw(message, sizeof message);
}

/* Answers a CON of the server and remembers how, for its copies. */
static void reply_to(uint16_t mid, enum es_type type)
{
    x.seen[x.seen_next] = (struct seen){true, mid, type};
    x.seen_next = (x.seen_next + 1) % SEEN_MAX;
    send_empty(type, mid);
}

/* True if the CON or NON is a copy of an earlier one; a CON is then answered again. */
static bool is_copy(const struct es_response *r)
{
    for (size_t i = 0; i < SEEN_MAX; i++) {
        if (!x.seen[i].used || x.seen[i].mid != r->mid) {
            continue;
        }
        if (r->type == ES_TYPE_CON &&
            !es_mutant_is(ES_MUTANT_DUP_CON_RESPONSE_NOT_REACKED)) {
            send_empty(x.seen[i].reply, r->mid);
        }
        return true;
    }
    return false;
}

static bool is_response_code(uint8_t code)
{
    unsigned int class = code >> 5;
    return class == 2 || class == 4 || class == 5;
}

static bool has_our_token(const struct es_response *r)
{
    bool same =
        r->token_len == ES_TOKEN_LEN && memcmp(r->token, x.token, ES_TOKEN_LEN) == 0;
    return same || es_mutant_is(ES_MUTANT_TOKEN_UNCHECKED);
}

static bool has_our_mid(const struct es_response *r)
{
    return r->mid == x.mid || (x.copies > 1 && r->mid == x.mid_of_copy);
}

static void fail(const char *why)
{
    x.failure = why;
    x.open = false;
}

/* Ends the exchange with the response, or with its refusal. */
static void accept_response(struct es_response *r)
{
    static char why[64];
    if (r->bad_option != 0 &&
        !es_mutant_is(ES_MUTANT_CRITICAL_OPTION_IN_RESPONSE_IGNORED)) {
        snprintf(why, sizeof why, "critical option %u in the response",
                 (unsigned int)r->bad_option);
        fail(why);
        return;
    }
    x.response = *r;
    r->bytes = (struct es_buffer){NULL, 0, 0};
    x.answered = true;
    x.open = false;
}

static void reject(uint16_t mid)
{
    if (!es_mutant_is(ES_MUTANT_PING_IGNORED)) {
        reply_to(mid, ES_TYPE_RST);
    }
}

/* CON or NON. True if it ended the exchange. */
static bool take_message(struct es_response *r)
{
    bool con = r->type == ES_TYPE_CON;
    if (is_copy(r)) {
        return false;
    }
    bool awaited = x.open && is_response_code(r->code) && has_our_token(r);
    bool refused = con && r->block2.present && r->block2.more &&
                   es_mutant_is(ES_MUTANT_SEPARATE_CON_BLOCK2_RST);
    if (!awaited || refused) {
        if (con) {
            reject(r->mid);
        }
        return false;
    }
    accept_response(r);
    if (con) {
        reply_to(r->mid, x.answered ? ES_TYPE_ACK : ES_TYPE_RST);
    }
    return true;
}

static bool take_empty_ack(void)
{
    if (!x.acked) {
        es_log("acknowledged, the response is to follow");
        x.acked = true;
        x.acked_ms = es_loop_now_ms();
    }
    if (es_mutant_is(ES_MUTANT_EMPTY_ACK_IS_FINAL)) {
        fail("the answer is empty");
    }
    return !es_mutant_is(ES_MUTANT_RETRANSMIT_AFTER_EMPTY_ACK);
}

/* The mutant that lets each copy of an ACK push out the next block. */
static void send_again(const struct es_response *r)
{
    bool repeated = x.has_mid_before && r->mid == x.mid_before;
    if (!repeated || r->code != ES_CODE_CONTINUE || x.message.n < 4) {
        return;
    }
    uint16_t mid = coap_new_message_id(x.session->coap);
    x.message.p[2] = (uint8_t)(mid >> 8);
    x.message.p[3] = (uint8_t)mid;
    send_raw(x.message.p, x.message.n);
}

/* An ACK that nobody waits for is ignored (RFC 7252, 4.2), but by two mutants. */
static void ignore_ack(const struct es_response *r)
{
    if (es_mutant_is(ES_MUTANT_RST_TO_ACK)) {
        send_empty(ES_TYPE_RST, r->mid);
    }
    if (x.open && es_mutant_is(ES_MUTANT_BLOCK1_DOUBLE_ACK_DOUBLE_SEND)) {
        send_again(r);
    }
}

/* True if libcoap is to stop repeating. */
static bool take_ack(struct es_response *r)
{
    bool ours = x.open && has_our_mid(r);
    if (ours && r->code == ES_CODE_EMPTY) {
        return take_empty_ack();
    }
    bool matches = ours || es_mutant_is(ES_MUTANT_MID_UNCHECKED_PIGGYBACK);
    if (x.open && matches && is_response_code(r->code) && has_our_token(r)) {
        accept_response(r);
        return true;
    }
    ignore_ack(r);
    return false;
}

static bool take_reset(const struct es_response *r)
{
    if (es_mutant_is(ES_MUTANT_RESET_IGNORED)) {
        return false;
    }
    bool ours = x.open && r->code == ES_CODE_EMPTY && has_our_mid(r);
    if (ours) {
        fail("the server reset the request");
    }
    return ours;
}

static bool dispatch(struct es_response *r)
{
    switch (r->type) {
    case ES_TYPE_CON:
    case ES_TYPE_NON:
        return take_message(r);
    case ES_TYPE_ACK:
        return take_ack(r);
    case ES_TYPE_RST:
        return take_reset(r);
    }
    return false;
}

static void refuse_malformed(enum es_reading reading, const struct es_response *r)
{
    es_log("malformed message");
    if (es_mutant_is(ES_MUTANT_MALFORMED_KILLS_REQUESTS)) {
        fail("malformed message");
    }
    if (reading == ES_READING_MALFORMED && r->type == ES_TYPE_CON) {
        send_empty(ES_TYPE_RST, r->mid);
    }
}

bool es_exchange_take(struct es_bytes in, uint8_t reply[4])
{
    struct es_response r;
    if (x.session == NULL) {
        return false;
    }
    enum es_reading reading = es_response_read(in, &r);
    if (reading != ES_READING_OK) {
        refuse_malformed(reading, &r);
        return false;
    }
    bool done = dispatch(&r);
    es_response_free(&r);
    if (done) {
        es_message_write_empty(ES_TYPE_ACK, x.mid, reply);
    }
    return done;
}

void es_exchange_see_off(uint8_t *message, size_t n)
{
    struct es_bytes view = {message, n};
    if (!x.open || n < 4 || es_message_mid(view) != x.mid) {
        return;
    }
    x.copies++;
    if (x.copies > 1) {
        es_log("request %u, copy %u", (unsigned int)x.mid, x.copies - 1);
    }
    if (x.copies > 1 && es_mutant_is(ES_MUTANT_RETRANSMIT_NOT_IDENTICAL)) {
        x.mid_of_copy = (uint16_t)(x.mid + 0x4000U);
        message[2] = (uint8_t)(x.mid_of_copy >> 8);
        message[3] = (uint8_t)x.mid_of_copy;
    }
}

void es_exchange_take_nack(coap_session_t *session, const coap_pdu_t *sent,
                           const coap_nack_reason_t reason, const coap_mid_t mid)
{
    (void)session;
    (void)sent;
    if (reason == COAP_NACK_TOO_MANY_RETRIES && x.open && mid == x.mid && !x.acked) {
        fail("no answer");
    }
}

static void choose_names(void)
{
    bool reuse = es_mutant_is(ES_MUTANT_MID_REUSE) && x.has_mid_before;
    uint16_t mid = coap_new_message_id(x.session->coap);
    x.mid = reuse ? x.mid_before : mid;
    bool keep = es_variant_is(ES_VARIANT_OK_TOKEN_CONSTANT) && x.has_token;
    if (!keep && RAND_bytes(x.token, sizeof x.token) == 1) {
        x.has_token = true;
    }
}

/* The mutant that asks for something else while it waits. */
static void ask_beside(void)
{
    struct es_request request = {.method = ES_CODE_GET,
                                 .path = ".well-known/est/crts",
                                 .accept = ES_FORMAT_ABSENT,
                                 .content_format = ES_FORMAT_ABSENT};
    struct es_buffer message = {NULL, 0, 0};
    es_request_write(&request, coap_new_message_id(x.session->coap), x.token, &message);
    send_raw(message.p, message.n);
    es_buffer_free(&message);
}

static bool send_request(void)
{
    if (es_mutant_is(ES_MUTANT_ACK_TIMEOUT_LOWERED)) {
        coap_session_set_ack_timeout(x.session->coap, (coap_fixed_point_t){1, 0});
    }
    if (es_mutant_is(ES_MUTANT_NO_BACKOFF)) {
        send_raw(x.message.p, x.message.n);
        return true;
    }
    coap_pdu_t *pdu =
        coap_pdu_init(COAP_MESSAGE_CON, COAP_EMPTY_CODE, x.mid, x.message.n);
    if (pdu == NULL || !coap_pdu_parse(COAP_PROTO_UDP, x.message.p, x.message.n, pdu)) {
        coap_delete_pdu(pdu);
        return false;
    }
    return coap_send(x.session->coap, pdu) != COAP_INVALID_MID;
}

/* The timer of the mutant that does not back off. */
static uint64_t repeat_flatly(uint64_t started_ms)
{
    uint64_t passed = es_loop_now_ms() - started_ms;
    if (x.acked || passed / FLAT_GAP_MS <= x.copies) {
        return FLAT_GAP_MS - passed % FLAT_GAP_MS;
    }
    if (++x.copies > FLAT_COPIES) {
        fail("no answer");
    } else {
        send_raw(x.message.p, x.message.n);
    }
    return FLAT_GAP_MS;
}

static void await(void)
{
    uint64_t started_ms = es_loop_now_ms();
    while (x.open) {
        uint64_t wait_ms = STEP_MS;
        if (es_mutant_is(ES_MUTANT_NO_BACKOFF)) {
            wait_ms = repeat_flatly(started_ms);
        }
        if (x.acked && es_loop_now_ms() - x.acked_ms > RESPONSE_WAIT_MS) {
            fail("no response after the acknowledgement");
        } else if (!es_loop_step(x.session->context, wait_ms)) {
            fail("aborted");
        } else if (x.open && !es_session_is_up(x.session)) {
            fail("the session is lost");
        }
    }
}

static void log_exchange(const struct es_request *request)
{
    const struct es_response *r = &x.response;
    char block1[32] = "", block2[32] = "";
    if (request->block1.present) {
        snprintf(block1, sizeof block1, " 1:%u/%d/%zu",
                 (unsigned int)request->block1.num, request->block1.more,
                 es_block_size(request->block1.szx));
    }
    if (r->block2.present) {
        snprintf(block2, sizeof block2, " 2:%u/%d/%zu", (unsigned int)r->block2.num,
                 r->block2.more, es_block_size(r->block2.szx));
    }
    es_log("0.%02d /%s%s (%zu bytes) -> %d.%02d%s (%zu bytes)", request->method,
           request->path, block1, request->payload.n, r->code >> 5, r->code & 31,
           block2, r->payload.n);
}

const char *es_exchange_run(const struct es_request *request, struct es_response *out)
{
    if (x.session == NULL || !es_session_is_up(x.session)) {
        return "the session is lost";
    }
    choose_names();
    es_buffer_resize(&x.message, 0);
    es_request_write(request, x.mid, x.token, &x.message);
    x.copies = 0;
    x.acked = false;
    x.answered = false;
    x.failure = NULL;
    x.open = true;
    if (!send_request()) {
        fail("the request could not be sent");
    }
    if (es_mutant_is(ES_MUTANT_ASKS_BESIDE)) {
        ask_beside();
    }
    await();
    x.mid_before = x.mid;
    x.has_mid_before = true;
    if (!x.answered) {
        return x.failure;
    }
    log_exchange(request);
    *out = x.response;
    memset(&x.response, 0, sizeof x.response);
    return NULL;
}
