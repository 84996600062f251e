/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/buf.h"
#include "scenario/compile.h"

/* A dump is pieces of constant bytes and references spliced in between. */
struct piece {
    struct es_operand value;
    bool as_cbor; /* $cbor(name): with the head of a CBOR byte string */
};

struct args {
    struct {
        struct piece *at;
        size_t n, room;
    } pieces;
};

enum { DUMP_BYTES_MAX = 1024 * 1024 };

static bool push_hex(struct es_compile *c, const struct es_node *n,
                     struct es_slice text, struct args *x)
{
    struct piece p = {.value = es_operand_constant(es_value_bytes(ES_SLICE_NONE))};
    size_t bad;
    if (!es_text_hex(text, c->arena, &p.value.constant.bytes, &bad)) {
        es_compile_fail(c, n->loc,
                        bad < text.n ? "'%c' is not a hex digit"
                                     : "an odd number of hex digits%c",
                        bad < text.n ? text.p[bad] : ' ');
        return false;
    }
    ES_PUSH(c->arena, &x->pieces, p);
    return true;
}

/* The reference at the start of text (which begins with `$`); 0 if it is none. */
static size_t push_reference(struct es_compile *c, const struct es_node *n,
                             struct es_slice text, struct args *x)
{
    static const char cbor[] = "$cbor(";
    struct piece p = {.as_cbor = es_slice_has_prefix(text, cbor)};
    size_t from = p.as_cbor ? sizeof cbor - 1 : 1, end = from;
    while (end < text.n && text.p[end] != ' ' && text.p[end] != '\n' &&
           text.p[end] != ')') {
        end++;
    }
    struct es_slice name = es_slice_sub(text, from, end - from);
    struct es_node reference = *n;
    reference.text =
        es_slice_of(es_arena_printf(c->arena, "$%.*s", ES_SLICE_ARG(name)));
    reference.plain = false;
    if (!es_operand_compile(c, &reference, ES_KIND_BYTES, &p.value)) {
        return 0;
    }
    ES_PUSH(c->arena, &x->pieces, p);
    return end + p.as_cbor;
}

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct args *x = args;
    if (value->kind != ES_NODE_SCALAR) {
        return es_compile_fail(c, value->loc, "'hex' takes a dump of hex digits");
    }
    for (size_t at = 0; at < value->text.n;) {
        struct es_slice rest = es_slice_from(value->text, at);
        size_t n = es_slice_find(rest, '$');
        if (n > 0) {
            ES_TRY(push_hex(c, value, es_slice_sub(rest, 0, n), x));
        } else {
            n = push_reference(c, value, rest, x);
            ES_TRY(n > 0);
        }
        at += n;
    }
    return true;
}

static void put_cbor_head(struct es_buf *out, size_t n)
{
    if (n < 24) {
        es_buf_u8(out, 0x40 | (unsigned)n);
    } else if (n < 256) {
        es_buf_u8(out, 0x58);
        es_buf_u8(out, (unsigned)n);
    } else {
        es_buf_u8(out, 0x59);
        es_buf_u16(out, (unsigned)n);
    }
}

static bool build(const void *args, struct es_scope *scope, struct es_arena *a,
                  struct es_slice *out, const char **why)
{
    const struct args *x = args;
    struct es_slice *parts = ES_NEW_ARRAY(a, struct es_slice, x->pieces.n + 1);
    size_t total = 0;
    for (size_t i = 0; i < x->pieces.n; i++) {
        struct es_value v;
        ES_TRY(es_operand_eval(&x->pieces.at[i].value, scope, a, &v, why));
        parts[i] = v.bytes;
        total += v.bytes.n + 3;
    }
    *why = "the dump is too long";
    ES_TRY(total <= DUMP_BYTES_MAX);
    struct es_buf b;
    es_buf_build(&b, a, total + 1);
    for (size_t i = 0; i < x->pieces.n; i++) {
        if (x->pieces.at[i].as_cbor) {
            put_cbor_head(&b, parts[i].n);
        }
        es_buf_put(&b, parts[i]);
    }
    *out = es_buf_slice(&b);
    return true;
}

static bool match(const void *args, const struct es_value *actual,
                  struct es_scope *scope, struct es_arena *a, const char **wanted,
                  const char **got)
{
    struct es_value v = es_value_bytes(ES_SLICE_NONE);
    ES_TRY(build(args, scope, a, &v.bytes, got));
    *wanted = es_value_render(&v, a);
    *got = es_value_render(actual, a);
    return es_value_eq(actual, &v);
}

const struct es_matcher es_mat_hex = {
    .name = "hex",
    .summary = "bytes as a dump",
    .doc = "Hex digits with blanks and # comments to the end of the line; $name and "
           "$cbor(name) splice values in.\n"
           "Example: body: {hex: \"84 19 011c $cbor(issued.pkcs8) 19 0119 40\"}",
    .form = ES_MATCHER_TREE,
    .args_size = sizeof(struct args),
    .compile = compile,
    .match = match,
    .build = build,
};
