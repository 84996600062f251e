/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "coap/message.h"

enum { DIAGNOSTIC_SHOWN_MAX = 60 };

/* pchar of RFC 3986 without what ends a segment or an argument. */
static bool is_plain(uint8_t c, const char *special)
{
    return c > 0x20 && c < 0x7f && c != '%' && c != '#' &&
           es_slice_find(es_slice_of(special), c) == es_slice_of(special).n;
}

static void put_escaped(struct es_buf *out, struct es_slice s, const char *special)
{
    for (size_t i = 0; i < s.n; i++) {
        if (is_plain(s.p[i], special)) {
            es_buf_u8(out, s.p[i]);
        } else {
            es_buf_printf(out, "%%%02X", s.p[i]);
        }
    }
}

static void put_uri(struct es_buf *out, const struct es_coap_message *m)
{
    const struct es_coap_option *o;
    es_buf_u8(out, ' ');
    for (size_t i = 0; (o = es_coap_option_find(m, ES_COAP_OPT_URI_PATH, i)); i++) {
        es_buf_u8(out, '/');
        put_escaped(out, o->value, "/?");
    }
    if (es_coap_option_count(m, ES_COAP_OPT_URI_PATH) == 0) {
        es_buf_u8(out, '/');
    }
    for (size_t i = 0; (o = es_coap_option_find(m, ES_COAP_OPT_URI_QUERY, i)); i++) {
        es_buf_u8(out, i == 0 ? '?' : '&');
        put_escaped(out, o->value, "&");
    }
}

static void put_bytes(struct es_buf *out, struct es_slice value)
{
    es_buf_text(out, "h'");
    es_buf_hex(out, value);
    es_buf_u8(out, '\'');
}

static bool put_block(struct es_buf *out, struct es_slice value)
{
    struct es_coap_block b;
    if (!es_coap_block_decode(value, &b)) {
        return false;
    }
    es_buf_printf(out, "%u/%d/", (unsigned)b.num, b.m);
    if (b.szx == ES_COAP_SZX_RESERVED) {
        es_buf_text(out, "szx7");
    } else {
        es_buf_printf(out, "%zu", es_coap_block_size(b));
    }
    return true;
}

static bool put_uint(struct es_buf *out, struct es_slice value)
{
    uint64_t v;
    /* Leading zeros are legal but unusual; the number would hide them. */
    if ((value.n && value.p[0] == 0) || !es_coap_uint_decode(value, &v)) {
        return false;
    }
    es_buf_printf(out, "%llu", (unsigned long long)v);
    return true;
}

static bool put_string(struct es_buf *out, struct es_slice value)
{
    for (size_t i = 0; i < value.n; i++) {
        if (!is_plain(value.p[i], "")) {
            return false;
        }
    }
    es_buf_put(out, value);
    return true;
}

static void put_value(struct es_buf *out, enum es_coap_format format,
                      struct es_slice value)
{
    bool done = false;
    switch (format) {
    case ES_COAP_UINT:
        done = put_uint(out, value);
        break;
    case ES_COAP_STRING:
        done = put_string(out, value);
        break;
    case ES_COAP_BLOCK:
        done = put_block(out, value);
        break;
    case ES_COAP_OPAQUE:
    case ES_COAP_NO_VALUE:
        break;
    }
    if (!done) {
        put_bytes(out, value);
    }
}

static void put_option(struct es_buf *out, const struct es_coap_option *o)
{
    const struct es_coap_option_def *def = es_coap_option_by_number(o->number);
    es_buf_text(out, "  ");
    if (!def) {
        es_buf_printf(out, "option-%u=", (unsigned)o->number);
        put_bytes(out, o->value);
        return;
    }
    es_buf_text(out, o->number == ES_COAP_OPT_CONTENT_FORMAT ? "cf" : def->name);
    if (def->format == ES_COAP_NO_VALUE && o->value.n == 0) {
        return;
    }
    es_buf_u8(out, '=');
    put_value(out, def->format, o->value);
}

/* `1:0/1/64`; an option that is no block option by length stays for put_option. */
static bool is_block_triple(const struct es_coap_option *o)
{
    return (o->number == ES_COAP_OPT_BLOCK1 || o->number == ES_COAP_OPT_BLOCK2) &&
           o->value.n <= 3;
}

static void put_block_triples(struct es_buf *out, const struct es_coap_message *m,
                              uint32_t number, const char *label)
{
    const struct es_coap_option *o;
    for (size_t i = 0; (o = es_coap_option_find(m, number, i)); i++) {
        if (is_block_triple(o)) {
            es_buf_printf(out, "  %s", label);
            put_block(out, o->value);
        }
    }
}

static void put_options(struct es_buf *out, const struct es_coap_message *m)
{
    bool request = es_coap_code_is_request(m->code);
    put_block_triples(out, m, ES_COAP_OPT_BLOCK1, "1:");
    put_block_triples(out, m, ES_COAP_OPT_BLOCK2, "2:");
    for (size_t i = 0; i < m->options_n; i++) {
        const struct es_coap_option *o = &m->options[i];
        bool in_uri = request && (o->number == ES_COAP_OPT_URI_PATH ||
                                  o->number == ES_COAP_OPT_URI_QUERY);
        if (!in_uri && !is_block_triple(o)) {
            put_option(out, o);
        }
    }
}

/* An error without Content-Format carries text for a human (RFC 7252, 5.5.2). */
static void put_payload(struct es_buf *out, const struct es_coap_message *m)
{
    if (m->payload.n == 0) {
        return;
    }
    es_buf_printf(out, "  %zu byte%s", m->payload.n, m->payload.n == 1 ? "" : "s");
    unsigned class = es_coap_code_class(m->code);
    if ((class != 4 && class != 5) ||
        es_coap_option_count(m, ES_COAP_OPT_CONTENT_FORMAT)) {
        return;
    }
    struct es_slice shown = es_slice_sub(m->payload, 0, DIAGNOSTIC_SHOWN_MAX);
    for (size_t i = 0; i < shown.n; i++) {
        if (shown.p[i] < 0x20 || shown.p[i] > 0x7e || shown.p[i] == '"') {
            return;
        }
    }
    es_buf_printf(out, " \"%.*s%s\"", ES_SLICE_ARG(shown),
                  shown.n < m->payload.n ? "..." : "");
}

static size_t text_max(const struct es_coap_message *m)
{
    size_t max = 256;
    for (size_t i = 0; i < m->options_n; i++) {
        max += 64 + 3 * m->options[i].value.n;
    }
    return max;
}

const char *es_coap_text(const struct es_coap_message *m, struct es_arena *a)
{
    struct es_buf out;
    es_buf_build(&out, a, text_max(m));
    es_buf_text(&out, es_coap_type_text(m->type));
    if (m->code != ES_COAP_EMPTY) {
        es_buf_printf(&out, " %s", es_coap_code_text(m->code, a));
    } else if (m->type != ES_COAP_RST) {
        es_buf_text(&out, " empty");
    }
    if (es_coap_code_is_request(m->code)) {
        put_uri(&out, m);
    }
    if (m->token.n) {
        es_buf_text(&out, "  T=");
        es_buf_hex(&out, m->token);
    }
    put_options(&out, m);
    put_payload(&out, m);
    return es_buf_cstr(&out);
}
