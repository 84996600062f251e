/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/cbor_item.h"
#include "scenario/compile.h"

/* The encoding in pieces: octets that are known, and values that only the run knows. */
struct piece {
    struct es_slice octets;
    struct es_operand value; /* ABSENT: octets */
};

struct args {
    struct {
        struct piece *at;
        size_t n, room;
    } pieces;
    const char *source;
};

enum { DEPTH_MAX = 30, HEAD_BYTES_MAX = 9, INDEFINITE = 255 };

struct cursor {
    struct es_compile *c;
    const struct es_node *node;
    struct args *x;
    struct es_slice text;
    size_t at;
    unsigned depth;
};

static bool fail(struct cursor *k, size_t from, const char *what)
{
    size_t n = k->at > from ? k->at - from : 1;
    return es_compile_fail(k->c, es_node_loc_at(k->node, from, n), "%s", what);
}

static uint8_t peek(const struct cursor *k)
{
    return k->at < k->text.n ? k->text.p[k->at] : 0;
}

static bool is_blank(uint8_t b)
{
    return b == ' ' || b == '\n' || b == '\t' || b == '\r';
}

/* A comment between slashes, or from # to the end of the line. */
static bool skip_comment(struct cursor *k)
{
    uint8_t mark = peek(k), end = mark == '/' ? '/' : '\n';
    if (mark != '/' && mark != '#') {
        return false;
    }
    struct es_slice rest = es_slice_from(k->text, k->at + 1);
    size_t n = es_slice_find(rest, end);
    k->at += 1 + n + (n < rest.n);
    return true;
}

static void skip_blanks(struct cursor *k)
{
    while (is_blank(peek(k)) || skip_comment(k)) {
        k->at += is_blank(peek(k));
    }
}

static bool take(struct cursor *k, const char *what)
{
    skip_blanks(k);
    if (!es_slice_has_prefix(es_slice_from(k->text, k->at), what)) {
        return false;
    }
    k->at += es_slice_of(what).n;
    return true;
}

static void push(struct cursor *k, struct es_slice octets)
{
    struct piece p = {.octets = octets, .value = {.form = ES_OPERAND_ABSENT}};
    ES_PUSH(k->c->arena, &k->x->pieces, p);
}

static struct es_slice head(struct cursor *k, unsigned major, uint64_t value,
                            unsigned width)
{
    struct es_buf b;
    es_buf_build(&b, k->c->arena, HEAD_BYTES_MAX);
    if (width == INDEFINITE) {
        es_cbor_put_indefinite(&b, major);
    } else {
        es_cbor_put_head(&b, major, value, width);
    }
    return es_buf_slice(&b);
}

/* An encoding indicator (RFC 8949, 8.1): `_0` to `_3` is the width of the head, `_` alone
 * an indefinite length. */
static bool read_indicator(struct cursor *k, bool may_be_indefinite, unsigned *width)
{
    size_t from = k->at;
    *width = 0;
    if (peek(k) != '_') {
        return true;
    }
    k->at++;
    if (peek(k) >= '0' && peek(k) <= '3') {
        *width = 1u << (peek(k) - '0');
        k->at++;
        return true;
    }
    *width = INDEFINITE;
    return may_be_indefinite || fail(k, from, "expected _0, _1, _2 or _3");
}

static bool fits(uint64_t value, unsigned width)
{
    return width == 0 || width >= 8 || value >> (8 * width) == 0;
}

static bool parse_item(struct cursor *k);

/* Items up to the bracket; how many there were. In a map a pair counts once. */
static bool parse_items(struct cursor *k, const char *close, bool is_map, size_t *n)
{
    for (*n = 0; !take(k, close); (*n)++) {
        size_t from = k->at;
        if (*n > 0 && !take(k, ",")) {
            return fail(k, from, "expected a comma or the closing bracket");
        }
        ES_TRY(parse_item(k));
        if (is_map) {
            from = k->at;
            ES_TRY(take(k, ":") || fail(k, from, "expected ':' behind the key"));
            ES_TRY(parse_item(k));
        }
    }
    return true;
}

static bool parse_container(struct cursor *k, unsigned major, const char *close)
{
    unsigned width;
    size_t n, from = k->at, at = k->x->pieces.n;
    k->at++;
    ES_TRY(read_indicator(k, true, &width));
    push(k, ES_SLICE_NONE);
    ES_TRY(parse_items(k, close, major == ES_CBOR_MAP, &n));
    if (width != INDEFINITE && !fits(n, width)) {
        return fail(k, from, "so many elements do not fit that head");
    }
    k->x->pieces.at[at].octets = head(k, major, n, width);
    if (width == INDEFINITE) {
        push(k, head(k, ES_CBOR_SIMPLE, 0, INDEFINITE));
    }
    return true;
}

/* `(_ h'01', h'02')`: the first chunk says of which type the string is. */
static bool parse_chunks(struct cursor *k)
{
    size_t n, from = k->at, at = k->x->pieces.n;
    ES_TRY(take(k, "(_") || fail(k, from, "expected (_ and chunks"));
    push(k, ES_SLICE_NONE);
    skip_blanks(k);
    unsigned major = peek(k) == '"' ? ES_CBOR_TEXT : ES_CBOR_BYTES;
    ES_TRY(parse_items(k, ")", false, &n));
    k->x->pieces.at[at].octets = head(k, major, 0, INDEFINITE);
    push(k, head(k, ES_CBOR_SIMPLE, 0, INDEFINITE));
    return true;
}

static bool put_string(struct cursor *k, unsigned major, struct es_slice octets)
{
    unsigned width;
    size_t from = k->at;
    ES_TRY(read_indicator(k, false, &width));
    if (!fits(octets.n, width)) {
        return fail(k, from, "so many octets do not fit that head");
    }
    push(k, head(k, major, octets.n, width));
    push(k, octets);
    return true;
}

/* From a quote to the next one that no backslash precedes; backslashes are taken out. */
static bool parse_quoted(struct cursor *k, unsigned major)
{
    struct es_buf b;
    size_t from = k->at;
    uint8_t quote = peek(k);
    es_buf_build(&b, k->c->arena, k->text.n + 1);
    for (k->at++; k->at < k->text.n && peek(k) != quote; k->at++) {
        k->at += peek(k) == '\\';
        es_buf_u8(&b, peek(k));
    }
    if (k->at >= k->text.n) {
        return fail(k, from, "the closing quote is missing");
    }
    k->at++;
    return put_string(k, major, es_buf_slice(&b));
}

static bool parse_hex(struct cursor *k)
{
    size_t from = k->at, bad;
    struct es_slice rest = es_slice_from(k->text, k->at + 2), octets;
    size_t n = es_slice_find(rest, '\'');
    k->at += n + 2;
    if (n == rest.n) {
        return fail(k, from, "the closing quote is missing");
    }
    k->at++;
    if (!es_text_hex(es_slice_sub(rest, 0, n), k->c->arena, &octets, &bad)) {
        return fail(k, from, "these are not hex digits, two for each octet");
    }
    return put_string(k, ES_CBOR_BYTES, octets);
}

/* The digits at the cursor, decimal or 0x and hex. */
static bool read_digits(struct cursor *k, uint64_t *out)
{
    size_t from = k->at;
    while ((peek(k) >= '0' && peek(k) <= '9') || (peek(k) >= 'a' && peek(k) <= 'f') ||
           peek(k) == 'x') {
        k->at++;
    }
    return es_text_uint(es_slice_sub(k->text, from, k->at - from), out);
}

static bool parse_tagged(struct cursor *k, uint64_t tag, unsigned width)
{
    k->at++;
    push(k, head(k, ES_CBOR_TAG, tag, width));
    ES_TRY(parse_item(k));
    size_t from = k->at;
    return take(k, ")") || fail(k, from, "expected ')' behind the tagged item");
}

/* `284`, `-1`, `0x11c`, `24_1`, and a tag `18([..])`. */
static bool parse_number(struct cursor *k)
{
    size_t from = k->at;
    bool negative = peek(k) == '-';
    uint64_t value;
    unsigned width;
    k->at += negative;
    if (!read_digits(k, &value) || (negative && value == 0)) {
        return fail(k, from, "this is not a number of CBOR");
    }
    ES_TRY(read_indicator(k, false, &width));
    value -= negative;
    if (!fits(value, width)) {
        return fail(k, from, "this number does not fit that head");
    }
    if (peek(k) == '(' && !negative) {
        return parse_tagged(k, value, width);
    }
    push(k, head(k, negative ? ES_CBOR_NEGATIVE : ES_CBOR_UINT, value, width));
    return true;
}

static bool parse_word(struct cursor *k)
{
    static const struct {
        const char *word;
        unsigned info;
    } words[] = {{"false", ES_CBOR_FALSE},
                 {"true", ES_CBOR_TRUE},
                 {"null", ES_CBOR_NULL},
                 {"undefined", ES_CBOR_UNDEFINED}};
    for (size_t i = 0; i < ES_COUNT(words); i++) {
        if (take(k, words[i].word)) {
            push(k, head(k, ES_CBOR_SIMPLE, words[i].info, 0));
            return true;
        }
    }
    fail(k, k->at, "this is no item of CBOR diagnostic notation");
    return es_hint(k->c->d,
                   "expected [..], {..}, a number, \"text\", h'..', true, false, "
                   "null, undefined or $name");
}

static bool is_name_byte(uint8_t b)
{
    return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') ||
           b == '_' || b == '-' || b == '.';
}

static bool parse_reference(struct cursor *k)
{
    struct piece p = {.octets = ES_SLICE_NONE};
    size_t n = 1, depth = 0;
    struct es_slice rest = es_slice_from(k->text, k->at);
    bool expression = es_slice_has_prefix(rest, "$(");
    while (!expression && n < rest.n && is_name_byte(rest.p[n])) {
        n++;
    }
    while (expression && n < rest.n && (n == 1 || depth > 0)) {
        depth += rest.p[n] == '(';
        depth -= rest.p[n] == ')';
        n++;
    }
    struct es_node reference = *k->node;
    reference.text = es_slice_sub(rest, 0, n);
    reference.loc = es_node_loc_at(k->node, k->at, n);
    k->at += n;
    ES_TRY(es_operand_compile(k->c, &reference, ES_KIND_ANY, &p.value));
    ES_PUSH(k->c->arena, &k->x->pieces, p);
    return true;
}

static bool parse_item_here(struct cursor *k)
{
    switch (peek(k)) {
    case '[':
        return parse_container(k, ES_CBOR_ARRAY, "]");
    case '{':
        return parse_container(k, ES_CBOR_MAP, "}");
    case '(':
        return parse_chunks(k);
    case '"':
        return parse_quoted(k, ES_CBOR_TEXT);
    case '\'':
        return parse_quoted(k, ES_CBOR_BYTES);
    case '$':
        return parse_reference(k);
    default:
        break;
    }
    if (es_slice_has_prefix(es_slice_from(k->text, k->at), "h'")) {
        return parse_hex(k);
    }
    bool number = peek(k) == '-' || (peek(k) >= '0' && peek(k) <= '9');
    return number ? parse_number(k) : parse_word(k);
}

static bool parse_item(struct cursor *k)
{
    skip_blanks(k);
    if (k->depth == DEPTH_MAX) {
        return fail(k, k->at, "nested too deeply: write it as hex with 'repeat'");
    }
    k->depth++;
    bool ok = parse_item_here(k);
    k->depth--;
    return ok;
}

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct cursor k = {.c = c, .node = value, .x = args, .text = value->text};
    if (value->kind != ES_NODE_SCALAR) {
        es_compile_fail(c, value->loc, "'edn' takes text, but this is %s",
                        es_node_describe(value, c->arena));
        return es_hint(c->d, "put it in quotes: edn: \"[284, $key]\"");
    }
    k.x->source = es_arena_text(c->arena, value->text);
    ES_TRY(parse_item(&k));
    skip_blanks(&k);
    size_t end = k.at;
    k.at = k.text.n;
    return end == k.text.n || fail(&k, end, "nothing may stand behind the item");
}

static bool put_value(struct es_buf *b, const struct es_value *v)
{
    switch (v->kind) {
    case ES_KIND_BYTES:
        es_cbor_put_string(b, ES_CBOR_BYTES, v->bytes);
        return true;
    case ES_KIND_TEXT:
        es_cbor_put_string(b, ES_CBOR_TEXT, v->bytes);
        return true;
    case ES_KIND_NUMBER:
        es_cbor_put_head(b, v->number < 0 ? ES_CBOR_NEGATIVE : ES_CBOR_UINT,
                         v->number < 0 ? ~(uint64_t)v->number : (uint64_t)v->number, 0);
        return true;
    case ES_KIND_BOOL:
        es_cbor_put_head(b, ES_CBOR_SIMPLE, v->flag ? ES_CBOR_TRUE : ES_CBOR_FALSE, 0);
        return true;
    case ES_KIND_NONE:
    case ES_KIND_DURATION:
    case ES_KIND_TIME:
    case ES_KIND_CODE:
    case ES_KIND_RECORD:
    case ES_KIND_LIST:
    case ES_KIND_ANY:
        break;
    }
    return false;
}

static bool is_string(const struct es_value *v)
{
    return v->kind == ES_KIND_BYTES || v->kind == ES_KIND_TEXT;
}

static bool build(const void *args, struct es_scope *scope, struct es_arena *a,
                  struct es_slice *out, const char **why)
{
    const struct args *x = args;
    struct es_value *values = ES_NEW_ARRAY(a, struct es_value, x->pieces.n + 1);
    size_t total = 1;
    for (size_t i = 0; i < x->pieces.n; i++) {
        const struct piece *p = &x->pieces.at[i];
        bool known = p->value.form == ES_OPERAND_ABSENT;
        ES_TRY(known || es_operand_eval(&p->value, scope, a, &values[i], why));
        total += p->octets.n + HEAD_BYTES_MAX;
        total += is_string(&values[i]) ? values[i].bytes.n : 0;
    }
    struct es_buf b;
    es_buf_build(&b, a, total);
    for (size_t i = 0; i < x->pieces.n; i++) {
        const struct piece *p = &x->pieces.at[i];
        if (p->value.form == ES_OPERAND_ABSENT) {
            es_buf_put(&b, p->octets);
        } else if (!put_value(&b, &values[i])) {
            *why = es_arena_printf(a, "%s is %s, which is no CBOR", p->value.source,
                                   es_kind_name(values[i].kind));
            return false;
        }
    }
    *out = es_buf_slice(&b);
    return true;
}

static bool match(const void *args, const struct es_value *actual,
                  struct es_scope *scope, struct es_arena *a, const char **wanted,
                  const char **got)
{
    const struct args *x = args;
    struct es_value v = es_value_bytes(ES_SLICE_NONE);
    ES_TRY(build(args, scope, a, &v.bytes, got));
    *wanted = es_arena_printf(a, "%s, %s", x->source, es_value_render(&v, a));
    *got = es_value_render(actual, a);
    return es_value_eq(actual, &v);
}

const struct es_matcher es_mat_edn = {
    .name = "edn",
    .summary = "CBOR in diagnostic notation (RFC 8949, 8)",
    .doc =
        "Arrays, maps, numbers, tags, \"text\", 'text' and h'..' as byte strings, true, "
        "false, null, undefined; [_ ..], {_ ..} and (_ h'..', h'..') of indefinite length; "
        "5_0 to 5_3 with a head of 1, 2, 4 or 8 octets more. $name becomes a byte string, "
        "text or number, as its value is. Matching, the encoding must be exactly this "
        "one.\n"
        "Example: body: {edn: \"[284, $issued.pkcs8, 281, $issued.p7]\"}",
    .form = ES_MATCHER_TREE,
    .args_size = sizeof(struct args),
    .compile = compile,
    .match = match,
    .build = build,
};
