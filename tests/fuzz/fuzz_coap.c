/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What decodes must encode to the same bytes (the option encoding of RFC 7252, 3.1 has one form
 * for each value), and mean to libcoap what it means to us. */
#include "coap/message.h"

#include <coap3/coap.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void encode_again(const struct es_coap_message *m, struct es_arena *arena)
{
    struct es_coap_raw none = {0};
    struct es_buf out, raw;
    es_buf_build(&out, arena, m->raw.n);
    es_buf_build(&raw, arena, m->raw.n);
    es_coap_encode(m, &out);
    es_coap_encode_raw(m, &none, &raw);
    demand(!out.overflow && es_slice_eq(es_buf_slice(&out), m->raw));
    demand(!raw.overflow && es_slice_eq(es_buf_slice(&raw), m->raw));
}

static void compare(const struct es_coap_message *m, const coap_pdu_t *pdu)
{
    coap_bin_const_t token = coap_pdu_get_token(pdu);
    coap_opt_iterator_t it;
    size_t i = 0, n = 0;
    const uint8_t *payload = NULL;
    demand(coap_pdu_get_code(pdu) == m->code && coap_pdu_get_mid(pdu) == m->mid);
    demand((unsigned)coap_pdu_get_type(pdu) == (unsigned)m->type);
    demand(es_slice_eq(es_slice_make(token.s, token.length), m->token));
    coap_option_iterator_init(pdu, &it, COAP_OPT_ALL);
    for (coap_opt_t *o; (o = coap_option_next(&it)); i++) {
        demand(i < m->options_n && it.number == m->options[i].number);
        demand(es_slice_eq(es_slice_make(coap_opt_value(o), coap_opt_length(o)),
                           m->options[i].value));
    }
    coap_get_data(pdu, &n, &payload);
    demand(i == m->options_n && es_slice_eq(es_slice_make(payload, n), m->payload));
}

/* libcoap ignores the version, wraps option numbers at 65536 and knows no limit of options;
 * apart from that it must refuse what we refuse. The reverse does not hold: it checks the
 * lengths of known options. */
static bool only_we_refuse(const char *reason)
{
    static const char *const reasons[] = {"version", "65535", "this harness"};
    struct es_slice text = es_slice_of(reason);
    for (size_t i = 0; i < ES_COUNT(reasons); i++) {
        if (es_slice_search(text, es_slice_of(reasons[i])) < text.n) {
            return true;
        }
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct es_coap_message m;
    const char *reason;
    size_t offset = 0;
    struct es_slice bytes = es_slice_make(data, size);
    struct es_arena *arena = es_arena_new();
    coap_set_log_level(LOG_EMERG);
    bool ours = es_coap_decode(bytes, &m, &reason, &offset);
    demand(ours ? reason == NULL : reason != NULL && offset <= size);
    demand(es_coap_text(&m, arena)[0] != 0);
    coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, 0, 0, size);
    bool theirs = coap_pdu_parse(COAP_PROTO_UDP, data, size, pdu) == 1;
    if (ours) {
        encode_again(&m, arena);
    }
    if (ours && theirs) {
        compare(&m, pdu);
    }
    demand(ours || !theirs || only_we_refuse(reason));
    coap_delete_pdu(pdu);
    es_arena_free(arena);
    return 0;
}
