/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hello.h"

#include "behaviour.h"
#include "record.h"

enum {
    VERSION_AND_RANDOM_BYTES = 34,
    EXTENSION_GROUPS = 10,
    EXTENSION_POINT_FORMATS = 11
};

/* supported_versions with DTLS 1.3 and 1.2 (RFC 9147); connection_id of no bytes, which
   allows the server to ask for one (RFC 9146). */
static const uint8_t dtls13_extension[] = {0, 43, 0, 5, 4, 0xfe, 0xfc, 0xfe, 0xfd};
static const uint8_t cid_extension[] = {0, 54, 0, 1, 0};

static size_t read_u16(const uint8_t *p)
{
    return (size_t)p[0] << 8 | p[1];
}

static void write_u16(uint8_t *p, size_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void write_u24(uint8_t *p, size_t v)
{
    p[0] = (uint8_t)(v >> 16);
    write_u16(p + 1, v);
}

static bool is_wanted(void)
{
    return es_mutant_is(ES_MUTANT_NO_ECC_EXTENSIONS) ||
           es_variant_is(ES_VARIANT_OK_DTLS13_OFFERED) ||
           es_variant_is(ES_VARIANT_OK_CID_OFFERED);
}

/* Where the extensions' length stands; 0 if this is no whole ClientHello with extensions. */
static size_t find_extensions(struct es_bytes m)
{
    size_t at = ES_HANDSHAKE_HEAD_BYTES + VERSION_AND_RANDOM_BYTES;
    if (m.n < at + 1 || m.p[0] != ES_HANDSHAKE_CLIENT_HELLO ||
        read_u16(m.p + 2) != m.n - ES_HANDSHAKE_HEAD_BYTES) {
        return 0;
    }
    at += 1U + m.p[at];                              /* session id */
    at += at < m.n ? 1U + m.p[at] : 0;               /* cookie */
    at += at + 1 < m.n ? 2 + read_u16(m.p + at) : 0; /* suites */
    at += at < m.n ? 1U + m.p[at] : 0;               /* compression */
    bool fits = at + 2 <= m.n && at + 2 + read_u16(m.p + at) == m.n;
    return fits ? at : 0;
}

static bool is_dropped(size_t type)
{
    return es_mutant_is(ES_MUTANT_NO_ECC_EXTENSIONS) &&
           (type == EXTENSION_GROUPS || type == EXTENSION_POINT_FORMATS);
}

static void copy_extensions(struct es_bytes m, size_t at, struct es_buffer *out)
{
    while (m.n - at >= 4) {
        size_t n = 4 + read_u16(m.p + at + 2);
        n = n <= m.n - at ? n : m.n - at;
        if (!is_dropped(read_u16(m.p + at))) {
            es_buffer_add(out, m.p + at, n);
        }
        at += n;
    }
    if (es_variant_is(ES_VARIANT_OK_DTLS13_OFFERED)) {
        es_buffer_add(out, dtls13_extension, sizeof dtls13_extension);
    }
    if (es_variant_is(ES_VARIANT_OK_CID_OFFERED)) {
        es_buffer_add(out, cid_extension, sizeof cid_extension);
    }
}

bool es_hello_edit(struct es_bytes message, struct es_buffer *out)
{
    size_t at = is_wanted() ? find_extensions(message) : 0;
    if (at == 0) {
        return false;
    }
    size_t start = out->n;
    es_buffer_add(out, message.p, at + 2);
    copy_extensions(message, at + 2, out);
    uint8_t *m = out->p + start;
    size_t body = out->n - start - ES_HANDSHAKE_HEAD_BYTES;
    write_u16(m + at, out->n - start - at - 2);
    write_u24(m + 1, body);
    write_u24(m + 9, body);
    return true;
}

bool es_hello_edit_datagram(struct es_bytes datagram, struct es_buffer *out)
{
    struct es_record record;
    size_t pos = 0;
    if (!is_wanted() || !es_record_next(datagram, &pos, &record) || pos != datagram.n ||
        !record.has_handshake) {
        return false;
    }
    es_buffer_add(out, record.head.p, record.head.n);
    if (!es_hello_edit(record.fragment, out)) {
        return false;
    }
    write_u16(out->p + ES_RECORD_HEAD_BYTES - 2, out->n - ES_RECORD_HEAD_BYTES);
    return true;
}
