/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/operand.h"

#include "base/buf.h"
#include "scenario/compile.h"
#include "scenario/expression.h"
#include "scenario/tree.h"

#include <stdio.h>

struct es_operand es_operand_constant(struct es_value v)
{
    return (struct es_operand){
        .form = ES_OPERAND_CONSTANT, .kind = v.kind, .constant = v};
}

static bool fits(enum es_kind is, enum es_kind wanted)
{
    return is == wanted || is == ES_KIND_ANY || wanted == ES_KIND_ANY ||
           (wanted == ES_KIND_TIME && is == ES_KIND_DURATION) ||
           (wanted == ES_KIND_LIST && is != ES_KIND_RECORD);
}

/* What the run cannot change is reckoned now, so that limits can be checked. */
static bool fold(struct es_compile *c, const struct es_expr *e, struct es_operand *out)
{
    struct es_scope nothing = {0};
    const char *why = "";
    out->form = ES_OPERAND_CONSTANT;
    if (!es_expr_eval(e, &nothing, c->arena, &out->constant, &why)) {
        return es_compile_fail(c, out->loc, "%s", why);
    }
    out->kind = out->constant.kind;
    return true;
}

static bool set_expr(struct es_compile *c, const struct es_expr *e, enum es_kind wanted,
                     struct es_operand *out)
{
    if (!e) {
        return false;
    }
    out->kind = e->kind;
    out->shape = e->shape;
    if (!fits(e->kind, wanted)) {
        return es_compile_fail(c, out->loc, "expected %s, but this is %s",
                               es_kind_name(wanted), es_kind_name(e->kind));
    }
    bool comparison = e->form == ES_EXPR_BINARY && e->op >= ES_OPERATOR_EQ;
    if (!comparison && es_expr_is_constant(e)) {
        return fold(c, e, out);
    }
    out->form = ES_OPERAND_EXPRESSION;
    out->expr = e;
    return true;
}

/* Everything of the file, into the arena; empty where it cannot be read. */
static struct es_slice read_file(struct es_arena *a, const char *path)
{
    struct es_buf out;
    FILE *in = fopen(path, "rb");
    es_buf_build(&out, a, 65536);
    if (in) {
        out.n = fread(out.p, 1, out.max, in);
        fclose(in);
    }
    return es_buf_slice(&out);
}

static bool compile_file(struct es_compile *c, const struct es_static *s,
                         struct es_operand *out)
{
    struct es_slice bytes = ES_SLICE_NONE;
    if (s->node->text.n) {
        bytes = read_file(c->arena, es_arena_text(c->arena, s->node->text));
        if (bytes.n == 0) {
            return es_compile_fail(c, s->node->loc,
                                   "cannot read '%.*s', the file of %s",
                                   ES_SLICE_ARG(s->node->text), s->name);
        }
    }
    out->form = ES_OPERAND_CONSTANT;
    out->kind = ES_KIND_BYTES;
    out->constant = es_value_bytes(bytes);
    return true;
}

/* `text` is "$" and a reference, and nothing else. */
static bool compile_reference(struct es_compile *c, struct es_slice reference,
                              enum es_kind wanted, struct es_operand *out)
{
    const struct es_static *s = es_compile_static(c, reference);
    if (!s) {
        return set_expr(c, es_expr_reference(c, out->loc, reference), wanted, out);
    }
    if (s->is_file) {
        return compile_file(c, s, out);
    }
    struct es_loc here = out->loc;
    bool ok = es_operand_compile(c, s->node, wanted, out);
    out->loc = here;
    out->source = es_arena_printf(c->arena, "$%.*s", ES_SLICE_ARG(reference));
    return ok;
}

/* Length of the reference at the start of text, with its `$` or `$(...)`; 0 if none. */
static size_t reference_span(struct es_slice text)
{
    if (!es_slice_has_prefix(text, "$(")) {
        size_t n = text.n && text.p[0] == '$'
                       ? es_reference_length(es_slice_from(text, 1))
                       : 0;
        return n ? n + 1 : 0;
    }
    size_t depth = 0;
    for (size_t i = 1; i < text.n; i++) {
        depth += text.p[i] == '(';
        depth -= text.p[i] == ')';
        if (depth == 0) {
            return i + 1;
        }
    }
    return 0;
}

bool es_template_compile(struct es_compile *c, const struct es_node *node, size_t from,
                         struct es_slice text, struct es_operand *out)
{
    struct es_template *t = ES_NEW(c->arena, struct es_template);
    t->pieces = ES_NEW_ARRAY(c->arena, struct es_operand, text.n + 1);
    *out = (struct es_operand){.form = ES_OPERAND_TEMPLATE,
                               .kind = ES_KIND_TEXT,
                               .loc = es_node_loc_at(node, from, text.n),
                               .source = es_arena_text(c->arena, text),
                               .text = t};
    for (size_t at = 0; at < text.n;) {
        struct es_slice rest = es_slice_from(text, at);
        size_t span = reference_span(rest);
        if (span == 0) {
            span = 1 + es_slice_find(es_slice_from(rest, 1), '$');
            struct es_value piece = es_value_text(es_slice_sub(rest, 0, span));
            t->pieces[t->n++] = es_operand_constant(piece);
        } else {
            ES_TRY(es_operand_compile_text(c, node, from + at,
                                           es_slice_sub(rest, 0, span), ES_KIND_ANY,
                                           &t->pieces[t->n]));
            t->n++;
        }
        at += span;
    }
    return true;
}

static bool compile_literal(struct es_compile *c, struct es_slice text,
                            enum es_kind wanted, struct es_operand *out)
{
    out->form = ES_OPERAND_CONSTANT;
    if (!es_value_parse(text, wanted, c->arena, &out->constant)) {
        es_compile_fail(c, out->loc, "'%.*s' is not valid here", ES_SLICE_ARG(text));
        return es_hint(c->d, "expected %s", es_kind_name(wanted));
    }
    out->kind = out->constant.kind;
    return true;
}

bool es_operand_compile_text(struct es_compile *c, const struct es_node *node,
                             size_t from, struct es_slice text, enum es_kind wanted,
                             struct es_operand *out)
{
    *out = (struct es_operand){.loc = es_node_loc_at(node, from, text.n),
                               .source = es_arena_text(c->arena, text)};
    size_t span = reference_span(text);
    if (span == text.n && span > 2 && text.p[1] == '(') {
        struct es_slice inner = es_slice_sub(text, 2, text.n - 3);
        return set_expr(c, es_expr_parse(c, node, from + 2, inner), wanted, out);
    }
    if (span == text.n && span > 0) {
        return compile_reference(c, es_slice_from(text, 1), wanted, out);
    }
    bool textual = wanted == ES_KIND_TEXT || wanted == ES_KIND_ANY;
    if (textual && es_slice_find(text, '$') < text.n) {
        return es_template_compile(c, node, from, text, out);
    }
    return compile_literal(c, text, wanted, out);
}

bool es_operand_compile(struct es_compile *c, const struct es_node *node,
                        enum es_kind wanted, struct es_operand *out)
{
    node = es_compile_follow(c, node);
    if (node->kind == ES_NODE_SCALAR) {
        return es_operand_compile_text(c, node, 0, node->text, wanted, out);
    }
    *out = (struct es_operand){.loc = node->loc, .source = ""};
    bool bytes = wanted == ES_KIND_BYTES || wanted == ES_KIND_ANY;
    if (node->kind != ES_NODE_MAP || !bytes) {
        return es_compile_fail(c, node->loc, "expected %s, but this is %s",
                               es_kind_name(wanted), es_node_describe(node, c->arena));
    }
    out->form = ES_OPERAND_TREE;
    out->kind = ES_KIND_BYTES;
    out->tree = es_tree_compile(c, node);
    return out->tree != NULL;
}

bool es_expression_compile(struct es_compile *c, const struct es_node *node,
                           struct es_operand *out)
{
    *out = (struct es_operand){.loc = node->loc,
                               .source = es_arena_text(c->arena, node->text)};
    if (node->kind != ES_NODE_SCALAR) {
        return es_compile_fail(c, node->loc, "expected an expression");
    }
    return set_expr(c, es_expr_parse(c, node, 0, node->text), ES_KIND_ANY, out);
}

static bool eval_template(const struct es_template *t, struct es_scope *scope,
                          struct es_arena *a, struct es_value *out, const char **why)
{
    const char *text = "";
    for (size_t i = 0; i < t->n; i++) {
        struct es_value piece;
        ES_TRY(es_operand_eval(&t->pieces[i], scope, a, &piece, why));
        text = es_arena_printf(a, "%s%s", text, es_value_render(&piece, a));
    }
    *out = es_value_text(es_slice_of(text));
    return true;
}

bool es_operand_eval(const struct es_operand *o, struct es_scope *scope,
                     struct es_arena *a, struct es_value *out, const char **why)
{
    switch (o->form) {
    case ES_OPERAND_ABSENT:
        *out = ES_VALUE_NONE;
        *why = "no value is given";
        return false;
    case ES_OPERAND_CONSTANT:
        *out = o->constant;
        return true;
    case ES_OPERAND_EXPRESSION:
        return es_expr_eval(o->expr, scope, a, out, why);
    case ES_OPERAND_TEMPLATE:
        return eval_template(o->text, scope, a, out, why);
    case ES_OPERAND_TREE:
        out->kind = ES_KIND_BYTES;
        return es_tree_build(o->tree, scope, a, &out->bytes, why);
    }
    return false;
}

/* A literal speaks for itself. */
static const char *explain_side(const struct es_expr *e, const struct es_value *v,
                                struct es_arena *a)
{
    const char *value = es_value_render(v, a);
    return e->form == ES_EXPR_CONSTANT
               ? value
               : es_arena_printf(a, "%s is %s", e->source, value);
}

bool es_comparison_explain(const struct es_operand *o, struct es_scope *scope,
                           struct es_arena *a, const char **wanted, const char **got)
{
    const struct es_expr *e = o->form == ES_OPERAND_EXPRESSION ? o->expr : NULL;
    struct es_value l, r;
    const char *why;
    if (!e || e->form != ES_EXPR_BINARY || e->op < ES_OPERATOR_EQ ||
        !es_expr_eval(e->left, scope, a, &l, &why) ||
        !es_expr_eval(e->right, scope, a, &r, &why)) {
        return false;
    }
    *wanted = o->source;
    *got = es_arena_printf(a, "%s, %s", explain_side(e->left, &l, a),
                           explain_side(e->right, &r, a));
    return true;
}
