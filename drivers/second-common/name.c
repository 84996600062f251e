/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "name.h"

#include "der.h"

#include <ctype.h>

struct attribute {
    struct es_tlv type, value;
};

static bool take_attribute(struct es_bytes *set, struct attribute *out)
{
    struct es_tlv pair;
    if (!es_der_take(set, ES_DER_SEQUENCE, &pair)) {
        return false;
    }
    struct es_bytes rest = pair.value;
    return es_der_take(&rest, ES_DER_OID, &out->type) &&
           es_der_next(&rest, &out->value) && rest.n == 0;
}

bool es_name_is_sound(struct es_bytes name)
{
    struct es_tlv sequence, set;
    struct attribute a;
    if (!es_der_take(&name, ES_DER_SEQUENCE, &sequence) || name.n > 0) {
        return false;
    }
    struct es_bytes rdns = sequence.value;
    while (rdns.n > 0) {
        if (!es_der_take(&rdns, ES_DER_SET, &set) || set.value.n == 0) {
            return false;
        }
        struct es_bytes rest = set.value;
        while (rest.n > 0) {
            if (!take_attribute(&rest, &a)) {
                return false;
            }
        }
    }
    return true;
}

bool es_name_is_empty(struct es_bytes name)
{
    return name.n == 2;
}

static bool is_text(uint8_t tag)
{
    return tag == ES_DER_UTF8 || tag == ES_DER_PRINTABLE || tag == ES_DER_IA5 ||
           tag == ES_DER_T61;
}

static bool is_blank(struct es_bytes s, size_t i)
{
    return s.p[i] == ' ';
}

/* The next character that counts; runs of blanks are one, those at the ends none. */
static int next_char(struct es_bytes s, size_t *pos)
{
    size_t start = *pos;
    while (*pos < s.n && is_blank(s, *pos)) {
        (*pos)++;
    }
    if (*pos == s.n) {
        return -1;
    }
    if (*pos > start && start > 0) {
        return ' ';
    }
    return tolower(s.p[(*pos)++]);
}

static bool text_equal(struct es_bytes a, struct es_bytes b)
{
    size_t i = 0, j = 0;
    for (;;) {
        int c = next_char(a, &i), d = next_char(b, &j);
        if (c != d) {
            return false;
        }
        if (c < 0) {
            return true;
        }
    }
}

static bool attribute_equal(const struct attribute *a, const struct attribute *b)
{
    if (!es_bytes_equal(a->type.value, b->type.value)) {
        return false;
    }
    if (is_text(a->value.tag) && is_text(b->value.tag)) {
        return text_equal(a->value.value, b->value.value);
    }
    return es_bytes_equal(a->value.whole, b->value.whole);
}

static bool set_equal(struct es_bytes a, struct es_bytes b)
{
    struct attribute x, y;
    while (a.n > 0 && b.n > 0) {
        if (!take_attribute(&a, &x) || !take_attribute(&b, &y) ||
            !attribute_equal(&x, &y)) {
            return false;
        }
    }
    return a.n == b.n;
}

bool es_name_equal(struct es_bytes a, struct es_bytes b)
{
    struct es_tlv x, y, s, t;
    if (!es_der_take(&a, ES_DER_SEQUENCE, &x) ||
        !es_der_take(&b, ES_DER_SEQUENCE, &y)) {
        return false;
    }
    struct es_bytes left = x.value, right = y.value;
    while (left.n > 0 && right.n > 0) {
        if (!es_der_take(&left, ES_DER_SET, &s) ||
            !es_der_take(&right, ES_DER_SET, &t) || !set_equal(s.value, t.value)) {
            return false;
        }
    }
    return left.n == right.n;
}

static bool has_name(struct es_bytes names, struct es_bytes name)
{
    struct es_tlv e;
    while (es_der_next(&names, &e)) {
        if (es_bytes_equal(e.whole, name)) {
            return true;
        }
    }
    return false;
}

static bool is_subset(struct es_bytes a, struct es_bytes b)
{
    struct es_tlv e;
    while (a.n > 0) {
        if (!es_der_next(&a, &e) || !has_name(b, e.whole)) {
            return false;
        }
    }
    return true;
}

bool es_alt_names_equal(struct es_bytes a, struct es_bytes b)
{
    struct es_tlv x = {0, {NULL, 0}, {NULL, 0}}, y = x;
    if ((a.n > 0 && !es_der_take(&a, ES_DER_SEQUENCE, &x)) ||
        (b.n > 0 && !es_der_take(&b, ES_DER_SEQUENCE, &y))) {
        return false;
    }
    return is_subset(x.value, y.value) && is_subset(y.value, x.value);
}
