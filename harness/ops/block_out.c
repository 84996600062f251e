/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/block_out.h"

static bool fail_block(struct es_compile *c, const struct es_node *n)
{
    es_compile_fail(c, n->loc, "%s is not a block option",
                    es_node_describe(n, c->arena));
    return es_hint(c->d,
                   "expected NUM/M/SIZE such as 0/1/64, the size in bytes, or szx7");
}

/* The size in bytes must have an exponent; `szx7` stands for the reserved one. */
static bool check_size(struct es_compile *c, const struct es_block_out *b)
{
    uint8_t szx;
    if (b->size.form != ES_OPERAND_CONSTANT ||
        es_coap_szx_of_size((uint64_t)b->size.constant.number, &szx)) {
        return true;
    }
    es_compile_fail(c, b->size.loc, "'%s' is not a block size", b->size.source);
    return es_hint(c->d, "expected 16, 32, 64, 128, 256, 512, 1024 or szx7");
}

static bool compile_part(struct es_compile *c, const struct es_node *n, size_t from,
                         struct es_slice text, struct es_operand *out)
{
    return es_operand_compile_text(c, n, from, text, ES_KIND_NUMBER, out);
}

static bool compile_size(struct es_compile *c, const struct es_node *n, size_t from,
                         struct es_slice text, struct es_block_out *b)
{
    b->is_reserved = es_slice_is(text, "szx7");
    return b->is_reserved ||
           (compile_part(c, n, from, text, &b->size) && check_size(c, b));
}

/* Offset of the first slash outside parentheses. */
static size_t find_slash(struct es_slice text)
{
    size_t depth = 0, at = 0;
    for (; at < text.n && (depth > 0 || text.p[at] != '/'); at++) {
        depth += text.p[at] == '(';
        depth -= text.p[at] == ')' && depth > 0;
    }
    return at;
}

static bool compile_triple(struct es_compile *c, const struct es_node *n,
                           struct es_block_out *b)
{
    struct es_slice text = n->text;
    size_t first = find_slash(text);
    size_t second = first + 1 + find_slash(es_slice_from(text, first + 1));
    if (second >= text.n) {
        return fail_block(c, n);
    }
    bool ok = compile_part(c, n, 0, es_slice_sub(text, 0, first), &b->num);
    ok = compile_part(c, n, first + 1,
                      es_slice_sub(text, first + 1, second - first - 1), &b->m) &&
         ok;
    return compile_size(c, n, second + 1, es_slice_from(text, second + 1), b) && ok;
}

static bool compile_map(struct es_compile *c, const struct es_node *map,
                        struct es_block_out *b)
{
    const struct es_node *num = es_node_find(map, "num"), *m = es_node_find(map, "m");
    const struct es_node *size = es_node_find(map, "size");
    if (map->pairs.n != 3 || !num || !m || !size) {
        return fail_block(c, map);
    }
    size = es_compile_follow(c, size);
    return es_operand_compile(c, num, ES_KIND_NUMBER, &b->num) &&
           es_operand_compile(c, m, ES_KIND_NUMBER, &b->m) &&
           compile_size(c, size, 0, size->text, b);
}

static bool compile_block(struct es_compile *c, const struct es_node *value,
                          struct es_blocks_out *out)
{
    const struct es_node *n = es_compile_follow(c, value);
    struct es_block_out b = {0};
    bool ok = false;
    switch (n->kind) {
    case ES_NODE_MAP:
        ok = compile_map(c, n, &b);
        break;
    case ES_NODE_SCALAR:
        ok = es_slice_has_prefix(n->text, "h'")
                 ? es_operand_compile(c, n, ES_KIND_BYTES, &b.bytes)
                 : compile_triple(c, n, &b);
        break;
    case ES_NODE_SEQUENCE:
        ok = fail_block(c, n);
        break;
    }
    ES_PUSH(c->arena, out, b);
    return ok;
}

static bool parse_blocks(struct es_compile *c, const struct es_node *value,
                         const struct es_field *field, void *out)
{
    const struct es_node *n = es_compile_follow(c, value);
    (void)field;
    if (n->kind != ES_NODE_SEQUENCE) {
        return compile_block(c, n, out);
    }
    bool ok = true;
    for (size_t i = 0; i < n->items.n; i++) {
        ok = compile_block(c, n->items.at[i], out) && ok;
    }
    return ok;
}

const struct es_field_type es_type_blocks = {
    "block option",
    "a block option: NUM/M/SIZE such as 0/1/64, a map of num, m and size, "
    "or a list of these",
    "{}", parse_blocks};

static bool eval_part(struct es_stage *g, const struct es_step *step,
                      const struct es_operand *o, uint64_t most, uint64_t *out)
{
    struct es_value v;
    ES_TRY(es_stage_eval(g, step, o, &v));
    *out = (uint64_t)v.number;
    if (v.kind == ES_KIND_NUMBER && v.number >= 0 && *out <= most) {
        return true;
    }
    es_stage_trouble(g, step, ES_VERDICT_ERROR, "%s is out of range in a block option",
                     es_value_render(&v, es_stage_arena(g)));
    return false;
}

static bool eval_block(struct es_stage *g, const struct es_step *step,
                       const struct es_block_out *b, struct es_coap_block *out)
{
    uint64_t num, m, size;
    ES_TRY(eval_part(g, step, &b->num, ES_COAP_BLOCK_NUM_MAX, &num));
    ES_TRY(eval_part(g, step, &b->m, 1, &m));
    *out = (struct es_coap_block){(uint32_t)num, m == 1, ES_COAP_SZX_RESERVED};
    if (b->is_reserved) {
        return true;
    }
    ES_TRY(eval_part(g, step, &b->size, 1024, &size));
    if (!es_coap_szx_of_size(size, &out->szx)) {
        es_stage_trouble(g, step, ES_VERDICT_ERROR, "%llu is not a block size",
                         (unsigned long long)size);
        return false;
    }
    return true;
}

static bool put_block(struct es_stage *g, const struct es_step *step,
                      const struct es_block_out *b, struct es_slice *value,
                      struct es_block_slice *slice)
{
    struct es_coap_block block;
    struct es_value v;
    if (b->bytes.form != ES_OPERAND_ABSENT) {
        ES_TRY(es_stage_eval(g, step, &b->bytes, &v));
        *value = v.bytes;
        return true;
    }
    ES_TRY(eval_block(g, step, b, &block));
    *value = es_coap_block_encode(es_stage_arena(g), block);
    if (!slice->is_set) {
        *slice = (struct es_block_slice){es_coap_block_offset(block),
                                         es_coap_block_size(block), true};
    }
    return true;
}

bool es_blocks_put(struct es_stage *g, const struct es_step *step,
                   const struct es_message_out *out, uint32_t number,
                   const struct es_blocks_out *blocks, struct es_coap_message *m,
                   struct es_block_slice *slice)
{
    for (size_t i = 0; i < blocks->n; i++) {
        struct es_slice value = ES_SLICE_NONE;
        ES_TRY(put_block(g, step, &blocks->at[i], &value, slice));
        if (!es_message_option_put(out, m, number, value)) {
            es_stage_trouble(g, step, ES_VERDICT_ERROR, "too many options");
            return false;
        }
    }
    return true;
}
