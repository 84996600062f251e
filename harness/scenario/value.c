/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/value.h"

#include "base/assert.h"
#include "base/buf.h"

struct es_value es_value_bool(bool v)
{
    return (struct es_value){.kind = ES_KIND_BOOL, .flag = v};
}

struct es_value es_value_number(int64_t v)
{
    return (struct es_value){.kind = ES_KIND_NUMBER, .number = v};
}

struct es_value es_value_duration(es_usec v)
{
    return (struct es_value){.kind = ES_KIND_DURATION, .usec = v};
}

struct es_value es_value_time(es_usec v)
{
    return (struct es_value){.kind = ES_KIND_TIME, .usec = v};
}

struct es_value es_value_code(uint8_t v)
{
    return (struct es_value){.kind = ES_KIND_CODE, .code = v};
}

struct es_value es_value_text(struct es_slice v)
{
    return (struct es_value){.kind = ES_KIND_TEXT, .bytes = v};
}

struct es_value es_value_bytes(struct es_slice v)
{
    return (struct es_value){.kind = ES_KIND_BYTES, .bytes = v};
}

struct es_value es_value_record(const struct es_shape *shape, const void *p)
{
    if (!p) {
        return ES_VALUE_NONE;
    }
    return (struct es_value){.kind = ES_KIND_RECORD, .record = {shape, p}};
}

static bool list_eq(const struct es_list *a, const struct es_list *b)
{
    bool same = a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++) {
        same = es_value_eq(&a->at[i], &b->at[i]);
    }
    return same;
}

static bool record_eq(const struct es_value *a, const struct es_value *b)
{
    const struct es_shape *shape = a->record.shape;
    bool same = a->record.p == b->record.p;
    if (same || !shape->separator || shape != b->record.shape) {
        return same;
    }
    same = true;
    for (size_t i = 0; same && i < shape->parts_n; i++) {
        struct es_value x = es_shape_get(&shape->fields[i], a->record.p, NULL);
        struct es_value y = es_shape_get(&shape->fields[i], b->record.p, NULL);
        same = es_value_eq(&x, &y);
    }
    return same;
}

bool es_value_eq(const struct es_value *a, const struct es_value *b)
{
    if (a->kind != b->kind) {
        return false;
    }
    switch (a->kind) {
    case ES_KIND_NONE:
    case ES_KIND_ANY:
        return true;
    case ES_KIND_BOOL:
        return a->flag == b->flag;
    case ES_KIND_NUMBER:
        return a->number == b->number;
    case ES_KIND_DURATION:
    case ES_KIND_TIME:
        return a->usec == b->usec;
    case ES_KIND_CODE:
        return a->code == b->code;
    case ES_KIND_TEXT:
    case ES_KIND_BYTES:
        return es_slice_eq(a->bytes, b->bytes);
    case ES_KIND_RECORD:
        return record_eq(a, b);
    case ES_KIND_LIST:
        return list_eq(a->list, b->list);
    }
    return false;
}

enum { RENDERED_BYTES = 24 };

static const char *render_bytes(struct es_slice bytes, struct es_arena *a)
{
    struct es_buf out;
    es_buf_build(&out, a, 2 * RENDERED_BYTES + 40);
    es_buf_text(&out, "h'");
    es_buf_hex(&out, es_slice_sub(bytes, 0, RENDERED_BYTES));
    if (bytes.n > RENDERED_BYTES) {
        es_buf_printf(&out, "...' (%zu bytes)", bytes.n);
    } else {
        es_buf_text(&out, "'");
    }
    return es_buf_cstr(&out);
}

static const char *render_list(const struct es_list *list, struct es_arena *a)
{
    const char *text = "[";
    for (size_t i = 0; i < list->n; i++) {
        text = es_arena_printf(a, "%s%s%s", text, i ? ", " : "",
                               es_value_render(&list->at[i], a));
    }
    return es_arena_printf(a, "%s]", text);
}

static const char *render_record(const struct es_value *v, struct es_arena *a)
{
    const struct es_shape *shape = v->record.shape;
    const char *text = "";
    for (size_t i = 0; shape->separator && i < shape->parts_n; i++) {
        struct es_value part = es_shape_get(&shape->fields[i], v->record.p, a);
        const char between[] = {i ? shape->separator : 0, 0};
        text = es_arena_printf(a, "%s%s%s", text, between, es_value_render(&part, a));
    }
    return shape->separator ? text : shape->name;
}

const char *es_value_render(const struct es_value *v, struct es_arena *a)
{
    switch (v->kind) {
    case ES_KIND_NONE:
        return "absent";
    case ES_KIND_BOOL:
        return v->flag ? "yes" : "no";
    case ES_KIND_NUMBER:
        return es_arena_printf(a, "%lld", (long long)v->number);
    case ES_KIND_DURATION:
        return es_text_of_duration(a, v->usec);
    case ES_KIND_TIME:
        return es_arena_printf(a, "t+%.3fs", (double)v->usec / ES_USEC_PER_S);
    case ES_KIND_CODE:
        return es_arena_printf(a, "%u.%02u", v->code >> 5u, v->code & 31u);
    case ES_KIND_TEXT:
        return es_arena_printf(a, "%.*s", ES_SLICE_ARG(v->bytes));
    case ES_KIND_BYTES:
        return render_bytes(v->bytes, a);
    case ES_KIND_RECORD:
        return render_record(v, a);
    case ES_KIND_LIST:
        return render_list(v->list, a);
    case ES_KIND_ANY:
        break;
    }
    return "anything";
}

const char *es_kind_name(enum es_kind kind)
{
    switch (kind) {
    case ES_KIND_NONE:
        return "nothing";
    case ES_KIND_BOOL:
        return "yes or no";
    case ES_KIND_NUMBER:
        return "a number";
    case ES_KIND_DURATION:
        return "a duration such as 500ms, 2s or 1min";
    case ES_KIND_TIME:
        return "a time";
    case ES_KIND_CODE:
        return "a code such as 2.05";
    case ES_KIND_TEXT:
        return "text";
    case ES_KIND_BYTES:
        return "bytes such as h'0102'";
    case ES_KIND_RECORD:
        return "a record";
    case ES_KIND_LIST:
        return "a list";
    case ES_KIND_ANY:
        break;
    }
    return "a value";
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool parse_code(struct es_slice s, struct es_value *out)
{
    bool shaped = s.n == 4 && s.p[0] >= '0' && s.p[0] <= '7' && s.p[1] == '.' &&
                  is_digit(s.p[2]) && is_digit(s.p[3]);
    unsigned detail = shaped ? (s.p[2] - '0') * 10u + (s.p[3] - '0') : 99;
    if (detail > 31) {
        return false;
    }
    *out = es_value_code((uint8_t)((unsigned)(s.p[0] - '0') << 5 | detail));
    return true;
}

static bool parse_number(struct es_slice s, struct es_value *out)
{
    bool negative = s.n > 1 && s.p[0] == '-';
    uint64_t v;
    if (!es_text_uint(es_slice_from(s, negative), &v) || v > INT64_MAX) {
        return false;
    }
    *out = es_value_number(negative ? -(int64_t)v : (int64_t)v);
    return true;
}

static bool parse_bool(struct es_slice s, struct es_value *out)
{
    *out = es_value_bool(es_slice_is(s, "yes"));
    return out->flag || es_slice_is(s, "no");
}

static bool parse_bytes(struct es_slice s, struct es_arena *a, struct es_value *out)
{
    size_t bad;
    out->kind = ES_KIND_BYTES;
    return es_slice_has_prefix(s, "h'") && s.n >= 3 && s.p[s.n - 1] == '\'' &&
           es_text_hex(es_slice_sub(s, 2, s.n - 3), a, &out->bytes, &bad);
}

static bool parse_duration(struct es_slice s, struct es_value *out)
{
    out->kind = ES_KIND_DURATION;
    return es_text_duration(s, &out->usec);
}

static bool parse_any(struct es_slice s, struct es_arena *a, struct es_value *out)
{
    if (parse_code(s, out) || parse_number(s, out) || parse_duration(s, out) ||
        parse_bytes(s, a, out) || parse_bool(s, out)) {
        return true;
    }
    *out = es_value_text(s);
    return true;
}

bool es_value_parse(struct es_slice literal, enum es_kind wanted, struct es_arena *a,
                    struct es_value *out)
{
    *out = ES_VALUE_NONE;
    switch (wanted) {
    case ES_KIND_BOOL:
        return parse_bool(literal, out);
    case ES_KIND_NUMBER:
        return parse_number(literal, out);
    case ES_KIND_DURATION:
        return parse_duration(literal, out);
    case ES_KIND_CODE:
        return parse_code(literal, out);
    case ES_KIND_BYTES:
        return parse_bytes(literal, a, out);
    case ES_KIND_TEXT:
        *out = es_value_text(literal);
        return true;
    case ES_KIND_ANY:
    case ES_KIND_LIST:
        return parse_any(literal, a, out);
    case ES_KIND_NONE:
    case ES_KIND_TIME:
    case ES_KIND_RECORD:
        return false;
    }
    return false;
}

const struct es_shape_field *es_shape_find(const struct es_shape *shape,
                                           struct es_slice name, struct es_arena *a)
{
    for (size_t i = 0; i < shape->n; i++) {
        if (es_slice_is(name, shape->fields[i].name)) {
            return &shape->fields[i];
        }
    }
    struct es_shape_field more = {0};
    if (shape->find_more && shape->find_more(name, a, &more)) {
        struct es_shape_field *f = ES_NEW(a, struct es_shape_field);
        *f = more;
        return f;
    }
    return NULL;
}

struct es_value es_shape_get(const struct es_shape_field *f, const void *record,
                             struct es_arena *a)
{
    es_assert(f->get != NULL);
    return f->get(record, f, a);
}
