/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/der.h"

#include "base/diag.h"

/* Tags of elements inside an element whose length is indefinite end with these
 * octets. */
enum { END_OF_CONTENTS = 0 };

/* Identifier and length octets of one element. */
struct header {
    unsigned tag;
    size_t head, length; /* octets of identifier and length; octets of the contents */
    bool indefinite;
};

void es_der_open(struct es_der_document *doc, struct es_arena *a, struct es_slice input,
                 bool lenient, struct es_der *root)
{
    *doc = (struct es_der_document){.arena = a, .input = input, .lenient = lenient};
    *root = (struct es_der){.doc = doc, .in = input};
}

bool es_der_is_good(const struct es_der *r)
{
    return r->doc->flaw.text == NULL;
}

bool es_der_flaw(struct es_der *r, size_t offset, const char *fmt, ...)
{
    if (es_der_is_good(r)) {
        va_list args;
        va_start(args, fmt);
        const char *text = es_arena_vprintf(r->doc->arena, fmt, args);
        va_end(args);
        es_flaw_set(&r->doc->flaw, r->doc->arena, offset, "%s", text);
    }
    return false;
}

/* Something that BER allows and DER does not: a flaw of strict documents only. */
static bool not_der(struct es_der *r, size_t offset, const char *text)
{
    if (!r->doc->lenient) {
        return es_der_flaw(r, offset, "%s", text);
    }
    es_flaw_set(&r->doc->ber, r->doc->arena, offset, "%s", text);
    return true;
}

static bool read_long_length(struct es_der *r, size_t at, unsigned count,
                             struct header *h)
{
    struct es_slice octets = es_slice_sub(r->in, at + 2, count);
    if (octets.n < count) {
        return es_der_flaw(r, r->base + at + 1, "the length octets are cut off");
    }
    uint64_t length = 0;
    for (size_t i = 0; i < count; i++) {
        if (length >> 40) {
            return es_der_flaw(r, r->base + at + 1, "absurdly large length");
        }
        length = length << 8 | octets.p[i];
    }
    h->head = 2 + count;
    h->length = (size_t)length;
    if (octets.p[0] == 0 || length < 128) {
        return not_der(r, r->base + at + 1, "the length is not in its shortest form");
    }
    return true;
}

static bool read_header(struct es_der *r, size_t at, struct header *h)
{
    *h = (struct header){.head = 2};
    struct es_slice two = es_slice_sub(r->in, at, 2);
    if (two.n < 2) {
        return es_der_flaw(r, r->base + at, "the element is cut off after its tag");
    }
    h->tag = two.p[0];
    if ((h->tag & 0x1f) == 0x1f) {
        return es_der_flaw(r, r->base + at, "tag numbers above 30 are not used here");
    }
    unsigned first = two.p[1];
    if (first == 0x80) {
        h->indefinite = true;
        if (!(h->tag & 0x20)) {
            return es_der_flaw(r, r->base + at + 1,
                               "a primitive element of indefinite length");
        }
        return not_der(r, r->base + at + 1, "indefinite length (BER, not DER)");
    }
    if (first < 0x80) {
        h->length = first;
    } else if (first == 0xff) {
        return es_der_flaw(r, r->base + at + 1, "the length octet FF is reserved");
    } else {
        ES_TRY(read_long_length(r, at, first & 0x7f, h));
    }
    if (h->length > r->in.n - at - h->head) {
        return es_der_flaw(r, r->base + at + 1,
                           "the element claims %zu octets, %zu are left", h->length,
                           r->in.n - at - h->head);
    }
    return true;
}

/* Finds the end-of-contents octets that belong to the element whose contents start at
 * `from`; *end is where they start. */
static bool find_end(struct es_der *r, size_t from, size_t *end)
{
    unsigned open = 1;
    size_t at = from;
    while (true) {
        if (at >= r->in.n) {
            return es_der_flaw(r, r->base + from, "no end-of-contents octets");
        }
        struct header h;
        ES_TRY(read_header(r, at, &h));
        if (h.tag == END_OF_CONTENTS && h.length == 0 && !h.indefinite) {
            open--;
            if (open == 0) {
                *end = at;
                return true;
            }
        }
        if (h.indefinite && ++open + r->depth > ES_DER_DEPTH_MAX) {
            return es_der_flaw(r, r->base + at, "nested deeper than %d",
                               ES_DER_DEPTH_MAX);
        }
        at += h.head + h.length;
    }
}

bool es_der_next(struct es_der *r, struct es_der_item *item)
{
    if (es_der_at_end(r)) {
        return false;
    }
    struct header h;
    ES_TRY(read_header(r, r->at, &h));
    size_t start = r->at + h.head;
    size_t end = start + h.length;
    size_t after = end;
    if (h.indefinite) {
        ES_TRY(find_end(r, start, &end));
        after = end + 2;
    }
    *item = (struct es_der_item){.tag = h.tag,
                                 .value = es_slice_sub(r->in, start, end - start),
                                 .raw = es_slice_sub(r->in, r->at, after - r->at),
                                 .offset = r->base + r->at,
                                 .value_offset = r->base + start};
    r->at = after;
    return true;
}

bool es_der_at_end(const struct es_der *r)
{
    return r->at >= r->in.n || !es_der_is_good(r);
}

bool es_der_has(const struct es_der *r, unsigned tag)
{
    return !es_der_at_end(r) && r->in.p[r->at] == tag;
}

bool es_der_read(struct es_der *r, unsigned tag, const char *what,
                 struct es_der_item *item)
{
    *item = (struct es_der_item){0};
    if (!es_der_is_good(r)) {
        return false;
    }
    size_t at = r->base + r->at;
    const char *wanted = es_der_tag_name(r->doc->arena, tag);
    if (es_der_at_end(r)) {
        return es_der_flaw(r, at, "%s (%s) is missing", what, wanted);
    }
    if (r->in.p[r->at] != tag) {
        return es_der_flaw(r, at, "%s is to be %s, but here is %s", what, wanted,
                           es_der_tag_name(r->doc->arena, r->in.p[r->at]));
    }
    return es_der_next(r, item);
}

bool es_der_enter(struct es_der *r, unsigned tag, const char *what, struct es_der *in)
{
    struct es_der_item item;
    *in = (struct es_der){.doc = r->doc};
    ES_TRY(es_der_read(r, tag, what, &item));
    return es_der_enter_item(r, &item, in);
}

bool es_der_enter_item(struct es_der *r, const struct es_der_item *item,
                       struct es_der *in)
{
    *in = (struct es_der){.doc = r->doc,
                          .in = item->value,
                          .base = item->value_offset,
                          .depth = r->depth + 1};
    if (in->depth > ES_DER_DEPTH_MAX) {
        return es_der_flaw(r, item->offset, "nested deeper than %d", ES_DER_DEPTH_MAX);
    }
    return es_der_is_good(r);
}

bool es_der_done(struct es_der *r, const char *what)
{
    if (!es_der_at_end(r)) {
        return es_der_flaw(r, r->base + r->at, "%zu octets too many at the end of %s",
                           r->in.n - r->at, what);
    }
    return es_der_is_good(r);
}

bool es_der_read_uint(struct es_der *r, const char *what, uint64_t *out)
{
    struct es_der_item item;
    *out = 0;
    ES_TRY(es_der_read(r, ES_DER_INTEGER, what, &item));
    struct es_slice v = item.value;
    if (v.n == 0) {
        return es_der_flaw(r, item.offset, "%s is an INTEGER without octets", what);
    }
    if (v.n > 1 && v.p[0] == 0 && v.p[1] < 0x80) {
        ES_TRY(not_der(r, item.offset, "an INTEGER with needless leading zeros"));
    }
    if (v.p[0] & 0x80) {
        return es_der_flaw(r, item.offset, "%s is negative", what);
    }
    for (size_t i = 0; i < v.n; i++) {
        if (*out >> 55) {
            return es_der_flaw(r, item.offset, "%s is absurdly large", what);
        }
        *out = *out << 8 | v.p[i];
    }
    return true;
}

bool es_der_read_bool(struct es_der *r, const char *what, bool *out)
{
    struct es_der_item item;
    *out = false;
    ES_TRY(es_der_read(r, ES_DER_BOOLEAN, what, &item));
    if (item.value.n != 1) {
        return es_der_flaw(r, item.offset, "%s is a BOOLEAN of %zu octets", what,
                           item.value.n);
    }
    *out = item.value.p[0] != 0;
    if (*out && item.value.p[0] != 0xff) {
        return not_der(r, item.offset, "a BOOLEAN that is neither 00 nor FF");
    }
    return true;
}

bool es_der_read_bits(struct es_der *r, const char *what, struct es_slice *out)
{
    struct es_der_item item;
    *out = ES_SLICE_NONE;
    ES_TRY(es_der_read(r, ES_DER_BIT_STRING, what, &item));
    if (item.value.n == 0 || item.value.p[0] != 0) {
        return es_der_flaw(r, item.offset, "%s is not a whole number of octets", what);
    }
    *out = es_slice_from(item.value, 1);
    return true;
}

const char *es_der_tag_name(struct es_arena *a, unsigned tag)
{
    static const char *const names[32] = {
        [ES_DER_BOOLEAN] = "BOOLEAN",
        [ES_DER_INTEGER] = "INTEGER",
        [ES_DER_BIT_STRING] = "BIT STRING",
        [ES_DER_OCTET_STRING] = "OCTET STRING",
        [ES_DER_NULL] = "NULL",
        [ES_DER_OID] = "OBJECT IDENTIFIER",
        [ES_DER_UTF8_STRING] = "UTF8String",
        [ES_DER_PRINTABLE_STRING] = "PrintableString",
        [ES_DER_T61_STRING] = "T61String",
        [ES_DER_IA5_STRING] = "IA5String",
        [ES_DER_UTC_TIME] = "UTCTime",
        [ES_DER_GENERALIZED_TIME] = "GeneralizedTime",
        [ES_DER_BMP_STRING] = "BMPString",
    };
    if (tag == ES_DER_SEQUENCE) {
        return "SEQUENCE";
    }
    if (tag == ES_DER_SET) {
        return "SET";
    }
    if (tag < ES_COUNT(names) && names[tag]) {
        return names[tag];
    }
    if ((tag & 0xc0) == ES_DER_CONTEXT) {
        return es_arena_printf(a, "%s[%u]", tag & 0x20 ? "" : "primitive ", tag & 0x1f);
    }
    return es_arena_printf(a, "tag %02x", tag & 0xff);
}
