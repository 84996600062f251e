/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "coap/message.h"

/* libcoap writes neither negative deltas nor a wrong header, hence an own writer. */
static unsigned nibble_of(uint32_t v)
{
    return v < 13 ? (unsigned)v : v < 269 ? 13U : 14U;
}

static void put_extended(struct es_buf *out, uint32_t v)
{
    if (v >= 269) {
        es_buf_u16(out, v - 269);
    } else if (v >= 13) {
        es_buf_u8(out, v - 13);
    }
}

static void put_option(struct es_buf *out, uint32_t delta, struct es_slice value)
{
    if (value.n > ES_COAP_MESSAGE_MAX) {
        out->overflow = true;
        return;
    }
    uint32_t length = (uint32_t)value.n;
    es_buf_u8(out, nibble_of(delta) << 4 | nibble_of(length));
    put_extended(out, delta);
    put_extended(out, length);
    es_buf_put(out, value);
}

static void put_options(const struct es_coap_message *m, bool unsorted,
                        struct es_buf *out)
{
    struct es_coap_message sorted = {0};
    const struct es_coap_message *from = m;
    if (!unsorted) {
        for (size_t i = 0; i < m->options_n; i++) {
            es_coap_option_add(&sorted, m->options[i].number, m->options[i].value);
        }
        from = &sorted;
    }
    uint32_t last = 0;
    for (size_t i = 0; i < from->options_n; i++) {
        put_option(out, (from->options[i].number - last) & 0xffff,
                   from->options[i].value);
        last = from->options[i].number;
    }
}

void es_coap_encode_raw(const struct es_coap_message *m, const struct es_coap_raw *raw,
                        struct es_buf *out)
{
    unsigned version = raw->version ? raw->version & 3U : 1U;
    size_t token_length = raw->lie_token_length ? raw->token_length : m->token.n;
    es_buf_u8(out,
              version << 6 | (unsigned)m->type << 4 | (unsigned)(token_length & 15));
    es_buf_u8(out, m->code);
    es_buf_u16(out, m->mid);
    es_buf_put(out, m->token);
    put_options(m, raw->unsorted, out);
    if (m->payload.n || raw->marker_without_payload) {
        es_buf_u8(out, 0xff);
    }
    es_buf_put(out, m->payload);
}
