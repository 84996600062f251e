/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/message.h"

static const char *const type_names[] = {[ES_COAP_CON] = "CON",
                                         [ES_COAP_NON] = "NON",
                                         [ES_COAP_ACK] = "ACK",
                                         [ES_COAP_RST] = "RST"};

static bool find_type(struct es_slice word, enum es_coap_type *type)
{
    for (size_t i = 0; i < ES_COUNT(type_names); i++) {
        if (es_slice_is(word, type_names[i])) {
            *type = (enum es_coap_type)i;
            return true;
        }
    }
    return false;
}

static bool fail_method(struct es_compile *c, const struct es_node *n, size_t from,
                        struct es_slice word)
{
    struct es_suggestion s;
    es_suggestion_init(&s, word);
    for (size_t i = 0; es_coap_method_at(i); i++) {
        es_suggestion_offer(&s, es_coap_method_at(i));
    }
    es_compile_fail(c, es_node_loc_at(n, from, word.n), "'%.*s' is not a method",
                    ES_SLICE_ARG(word));
    return s.best
               ? es_hint(c->d, "did you mean '%s'?", s.best)
               : es_hint(c->d, "expected a head such as CON GET /.well-known/est/crts");
}

static bool compile_path(struct es_compile *c, const struct es_node *n, size_t from,
                         struct es_slice path, struct es_message_out *out)
{
    if (path.n == 0) {
        es_compile_fail(c, es_node_loc_at(n, 0, n->text.n), "the path is missing");
        return es_hint(c->d, "expected a head such as CON GET /.well-known/est/crts");
    }
    return es_operand_compile_text(c, n, from, path, ES_KIND_TEXT, &out->path);
}

/* A code that is not a method: 2.05, or 0.05 for a method by number. */
static bool parse_code(struct es_slice word, struct es_message_out *out)
{
    struct es_value v;
    if (!es_value_parse(word, ES_KIND_CODE, NULL, &v)) {
        return false;
    }
    out->code = v.code;
    return true;
}

/* What stands in a head behind the type: method and path, code, or `empty`. */
static bool compile_head(struct es_compile *c, const struct es_node *n,
                         struct es_slice head, bool requests_only,
                         struct es_message_out *out)
{
    struct es_slice rest = head, word = es_slice_split(&rest, ' ');
    size_t from = word.n ? (size_t)(word.p - n->text.p) : n->text.n;
    bool reset = word.n == 0 && out->type == ES_COAP_RST;
    if (!requests_only && (reset || es_slice_is(word, "empty"))) {
        out->is_empty = true;
        return true;
    }
    out->code = es_coap_method_find(word);
    if (out->code == 0 && !parse_code(word, out)) {
        return fail_method(c, n, from, word);
    }
    rest = es_slice_trim(rest);
    if (out->code >= 32 && !requests_only) {
        return rest.n == 0 || es_compile_fail(c, n->loc, "a response has no path");
    }
    c->plan->posts += out->code == ES_COAP_POST;
    return compile_path(c, n, rest.n ? (size_t)(rest.p - n->text.p) : 0, rest, out);
}

bool es_message_head_compile(struct es_compile *c, const struct es_node *value,
                             bool requests_only, struct es_message_out *out)
{
    const struct es_node *n = es_compile_follow(c, value);
    if (n->kind != ES_NODE_SCALAR) {
        return es_compile_fail(c, n->loc,
                               "expected a head such as CON GET /path, not %s",
                               es_node_describe(n, c->arena));
    }
    struct es_slice rest = n->text, word = es_slice_split(&rest, ' ');
    out->type = ES_COAP_CON;
    bool typed = find_type(word, &out->type);
    return compile_head(c, n, typed ? rest : n->text, requests_only, out);
}

static bool push_option(struct es_compile *c, const struct es_node *value,
                        struct es_option_out o, struct es_message_out *out)
{
    const struct es_node *n = es_compile_follow(c, value);
    bool ok = es_operand_compile(c, n, ES_KIND_ANY, &o.value);
    if (ok && o.value.kind == ES_KIND_TEXT && o.format != ES_COAP_STRING &&
        o.value.form == ES_OPERAND_CONSTANT) {
        es_compile_fail(c, n->loc, "%s is not valid for this option",
                        es_node_describe(n, c->arena));
        return es_hint(c->d, "expected a number or bytes such as h'01'");
    }
    ES_PUSH(c->arena, &out->options, o);
    return ok;
}

bool es_message_option_compile(struct es_compile *c, const struct es_pair *pair,
                               struct es_message_out *out)
{
    struct es_shape_field f;
    if (!es_message_shape.find_more(pair->key->text, c->arena, &f)) {
        return false;
    }
    const struct es_coap_option_def *def = es_coap_option_by_number(f.number);
    struct es_option_out o = {.number = f.number,
                              .format = def ? def->format : ES_COAP_OPAQUE};
    const struct es_node *value = es_compile_follow(c, pair->value);
    if (value->kind != ES_NODE_SEQUENCE) {
        return push_option(c, value, o, out);
    }
    bool ok = true;
    for (size_t i = 0; i < value->items.n; i++) {
        ok = push_option(c, value->items.at[i], o, out) && ok;
    }
    return ok;
}

static const struct es_field out_fields[] = {
    {.key = "token",
     .type = &es_type_bytes,
     .offset = offsetof(struct es_message_out, token),
     .doc = "the token, instead of a fresh one of 4 bytes"},
    {.key = "body",
     .type = &es_type_bytes,
     .offset = offsetof(struct es_message_out, body),
     .doc = "the whole representation: bytes or a payload tree"},
};

const struct es_fields es_message_out_fields = {out_fields, ES_COUNT(out_fields)};

static bool parse_block_size(struct es_compile *c, const struct es_node *value,
                             const struct es_field *field, void *out)
{
    struct es_operand *o = out;
    const struct es_node *n = es_compile_follow(c, value);
    bool triple = n->kind == ES_NODE_SCALAR && es_slice_find(n->text, '/') < n->text.n;
    uint8_t szx;
    if (triple) {
        es_compile_fail(c, n->loc, "%s is not valid here",
                        es_node_describe(n, c->arena));
        return es_hint(c->d, "expected a size such as 64: a request counts its blocks "
                             "itself; NUM/M/SIZE is for send and expect");
    }
    ES_TRY(es_operand_compile(c, n, ES_KIND_NUMBER, o));
    if (o->form == ES_OPERAND_CONSTANT &&
        !es_coap_szx_of_size((uint64_t)o->constant.number, &szx)) {
        es_compile_fail(c, o->loc, "'%s' is not a block size", field->key);
        return es_hint(c->d, "expected 16, 32, 64, 128, 256, 512 or 1024");
    }
    return true;
}

const struct es_field_type es_type_block_size = {
    "block size", "a block size: 16, 32, 64, 128, 256, 512 or 1024",
    "{\"type\": [\"string\", \"number\"]}", parse_block_size};

bool es_message_option_put(const struct es_message_out *out, struct es_coap_message *m,
                           uint32_t number, struct es_slice value)
{
    if (!out->is_unsorted) {
        return es_coap_option_add(m, number, value);
    }
    if (m->options_n == ES_COAP_OPTIONS_MAX) {
        return false;
    }
    m->options[m->options_n++] = (struct es_coap_option){number, value};
    return true;
}

/* One Uri-Path or Uri-Query option per part. */
static bool add_parts(const struct es_message_out *out, struct es_coap_message *m,
                      uint32_t number, struct es_slice text, char separator)
{
    bool ok = true;
    while (ok && text.n) {
        bool last = es_slice_find(text, (uint8_t)separator) == text.n - 1;
        struct es_slice part = es_slice_split(&text, separator);
        ok = es_message_option_put(out, m, number, part);
        if (last && number == ES_COAP_OPT_URI_PATH) {
            ok = ok && es_message_option_put(out, m, number, ES_SLICE_NONE);
        }
    }
    return ok;
}

static bool add_path(const struct es_message_out *out, struct es_coap_message *m,
                     struct es_slice path)
{
    struct es_slice query = path;
    struct es_slice segments = es_slice_split(&query, '?');
    if (segments.n && segments.p[0] == '/') {
        segments = es_slice_from(segments, 1);
    }
    return add_parts(out, m, ES_COAP_OPT_URI_PATH, segments, '/') &&
           add_parts(out, m, ES_COAP_OPT_URI_QUERY, query, '&');
}

static struct es_slice option_bytes(const struct es_value *v, struct es_arena *a)
{
    switch (v->kind) {
    case ES_KIND_NUMBER:
        return es_coap_uint_encode(a, (uint64_t)v->number);
    case ES_KIND_DURATION:
        return es_coap_uint_encode(a, (uint64_t)(v->usec / ES_USEC_PER_S));
    case ES_KIND_TEXT:
    case ES_KIND_BYTES:
        return v->bytes;
    case ES_KIND_NONE:
    case ES_KIND_BOOL:
    case ES_KIND_TIME:
    case ES_KIND_CODE:
    case ES_KIND_RECORD:
    case ES_KIND_LIST:
    case ES_KIND_ANY:
        break;
    }
    return ES_SLICE_NONE;
}

bool es_message_make(struct es_stage *g, const struct es_step *step,
                     const struct es_message_out *out, struct es_coap_message *m)
{
    struct es_value v;
    bool fits = true;
    *m = (struct es_coap_message){.type = out->type, .code = out->code};
    if (out->path.form != ES_OPERAND_ABSENT) {
        ES_TRY(es_stage_eval(g, step, &out->path, &v));
        fits = add_path(out, m, v.bytes);
    }
    for (size_t i = 0; i < out->options.n; i++) {
        const struct es_option_out *o = &out->options.at[i];
        ES_TRY(es_stage_eval(g, step, &o->value, &v));
        struct es_slice bytes = option_bytes(&v, es_stage_arena(g));
        fits = es_message_option_put(out, m, o->number, bytes) && fits;
    }
    if (!fits) {
        es_stage_trouble(g, step, ES_VERDICT_ERROR, "too many options: at most %d",
                         ES_COAP_OPTIONS_MAX);
    }
    return fits;
}

bool es_message_eval_token(struct es_stage *g, const struct es_step *step,
                           const struct es_operand *token, size_t most,
                           struct es_slice *out)
{
    struct es_value v;
    ES_TRY(es_stage_eval(g, step, token, &v));
    *out = v.bytes;
    if (v.bytes.n > most) {
        es_stage_trouble(g, step, ES_VERDICT_ERROR,
                         "a token of %zu bytes, at most %zu go", v.bytes.n, most);
    }
    return v.bytes.n <= most;
}
