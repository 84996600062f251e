/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pki/key.h"
#include "scenario/compile.h"

struct args {
    enum es_key_kind kind;
};

static const struct {
    const char *name;
    enum es_key_kind kind;
} kinds[] = {{"p256", ES_KEY_P256}, {"p384", ES_KEY_P384}, {"rsa2048", ES_KEY_RSA}};

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct args *x = args;
    for (size_t i = 0; i < ES_COUNT(kinds); i++) {
        if (value->kind == ES_NODE_SCALAR && es_slice_is(value->text, kinds[i].name)) {
            x->kind = kinds[i].kind;
            return true;
        }
    }
    es_compile_fail(c, value->loc, "%s is not a kind of key",
                    es_node_describe(value, c->arena));
    return es_hint(c->d, "expected p256, p384 or rsa2048");
}

static bool build(const void *args, struct es_scope *scope, struct es_arena *a,
                  struct es_slice *out, const char **why)
{
    const struct args *x = args;
    struct es_diag *d = es_diag_new();
    (void)scope;
    bool ok = es_key_generate(a, x->kind, out, d);
    *why = d->count ? es_arena_printf(a, "%s", d->notes[0].msg) : "no key";
    es_diag_free(d);
    return ok;
}

const struct es_matcher es_mat_key = {
    .name = "key",
    .summary = "a new private key, as PKCS#8",
    .doc = "Example: - set: {key: {key: p256}}\n"
           "         - set: {csr: {csr: {key: $key}}}",
    .form = ES_MATCHER_TREE,
    .args_size = sizeof(struct args),
    .compile = compile,
    .build = build,
};
