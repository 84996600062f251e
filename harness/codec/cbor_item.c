/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/cbor_item.h"

#include "base/assert.h"
#include "base/diag.h"
#include "base/vector.h"

struct walk {
    struct es_arena *a;
    struct es_slice in;
    size_t at;
    struct es_cbor_item *out;
    struct es_flaw *flaw;
};

const char *es_cbor_kind_name(const struct es_cbor_head *head)
{
    static const char *const majors[] = {
        "an unsigned integer", "a negative integer", "a byte string",
        "a text string",       "an array",           "a map",
        "a tagged item"};
    if (head->major < ES_CBOR_SIMPLE) {
        return majors[head->major];
    }
    switch (head->info) {
    case ES_CBOR_FALSE:
        return "false";
    case ES_CBOR_TRUE:
        return "true";
    case ES_CBOR_NULL:
        return "null";
    case ES_CBOR_UNDEFINED:
        return "undefined";
    case ES_CBOR_INDEFINITE:
        return "a break";
    default:
        return head->info >= 25 ? "a float" : "a simple value";
    }
}

static size_t left(const struct walk *w)
{
    return w->in.n - w->at;
}

static size_t argument_octets(unsigned info)
{
    return info >= 24 && info <= 27 ? (size_t)1 << (info - 24) : 0;
}

/* Whether a shorter head would have said the same. */
static bool is_padded(const struct es_cbor_head *h)
{
    static const uint64_t least[] = {24, 256, 65536, UINT64_C(1) << 32};
    return h->major != ES_CBOR_SIMPLE && h->info >= 24 && h->info <= 27 &&
           h->value < least[h->info - 24];
}

static bool check_info(struct walk *w, const struct es_cbor_head *h)
{
    bool number = h->major <= ES_CBOR_NEGATIVE || h->major == ES_CBOR_TAG;
    if (h->info >= 28 && h->info <= 30) {
        return es_flaw_set(w->flaw, w->a, h->offset,
                           "additional information %u is reserved", h->info);
    }
    if (h->info == ES_CBOR_INDEFINITE && number) {
        return es_flaw_set(w->flaw, w->a, h->offset, "%s of indefinite length",
                           es_cbor_kind_name(h));
    }
    return true;
}

static bool read_head(struct walk *w, struct es_cbor_head *h)
{
    *h = (struct es_cbor_head){.offset = w->at};
    if (left(w) == 0) {
        return es_flaw_set(w->flaw, w->a, w->at,
                           w->at ? "the data ends where an item should begin"
                                 : "the body is empty");
    }
    uint8_t first = w->in.p[w->at++];
    h->major = first >> 5;
    h->info = first & 31;
    h->value = h->info;
    ES_TRY(check_info(w, h));
    size_t n = argument_octets(h->info);
    if (left(w) < n) {
        return es_flaw_set(w->flaw, w->a, h->offset, "the head of %s is cut off",
                           es_cbor_kind_name(h));
    }
    h->value = n ? 0 : h->value;
    for (size_t i = 0; i < n; i++) {
        h->value = h->value << 8 | w->in.p[w->at++];
    }
    if (h->major == ES_CBOR_SIMPLE && h->info == 24 && h->value < 32) {
        return es_flaw_set(w->flaw, w->a, h->offset,
                           "simple value %u must not take two octets",
                           (unsigned)h->value);
    }
    if (is_padded(h)) {
        es_flaw_set(&w->out->non_minimal, w->a, h->offset,
                    "%s with a head longer than needed", es_cbor_kind_name(h));
    }
    return true;
}

static bool is_break(const struct es_cbor_head *h)
{
    return h->major == ES_CBOR_SIMPLE && h->info == ES_CBOR_INDEFINITE;
}

static bool is_break_next(const struct walk *w)
{
    return left(w) > 0 && w->in.p[w->at] == 0xff;
}

static bool skip_octets(struct walk *w, const struct es_cbor_head *h)
{
    if (h->value > left(w)) {
        return es_flaw_set(w->flaw, w->a, h->offset,
                           "%s of %llu octets, but only %zu are left",
                           es_cbor_kind_name(h), (unsigned long long)h->value, left(w));
    }
    w->at += (size_t)h->value;
    return true;
}

/* The chunks of a string of indefinite length are strings of the same type and of
 * definite length (RFC 8949, 3.2.3). */
static bool walk_chunks(struct walk *w, const struct es_cbor_head *string)
{
    struct es_cbor_head chunk;
    for (;;) {
        if (left(w) == 0) {
            return es_flaw_set(w->flaw, w->a, string->offset,
                               "%s of indefinite length without its break",
                               es_cbor_kind_name(string));
        }
        ES_TRY(read_head(w, &chunk));
        if (is_break(&chunk)) {
            return true;
        }
        if (chunk.major != string->major || chunk.info == ES_CBOR_INDEFINITE) {
            return es_flaw_set(w->flaw, w->a, chunk.offset,
                               "%s is no chunk of %s of indefinite length",
                               chunk.major != string->major ? es_cbor_kind_name(&chunk)
                                                            : "a chunked string",
                               es_cbor_kind_name(string));
        }
        ES_TRY(skip_octets(w, &chunk));
    }
}

static bool walk_item(struct walk *w, unsigned depth, struct es_cbor_head *h);

static bool walk_element(struct walk *w, unsigned depth)
{
    struct es_cbor_head element;
    ES_TRY(walk_item(w, depth + 1, &element));
    if (depth == 0) {
        ES_PUSH(w->a, &w->out->elements, element);
    }
    return true;
}

static bool walk_until_break(struct walk *w, const struct es_cbor_head *h,
                             unsigned depth)
{
    size_t n = 0;
    for (; !is_break_next(w); n++) {
        if (left(w) == 0) {
            return es_flaw_set(w->flaw, w->a, h->offset,
                               "%s of indefinite length without its break",
                               es_cbor_kind_name(h));
        }
        ES_TRY(walk_element(w, depth));
    }
    if (h->major == ES_CBOR_MAP && n % 2) {
        return es_flaw_set(w->flaw, w->a, w->at, "a key without value in a map");
    }
    w->at++;
    return true;
}

/* Every element takes an octet at least, so the count cannot be larger than what is
 * left. */
static bool walk_elements(struct walk *w, const struct es_cbor_head *h, unsigned depth)
{
    size_t each = h->major == ES_CBOR_MAP ? 2 : 1;
    if (h->info == ES_CBOR_INDEFINITE) {
        return walk_until_break(w, h, depth);
    }
    if (h->value > left(w) / each) {
        return es_flaw_set(w->flaw, w->a, h->offset,
                           "%s of %llu %s, but only %zu octets are left",
                           es_cbor_kind_name(h), (unsigned long long)h->value,
                           each == 2 ? "pairs" : "elements", left(w));
    }
    for (uint64_t i = 0; i < h->value * each; i++) {
        ES_TRY(walk_element(w, depth));
    }
    return true;
}

static bool walk_item(struct walk *w, unsigned depth, struct es_cbor_head *h)
{
    if (depth > ES_CBOR_DEPTH_MAX) {
        return es_flaw_set(w->flaw, w->a, w->at, "items nested more than %d deep",
                           ES_CBOR_DEPTH_MAX);
    }
    ES_TRY(read_head(w, h));
    if (is_break(h)) {
        return es_flaw_set(w->flaw, w->a, h->offset,
                           "a break that ends nothing of indefinite length");
    }
    if (h->info == ES_CBOR_INDEFINITE) {
        es_flaw_set(&w->out->indefinite, w->a, h->offset, "%s of indefinite length",
                    es_cbor_kind_name(h));
    }
    struct es_cbor_head inner;
    switch (h->major) {
    case ES_CBOR_BYTES:
    case ES_CBOR_TEXT:
        return h->info == ES_CBOR_INDEFINITE ? walk_chunks(w, h) : skip_octets(w, h);
    case ES_CBOR_ARRAY:
    case ES_CBOR_MAP:
        return walk_elements(w, h, depth);
    case ES_CBOR_TAG:
        return walk_item(w, depth + 1, &inner);
    default:
        return true;
    }
}

bool es_cbor_check(struct es_arena *a, struct es_slice body, struct es_cbor_item *out,
                   struct es_flaw *flaw)
{
    struct walk w = {a, body, 0, out, flaw};
    *out = (struct es_cbor_item){.indefinite = ES_FLAW_NONE};
    ES_TRY(walk_item(&w, 0, &out->head));
    out->raw = es_slice_sub(body, 0, w.at);
    return true;
}

static unsigned shortest(uint64_t value)
{
    return value < 24            ? 0
           : value < 256         ? 1
           : value < 65536       ? 2
           : value <= UINT32_MAX ? 4
                                 : 8;
}

void es_cbor_put_head(struct es_buf *b, unsigned major, uint64_t value, unsigned width)
{
    unsigned n = width ? width : shortest(value);
    es_assert(n >= shortest(value) && n <= 8 && (n & (n - 1)) == 0);
    unsigned info = (unsigned)value;
    for (unsigned i = n, code = 24; i > 0; i /= 2, code++) {
        info = code;
    }
    es_buf_u8(b, major << 5 | info);
    for (unsigned i = n; i > 0; i--) {
        es_buf_u8(b, (unsigned)(value >> (8 * (i - 1))) & 0xff);
    }
}

void es_cbor_put_indefinite(struct es_buf *b, unsigned major)
{
    es_buf_u8(b, major << 5 | ES_CBOR_INDEFINITE);
}

void es_cbor_put_string(struct es_buf *b, unsigned major, struct es_slice octets)
{
    es_cbor_put_head(b, major, octets.n, 0);
    es_buf_put(b, octets);
}
