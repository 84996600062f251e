/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/sending.h"

struct es_channel *es_sending_channel(struct es_stage *g, const struct es_step *step)
{
    struct es_channel *ch = es_stage_channel(g, step, false);
    if (ch && (!ch->is_open || ch->ended)) {
        es_stage_trouble(g, step, ES_VERDICT_INCONCLUSIVE, "the session %s%s",
                         ch->ended ? "has ended: " : "is not open",
                         ch->ended && ch->reason ? ch->reason : "");
        return NULL;
    }
    return ch;
}

/* What can be read of bytes that may be malformed on purpose. */
static struct es_sent describe(struct es_stage *g, struct es_slice bytes)
{
    struct es_sent sent = {0};
    struct es_coap_message *m = ES_NEW(es_stage_arena(g), struct es_coap_message);
    const char *reason;
    size_t offset;
    sent.has_token = es_coap_decode(bytes, m, &reason, &offset);
    sent.message = bytes.n >= 4 ? m : NULL;
    return sent;
}

enum es_io es_sending_bytes(struct es_stage *g, struct es_channel *ch,
                            struct es_slice bytes, struct es_coap_message *m)
{
    struct es_slice kept = es_arena_dup(es_stage_arena(g), bytes);
    struct es_sent sent = describe(g, kept);
    uint32_t packet = 0;
    enum es_io io =
        es_coap_endpoint_send_bytes(ch->endpoint, kept, &packet, es_stage_now(g));
    struct es_coap_message *seen = (struct es_coap_message *)(uintptr_t)sent.message;
    if (seen) {
        seen->time = es_stage_now(g);
        seen->packet = packet;
    }
    if (m) {
        m->time = es_stage_now(g);
        m->packet = packet;
    }
    ch->last_sent = sent;
    return io;
}

enum es_io es_sending_datagram(struct es_stage *g, struct es_channel *ch,
                               struct es_slice bytes, const char *text)
{
    struct es_filter *session = ch->session ? ch->session : ch->filter;
    struct es_filter *below = ch->dtls ? session->below : session;
    struct es_datagram d = {.bytes = bytes, .time = es_stage_now(g), .label = text};
    enum es_io io = es_filter_send(below, &d, es_stage_now(g));
    struct es_evidence *evidence = es_stage_evidence(g);
    if (evidence && io == ES_IO_OK) {
        es_evidence_line(evidence, d.number, ES_SENT, es_stage_now(g), "%s", text);
    }
    return io;
}

enum es_progress es_sending_done(struct es_stage *g, const struct es_step *step,
                                 const struct es_channel *ch, enum es_io io)
{
    switch (io) {
    case ES_IO_OK:
        return ES_STEP_DONE;
    case ES_IO_AGAIN:
        return es_stage_trouble(g, step, ES_VERDICT_INCONCLUSIVE,
                                "the network did not take the message");
    case ES_IO_CLOSED:
    case ES_IO_FAILED:
        break;
    }
    return es_stage_trouble(g, step, ES_VERDICT_INCONCLUSIVE, "it cannot be sent: %s",
                            es_filter_reason(ch->filter));
}
