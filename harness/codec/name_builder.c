/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/diag.h"
#include "base/vector.h"
#include "codec/name.h"
#include "codec/oid.h"

#include <stdlib.h>

/* Text of a name that is being read. */
struct source {
    struct es_arena *arena;
    struct es_slice text;
    size_t at;
};

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Resolves the escape at s->at: `\xx` or `\` and the character itself. */
static bool put_escape(struct source *s, struct es_buf *b)
{
    struct es_slice next = es_slice_sub(s->text, s->at + 1, 2);
    if (next.n == 0) {
        return false;
    }
    if (next.n == 2 && hex_digit(next.p[0]) >= 0 && hex_digit(next.p[1]) >= 0) {
        es_buf_u8(b, (unsigned)(hex_digit(next.p[0]) << 4 | hex_digit(next.p[1])));
        s->at += 3;
        return true;
    }
    es_buf_u8(b, next.p[0]);
    s->at += 2;
    return true;
}

static bool put_character(struct source *s, struct es_buf *b)
{
    if (s->text.p[s->at] == '\\') {
        return put_escape(s, b);
    }
    es_buf_u8(b, s->text.p[s->at]);
    s->at++;
    return true;
}

/* The value up to an unescaped `,` or `+`, without blanks at its ends unless
 * escaped. */
static bool read_value(struct source *s, struct es_slice *value)
{
    struct es_buf b;
    size_t keep = 0;
    es_buf_build(&b, s->arena, s->text.n + 1);
    while (s->at < s->text.n && s->text.p[s->at] == ' ') {
        s->at++;
    }
    while (s->at < s->text.n && s->text.p[s->at] != ',' && s->text.p[s->at] != '+') {
        bool blank = s->text.p[s->at] == ' ';
        ES_TRY(put_character(s, &b));
        keep = blank ? keep : b.n;
    }
    *value = es_slice_sub(es_buf_slice(&b), 0, keep);
    return true;
}

static unsigned string_tag(enum es_oid type)
{
    if (type == ES_OID_AT_C || type == ES_OID_AT_SERIAL_NUMBER) {
        return ES_DER_PRINTABLE_STRING;
    }
    if (type == ES_OID_AT_DC || type == ES_OID_AT_EMAIL) {
        return ES_DER_IA5_STRING;
    }
    return ES_DER_UTF8_STRING;
}

/* Reads `type=value` at s->at; the encoded attribute lies in the arena. */
static bool read_attribute(struct source *s, struct es_slice *pair)
{
    struct es_slice rest = es_slice_from(s->text, s->at);
    size_t length = es_slice_find(rest, '=');
    struct es_slice type, value;
    if (length == rest.n ||
        !es_oid_parse(s->arena, es_slice_trim(es_slice_sub(rest, 0, length)), &type)) {
        return false;
    }
    s->at += length + 1;
    ES_TRY(read_value(s, &value));
    struct es_buf b;
    es_buf_build(&b, s->arena, type.n + value.n + 32);
    size_t mark = es_der_begin(&b, ES_DER_SEQUENCE);
    es_der_put(&b, ES_DER_OID, type);
    es_der_put(&b, string_tag(es_oid_find(type)), value);
    es_der_finish(&b, mark);
    *pair = es_buf_slice(&b);
    return !b.overflow;
}

static int by_encoding(const void *x, const void *y)
{
    return es_slice_cmp(*(const struct es_slice *)x, *(const struct es_slice *)y);
}

/* Reads the attributes up to an unescaped `,`; *bad is where the last one started. */
static bool put_rdn(struct source *s, struct es_buf *b, size_t *bad)
{
    struct {
        struct es_slice *at;
        size_t n, room;
    } pairs = {0};
    bool more = true;
    while (more) {
        struct es_slice pair;
        *bad = s->at;
        ES_TRY(read_attribute(s, &pair));
        ES_PUSH(s->arena, &pairs, pair);
        more = s->at < s->text.n && s->text.p[s->at] == '+';
        s->at += more ? 1 : 0;
    }
    /* An RDN is a SET OF: its elements ascend in DER. */
    qsort(pairs.at, pairs.n, sizeof *pairs.at, by_encoding);
    size_t set = es_der_begin(b, ES_DER_SET);
    for (size_t i = 0; i < pairs.n; i++) {
        es_buf_put(b, pairs.at[i]);
    }
    es_der_finish(b, set);
    return true;
}

bool es_name_build(struct es_arena *a, struct es_slice text, struct es_slice *name,
                   size_t *bad)
{
    struct source s = {a, text, 0};
    struct es_buf b;
    es_buf_build(&b, a, text.n * 12 + 32);
    *bad = 0;
    size_t outer = es_der_begin(&b, ES_DER_SEQUENCE);
    bool more = text.n > 0;
    while (more) {
        ES_TRY(put_rdn(&s, &b, bad));
        more = s.at < text.n; /* then a comma stands here, and an RDN must follow */
        s.at++;
    }
    es_der_finish(&b, outer);
    *name = es_buf_slice(&b);
    return !b.overflow;
}
