/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/compile.h"

struct args {
    struct es_operand text;
    const struct es_regex *regex; /* `/../`: only for matching */
    const char *source;
};

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct args *x = args;
    struct es_slice t = value->text;
    x->source = es_arena_text(c->arena, t);
    if (value->kind == ES_NODE_SCALAR && t.n > 1 && t.p[0] == '/' &&
        t.p[t.n - 1] == '/') {
        x->regex =
            es_regex_build(es_slice_sub(t, 1, t.n - 2), value->loc, c->arena, c->d);
        return x->regex != NULL;
    }
    return es_operand_compile(c, value, ES_KIND_TEXT, &x->text);
}

static bool match(const void *args, const struct es_value *actual,
                  struct es_scope *scope, struct es_arena *a, const char **wanted,
                  const char **got)
{
    const struct args *x = args;
    struct es_value v;
    bool bytes = actual->kind == ES_KIND_BYTES || actual->kind == ES_KIND_TEXT;
    *wanted = x->source;
    *got = bytes ? es_arena_printf(a, "'%.*s'", ES_SLICE_ARG(actual->bytes))
                 : es_value_render(actual, a);
    if (bytes && es_text_utf8_valid(actual->bytes) < actual->bytes.n) {
        *got = es_arena_printf(a, "not UTF-8 at octet %zu",
                               es_text_utf8_valid(actual->bytes));
        return false;
    }
    if (x->regex) {
        return bytes && es_regex_matches(x->regex, actual->bytes);
    }
    return es_operand_eval(&x->text, scope, a, &v, got) && bytes &&
           es_slice_eq(v.bytes, actual->bytes);
}

static bool build(const void *args, struct es_scope *scope, struct es_arena *a,
                  struct es_slice *out, const char **why)
{
    const struct args *x = args;
    struct es_value v;
    *why = "a pattern cannot be built";
    ES_TRY(!x->regex && es_operand_eval(&x->text, scope, a, &v, why));
    *out = v.bytes;
    return true;
}

const struct es_matcher es_mat_text = {
    .name = "text",
    .summary = "UTF-8 text, literally or by pattern",
    .doc =
        "Matching, the bytes must be well-formed UTF-8 and equal to the text, or contain "
        "what /pattern/ says.\n"
        "Example: body: {text: /not found/}",
    .form = ES_MATCHER_TREE,
    .args_size = sizeof(struct args),
    .compile = compile,
    .match = match,
    .build = build,
};
