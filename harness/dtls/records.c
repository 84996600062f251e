/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dtls/records.h"

#include "base/buf.h"
#include "base/rd.h"

#include <string.h>

enum {
    VERSION_1_0 = 0xfeff,
    VERSION_1_2 = 0xfefd,
    RECORD_BODY_MAX = (1 << 14) + 2048, /* RFC 5246, 6.2.3 */
    MESSAGE_HEADER = 12,
    MESSAGE_MAX = 1 << 17, /* of a message put together; longer ones are only named */
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2,
    HELLO_VERIFY_REQUEST = 3,
    CERTIFICATE = 11,
    SERVER_KEY_EXCHANGE = 12,
    CERTIFICATE_REQUEST = 13,
    CLIENT_KEY_EXCHANGE = 16,
    EXTENSION_EXTENDED_MASTER_SECRET = 23,
    CURVE_TYPE_NAMED = 3,
    ALERT_FATAL = 2,
    LINE_MAX_BYTES = 200,
};

bool es_record_next(struct es_slice *rest, struct es_record *out)
{
    struct es_rd r;
    es_rd_init(&r, *rest);
    out->type = es_rd_u8(&r);
    out->version = es_rd_u16(&r);
    out->epoch = es_rd_u16(&r);
    out->seq = es_rd_u48(&r);
    uint16_t length = es_rd_u16(&r);
    out->body = es_rd_bytes(&r, length);
    out->whole = es_slice_sub(*rest, 0, r.at);
    if (r.failed || out->type < ES_RECORD_CCS || out->type > ES_RECORD_DATA ||
        (out->version != VERSION_1_2 && out->version != VERSION_1_0) ||
        length > RECORD_BODY_MAX) {
        return false;
    }
    *rest = es_slice_from(*rest, r.at);
    return true;
}

bool es_record_is_torn(struct es_slice rest)
{
    struct es_rd r;
    es_rd_init(&r, rest);
    uint8_t type = es_rd_u8(&r);
    bool known = type >= ES_RECORD_CCS && type <= ES_RECORD_DATA;
    known = known && es_rd_u16(&r) == VERSION_1_2;
    es_rd_bytes(&r, 8);
    size_t length = es_rd_u16(&r);
    return known && (r.failed || length > es_rd_left(&r));
}

static const char *message_name(uint8_t type)
{
    switch (type) {
    case 0:
        return "HelloRequest";
    case CLIENT_HELLO:
        return "ClientHello";
    case SERVER_HELLO:
        return "ServerHello";
    case HELLO_VERIFY_REQUEST:
        return "HelloVerifyRequest";
    case 4:
        return "NewSessionTicket";
    case CERTIFICATE:
        return "Certificate";
    case SERVER_KEY_EXCHANGE:
        return "ServerKeyExchange";
    case CERTIFICATE_REQUEST:
        return "CertificateRequest";
    case 14:
        return "ServerHelloDone";
    case 15:
        return "CertificateVerify";
    case 16:
        return "ClientKeyExchange";
    case 20:
        return "Finished";
    case 21:
        return "CertificateURL";
    case 22:
        return "CertificateStatus";
    default:
        return "Handshake";
    }
}

/* DTLS 1.2 encrypts no handshake message but Finished, unless it renegotiates. After the
 * handshake the length tells: 24 octets and what the AEAD suites add. */
static const char *encrypted_name(const struct es_records *v, const struct es_record *r)
{
    if (v->info->outcome == ES_DTLS_PENDING || r->body.n == 40 || r->body.n == 48) {
        return "Finished";
    }
    return "EncryptedHandshake";
}

const char *es_records_name(const struct es_records *v, const struct es_record *r)
{
    switch (r->type) {
    case ES_RECORD_CCS:
        return "ChangeCipherSpec";
    case ES_RECORD_ALERT:
        return "Alert";
    case ES_RECORD_HANDSHAKE:
        return r->epoch    ? encrypted_name(v, r)
               : r->body.n ? message_name(r->body.p[0])
                           : "Handshake";
    default:
        return "ApplicationData";
    }
}

const char *es_records_label(const struct es_records *v, struct es_slice datagram,
                             char *storage)
{
    struct es_buf b;
    struct es_record r;
    es_buf_init(&b, storage, ES_RECORD_LABEL_MAX);
    while (es_record_next(&datagram, &r)) {
        if (b.n) {
            es_buf_u8(&b, ' ');
        }
        es_buf_text(&b, es_records_name(v, &r));
    }
    return es_buf_cstr(&b);
}

static size_t take_session_id(struct es_rd *r, uint8_t out[32])
{
    struct es_slice id = es_rd_bytes(r, es_rd_u8(r));
    if (!id.n || id.n > 32) {
        return 0;
    }
    memcpy(out, id.p, id.n);
    return id.n;
}

static void take_client_hello(struct es_records *v, struct es_slice body)
{
    struct es_rd r;
    es_rd_init(&r, body);
    es_rd_u16(&r);
    struct es_slice random = es_rd_bytes(&r, sizeof v->client_random);
    if (random.n) {
        memcpy(v->client_random, random.p, random.n);
        v->random_known = true;
    }
    v->session_offered_n = take_session_id(&r, v->session_offered);
    v->info->hello = es_dtls_hello_view(v->arena, body);
}

static void take_server_hello(struct es_records *v, struct es_slice body,
                              struct es_buf *note)
{
    struct es_rd r;
    es_rd_init(&r, body);
    v->info->version = es_rd_u16(&r);
    es_rd_bytes(&r, 32);
    v->session_given_n = take_session_id(&r, v->session_given);
    v->info->suite = es_rd_u16(&r);
    es_rd_u8(&r);
    struct es_rd extensions;
    es_rd_init(&extensions, es_rd_bytes(&r, es_rd_left(&r) ? es_rd_u16(&r) : 0));
    v->info->extended_master_secret = false;
    while (es_rd_left(&extensions)) {
        uint16_t type = es_rd_u16(&extensions);
        es_rd_bytes(&extensions, es_rd_u16(&extensions));
        if (type == EXTENSION_EXTENDED_MASTER_SECRET && !extensions.failed) {
            v->info->extended_master_secret = true;
        }
    }
    v->server_hello_seen = true;
    es_buf_printf(note, " (%s%s)", es_dtls_suite_name(v->info->suite, v->arena),
                  v->info->extended_master_secret ? ", extended master secret" : "");
}

static void take_certificate(struct es_records *v, enum es_direction dir,
                             struct es_slice body, struct es_buf *note)
{
    struct es_rd r;
    size_t n = 0;
    /* What comes again in a retransmission is known already. */
    bool keep = dir == ES_RECEIVED && v->info->peer_chain_n == 0;
    es_rd_init(&r, body);
    es_rd_u24(&r);
    while (es_rd_left(&r)) {
        struct es_slice der = es_rd_bytes(&r, es_rd_u24(&r));
        if (r.failed) {
            break;
        }
        if (keep && n < ES_DTLS_CHAIN_MAX) {
            v->info->peer_chain[n] = es_arena_dup(v->arena, der);
            v->info->peer_chain_n = n + 1;
        }
        n++;
    }
    es_buf_printf(note, " (%zu certificate%s)", n, n == 1 ? "" : "s");
}

static void take_point(struct es_records *v, enum es_direction dir, struct es_rd *r)
{
    struct es_slice point = es_rd_bytes(r, es_rd_u8(r));
    if (dir == ES_RECEIVED && !r->failed) {
        v->info->ephemeral_key = es_arena_dup(v->arena, point);
    }
}

/* ECDHE: the public point (RFC 8422, 5.7). */
static void take_client_key_exchange(struct es_records *v, enum es_direction dir,
                                     struct es_slice body)
{
    struct es_rd r;
    es_rd_init(&r, body);
    take_point(v, dir, &r);
}

/* ECDHE: curve type, named curve, public point, signature scheme (RFC 8422, 5.4). */
static void take_server_key_exchange(struct es_records *v, enum es_direction dir,
                                     struct es_slice body)
{
    struct es_rd r;
    es_rd_init(&r, body);
    if (es_rd_u8(&r) != CURVE_TYPE_NAMED) {
        return;
    }
    uint16_t curve = es_rd_u16(&r);
    take_point(v, dir, &r);
    uint16_t scheme = es_rd_u16(&r);
    if (!r.failed) {
        v->info->curve = curve;
        v->info->signature_scheme = scheme;
    }
}

/* A whole plaintext message; note gets what is worth a remark in the trace. */
static void take_message(struct es_records *v, enum es_direction dir, uint8_t type,
                         struct es_slice body, struct es_buf *note)
{
    if (dir == ES_RECEIVED && type < 32) {
        v->received_types |= 1U << type;
    }
    switch (type) {
    case CLIENT_HELLO:
        take_client_hello(v, body);
        break;
    case SERVER_HELLO:
        take_server_hello(v, body, note);
        break;
    case HELLO_VERIFY_REQUEST:
        v->info->cookie_exchanged = true;
        break;
    case CERTIFICATE:
        take_certificate(v, dir, body, note);
        break;
    case SERVER_KEY_EXCHANGE:
        take_server_key_exchange(v, dir, body);
        break;
    case CLIENT_KEY_EXCHANGE:
        take_client_key_exchange(v, dir, body);
        break;
    case CERTIFICATE_REQUEST:
        v->info->certificate_requested = true;
        break;
    default:
        break;
    }
}

struct fragment {
    uint8_t type;
    uint16_t seq;
    uint32_t length, offset;
    struct es_slice bytes;
};

static bool read_fragment(struct es_rd *r, struct fragment *f)
{
    f->type = es_rd_u8(r);
    f->length = es_rd_u24(r);
    f->seq = es_rd_u16(r);
    f->offset = es_rd_u24(r);
    f->bytes = es_rd_bytes(r, es_rd_u24(r));
    return !r->failed && f->bytes.n <= f->length && f->offset <= f->length - f->bytes.n;
}

/* Whether the fragment completes its message; *whole is then the message. */
static bool put_together(struct es_records *v, struct es_record_parts *p,
                         const struct fragment *f, struct es_slice *whole)
{
    if (f->bytes.n == f->length) {
        *whole = f->bytes;
        return true;
    }
    if (f->length > MESSAGE_MAX) {
        return false;
    }
    if (!p->bytes || p->seq != f->seq || p->type != f->type || p->length != f->length) {
        p->bytes = es_arena_alloc(v->arena, f->length);
        p->seen = es_arena_alloc(v->arena, f->length);
        p->length = f->length;
        p->have = 0;
        p->seq = f->seq;
        p->type = f->type;
    }
    for (uint32_t i = 0; i < f->bytes.n; i++) {
        uint32_t at = f->offset + i;
        p->have += !p->seen[at];
        p->seen[at] = 1;
        p->bytes[at] = f->bytes.p[i];
    }
    *whole = es_slice_make(p->bytes, p->length);
    return p->have == p->length;
}

static void note_copy(struct es_records *v, enum es_direction dir,
                      const struct fragment *f, struct es_slice whole, es_usec now)
{
    if (dir == ES_RECEIVED && f->type != HELLO_VERIFY_REQUEST) {
        es_copies_message(&v->copies, v->arena, f->type, f->seq, whole, now,
                          &v->info->copies);
    }
}

static void note_record(struct es_records *v, enum es_direction dir,
                        const struct es_record *r)
{
    bool verify = r->body.n && r->body.p[0] == HELLO_VERIFY_REQUEST;
    if (dir == ES_RECEIVED && !verify) {
        es_copies_record(&v->copies, r->seq, &v->info->copies);
    }
}

static void see_handshake(struct es_records *v, enum es_direction dir,
                          const struct es_record *r, uint32_t number, es_usec now)
{
    struct es_rd rd;
    es_rd_init(&rd, r->body);
    while (es_rd_left(&rd)) {
        struct fragment f;
        struct es_slice whole;
        uint8_t storage[LINE_MAX_BYTES];
        struct es_buf line;
        es_buf_init(&line, storage, sizeof storage);
        if (!read_fragment(&rd, &f)) {
            es_buf_text(&line, "malformed handshake message");
            rd.failed = true;
        } else {
            es_buf_text(&line, message_name(f.type));
            if (put_together(v, &v->parts[dir], &f, &whole)) {
                take_message(v, dir, f.type, whole, &line);
                note_copy(v, dir, &f, whole, now);
            }
            es_buf_printf(&line, " seq=%u", f.seq);
        }
        if (!rd.failed && f.bytes.n < f.length) {
            es_buf_printf(&line, " fragment %u+%zu of %u", f.offset, f.bytes.n,
                          f.length);
        }
        if (v->evidence) {
            es_evidence_line(v->evidence, number, dir, now, "%s", es_buf_cstr(&line));
        }
    }
}

void es_records_see_alert(struct es_records *v, enum es_direction dir, uint8_t level,
                          uint8_t description, uint32_t number, es_usec now)
{
    if (dir == ES_RECEIVED) {
        v->info->alert = description;
        v->info->alert_received = true;
    }
    if (v->evidence) {
        es_evidence_line(v->evidence, number, dir, now, "Alert %s %s",
                         level == ALERT_FATAL ? "fatal" : "warning",
                         es_dtls_alert_name(description));
    }
}

void es_records_see(struct es_records *v, enum es_direction dir,
                    const struct es_record *r, uint32_t number, es_usec now)
{
    if (r->type == ES_RECORD_DATA) {
        return;
    }
    if (r->type == ES_RECORD_ALERT) {
        if (r->epoch == 0 && r->body.n == 2) {
            es_records_see_alert(v, dir, r->body.p[0], r->body.p[1], number, now);
        }
        return;
    }
    if (r->type == ES_RECORD_HANDSHAKE && r->epoch == 0) {
        note_record(v, dir, r);
        see_handshake(v, dir, r, number, now);
        return;
    }
    if (r->type == ES_RECORD_CCS && dir == ES_SENT) {
        v->ccs_sent = true;
    }
    if (v->evidence) {
        es_evidence_line(v->evidence, number, dir, now, "%s", es_records_name(v, r));
    }
}

bool es_records_is_resuming(const struct es_records *v)
{
    return v->server_hello_seen && v->session_offered_n &&
           v->session_offered_n == v->session_given_n &&
           memcmp(v->session_offered, v->session_given, v->session_given_n) == 0;
}

const char *es_dtls_label(struct es_slice datagram, char storage[ES_DTLS_LABEL_MAX])
{
    static struct es_dtls_info unknown;
    static const struct es_records nobody = {.info = &unknown};
    return es_records_label(&nobody, datagram, storage);
}
