/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_COAP_ENDPOINT_H
#define ES_COAP_ENDPOINT_H

/*
 * The message layer (RFC 7252 section 4) of one end of one session, on top of a filter:
 * message IDs and tokens, retransmission of our CONs, acknowledgement and deduplication of
 * the peer's, ping. Ours and not libcoap's, because a tester must be able to break each of
 * its rules on purpose and to see what a library hides.
 *
 * It serves both roles. A client sends requests and reads what comes. A server answers a
 * request by sending an ACK with the request's MID and token (piggybacked), or an Empty ACK
 * and later a CON or NON with a MID of its own and the request's token (separate). What was
 * sent as ACK or RST for a MID is sent again when the peer repeats that message.
 *
 * The endpoint has no thread and no clock: the loop calls es_coap_endpoint_recv until AGAIN,
 * and es_filter_on_deadline plus es_coap_endpoint_on_deadline when a deadline is due. All its
 * memory lies in the arena given to es_coap_endpoint_new; there is nothing to close.
 *
 * What this does not check: whether a message is allowed (an ACK with a request code, a
 * response with an unknown critical option, a token that does not match its MID). It reports
 * what came, and what it belongs to.
 */

#include "base/prng.h"
#include "coap/message.h"
#include "net/evidence.h"
#include "net/filter.h"

struct es_coap_endpoint;

struct es_coap_endpoint_config {
    struct es_filter *filter;     /* open; not owned */
    struct es_evidence *evidence; /* may be NULL */
    struct es_prng prng;          /* for tokens, message IDs and the first timeout */
    es_usec ack_timeout;          /* 0: 2 s (RFC 7252, 4.8) */
};

/* What came in, and what the message layer thinks of it. */
enum es_coap_kind {
    ES_COAP_NEW,       /* a message not seen before */
    ES_COAP_DUPLICATE, /* same type and MID as one already seen; it was acknowledged again */
    ES_COAP_MALFORMED, /* format error; reason and offset are set, message as far as read */
};

struct es_coap_incoming {
    enum es_coap_kind kind;
    struct es_coap_message message; /* in the arena given to recv */
    const char *reason;
    size_t offset;
    /* It belongs to a message that this end sent: an ACK or RST by its MID, a CON or NON
     * response by the token of a request that had no response yet. A CON or NON that came
     * already, byte for byte, belongs to nothing any more. */
    bool answers;
    uint32_t answers_packet; /* packet of the message it belongs to */
    bool identical;          /* a duplicate that is the same byte for byte */
    uint32_t first_packet;   /* packet that a duplicate repeats */
};

struct es_coap_endpoint *es_coap_endpoint_new(
    struct es_arena *arena, const struct es_coap_endpoint_config *cfg);
/* A message ID / token no other message of this endpoint has used (as long as there is one
 * left). Token of `n` bytes, n <= 8, in the arena of the endpoint. */
uint16_t es_coap_endpoint_mid(struct es_coap_endpoint *e);
struct es_slice es_coap_endpoint_token(struct es_coap_endpoint *e, size_t n);

/* Sends m (its mid and token are used as they are). A CON is retransmitted until it is
 * acknowledged, reset or given up, unless `once`. Sets m->time, m->packet and m->raw (the
 * bytes, in the arena of the endpoint). A CON that got AGAIN is tried again by its timer. */
enum es_io es_coap_endpoint_send(struct es_coap_endpoint *e, struct es_coap_message *m,
                                 bool once, es_usec now);
/* Sends bytes as they are. *packet is their number in the capture. Bytes that decode are
 * remembered like a message sent with `once`, so that answers to them are recognised. */
enum es_io es_coap_endpoint_send_bytes(struct es_coap_endpoint *e,
                                       struct es_slice bytes, uint32_t *packet,
                                       es_usec now);
/* Stops retransmission of the message with this mid. */
void es_coap_endpoint_cancel(struct es_coap_endpoint *e, uint16_t mid);
/* While off, the peer's CONs are not acknowledged and pings not answered automatically (the
 * scenario does it). Default on: a CON response is acknowledged, a CON that is neither a
 * response to an open token nor a request is reset, also one with a format error (RFC 7252,
 * 4.2). A request is never answered automatically. */
void es_coap_endpoint_set_automatic(struct es_coap_endpoint *e, bool on);

/* The next message. OK: *in is filled, copied into arena. Everything received is traced. */
enum es_io es_coap_endpoint_recv(struct es_coap_endpoint *e, struct es_arena *arena,
                                 struct es_coap_incoming *in, es_usec now);
/* Whether the CON with this mid was given up: MAX_RETRANSMIT reached without answer. */
bool es_coap_endpoint_has_given_up(const struct es_coap_endpoint *e, uint16_t mid);
/* Deadline of the endpoint alone; the filters below have theirs (es_filter_next_deadline). */
es_usec es_coap_endpoint_next_deadline(const struct es_coap_endpoint *e);
void es_coap_endpoint_on_deadline(struct es_coap_endpoint *e, es_usec now);
/* The filter's reason after CLOSED or FAILED, never NULL. */
const char *es_coap_endpoint_reason(const struct es_coap_endpoint *e);

#endif
