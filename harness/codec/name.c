/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/name.h"

#include "base/diag.h"
#include "codec/oid.h"

enum { NAME_MAX_BYTES = 4096, VALUE_MAX_BYTES = 1024 };

/* One AttributeTypeAndValue of a Name that is being walked. */
struct attribute {
    struct es_slice type; /* contents of the OID */
    unsigned tag;
    struct es_slice value;
    bool first_of_rdn;
};

struct walk {
    struct es_der_document doc;
    struct es_der rdns, rdn;
    bool any, in_rdn;
};

static void walk_open(struct walk *w, struct es_arena *a, struct es_slice name)
{
    struct es_der root;
    *w = (struct walk){0};
    es_der_open(&w->doc, a, name, false, &root);
    if (es_der_enter(&root, ES_DER_SEQUENCE, "the name", &w->rdns)) {
        es_der_done(&root, "the name");
    }
}

static bool walk_next(struct walk *w, struct attribute *out)
{
    *out = (struct attribute){0};
    bool first = !w->in_rdn || es_der_at_end(&w->rdn);
    if (first) {
        if (es_der_at_end(&w->rdns)) {
            return false;
        }
        ES_TRY(es_der_enter(&w->rdns, ES_DER_SET, "an RDN", &w->rdn));
        w->in_rdn = true;
    }
    struct es_der pair;
    struct es_der_item type, value;
    ES_TRY(es_der_enter(&w->rdn, ES_DER_SEQUENCE, "an attribute of the name", &pair));
    ES_TRY(es_der_read(&pair, ES_DER_OID, "the type of an attribute", &type));
    if (!es_oid_is_valid(type.value)) {
        return es_der_flaw(&pair, type.offset, "malformed attribute type in a name");
    }
    if (!es_der_next(&pair, &value)) {
        return es_der_flaw(&pair, type.offset, "an attribute of the name has no value");
    }
    ES_TRY(es_der_done(&pair, "an attribute of the name"));
    *out = (struct attribute){type.value, value.tag, value.value, first};
    return true;
}

static void put_utf8(struct es_buf *b, uint32_t c)
{
    if (c < 0x80) {
        es_buf_u8(b, c);
    } else if (c < 0x800) {
        es_buf_u8(b, 0xc0 | c >> 6);
        es_buf_u8(b, 0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        es_buf_u8(b, 0xe0 | c >> 12);
        es_buf_u8(b, 0x80 | (c >> 6 & 0x3f));
        es_buf_u8(b, 0x80 | (c & 0x3f));
    } else {
        es_buf_u8(b, 0xf0 | (c >> 18 & 7));
        es_buf_u8(b, 0x80 | (c >> 12 & 0x3f));
        es_buf_u8(b, 0x80 | (c >> 6 & 0x3f));
        es_buf_u8(b, 0x80 | (c & 0x3f));
    }
}

/* The value as UTF-8, whatever its string type. */
static struct es_slice utf8_of(struct es_arena *a, const struct attribute *at)
{
    unsigned width = at->tag == ES_DER_BMP_STRING   ? 2
                     : at->tag == ES_DER_T61_STRING ? 1
                                                    : 0;
    if (width == 0) {
        return at->value;
    }
    struct es_buf b;
    es_buf_build(&b, a, at->value.n * 3 + 1);
    for (size_t i = 0; i + width <= at->value.n; i += width) {
        uint32_t c = at->value.p[i];
        put_utf8(&b, width == 2 ? c << 8 | at->value.p[i + 1] : c);
    }
    return es_buf_slice(&b);
}

static void put_value_text(struct es_buf *b, struct es_slice v)
{
    bool utf8 = es_text_utf8_valid(v) == v.n;
    for (size_t i = 0; i < v.n; i++) {
        uint8_t c = v.p[i];
        if (c < 0x20 || c == 0x7f || (c >= 0x80 && !utf8)) {
            es_buf_printf(b, "\\%02x", c);
            continue;
        }
        bool blank_at_edge = c == ' ' && (i == 0 || i + 1 == v.n);
        if (c == ',' || c == '+' || c == '\\' || blank_at_edge) {
            es_buf_u8(b, '\\');
        }
        es_buf_u8(b, c);
    }
}

const char *es_name_text(struct es_arena *a, struct es_slice name)
{
    struct walk w;
    struct attribute at;
    struct es_buf b;
    es_buf_build(&b, a, name.n * 4 + NAME_MAX_BYTES);
    walk_open(&w, a, name);
    while (walk_next(&w, &at)) {
        if (b.n > 0) {
            es_buf_text(&b, at.first_of_rdn ? "," : "+");
        }
        es_buf_text(&b, es_oid_text(a, at.type));
        es_buf_text(&b, "=");
        put_value_text(&b, utf8_of(a, &at));
    }
    return w.doc.flaw.text ? "malformed name" : es_buf_cstr(&b);
}

bool es_name_check(struct es_arena *a, struct es_slice name, struct es_flaw *flaw)
{
    struct walk w;
    struct attribute at;
    walk_open(&w, a, name);
    while (walk_next(&w, &at)) {
    }
    if (w.doc.flaw.text) {
        return es_flaw_set(flaw, a, w.doc.flaw.offset, "%s", w.doc.flaw.text);
    }
    return true;
}

static void put_folded(struct es_buf *b, struct es_slice v)
{
    v = es_slice_trim(v);
    bool after_blank = false;
    for (size_t i = 0; i < v.n; i++) {
        uint8_t c = v.p[i];
        if (c == ' ' && after_blank) {
            continue;
        }
        after_blank = c == ' ';
        es_buf_u8(b, c >= 'A' && c <= 'Z' ? (unsigned)(c - 'A' + 'a') : c);
    }
}

/* A form in which equal names are the same octets; false if the name is malformed. */
static bool put_canonical(struct es_buf *b, struct es_arena *a, struct es_slice name)
{
    struct walk w;
    struct attribute at;
    es_buf_build(b, a, name.n * 4 + 16);
    walk_open(&w, a, name);
    while (walk_next(&w, &at)) {
        es_buf_u8(b, at.first_of_rdn ? 0 : 1);
        es_buf_put(b, at.type);
        es_buf_u8(b, '=');
        put_folded(b, utf8_of(a, &at));
    }
    return w.doc.flaw.text == NULL && !b->overflow;
}

bool es_name_is_equal(struct es_arena *a, struct es_slice x, struct es_slice y)
{
    struct es_buf bx, by;
    if (es_slice_eq(x, y)) {
        return true;
    }
    return put_canonical(&bx, a, x) && put_canonical(&by, a, y) &&
           es_slice_eq(es_buf_slice(&bx), es_buf_slice(&by));
}

const char *es_name_find(struct es_arena *a, struct es_slice name, const char *type)
{
    struct walk w;
    struct attribute at;
    struct es_slice wanted;
    if (!es_oid_parse(a, es_slice_of(type), &wanted)) {
        return NULL;
    }
    walk_open(&w, a, name);
    while (walk_next(&w, &at)) {
        if (es_slice_eq(at.type, wanted)) {
            return es_arena_text(a, utf8_of(a, &at));
        }
    }
    return NULL;
}
