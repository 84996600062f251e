/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/expression.h"

#include "base/assert.h"
#include "scenario/compile.h"

/* Where the parser stands in the text of a node. */
struct cursor {
    struct es_compile *c;
    const struct es_node *node;
    size_t base; /* offset of text in the node */
    struct es_slice text;
    size_t at;
    unsigned depth;
};

enum { DEPTH_MAX = 30 };

static const struct {
    const char *text;
    enum es_operator op;
    unsigned level; /* 0 compares, 1 adds, 2 multiplies */
} operators[] = {
    {"==", ES_OPERATOR_EQ, 0},      {"!=", ES_OPERATOR_NE, 0},
    {"<=", ES_OPERATOR_LE, 0},      {">=", ES_OPERATOR_GE, 0},
    {"<", ES_OPERATOR_LT, 0},       {">", ES_OPERATOR_GT, 0},
    {"+", ES_OPERATOR_ADD, 1},      {"-", ES_OPERATOR_SUBTRACT, 1},
    {"*", ES_OPERATOR_MULTIPLY, 2}, {"/", ES_OPERATOR_DIVIDE, 2},
};

const char *es_operator_text(enum es_operator op)
{
    for (size_t i = 0; i < ES_COUNT(operators); i++) {
        if (operators[i].op == op) {
            return operators[i].text;
        }
    }
    return "?";
}

static bool is_name_byte(uint8_t b)
{
    return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') ||
           b == '_' || b == '-';
}

static bool is_name_start(uint8_t b)
{
    return is_name_byte(b) && b != '-' && !(b >= '0' && b <= '9');
}

size_t es_reference_length(struct es_slice text)
{
    size_t n = 0;
    if (text.n == 0 || !is_name_start(text.p[0])) {
        return 0;
    }
    while (n < text.n) {
        bool dot = text.p[n] == '.' && n + 1 < text.n && is_name_start(text.p[n + 1]);
        if (!is_name_byte(text.p[n]) && !dot) {
            break;
        }
        n++;
    }
    return n;
}

static struct es_loc loc_of(const struct cursor *k, size_t from, size_t n)
{
    return es_node_loc_at(k->node, k->base + from, n);
}

static const struct es_expr *fail(struct cursor *k, size_t from, size_t n,
                                  const char *what)
{
    es_compile_fail(k->c, loc_of(k, from, n), "%s", what);
    return NULL;
}

static void skip_blanks(struct cursor *k)
{
    while (k->at < k->text.n && (k->text.p[k->at] == ' ' || k->text.p[k->at] == '\n')) {
        k->at++;
    }
}

static bool take(struct cursor *k, const char *word)
{
    skip_blanks(k);
    if (!es_slice_has_prefix(es_slice_from(k->text, k->at), word)) {
        return false;
    }
    k->at += es_slice_of(word).n;
    return true;
}

static struct es_expr *expr_new(struct cursor *k, enum es_expr_form form, size_t from)
{
    struct es_expr *e = ES_NEW(k->c->arena, struct es_expr);
    e->form = form;
    e->source = es_arena_text(k->c->arena,
                              es_slice_trim(es_slice_sub(k->text, from, k->at - from)));
    return e;
}

static const struct es_expr *parse_level(struct cursor *k, unsigned level);
static const struct es_expr *parse_primary(struct cursor *k);

/* Notes what a record has where a reference asks for a field that it has not. */
static void fail_field(struct es_compile *c, struct es_loc loc, struct es_slice name,
                       const struct es_shape *shape)
{
    struct es_suggestion s;
    es_suggestion_init(&s, name);
    for (size_t i = 0; i < shape->n; i++) {
        es_suggestion_offer(&s, shape->fields[i].name);
    }
    es_compile_fail(c, loc, "%s has no field '%.*s'", shape->name, ES_SLICE_ARG(name));
    if (s.best) {
        es_hint(c->d, "did you mean '%s'?", s.best);
    }
}

const struct es_expr *es_expr_reference(struct es_compile *c, struct es_loc loc,
                                        struct es_slice reference)
{
    struct es_slice rest = reference, head = es_slice_split(&rest, '.');
    const struct es_name *name = es_compile_name(c, head);
    if (!name) {
        bool family = es_slice_is(head, "pixit") || es_slice_is(head, "case") ||
                      es_slice_is(head, "args");
        es_compile_unknown_name(c, loc, family ? reference : head);
        return NULL;
    }
    struct es_expr *e = ES_NEW(c->arena, struct es_expr);
    *e = (struct es_expr){.form = ES_EXPR_NAME,
                          .slot = name->slot,
                          .kind = name->kind,
                          .shape = name->shape,
                          .source = es_arena_text(c->arena, reference)};
    e->path =
        ES_NEW_ARRAY(c->arena, const struct es_shape_field *, reference.n / 2 + 1);
    while (rest.n) {
        struct es_slice part = es_slice_split(&rest, '.');
        if (!e->shape) {
            es_compile_fail(c, loc, "'%.*s' has no fields", ES_SLICE_ARG(head));
            return NULL;
        }
        const struct es_shape_field *f = es_shape_find(e->shape, part, c->arena);
        if (!f || !f->get) {
            fail_field(c, loc, part, e->shape);
            return NULL;
        }
        e->path[e->path_n++] = f;
        e->kind = f->kind;
        e->shape = f->kind == ES_KIND_RECORD ? f->sub : NULL;
        head = part;
    }
    return e;
}

static const struct es_expr *constant(struct cursor *k, size_t from, struct es_value v)
{
    struct es_expr *e = expr_new(k, ES_EXPR_CONSTANT, from);
    e->constant = v;
    e->kind = v.kind;
    return e;
}

/* A static name stands for text that is itself a literal or a reference. */
static const struct es_expr *parse_static(struct cursor *k, size_t from,
                                          const struct es_static *s)
{
    const struct es_node *node = es_compile_follow(k->c, s->node);
    if (node->kind != ES_NODE_SCALAR || s->is_file) {
        return fail(k, from, k->at - from, "this is not a value to reckon with");
    }
    if (es_slice_has_prefix(node->text, "$")) {
        return es_expr_parse(k->c, node, 0, node->text);
    }
    struct es_value v;
    if (!es_value_parse(node->text, ES_KIND_ANY, k->c->arena, &v)) {
        return fail(k, from, k->at - from, "this is not a value to reckon with");
    }
    return constant(k, from, v);
}

static const struct es_expr *parse_call(struct cursor *k, struct es_slice name,
                                        size_t from)
{
    struct es_expr *e = expr_new(k, ES_EXPR_CALL, from);
    bool is_len = es_slice_is(name, "len");
    e->function = is_len ? NULL : es_language_function(k->c->catalogue->language, name);
    if (!is_len && !e->function) {
        return fail(k, from, name.n, "there is no such function");
    }
    size_t wanted = is_len ? 1 : e->function->args_n;
    do {
        const struct es_expr *arg = parse_level(k, 0);
        if (!arg) {
            return NULL;
        }
        if (e->args_n == wanted) {
            return fail(k, from, k->at - from, "too many arguments");
        }
        e->args[e->args_n++] = arg;
    } while (take(k, ","));
    if (!take(k, ")")) {
        return fail(k, k->at, 1, "expected ')'");
    }
    if (e->args_n != wanted) {
        return fail(k, from, k->at - from, "too few arguments");
    }
    e->kind = is_len ? ES_KIND_NUMBER : e->function->result;
    e->source = es_arena_text(k->c->arena, es_slice_sub(k->text, from, k->at - from));
    return e;
}

static const struct es_expr *parse_name(struct cursor *k, size_t from)
{
    struct es_slice rest = es_slice_from(k->text, k->at);
    struct es_slice name = es_slice_sub(rest, 0, es_reference_length(rest));
    k->at += name.n;
    const struct es_static *s = es_compile_static(k->c, name);
    if (s) {
        return parse_static(k, from, s);
    }
    if (take(k, "(")) {
        return parse_call(k, name, from);
    }
    return es_expr_reference(k->c, loc_of(k, from, k->at - from), name);
}

static const struct es_expr *parse_literal(struct cursor *k)
{
    size_t from = k->at;
    bool bytes = es_slice_has_prefix(es_slice_from(k->text, from), "h'");
    k->at += bytes ? 2 : 0;
    while (k->at < k->text.n &&
           (bytes ? k->text.p[k->at] != '\''
                  : is_name_byte(k->text.p[k->at]) || k->text.p[k->at] == '.')) {
        k->at++;
    }
    k->at += bytes && k->at < k->text.n;
    struct es_value v;
    struct es_slice text = es_slice_sub(k->text, from, k->at - from);
    if (text.n == 0 || !es_value_parse(text, ES_KIND_ANY, k->c->arena, &v) ||
        v.kind == ES_KIND_TEXT) {
        return fail(k, from, text.n ? text.n : 1,
                    "expected a number, duration, code, bytes or name");
    }
    return constant(k, from, v);
}

static const struct es_expr *parse_parentheses(struct cursor *k)
{
    const struct es_expr *e = parse_level(k, 0);
    return !e || take(k, ")") ? e : fail(k, k->at, 1, "expected ')'");
}

static const struct es_expr *parse_negation(struct cursor *k, size_t from)
{
    const struct es_expr *right = parse_primary(k);
    if (!right) {
        return NULL;
    }
    struct es_expr *e = expr_new(k, ES_EXPR_NEGATE, from);
    e->right = right;
    e->kind = right->kind;
    return e;
}

/* A name, with or without `$`; h'..' is bytes. */
static bool takes_name(struct cursor *k)
{
    struct es_slice rest = es_slice_from(k->text, k->at);
    return take(k, "$") ||
           (rest.n && is_name_start(rest.p[0]) && !es_slice_has_prefix(rest, "h'"));
}

static const struct es_expr *parse_primary(struct cursor *k)
{
    skip_blanks(k);
    size_t from = k->at;
    if (k->depth++ > DEPTH_MAX) {
        return fail(k, from, 1, "this expression is nested too deeply");
    }
    const struct es_expr *e;
    if (take(k, "(") || take(k, "$(")) {
        e = parse_parentheses(k);
    } else if (take(k, "- ")) {
        e = parse_negation(k, from);
    } else {
        e = takes_name(k) ? parse_name(k, from) : parse_literal(k);
    }
    k->depth--;
    return e;
}

static enum es_kind kind_of(enum es_operator op, const struct es_expr *l,
                            const struct es_expr *r)
{
    if (op >= ES_OPERATOR_EQ) {
        return ES_KIND_BOOL;
    }
    if (l->kind == ES_KIND_ANY || r->kind == ES_KIND_ANY) {
        return ES_KIND_ANY;
    }
    if (l->kind == ES_KIND_TIME) {
        return r->kind == ES_KIND_TIME ? ES_KIND_DURATION : ES_KIND_TIME;
    }
    if (r->kind == ES_KIND_TIME) {
        return ES_KIND_TIME;
    }
    bool span = l->kind == ES_KIND_DURATION || r->kind == ES_KIND_DURATION;
    return span ? ES_KIND_DURATION : ES_KIND_NUMBER;
}

/* Takes an operator of this level that stands between blanks. */
static bool take_operator(struct cursor *k, unsigned level, enum es_operator *op)
{
    skip_blanks(k);
    for (size_t i = 0; i < ES_COUNT(operators); i++) {
        if (operators[i].level == level && take(k, operators[i].text)) {
            *op = operators[i].op;
            return true;
        }
    }
    return false;
}

static const struct es_expr *parse_level(struct cursor *k, unsigned level)
{
    skip_blanks(k);
    size_t from = k->at;
    if (level > 2) {
        return parse_primary(k);
    }
    const struct es_expr *left = parse_level(k, level + 1);
    enum es_operator op;
    while (left && take_operator(k, level, &op)) {
        const struct es_expr *right = parse_level(k, level + 1);
        if (!right) {
            return NULL;
        }
        struct es_expr *e = expr_new(k, ES_EXPR_BINARY, from);
        e->op = op;
        e->left = left;
        e->right = right;
        e->kind = kind_of(op, left, right);
        left = e;
    }
    return left;
}

const struct es_expr *es_expr_parse(struct es_compile *c, const struct es_node *node,
                                    size_t from, struct es_slice text)
{
    struct cursor k = {.c = c, .node = node, .base = from, .text = text};
    const struct es_expr *e = parse_level(&k, 0);
    skip_blanks(&k);
    if (e && k.at < text.n) {
        return fail(&k, k.at, text.n - k.at,
                    "cannot be read as part of the expression");
    }
    return e;
}

bool es_expr_is_constant(const struct es_expr *e)
{
    bool constant = true;
    switch (e->form) {
    case ES_EXPR_CONSTANT:
        return true;
    case ES_EXPR_NAME:
        return false;
    case ES_EXPR_NEGATE:
        return es_expr_is_constant(e->right);
    case ES_EXPR_BINARY:
        return es_expr_is_constant(e->left) && es_expr_is_constant(e->right);
    case ES_EXPR_CALL:
        break;
    }
    for (size_t i = 0; i < e->args_n; i++) {
        constant = constant && es_expr_is_constant(e->args[i]);
    }
    return constant && !e->function;
}

static bool eval_name(const struct es_expr *e, struct es_scope *scope,
                      struct es_arena *a, struct es_value *out, const char **why)
{
    es_assert(e->slot < scope->slots_n);
    struct es_value v = scope->slots[e->slot];
    for (size_t i = 0; i < e->path_n && v.kind != ES_KIND_NONE; i++) {
        if (v.kind != ES_KIND_RECORD) {
            *why = es_arena_printf(a, "$%s cannot be read", e->source);
            return false;
        }
        v = es_shape_get(e->path[i], v.record.p, a);
    }
    *out = v;
    if (v.kind == ES_KIND_NONE) {
        *why = es_arena_printf(a, "$%s is absent", e->source);
        return false;
    }
    return true;
}

static bool as_span(const struct es_value *v, int64_t *out)
{
    bool usable = v->kind == ES_KIND_NUMBER || v->kind == ES_KIND_DURATION ||
                  v->kind == ES_KIND_TIME;
    *out = !usable ? 0 : v->kind == ES_KIND_NUMBER ? v->number : v->usec;
    return usable;
}

static struct es_value of_kind(enum es_kind kind, int64_t v)
{
    struct es_value out = {.kind = kind};
    if (kind == ES_KIND_NUMBER) {
        out.number = v;
    } else {
        out.usec = v;
    }
    return out;
}

static bool calculate(enum es_operator op, int64_t l, int64_t r, int64_t *out)
{
    switch (op) {
    case ES_OPERATOR_ADD:
        return !__builtin_add_overflow(l, r, out);
    case ES_OPERATOR_SUBTRACT:
        return !__builtin_sub_overflow(l, r, out);
    case ES_OPERATOR_MULTIPLY:
        return !__builtin_mul_overflow(l, r, out);
    case ES_OPERATOR_DIVIDE:
        *out = r > 0 ? l / r : 0;
        return r > 0;
    case ES_OPERATOR_EQ:
    case ES_OPERATOR_NE:
    case ES_OPERATOR_LE:
    case ES_OPERATOR_GE:
    case ES_OPERATOR_LT:
    case ES_OPERATOR_GT:
        break;
    }
    return false;
}

static bool compares(enum es_operator op, int order)
{
    switch (op) {
    case ES_OPERATOR_EQ:
        return order == 0;
    case ES_OPERATOR_NE:
        return order != 0;
    case ES_OPERATOR_LE:
        return order <= 0;
    case ES_OPERATOR_GE:
        return order >= 0;
    case ES_OPERATOR_LT:
        return order < 0;
    case ES_OPERATOR_GT:
        return order > 0;
    case ES_OPERATOR_ADD:
    case ES_OPERATOR_SUBTRACT:
    case ES_OPERATOR_MULTIPLY:
    case ES_OPERATOR_DIVIDE:
        break;
    }
    return false;
}

/* Values that have no order are only equal (0) or not (1). */
static int order_of(const struct es_value *l, const struct es_value *r)
{
    int64_t x, y;
    if (as_span(l, &x) && as_span(r, &y)) {
        return x < y ? -1 : x > y;
    }
    bool bytes =
        (l->kind == ES_KIND_BYTES || l->kind == ES_KIND_TEXT) && l->kind == r->kind;
    if (bytes) {
        return es_slice_cmp(l->bytes, r->bytes);
    }
    return !es_value_eq(l, r);
}

static enum es_kind result_kind(enum es_operator op, enum es_kind l, enum es_kind r)
{
    struct es_expr left = {.kind = l}, right = {.kind = r};
    return kind_of(op, &left, &right);
}

static bool eval_binary(const struct es_expr *e, struct es_scope *scope,
                        struct es_arena *a, struct es_value *out, const char **why)
{
    struct es_value l = ES_VALUE_NONE, r = ES_VALUE_NONE;
    int64_t x, y, v;
    ES_TRY(es_expr_eval(e->left, scope, a, &l, why));
    ES_TRY(es_expr_eval(e->right, scope, a, &r, why));
    if (e->op >= ES_OPERATOR_EQ) {
        *out = es_value_bool(compares(e->op, order_of(&l, &r)));
        return true;
    }
    if (!as_span(&l, &x) || !as_span(&r, &y) || !calculate(e->op, x, y, &v)) {
        *why = es_arena_printf(a, "%s cannot be reckoned", e->source);
        return false;
    }
    *out = of_kind(result_kind(e->op, l.kind, r.kind), v);
    return true;
}

static bool eval_len(const struct es_value *v, struct es_value *out)
{
    if (v->kind == ES_KIND_LIST) {
        *out = es_value_number((int64_t)v->list->n);
        return true;
    }
    *out = es_value_number((int64_t)v->bytes.n);
    return v->kind == ES_KIND_BYTES || v->kind == ES_KIND_TEXT;
}

static bool eval_call(const struct es_expr *e, struct es_scope *scope,
                      struct es_arena *a, struct es_value *out, const char **why)
{
    struct es_value args[ES_FUNCTION_ARGS_MAX] = {{0}};
    for (size_t i = 0; i < e->args_n; i++) {
        ES_TRY(es_expr_eval(e->args[i], scope, a, &args[i], why));
    }
    if (e->function) {
        return e->function->call(args, scope, a, out, why);
    }
    *why =
        es_arena_printf(a, "%s: only bytes, text and lists have a length", e->source);
    return eval_len(&args[0], out);
}

bool es_expr_eval(const struct es_expr *e, struct es_scope *scope, struct es_arena *a,
                  struct es_value *out, const char **why)
{
    switch (e->form) {
    case ES_EXPR_CONSTANT:
        *out = e->constant;
        return true;
    case ES_EXPR_NAME:
        return eval_name(e, scope, a, out, why);
    case ES_EXPR_NEGATE:
        ES_TRY(es_expr_eval(e->right, scope, a, out, why));
        *why = es_arena_printf(a, "%s cannot be reckoned", e->source);
        if (out->kind == ES_KIND_DURATION) {
            out->usec = -out->usec;
        } else {
            out->number = -out->number;
        }
        return out->kind == ES_KIND_NUMBER || out->kind == ES_KIND_DURATION;
    case ES_EXPR_BINARY:
        return eval_binary(e, scope, a, out, why);
    case ES_EXPR_CALL:
        return eval_call(e, scope, a, out, why);
    }
    return false;
}
