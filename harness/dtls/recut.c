/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dtls/recut.h"

#include "base/buf.h"
#include "base/rd.h"
#include "dtls/offer.h"

enum {
    MESSAGE_HEADER = 12,
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2,
    HELLO_VERIFY_REQUEST = 3,
    HELLO_RANDOM_END = 34,
};

static enum es_io send_record(struct es_session *s, const struct es_record *r,
                              struct es_slice body)
{
    struct es_buf b;
    uint64_t seq = s->fragment && r->epoch == 0 ? s->plain_seq++ : r->seq;
    es_buf_build(&b, s->arena, ES_RECORD_HEADER + body.n);
    es_buf_u8(&b, r->type);
    es_buf_u16(&b, r->version);
    es_buf_u64(&b, (uint64_t)r->epoch << 48 | seq);
    es_buf_u16(&b, (unsigned)body.n);
    es_buf_put(&b, body);
    return es_session_send_below(s, es_buf_slice(&b));
}

/* One message, or a fragment of one, in pieces of at most s->fragment octets. */
static enum es_io send_pieces(struct es_session *s, const struct es_record *r)
{
    struct es_rd rd;
    es_rd_init(&rd, r->body);
    unsigned type = es_rd_u8(&rd);
    uint32_t length = es_rd_u24(&rd);
    unsigned seq = es_rd_u16(&rd);
    uint32_t offset = es_rd_u24(&rd);
    struct es_slice rest = es_rd_bytes(&rd, es_rd_u24(&rd));
    enum es_io result = ES_IO_AGAIN;
    if (rd.failed || es_rd_left(&rd)) {
        return send_record(s, r, r->body);
    }
    do {
        struct es_buf b;
        size_t n = rest.n < s->fragment ? rest.n : s->fragment;
        es_buf_build(&b, s->arena, MESSAGE_HEADER + n);
        es_buf_u8(&b, type);
        es_buf_u24(&b, length);
        es_buf_u16(&b, seq);
        es_buf_u24(&b, offset);
        es_buf_u24(&b, (uint32_t)n);
        es_buf_put(&b, es_slice_sub(rest, 0, n));
        enum es_io io = send_record(s, r, es_buf_slice(&b));
        result = result == ES_IO_AGAIN ? io : result;
        offset += (uint32_t)n;
        rest = es_slice_from(rest, n);
    } while (rest.n);
    return result;
}

static enum es_io send_cut(struct es_session *s, struct es_slice datagram)
{
    struct es_record r;
    enum es_io result = ES_IO_AGAIN;
    while (es_record_next(&datagram, &r)) {
        bool cut = s->fragment && r.type == ES_RECORD_HANDSHAKE && r.epoch == 0;
        enum es_io io = cut ? send_pieces(s, &r) : send_record(s, &r, r.body);
        result = result == ES_IO_AGAIN ? io : result;
    }
    return result;
}

/* Where the cookie is in a datagram that begins with a ClientHello; 0: there is none. */
static size_t find_cookie(struct es_slice datagram)
{
    struct es_rd rd;
    struct es_record r;
    if (!es_record_next(&datagram, &r) || r.type != ES_RECORD_HANDSHAKE || r.epoch ||
        !r.body.n || r.body.p[0] != CLIENT_HELLO) {
        return 0;
    }
    es_rd_init(&rd, r.body);
    es_rd_bytes(&rd, MESSAGE_HEADER + HELLO_RANDOM_END);
    es_rd_bytes(&rd, es_rd_u8(&rd));
    bool any = es_rd_u8(&rd) > 0;
    return any && es_rd_left(&rd) ? ES_RECORD_HEADER + rd.at : 0;
}

enum es_io es_recut_send(struct es_session *s, struct es_slice datagram)
{
    datagram = es_offer_rewrite(s, datagram);
    size_t cookie = s->spoil_cookie ? find_cookie(datagram) : 0;
    if (cookie && s->info.wrong_cookie == ES_DTLS_COOKIE_UNSENT) {
        struct es_slice copy = es_arena_dup(s->arena, datagram);
        ((uint8_t *)copy.p)[cookie] ^= 1;
        datagram = copy;
        s->info.wrong_cookie = ES_DTLS_COOKIE_UNANSWERED;
        s->answer_awaited = true;
    } else if (cookie) {
        s->answer_awaited = false;
    }
    return s->fragment || s->records_alone ? send_cut(s, datagram)
                                           : es_session_send_below(s, datagram);
}

bool es_recut_admit(struct es_session *s, const struct es_record *r)
{
    bool readable = r->type == ES_RECORD_HANDSHAKE && r->epoch == 0 && r->body.n;
    if (s->info.wrong_cookie == ES_DTLS_COOKIE_UNSENT || !readable) {
        return true;
    }
    if (r->body.p[0] == SERVER_HELLO && s->answer_awaited) {
        s->info.wrong_cookie = ES_DTLS_COOKIE_BELIEVED;
        s->answer_awaited = false;
    }
    if (r->body.p[0] != HELLO_VERIFY_REQUEST) {
        return true;
    }
    if (s->answer_awaited) {
        s->info.wrong_cookie = ES_DTLS_COOKIE_ASKED_AGAIN;
    }
    return false;
}
