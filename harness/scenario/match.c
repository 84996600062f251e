/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/match.h"

#include "scenario/compile.h"

/* One alternative while it is compiled: its text and where that stands. */
struct piece {
    struct es_compile *c;
    const struct es_node *node;
    const struct es_shape_field *field;
    const char *path;
    struct es_slice text;
    size_t from;
};

static struct es_slice trim_piece(struct piece *p)
{
    const uint8_t *start = p->text.p;
    p->text = es_slice_trim(p->text);
    p->from += p->text.n ? (size_t)(p->text.p - start) : 0;
    return p->text;
}

static bool operand(const struct piece *p, size_t from, size_t n,
                    struct es_operand *out)
{
    enum es_kind kind = p->field->kind == ES_KIND_RECORD ? ES_KIND_ANY : p->field->kind;
    size_t blanks = 0;
    struct es_slice raw = es_slice_sub(p->text, from, n), text = es_slice_trim(raw);
    if (text.n) {
        blanks = (size_t)(text.p - raw.p);
    }
    return es_operand_compile_text(p->c, p->node, p->from + from + blanks, text, kind,
                                   out);
}

/* Offset of `what` outside $( ) and h' ', or text.n. */
static size_t find_outside(struct es_slice text, const char *what)
{
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.n; i++) {
        quoted = quoted != (text.p[i] == '\'');
        depth += text.p[i] == '(';
        depth -= text.p[i] == ')' && depth > 0;
        if (depth == 0 && !quoted &&
            es_slice_has_prefix(es_slice_from(text, i), what)) {
            return i;
        }
    }
    return text.n;
}

static bool compile_range(const struct piece *p, size_t dots, struct es_match *m)
{
    m->form = ES_MATCH_RANGE;
    bool ok = true;
    if (dots > 0) {
        ok = operand(p, 0, dots, &m->low);
    }
    if (dots + 2 < p->text.n) {
        ok = operand(p, dots + 2, p->text.n - dots - 2, &m->high) && ok;
    }
    return ok;
}

static bool compile_near(const struct piece *p, size_t tilde, struct es_match *m)
{
    m->form = ES_MATCH_NEAR;
    struct es_slice margin = es_slice_trim(es_slice_from(p->text, tilde + 1));
    m->percent = es_slice_has_suffix(margin, "%");
    if (m->percent) {
        struct es_value v;
        bool ok = es_value_parse(es_slice_sub(margin, 0, margin.n - 1), ES_KIND_NUMBER,
                                 p->c->arena, &v);
        m->high = es_operand_constant(v);
        return operand(p, 0, tilde, &m->low) &&
               (ok ||
                es_compile_fail(p->c, m->loc, "expected a percentage behind '~'"));
    }
    return operand(p, 0, tilde, &m->low) &&
           operand(p, tilde + 1, p->text.n - tilde - 1, &m->high);
}

static bool compile_regex(const struct piece *p, struct es_match *m)
{
    m->form = ES_MATCH_REGEX;
    struct es_slice pattern = es_slice_sub(p->text, 1, p->text.n - 2);
    m->regex = es_regex_build(pattern, m->loc, p->c->arena, p->c->d);
    return m->regex != NULL;
}

/* 2.xx stands for 2.00..2.31 */
static bool compile_code_class(const struct piece *p, struct es_match *m)
{
    uint8_t class = (uint8_t)((p->text.p[0] - '0') << 5);
    m->form = ES_MATCH_RANGE;
    m->low = es_operand_constant(es_value_code(class));
    m->high = es_operand_constant(es_value_code(class | 31));
    return true;
}

static bool is_code_class(const struct piece *p)
{
    return p->field->kind == ES_KIND_CODE && p->text.n == 4 && p->text.p[0] >= '0' &&
           p->text.p[0] <= '7' && es_slice_is(es_slice_from(p->text, 1), ".xx");
}

/* A static name may stand for a whole match: alternatives, words, a tree. */
static const struct es_static *whole_static(const struct piece *p)
{
    bool reference = p->text.n > 1 && p->text.p[0] == '$' && p->text.p[1] != '(';
    const struct es_static *s =
        reference ? es_compile_static(p->c, es_slice_from(p->text, 1)) : NULL;
    return s && !s->is_file ? s : NULL;
}

static void start_field(struct es_compile *c, const struct es_shape_field *field,
                        struct es_loc loc, const char *prefix,
                        struct es_field_match *out)
{
    *out = (struct es_field_match){.field = field, .loc = loc};
    out->path =
        *prefix ? es_arena_printf(c->arena, "%s.%s", prefix, field->name) : field->name;
    ES_PUSH(c->arena, &c->judged_paths, out->path);
    out->rule = es_compile_rule(c, out->path);
}

static bool compile_scalar(struct piece *p, const struct es_match **out);

/* NUM/M/SIZE */
static const char *parts_text(const struct es_shape *shape, struct es_arena *a)
{
    const char *text = "";
    for (size_t i = 0; i < shape->parts_n; i++) {
        const char between[] = {i ? shape->separator : 0, 0};
        text = es_arena_printf(a, "%s%s%s", text, between, shape->fields[i].name);
    }
    return text;
}

/* `0/1/..64`: each part is a match of its own. */
static bool compile_parts(const struct piece *p, struct es_match *m)
{
    const struct es_shape *shape = p->field->sub;
    const char separator[] = {shape->separator, 0};
    struct es_field_matches fields = {0};
    size_t at = 0;
    for (size_t i = 0; i < shape->parts_n && at <= p->text.n; i++) {
        size_t n = find_outside(es_slice_from(p->text, at), separator);
        struct es_field_match f;
        start_field(p->c, &shape->fields[i], es_node_loc_at(p->node, p->from + at, n),
                    p->path, &f);
        struct piece part = {p->c,
                             p->node,
                             &shape->fields[i],
                             f.path,
                             es_slice_sub(p->text, at, n),
                             p->from + at};
        ES_TRY(compile_scalar(&part, &f.match));
        ES_PUSH(p->c->arena, &fields, f);
        at += n + 1;
    }
    if (fields.n != shape->parts_n || at <= p->text.n) {
        es_compile_fail(p->c, m->loc, "'%.*s' is not %s", ES_SLICE_ARG(p->text),
                        shape->name);
        return es_hint(p->c->d, "expected %s", parts_text(shape, p->c->arena));
    }
    m->form = ES_MATCH_FIELDS;
    m->fields = fields.at;
    m->fields_n = fields.n;
    return true;
}

static bool is_composed(const struct es_shape_field *field)
{
    return field->kind == ES_KIND_RECORD && field->sub && field->sub->separator;
}

static bool is_regex(struct es_slice text, const struct es_shape_field *field)
{
    return text.n > 1 && text.p[0] == '/' && text.p[text.n - 1] == '/' &&
           field->kind != ES_KIND_NUMBER;
}

/* As find_outside, where the field has an order: ranges mean nothing in text and bytes. */
static size_t find_ordered(const struct piece *p, const char *what)
{
    bool ordered = p->field->kind != ES_KIND_TEXT && p->field->kind != ES_KIND_BYTES;
    return ordered ? find_outside(p->text, what) : p->text.n;
}

static bool compile_value(struct piece *p, struct es_match *m)
{
    const struct es_matcher *word =
        es_language_matcher(p->c->catalogue->language, p->text, ES_MATCHER_WORD);
    if (word) {
        m->form = ES_MATCH_WORD;
        m->matcher = word;
        return true;
    }
    if (is_regex(p->text, p->field)) {
        return compile_regex(p, m);
    }
    if (is_code_class(p)) {
        return compile_code_class(p, m);
    }
    if (is_composed(p->field) && p->text.p[0] != '$') {
        return compile_parts(p, m);
    }
    size_t dots = find_ordered(p, ".."), tilde = find_ordered(p, "~");
    if (dots < p->text.n) {
        return compile_range(p, dots, m);
    }
    if (tilde < p->text.n) {
        return compile_near(p, tilde, m);
    }
    m->form = ES_MATCH_EQUAL;
    return operand(p, 0, p->text.n, &m->low);
}

static struct es_match *last_of(struct es_match *m)
{
    while (m->or_else) {
        m = (struct es_match *)(uintptr_t)m->or_else;
    }
    return m;
}

static bool compile_alternative(struct piece *p, struct es_match **out)
{
    struct es_match *m = ES_NEW(p->c->arena, struct es_match);
    *out = m;
    trim_piece(p);
    if (es_slice_has_prefix(p->text, "not ")) {
        m->negated = true;
        p->from += 4;
        p->text = es_slice_from(p->text, 4);
        trim_piece(p);
    }
    m->loc = es_node_loc_at(p->node, p->from, p->text.n);
    m->source = es_arena_text(p->c->arena, p->text);
    if (p->text.n == 0) {
        es_compile_fail(p->c, m->loc, "a value is missing here");
        return es_hint(p->c->d, "expected %s", es_kind_name(p->field->kind));
    }
    const struct es_static *s = whole_static(p);
    if (s && s->node) {
        const struct es_match *inner = NULL;
        ES_TRY(es_match_compile(p->c, s->node, p->field, p->path, &inner) && inner);
        struct es_match copy = *inner;
        copy.loc = m->loc;
        copy.negated = copy.negated != m->negated;
        *m = copy;
        return true;
    }
    return compile_value(p, m);
}

static bool compile_scalar(struct piece *p, const struct es_match **out)
{
    struct es_slice whole = p->text;
    size_t base = p->from;
    struct es_match *first = NULL;
    bool regex = is_regex(whole, p->field);
    for (size_t at = 0; at <= whole.n;) {
        size_t bar = regex ? whole.n - at : find_outside(es_slice_from(whole, at), "|");
        struct es_match *m;
        p->text = es_slice_sub(whole, at, bar);
        p->from = base + at;
        ES_TRY(compile_alternative(p, &m));
        if (first) {
            last_of(first)->or_else = m;
        } else {
            first = m;
        }
        at += bar + 1;
    }
    *out = first;
    return true;
}

static bool compile_tree(struct es_compile *c, const struct es_pair *pair,
                         const struct es_matcher *t, const char *path,
                         struct es_match *m)
{
    const struct es_node *value = es_compile_follow(c, pair->value);
    m->form = ES_MATCH_TREE;
    m->matcher = t;
    m->loc = pair->key->loc;
    if (t->match) {
        void *args = es_arena_alloc(c->arena, t->args_size);
        m->args = args;
        return t->fields ? es_compile_fields(c, value, t->fields, t->name, args)
                         : t->compile(c, value, args);
    }
    if (!t->decode) {
        return es_compile_fail(c, pair->key->loc, "'%s' can be built, not matched",
                               t->name);
    }
    struct es_field_matches fields = {0};
    ES_TRY(es_match_compile_fields(c, value, t->shape, path, &fields));
    m->fields = fields.at;
    m->fields_n = fields.n;
    return true;
}

static bool compile_map(struct es_compile *c, const struct es_node *map,
                        const struct es_shape_field *field, const char *path,
                        struct es_match *m)
{
    m->loc = map->loc;
    m->source = field->name;
    if (map->pairs.n == 1) {
        const struct es_matcher *t = es_language_matcher(
            c->catalogue->language, map->pairs.at[0].key->text, ES_MATCHER_TREE);
        if (t) {
            m->source = t->name;
            return compile_tree(c, &map->pairs.at[0], t, path, m);
        }
    }
    if (!field->sub) {
        es_compile_fail(c, map->loc, "'%s' is not matched by a map", field->name);
        return es_hint(c->d, "expected %s", es_kind_name(field->kind));
    }
    struct es_field_matches fields = {0};
    ES_TRY(es_match_compile_fields(c, map, field->sub, path, &fields));
    m->form = ES_MATCH_FIELDS;
    m->fields = fields.at;
    m->fields_n = fields.n;
    return true;
}

/* A list says alternatives where `a|b` cannot, because one of them is a map. */
static bool compile_list(struct es_compile *c, const struct es_node *list,
                         const struct es_shape_field *field, const char *path,
                         const struct es_match **out)
{
    struct es_match *first = NULL;
    for (size_t i = 0; i < list->items.n; i++) {
        const struct es_match *inner = NULL;
        struct es_match *m = ES_NEW(c->arena, struct es_match);
        ES_TRY(es_match_compile(c, list->items.at[i], field, path, &inner) && inner);
        *m = *inner;
        if (first) {
            last_of(first)->or_else = m;
        } else {
            first = m;
        }
    }
    *out = first;
    return first || es_compile_fail(c, list->loc, "a value is missing here");
}

bool es_match_compile(struct es_compile *c, const struct es_node *node,
                      const struct es_shape_field *field, const char *path,
                      const struct es_match **out)
{
    node = es_compile_follow(c, node);
    switch (node->kind) {
    case ES_NODE_SCALAR: {
        struct piece p = {c, node, field, path, node->text, 0};
        return compile_scalar(&p, out);
    }
    case ES_NODE_MAP: {
        struct es_match *m = ES_NEW(c->arena, struct es_match);
        *out = m;
        return compile_map(c, node, field, path, m);
    }
    case ES_NODE_SEQUENCE:
        break;
    }
    return compile_list(c, node, field, path, out);
}

static bool fail_field(struct es_compile *c, const struct es_node *key,
                       const struct es_shape *shape)
{
    struct es_suggestion s;
    es_suggestion_init(&s, key->text);
    for (size_t i = 0; i < shape->n; i++) {
        es_suggestion_offer(&s, shape->fields[i].name);
    }
    for (size_t i = 0; shape->more_at && shape->more_at(i); i++) {
        es_suggestion_offer(&s, shape->more_at(i));
    }
    es_compile_fail(c, key->loc, "%s has no field '%.*s'", shape->name,
                    ES_SLICE_ARG(key->text));
    return s.best ? es_hint(c->d, "did you mean '%s'?", s.best) : false;
}

static bool compile_field(struct es_compile *c, const struct es_pair *pair,
                          const struct es_shape *shape, const char *prefix,
                          struct es_field_matches *out)
{
    const struct es_shape_field *field =
        es_shape_find(shape, pair->key->text, c->arena);
    if (!field) {
        return fail_field(c, pair->key, shape);
    }
    struct es_field_match f;
    start_field(c, field, pair->value->loc, prefix, &f);
    bool ok = field->test ? es_operand_compile(c, pair->value, field->kind, &f.argument)
                          : es_match_compile(c, pair->value, field, f.path, &f.match);
    ES_PUSH(c->arena, out, f);
    return ok;
}

bool es_match_compile_fields(struct es_compile *c, const struct es_node *map,
                             const struct es_shape *shape, const char *prefix,
                             struct es_field_matches *out)
{
    map = es_compile_follow(c, map);
    if (map->kind != ES_NODE_MAP) {
        return es_compile_fail(c, map->loc, "expected a map of what %s must be, not %s",
                               shape->name, es_node_describe(map, c->arena));
    }
    bool ok = true;
    for (size_t i = 0; i < map->pairs.n; i++) {
        ok = compile_field(c, &map->pairs.at[i], shape, prefix, out) && ok;
    }
    return ok;
}

bool es_match_add(struct es_compile *c, const struct es_node *node, size_t from,
                  struct es_slice text, const struct es_shape *shape, const char *name,
                  struct es_field_matches *out)
{
    struct es_field_match f;
    const struct es_shape_field *field =
        es_shape_find(shape, es_slice_of(name), c->arena);
    start_field(c, field, es_node_loc_at(node, from, text.n), "", &f);
    struct piece p = {c, node, field, f.path, text, from};
    bool ok = compile_scalar(&p, &f.match);
    ES_PUSH(c->arena, out, f);
    return ok;
}
