/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/mutation.h"

#include "base/buf.h"
#include "scenario/compile.h"

#include <string.h>

enum kind { TRUNCATE, APPEND, INSERT, SET, FLIP, LEN };

struct es_mutation {
    enum kind kind;
    int64_t at,
        value; /* SET: byte, FLIP: bit, LEN: delta, TRUNCATE: how many bytes stay */
    struct es_operand bytes;
};

static const char grammar[] =
    "truncate N, append h'..', insert h'..' at N, set N = BYTE, "
    "flip N:BIT or len N DELTA";

static bool number(struct es_slice text, int64_t *out)
{
    bool plus = es_slice_has_prefix(text, "+");
    struct es_value v;
    if (!es_value_parse(es_slice_from(text, plus), ES_KIND_NUMBER, NULL, &v)) {
        return false;
    }
    *out = v.number;
    return true;
}

static bool compile_bytes(struct es_compile *c, const struct es_node *n,
                          struct es_slice text, struct es_mutation *m)
{
    size_t from = (size_t)(text.p - n->text.p);
    return es_operand_compile_text(c, n, from, text, ES_KIND_BYTES, &m->bytes);
}

static bool parse_truncate(struct es_compile *c, const struct es_node *n,
                           struct es_slice rest, struct es_mutation *m)
{
    (void)c, (void)n;
    return number(rest, &m->at);
}

static bool parse_append(struct es_compile *c, const struct es_node *n,
                         struct es_slice rest, struct es_mutation *m)
{
    return compile_bytes(c, n, rest, m);
}

static bool parse_insert(struct es_compile *c, const struct es_node *n,
                         struct es_slice rest, struct es_mutation *m)
{
    size_t at = es_slice_search(rest, ES_SLICE_LIT(" at "));
    return at < rest.n && number(es_slice_from(rest, at + 4), &m->at) &&
           compile_bytes(c, n, es_slice_sub(rest, 0, at), m);
}

static bool parse_set(struct es_compile *c, const struct es_node *n,
                      struct es_slice rest, struct es_mutation *m)
{
    struct es_slice at = es_slice_trim(es_slice_split(&rest, '='));
    (void)c, (void)n;
    return number(at, &m->at) && number(es_slice_trim(rest), &m->value);
}

static bool parse_flip(struct es_compile *c, const struct es_node *n,
                       struct es_slice rest, struct es_mutation *m)
{
    struct es_slice at = es_slice_split(&rest, ':');
    (void)c, (void)n;
    return number(at, &m->at) && number(rest, &m->value) && m->value >= 0 &&
           m->value < 8;
}

static bool parse_len(struct es_compile *c, const struct es_node *n,
                      struct es_slice rest, struct es_mutation *m)
{
    struct es_slice at = es_slice_split(&rest, ' ');
    (void)c, (void)n;
    return number(at, &m->at) && number(rest, &m->value);
}

static const struct {
    const char *word;
    enum kind kind;
    bool (*parse)(struct es_compile *c, const struct es_node *n, struct es_slice rest,
                  struct es_mutation *m);
} forms[] = {
    {"truncate", TRUNCATE, parse_truncate},
    {"append", APPEND, parse_append},
    {"insert", INSERT, parse_insert},
    {"set", SET, parse_set},
    {"flip", FLIP, parse_flip},
    {"len", LEN, parse_len},
};

static bool parse(struct es_compile *c, const struct es_node *n, struct es_mutation *m)
{
    struct es_slice rest = n->text, word = es_slice_split(&rest, ' ');
    for (size_t i = 0; i < ES_COUNT(forms); i++) {
        if (es_slice_is(word, forms[i].word)) {
            m->kind = forms[i].kind;
            return forms[i].parse(c, n, es_slice_trim(rest), m);
        }
    }
    return false;
}

bool es_mutations_compile(struct es_compile *c, const struct es_node *list,
                          struct es_tree *tree)
{
    list = es_compile_follow(c, list);
    if (list->kind != ES_NODE_SEQUENCE) {
        return es_compile_fail(c, list->loc, "'mutate' is a list of mutations");
    }
    struct es_mutation *all =
        ES_NEW_ARRAY(c->arena, struct es_mutation, list->items.n + 1);
    bool ok = true;
    for (size_t i = 0; i < list->items.n; i++) {
        const struct es_node *n = es_compile_follow(c, list->items.at[i]);
        if (n->kind != ES_NODE_SCALAR || !parse(c, n, &all[i])) {
            ok = es_compile_fail(c, n->loc, "this is not a mutation");
            es_hint(c->d, "expected %s", grammar);
        }
    }
    tree->mutations = all;
    tree->mutations_n = list->items.n;
    return ok;
}

/* The offset that a position means, or SIZE_MAX if it is outside. */
static size_t place(int64_t at, size_t n)
{
    int64_t real = at < 0 ? at + (int64_t)n : at;
    return real >= 0 && real <= (int64_t)n ? (size_t)real : SIZE_MAX;
}

/* Adds delta to the DER or CBOR-like definite length that stands behind the tag byte. */
static void lie(uint8_t *p, size_t n, size_t at, int64_t delta)
{
    if (at + 1 >= n) {
        return;
    }
    size_t width = p[at + 1] & 0x80 ? p[at + 1] & 0x7fu : 0;
    if (width == 0 || at + 1 + width >= n) {
        p[at + 1] = (uint8_t)(p[at + 1] + delta);
        return;
    }
    for (size_t i = width; i > 0; i--) {
        int64_t sum = p[at + 1 + i] + delta;
        p[at + 1 + i] = (uint8_t)sum;
        delta = sum >> 8;
    }
}

static bool splice(const struct es_mutation *m, size_t at, struct es_scope *scope,
                   struct es_arena *a, struct es_slice *bytes, const char **why)
{
    struct es_value v;
    ES_TRY(es_operand_eval(&m->bytes, scope, a, &v, why));
    struct es_buf out;
    es_buf_build(&out, a, bytes->n + v.bytes.n);
    es_buf_put(&out, es_slice_sub(*bytes, 0, at));
    es_buf_put(&out, v.bytes);
    es_buf_put(&out, es_slice_from(*bytes, at));
    *bytes = es_buf_slice(&out);
    return true;
}

static bool apply(const struct es_mutation *m, struct es_scope *scope,
                  struct es_arena *a, struct es_slice *bytes, const char **why)
{
    size_t at = m->kind == APPEND ? bytes->n : place(m->at, bytes->n);
    bool in_place = m->kind == SET || m->kind == FLIP || m->kind == LEN;
    if (at == SIZE_MAX || (in_place && at == bytes->n)) {
        *why = es_arena_printf(a, "a mutation lies outside the %zu bytes", bytes->n);
        return false;
    }
    struct es_slice copy = es_arena_dup(a, *bytes);
    uint8_t *p = es_arena_alloc(a, copy.n + 1);
    memcpy(p, copy.p, copy.n);
    switch (m->kind) {
    case TRUNCATE:
        *bytes = es_slice_sub(copy, 0, at);
        return true;
    case APPEND:
    case INSERT:
        return splice(m, at, scope, a, bytes, why);
    case SET:
        p[at] = (uint8_t)m->value;
        break;
    case FLIP:
        p[at] ^= (uint8_t)(1u << m->value);
        break;
    case LEN:
        lie(p, copy.n, at, m->value);
        break;
    }
    *bytes = es_slice_make(p, copy.n);
    return true;
}

bool es_mutations_apply(const struct es_tree *tree, struct es_scope *scope,
                        struct es_arena *a, struct es_slice *bytes, const char **why)
{
    bool ok = true;
    for (size_t i = 0; ok && i < tree->mutations_n; i++) {
        ok = apply(&tree->mutations[i], scope, a, bytes, why);
    }
    return ok;
}
