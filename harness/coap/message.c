/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "coap/message.h"

#include "base/assert.h"
#include "base/rd.h"

#include <coap3/coap.h>

enum {
    VERSION = 1,
    MARKER = 0xff,
    NIBBLE_BYTE = 13,
    NIBBLE_WORD = 14,
    NIBBLE_RESERVED = 15
};

/* A datagram being read; the first thing that is wrong stays. */
struct walk {
    struct es_rd rd;
    struct es_coap_message *m;
    const char *reason;
    size_t offset;
};

static bool refuse(struct walk *w, size_t offset, const char *reason)
{
    w->reason = reason;
    w->offset = offset;
    return false;
}

static bool read_header(struct walk *w)
{
    struct es_coap_message *m = w->m;
    unsigned first = es_rd_u8(&w->rd);
    m->code = es_rd_u8(&w->rd);
    m->mid = es_rd_u16(&w->rd);
    if (w->rd.failed) {
        return refuse(w, w->rd.in.n, "shorter than the 4-byte header (RFC 7252, 3)");
    }
    m->type = (enum es_coap_type)(first >> 4 & 3);
    if (first >> 6 != VERSION) {
        return refuse(w, 0, "version is not 1 (RFC 7252, 3)");
    }
    size_t token_length = first & 15;
    if (m->code == ES_COAP_EMPTY && (token_length || es_rd_left(&w->rd))) {
        return refuse(w, token_length ? 0 : 4,
                      "an Empty message has more than its header (RFC 7252, 4.1)");
    }
    if (token_length > ES_COAP_TOKEN_MAX) {
        return refuse(w, 0, "token lengths 9 to 15 are reserved (RFC 7252, 3)");
    }
    m->token = es_rd_bytes(&w->rd, token_length);
    if (w->rd.failed) {
        return refuse(w, w->rd.in.n, "the token is cut off (RFC 7252, 3)");
    }
    return true;
}

/* Delta or length: the nibble, or what one or two further bytes extend it to (3.1). */
static uint32_t read_extended(struct es_rd *rd, unsigned nibble)
{
    if (nibble == NIBBLE_BYTE) {
        return 13U + es_rd_u8(rd);
    }
    if (nibble == NIBBLE_WORD) {
        return 269U + es_rd_u16(rd);
    }
    return nibble;
}

static bool read_option(struct walk *w, unsigned first, uint32_t *number)
{
    struct es_coap_message *m = w->m;
    size_t start = w->rd.at - 1;
    if (first >> 4 == NIBBLE_RESERVED) {
        return refuse(w, start, "option delta 15 is reserved (RFC 7252, 3.1)");
    }
    if ((first & 15) == NIBBLE_RESERVED) {
        return refuse(w, start, "option length 15 is reserved (RFC 7252, 3.1)");
    }
    *number += read_extended(&w->rd, first >> 4);
    uint32_t length = read_extended(&w->rd, first & 15);
    if (w->rd.failed) {
        return refuse(w, w->rd.in.n,
                      "an extended option delta or length is cut off (RFC 7252, 3.1)");
    }
    if (*number > ES_COAP_OPTION_NUMBER_MAX) {
        return refuse(w, start, "the option number is above 65535 (RFC 7252, 12.2)");
    }
    struct es_slice value = es_rd_bytes(&w->rd, length);
    if (w->rd.failed) {
        return refuse(w, w->rd.in.n, "an option value is cut off (RFC 7252, 3.1)");
    }
    if (!es_coap_option_add(m, *number, value)) {
        return refuse(w, start, "more than 64 options, a limit of this harness");
    }
    return true;
}

static bool read_message(struct walk *w)
{
    uint32_t number = 0;
    ES_TRY(read_header(w));
    while (es_rd_left(&w->rd) > 0) {
        unsigned first = es_rd_u8(&w->rd);
        if (first == MARKER) {
            w->m->has_payload = true;
            w->m->payload = es_rd_rest(&w->rd);
            return w->m->payload.n > 0 ||
                   refuse(w, w->rd.in.n - 1,
                          "a payload marker without payload (RFC 7252, 3)");
        }
        ES_TRY(read_option(w, first, &number));
    }
    return true;
}

bool es_coap_decode(struct es_slice bytes, struct es_coap_message *m,
                    const char **reason, size_t *offset)
{
    *m = (struct es_coap_message){.raw = bytes};
    struct walk w = {.m = m};
    es_rd_init(&w.rd, bytes);
    bool ok = read_message(&w);
    *reason = w.reason;
    *offset = w.offset;
    return ok;
}

static void put_option(struct es_buf *out, uint32_t delta, struct es_slice value)
{
    uint8_t head[5];
    size_t n = coap_opt_setheader(head, sizeof head, (uint16_t)delta, value.n);
    if (n == 0 || value.n > ES_COAP_MESSAGE_MAX) {
        out->overflow = true;
        return;
    }
    es_buf_put(out, es_slice_make(head, n));
    es_buf_put(out, value);
}

void es_coap_encode(const struct es_coap_message *m, struct es_buf *out)
{
    es_assert(m->token.n <= ES_COAP_TOKEN_MAX);
    es_buf_u8(out,
              (unsigned)VERSION << 6 | (unsigned)m->type << 4 | (unsigned)m->token.n);
    es_buf_u8(out, m->code);
    es_buf_u16(out, m->mid);
    es_buf_put(out, m->token);
    uint32_t last = 0;
    for (size_t i = 0; i < m->options_n; i++) {
        uint32_t number = m->options[i].number;
        es_assert(number >= last && number <= ES_COAP_OPTION_NUMBER_MAX);
        put_option(out, number - last, m->options[i].value);
        last = number;
    }
    if (m->payload.n) {
        es_buf_u8(out, MARKER);
        es_buf_put(out, m->payload);
    }
}

struct es_coap_message *es_coap_message_dup(struct es_arena *a,
                                            const struct es_coap_message *m)
{
    struct es_coap_message *copy = ES_NEW(a, struct es_coap_message);
    *copy = *m;
    copy->token = es_arena_dup(a, m->token);
    for (size_t i = 0; i < m->options_n; i++) {
        copy->options[i].value = es_arena_dup(a, m->options[i].value);
    }
    copy->payload = es_arena_dup(a, m->payload);
    copy->raw = es_arena_dup(a, m->raw);
    return copy;
}
