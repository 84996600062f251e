/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hello.h"

#include <string.h>

enum {
    RECORD_HEAD = 13,
    HANDSHAKE_HEAD = 12,
    RECORD_ALERT = 21,
    RECORD_HANDSHAKE = 22,
    CLIENT_HELLO = 1,
    ALERT_FATAL = 2,
    EXTENSION_POINT_FORMATS = 11,
    SEQ_AT = 5,
    SEQ_LEN = 6,
};

static size_t read_number(const uint8_t *p, size_t n)
{
    size_t v = 0;
    for (size_t i = 0; i < n; i++) {
        v = v << 8 | p[i];
    }
    return v;
}

static void add_number(struct es_octets *out, size_t v, size_t n)
{
    for (size_t i = n; i > 0; i--) {
        es_octets_add_byte(out, (unsigned int)(v >> (8 * (i - 1)) & 0xff));
    }
}

static bool next_record(struct es_bytes *rest, struct es_bytes *record)
{
    if (rest->n < RECORD_HEAD || rest->p[1] != 0xfe) {
        return false;
    }
    size_t n = RECORD_HEAD + read_number(rest->p + 11, 2);
    if (n > rest->n) {
        return false;
    }
    *record = (struct es_bytes){rest->p, n};
    rest->p += n;
    rest->n -= n;
    return true;
}

static bool is_hello(struct es_bytes record)
{
    return record.n >= RECORD_HEAD + HANDSHAKE_HEAD &&
           record.p[0] == RECORD_HANDSHAKE && read_number(record.p + 3, 2) == 0 &&
           record.p[RECORD_HEAD] == CLIENT_HELLO;
}

/* True if nothing is missing any more. */
static bool take_fragment(struct es_hello *hello, struct es_bytes record)
{
    const uint8_t *h = record.p + RECORD_HEAD;
    size_t len = read_number(h + 1, 3), offset = read_number(h + 6, 3);
    size_t n = read_number(h + 9, 3);
    uint16_t msg_seq = (uint16_t)read_number(h + 4, 2);
    if (len > ES_HELLO_MAX || offset > len || n > len - offset ||
        n > record.n - RECORD_HEAD - HANDSHAKE_HEAD) {
        return false;
    }
    if (!hello->active || hello->msg_seq != msg_seq || hello->len != len) {
        memset(hello, 0, sizeof *hello);
        hello->active = true;
        hello->msg_seq = msg_seq;
        hello->len = len;
    }
    memcpy(hello->body + offset, h + HANDSHAKE_HEAD, n);
    memset(hello->have + offset, true, n);
    return memchr(hello->have, false, len) == NULL;
}

/* One record with one fragment, under the record number of the last one. */
static void write_whole(const struct es_hello *hello, struct es_bytes record,
                        struct es_octets *out)
{
    es_octets_clear(out);
    es_octets_add(out, record.p, SEQ_AT + SEQ_LEN);
    add_number(out, HANDSHAKE_HEAD + hello->len, 2);
    es_octets_add_byte(out, CLIENT_HELLO);
    add_number(out, hello->len, 3);
    add_number(out, hello->msg_seq, 2);
    add_number(out, 0, 3);
    add_number(out, hello->len, 3);
    es_octets_add(out, hello->body, hello->len);
}

enum es_hello_sense es_hello_collect(struct es_hello *hello, struct es_bytes datagram,
                                     struct es_octets *whole)
{
    enum es_hello_sense sense = ES_HELLO_NONE;
    struct es_bytes record;
    while (next_record(&datagram, &record)) {
        if (!is_hello(record)) {
            continue;
        }
        if (take_fragment(hello, record)) {
            write_whole(hello, record, whole);
            hello->active = false;
            return ES_HELLO_WHOLE;
        }
        sense = ES_HELLO_PARTIAL;
    }
    return sense;
}

struct es_bytes es_hello_trim(struct es_bytes datagram)
{
    struct es_bytes rest = datagram, record;
    while (next_record(&rest, &record)) {
    }
    return (struct es_bytes){datagram.p, datagram.n - rest.n};
}

/* Takes a vector whose length has `width` octets. */
static bool take_vector(struct es_bytes *in, size_t width, struct es_bytes *out)
{
    if (in->n < width || read_number(in->p, width) > in->n - width) {
        return false;
    }
    *out = (struct es_bytes){in->p + width, read_number(in->p, width)};
    in->p += width + out->n;
    in->n -= width + out->n;
    return true;
}

static bool lacks_uncompressed(struct es_bytes extensions)
{
    struct es_bytes value, formats;
    while (extensions.n >= 4) {
        size_t type = read_number(extensions.p, 2);
        extensions.p += 2;
        extensions.n -= 2;
        if (!take_vector(&extensions, 2, &value)) {
            return false;
        }
        if (type == EXTENSION_POINT_FORMATS) {
            return take_vector(&value, 1, &formats) &&
                   (formats.n == 0 || memchr(formats.p, 0, formats.n) == NULL);
        }
    }
    return false;
}

bool es_hello_look(struct es_bytes whole, struct es_hello_view *out)
{
    enum { FIXED = 2 + ES_HELLO_RANDOM_LEN };
    struct es_bytes skipped, extensions = {NULL, 0};
    const uint8_t *h = whole.p + RECORD_HEAD;
    struct es_bytes body = {h + HANDSHAKE_HEAD, whole.n - RECORD_HEAD - HANDSHAKE_HEAD};
    *out = (struct es_hello_view){.msg_seq = (uint16_t)read_number(h + 4, 2)};
    if (body.n < FIXED) {
        return false;
    }
    memcpy(out->random, body.p + 2, ES_HELLO_RANDOM_LEN);
    body.p += FIXED;
    body.n -= FIXED;
    /* session_id, cookie, cipher_suites, compression_methods */
    if (!take_vector(&body, 1, &skipped) || !take_vector(&body, 1, &skipped) ||
        !take_vector(&body, 2, &skipped) || !take_vector(&body, 1, &skipped)) {
        return false;
    }
    if (body.n > 0 && !take_vector(&body, 2, &extensions)) {
        return false;
    }
    out->lacks_uncompressed = lacks_uncompressed(extensions);
    return true;
}

void es_hello_write_alert(struct es_bytes whole, uint8_t description,
                          struct es_octets *out)
{
    es_octets_clear(out);
    es_octets_add_byte(out, RECORD_ALERT);
    es_octets_add(out, whole.p + 1, SEQ_AT + SEQ_LEN - 1);
    add_number(out, 2, 2);
    es_octets_add_byte(out, ALERT_FATAL);
    es_octets_add_byte(out, description);
}
