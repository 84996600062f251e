/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/diag.h"
#include "codec/der.h"
#include "codec/oid.h"

static bool check_integer(struct es_der *r, const struct es_der_item *item)
{
    struct es_slice v = item->value;
    if (v.n == 0) {
        return es_der_flaw(r, item->offset, "an INTEGER without octets");
    }
    if (v.n > 1 && (v.p[0] == 0 ? v.p[1] < 0x80 : v.p[0] == 0xff && v.p[1] >= 0x80)) {
        return es_der_flaw(r, item->offset, "an INTEGER with needless leading octets");
    }
    return true;
}

static bool check_bits(struct es_der *r, const struct es_der_item *item)
{
    struct es_slice v = item->value;
    if (v.n == 0 || v.p[0] > 7 || (v.n == 1 && v.p[0] != 0)) {
        return es_der_flaw(r, item->offset, "a malformed BIT STRING");
    }
    if (v.p[v.n - 1] & ((1U << v.p[0]) - 1) && v.n > 1) {
        return es_der_flaw(r, item->offset,
                           "a BIT STRING whose unused bits are not zero");
    }
    return true;
}

static bool check_time(struct es_der *r, const struct es_der_item *item)
{
    struct es_slice v = item->value;
    size_t digits = item->tag == ES_DER_UTC_TIME ? 12 : 14;
    if (v.n < digits + 1 || v.p[v.n - 1] != 'Z') {
        return es_der_flaw(r, item->offset, "a time without seconds or without Z");
    }
    return true;
}

static bool check_primitive(struct es_der *r, const struct es_der_item *item)
{
    switch (item->tag) {
    case ES_DER_BOOLEAN:
        if (item->value.n != 1 || (item->value.p[0] != 0 && item->value.p[0] != 0xff)) {
            return es_der_flaw(r, item->offset, "a BOOLEAN that is neither 00 nor FF");
        }
        return true;
    case ES_DER_INTEGER:
        return check_integer(r, item);
    case ES_DER_BIT_STRING:
        return check_bits(r, item);
    case ES_DER_NULL:
        if (item->value.n != 0) {
            return es_der_flaw(r, item->offset, "a NULL with contents");
        }
        return true;
    case ES_DER_OID:
        if (!es_oid_is_valid(item->value)) {
            return es_der_flaw(r, item->offset, "a malformed OBJECT IDENTIFIER");
        }
        return true;
    case ES_DER_UTC_TIME:
    case ES_DER_GENERALIZED_TIME:
        return check_time(r, item);
    default: /* tags are numbers, not an enumeration: all others are free in contents */
        return true;
    }
}

/* X.690, 11.6: the encodings of a SET OF ascend. (Two different tags in one SET ascend
 * in the same way.) */
static bool check_order(struct es_der *r, struct es_slice before,
                        const struct es_der_item *item)
{
    if (es_slice_cmp(before, item->raw) > 0) {
        return es_der_flaw(r, item->offset,
                           "a SET whose elements are not in DER order");
    }
    return true;
}

static bool is_constructed_string(unsigned tag)
{
    return (tag & 0xe0) == 0x20 && tag != ES_DER_SEQUENCE && tag != ES_DER_SET;
}

static bool check_level(struct es_der *r, bool is_set);

static bool check_item(struct es_der *r, const struct es_der_item *item)
{
    struct es_der in;
    if (is_constructed_string(item->tag) || item->tag == 0) {
        return es_der_flaw(r, item->offset, "a string in pieces (BER, not DER)");
    }
    if (!(item->tag & 0x20)) {
        return check_primitive(r, item);
    }
    /* Recursion ends at ES_DER_DEPTH_MAX. */
    return es_der_enter_item(r, item, &in) && check_level(&in, item->tag == ES_DER_SET);
}

static bool check_level(struct es_der *r, bool is_set)
{
    struct es_der_item item;
    struct es_slice before = ES_SLICE_NONE;
    while (es_der_next(r, &item)) {
        if ((is_set && !check_order(r, before, &item)) || !check_item(r, &item)) {
            return false;
        }
        before = item.raw;
    }
    return es_der_is_good(r);
}

bool es_der_check(struct es_arena *a, struct es_slice input, struct es_flaw *flaw)
{
    struct es_der_document doc;
    struct es_der root;
    struct es_der_item item;
    es_der_open(&doc, a, input, false, &root);
    if (input.n == 0) {
        es_der_flaw(&root, 0, "no octets at all");
    } else if (es_der_next(&root, &item)) {
        if (es_der_done(&root, "the outermost element")) {
            es_der_open(&doc, a, input, false, &root);
            check_level(&root, false);
        }
    }
    if (doc.flaw.text) {
        return es_flaw_set(flaw, a, doc.flaw.offset, "%s", doc.flaw.text);
    }
    return true;
}
