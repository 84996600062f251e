/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "coap/message.h"

/* The registry of CoAP Option Numbers (RFC 7252, 12.2), ascending. */
static const struct es_coap_option_def defs[] = {
    {"if-match", 1, ES_COAP_OPAQUE, true,
     "only if the resource has this ETag (RFC 7252, 5.10.8.1)"},
    {"uri-host", 3, ES_COAP_STRING, false,
     "host of the resource, if not the destination address (RFC 7252, 5.10.1)"},
    {"etag", 4, ES_COAP_OPAQUE, true,
     "local identifier of one representation (RFC 7252, 5.10.6)"},
    {"if-none-match", 5, ES_COAP_NO_VALUE, false,
     "only if the resource does not exist (RFC 7252, 5.10.8.2)"},
    {"observe", 6, ES_COAP_UINT, false,
     "register for notifications; their sequence number (RFC 7641, 2)"},
    {"uri-port", 7, ES_COAP_UINT, false,
     "port of the resource, if not the destination port (RFC 7252, 5.10.1)"},
    {"location-path", 8, ES_COAP_STRING, true,
     "path segment of what was created (RFC 7252, 5.10.7)"},
    {"oscore", 9, ES_COAP_OPAQUE, false,
     "parameters of an object-protected message (RFC 8613, 2)"},
    {"uri-path", 11, ES_COAP_STRING, true,
     "one segment of the path (RFC 7252, 5.10.1)"},
    {"content-format", 12, ES_COAP_UINT, false,
     "format of the payload (RFC 7252, 5.10.3)"},
    {"max-age", 14, ES_COAP_UINT, false,
     "seconds a response stays fresh; with 5.03 when to retry (RFC 7252, 5.10.5)"},
    {"uri-query", 15, ES_COAP_STRING, true,
     "one argument of the query (RFC 7252, 5.10.1)"},
    {"hop-limit", 16, ES_COAP_UINT, false,
     "hops left, against proxy loops (RFC 8768, 3)"},
    {"accept", 17, ES_COAP_UINT, false,
     "the format the client wants (RFC 7252, 5.10.4)"},
    {"q-block1", 19, ES_COAP_BLOCK, false,
     "block of a request body, robust transfer (RFC 9177, 4)"},
    {"location-query", 20, ES_COAP_STRING, true,
     "query argument of what was created (RFC 7252, 5.10.7)"},
    {"edhoc", 21, ES_COAP_NO_VALUE, false,
     "EDHOC message_3 precedes the OSCORE payload (RFC 9668, 3.1)"},
    {"block2", 23, ES_COAP_BLOCK, false,
     "block of a response body, or the block wanted (RFC 7959, 2.1)"},
    {"block1", 27, ES_COAP_BLOCK, false,
     "block of a request body, or its acknowledgement (RFC 7959, 2.1)"},
    {"size2", 28, ES_COAP_UINT, false, "size of the response body (RFC 7959, 4)"},
    {"q-block2", 31, ES_COAP_BLOCK, true,
     "block of a response body, robust transfer (RFC 9177, 4)"},
    {"proxy-uri", 35, ES_COAP_STRING, false,
     "absolute URI for a forward proxy (RFC 7252, 5.10.2)"},
    {"proxy-scheme", 39, ES_COAP_STRING, false,
     "scheme for a forward proxy (RFC 7252, 5.10.2)"},
    {"size1", 60, ES_COAP_UINT, false,
     "size of the request body; with 4.13 the limit (RFC 7959, 4)"},
    {"echo", 252, ES_COAP_OPAQUE, false,
     "value to be repeated, proves freshness (RFC 9175, 2)"},
    {"no-response", 258, ES_COAP_UINT, false,
     "classes of responses that are not wanted (RFC 7967, 2)"},
    {"request-tag", 292, ES_COAP_OPAQUE, true,
     "tells block-wise request bodies apart (RFC 9175, 3)"},
};

const struct es_coap_option_def *es_coap_option_by_name(struct es_slice name)
{
    for (size_t i = 0; i < ES_COUNT(defs); i++) {
        if (es_slice_is(name, defs[i].name)) {
            return &defs[i];
        }
    }
    return NULL;
}

const struct es_coap_option_def *es_coap_option_by_number(uint32_t number)
{
    for (size_t i = 0; i < ES_COUNT(defs); i++) {
        if (defs[i].number == number) {
            return &defs[i];
        }
    }
    return NULL;
}

const struct es_coap_option_def *es_coap_option_at(size_t index)
{
    return index < ES_COUNT(defs) ? &defs[index] : NULL;
}

const struct es_coap_option *es_coap_option_find(const struct es_coap_message *m,
                                                 uint32_t number, size_t index)
{
    for (size_t i = 0; i < m->options_n; i++) {
        if (m->options[i].number == number && index-- == 0) {
            return &m->options[i];
        }
    }
    return NULL;
}

size_t es_coap_option_count(const struct es_coap_message *m, uint32_t number)
{
    size_t n = 0;
    for (size_t i = 0; i < m->options_n; i++) {
        n += m->options[i].number == number;
    }
    return n;
}

bool es_coap_option_add(struct es_coap_message *m, uint32_t number,
                        struct es_slice value)
{
    if (m->options_n == ES_COAP_OPTIONS_MAX) {
        return false;
    }
    size_t at = m->options_n;
    while (at > 0 && m->options[at - 1].number > number) {
        m->options[at] = m->options[at - 1];
        at--;
    }
    m->options[at] = (struct es_coap_option){number, value};
    m->options_n++;
    return true;
}

void es_coap_option_remove(struct es_coap_message *m, uint32_t number)
{
    size_t kept = 0;
    for (size_t i = 0; i < m->options_n; i++) {
        if (m->options[i].number != number) {
            m->options[kept++] = m->options[i];
        }
    }
    m->options_n = kept;
}

struct es_slice es_coap_uint_encode(struct es_arena *a, uint64_t v)
{
    uint8_t bytes[8] = {0};
    struct es_buf out;
    es_buf_init(&out, bytes, sizeof bytes);
    es_buf_u64(&out, v);
    struct es_slice value = es_buf_slice(&out);
    while (value.n > 0 && value.p[0] == 0) {
        value = es_slice_from(value, 1);
    }
    return es_arena_dup(a, value);
}

bool es_coap_uint_decode(struct es_slice value, uint64_t *v)
{
    *v = 0;
    if (value.n > sizeof *v) {
        return false;
    }
    for (size_t i = 0; i < value.n; i++) {
        *v = *v << 8 | value.p[i];
    }
    return true;
}
