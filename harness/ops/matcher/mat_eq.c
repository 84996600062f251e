/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/compile.h"

struct args {
    struct es_operand value;
};

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct args *x = args;
    return es_operand_compile(c, value, ES_KIND_BYTES, &x->value);
}

static bool match(const void *args, const struct es_value *actual,
                  struct es_scope *scope, struct es_arena *a, const char **wanted,
                  const char **got)
{
    const struct args *x = args;
    struct es_value v;
    if (!es_operand_eval(&x->value, scope, a, &v, got)) {
        return false;
    }
    *wanted = es_arena_printf(a, "%s, %s", x->value.source, es_value_render(&v, a));
    *got = es_value_render(actual, a);
    return es_value_eq(actual, &v);
}

static bool build(const void *args, struct es_scope *scope, struct es_arena *a,
                  struct es_slice *out, const char **why)
{
    const struct args *x = args;
    struct es_value v;
    ES_TRY(es_operand_eval(&x->value, scope, a, &v, why));
    *out = v.bytes;
    return true;
}

const struct es_matcher es_mat_eq = {
    .name = "eq",
    .summary = "exactly these bytes",
    .doc =
        "Building, the bytes themselves: for `repeat` and `mutate` on a known value.\n"
        "Example: body: {eq: $csr}",
    .form = ES_MATCHER_TREE,
    .args_size = sizeof(struct args),
    .compile = compile,
    .match = match,
    .build = build,
};
