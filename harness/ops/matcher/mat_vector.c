/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pki/file.h"
#include "scenario/compile.h"

struct args {
    struct es_slice octets;
    const char *name;
};

/* vectors/ lies beside scenarios/. */
static const char *path_of(struct es_compile *c, struct es_slice name)
{
    return es_arena_printf(c->arena, "%s/../vectors/%.*s",
                           c->catalogue->scenarios_folder, ES_SLICE_ARG(name));
}

/* The file of an id, or NULL; the nearest id goes into `s`. */
static const struct es_node *find_input(struct es_compile *c, struct es_slice id,
                                        struct es_suggestion *s)
{
    const char *path = path_of(c, ES_SLICE_LIT("vectors.yaml"));
    const struct es_node *list =
        es_node_find(es_yaml_read(path, c->arena, c->d), "vectors");
    for (size_t i = 0; list && i < list->items.n; i++) {
        const struct es_node *known = es_node_find(list->items.at[i], "id");
        if (known && es_slice_eq(known->text, id)) {
            return es_node_find(list->items.at[i], "input");
        }
        if (known) {
            es_suggestion_offer(s, es_arena_text(c->arena, known->text));
        }
    }
    return NULL;
}

static bool is_path(struct es_slice name)
{
    return name.n > 0 && name.p[0] != '/' &&
           es_slice_search(name, ES_SLICE_LIT("..")) == name.n;
}

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct args *x = args;
    struct es_suggestion s;
    if (value->kind != ES_NODE_SCALAR) {
        return es_compile_fail(c, value->loc, "'vector' takes an id or a path, not %s",
                               es_node_describe(value, c->arena));
    }
    struct es_slice name = value->text;
    x->name = es_arena_text(c->arena, name);
    es_suggestion_init(&s, name);
    if (!is_path(name) || !es_pki_file_exists(path_of(c, name))) {
        const struct es_node *input = find_input(c, name, &s);
        if (!input) {
            es_compile_fail(c, value->loc, "there is no vector '%s'", x->name);
            return es_hint(c->d, s.best ? "did you mean '%s'?" : "see vectors.yaml%s",
                           s.best ? s.best : "");
        }
        name = input->text;
    }
    return es_pki_file_read(c->arena, path_of(c, name), &x->octets, c->d);
}

static bool match(const void *args, const struct es_value *actual,
                  struct es_scope *scope, struct es_arena *a, const char **wanted,
                  const char **got)
{
    const struct args *x = args;
    struct es_value v = es_value_bytes(x->octets);
    (void)scope;
    *wanted = es_arena_printf(a, "%s, %s", x->name, es_value_render(&v, a));
    *got = es_value_render(actual, a);
    return es_value_eq(actual, &v);
}

static bool build(const void *args, struct es_scope *scope, struct es_arena *a,
                  struct es_slice *out, const char **why)
{
    const struct args *x = args;
    (void)scope, (void)a, (void)why;
    *out = x->octets;
    return true;
}

const struct es_matcher es_mat_vector = {
    .name = "vector",
    .summary = "the octets of a file below vectors/",
    .doc = "By id or path, as in vectors/vectors.yaml, which says what each means.\n"
           "Example: body: {vector: pkcs/csr-neg-trailing}",
    .form = ES_MATCHER_TREE,
    .args_size = sizeof(struct args),
    .compile = compile,
    .match = match,
    .build = build,
};
