/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/head_in.h"

enum {
    CON = 1U << ES_COAP_CON,
    NON = 1U << ES_COAP_NON,
    ACK = 1U << ES_COAP_ACK,
};

static const char grammar[] = "ACK|CON 2.05, 4.xx, ACK empty, RST, silence or any; "
                              "alternatives are joined by ' or '";

/* `CON|ACK`: the bits, or 0 if it is anything else. */
static unsigned parse_types(struct es_slice word)
{
    unsigned types = 0;
    while (word.n) {
        struct es_slice one = es_slice_split(&word, '|');
        unsigned bit = es_slice_is(one, "CON")   ? CON
                       : es_slice_is(one, "NON") ? NON
                       : es_slice_is(one, "ACK") ? ACK
                                                 : 0U;
        if (bit == 0) {
            return 0;
        }
        types |= bit;
    }
    return types;
}

static bool fail_head(struct es_compile *c, const struct es_node *n,
                      struct es_slice text)
{
    size_t from = text.n ? (size_t)(text.p - n->text.p) : 0;
    struct es_slice rest = text, word = es_slice_split(&rest, ' ');
    if (es_coap_method_find(word) && rest.n) {
        es_compile_fail(c, es_node_loc_at(n, from, text.n),
                        "a server sends no requests: '%.*s'", ES_SLICE_ARG(text));
        return es_hint(c->d, "expected the head of a response");
    }
    es_compile_fail(c, es_node_loc_at(n, from, text.n), "'%.*s' is not a message",
                    ES_SLICE_ARG(text));
    return es_hint(c->d, "expected %s", grammar);
}

static bool has_code_shape(struct es_slice text)
{
    return text.n && ((text.p[0] >= '0' && text.p[0] <= '9') || text.p[0] == '$');
}

static bool is_request(struct es_slice text)
{
    struct es_slice rest = text;
    return es_coap_method_find(es_slice_split(&rest, ' ')) != 0 && rest.n;
}

static bool compile_request(struct es_compile *c, const struct es_node *n,
                            struct es_slice text, struct es_head_in *out)
{
    struct es_slice path = text;
    out->form = ES_HEAD_REQUEST;
    out->method = es_coap_method_find(es_slice_split(&path, ' '));
    path = es_slice_trim(path);
    return es_operand_compile_text(c, n, (size_t)(path.p - n->text.p), path,
                                   ES_KIND_TEXT, &out->path);
}

/* One alternative; `text` lies in the text of n. */
static bool compile_one(struct es_compile *c, const struct es_node *n,
                        struct es_slice text, struct es_head_in *out)
{
    static const struct {
        const char *word;
        enum es_head_form form;
    } words[] = {{"empty", ES_HEAD_EMPTY},
                 {"RST", ES_HEAD_RESET},
                 {"silence", ES_HEAD_SILENCE},
                 {"any", ES_HEAD_ANY}};
    struct es_slice rest = text, word = es_slice_split(&rest, ' ');
    unsigned types = parse_types(word);
    out->types = types ? types : CON | NON | ACK;
    rest = types ? es_slice_trim(rest) : text;
    for (size_t i = 0; i < ES_COUNT(words); i++) {
        if (es_slice_is(rest, words[i].word)) {
            out->form = words[i].form;
            return types == 0 || out->form == ES_HEAD_EMPTY || fail_head(c, n, text);
        }
    }
    if (c->scenario->iut == ES_ROLE_CLIENT && is_request(rest)) {
        return compile_request(c, n, rest, out);
    }
    out->form = ES_HEAD_CODE;
    if (!has_code_shape(rest)) {
        return fail_head(c, n, text);
    }
    return es_match_add(c, n, (size_t)(rest.p - n->text.p), rest, &es_message_shape,
                        "code", &out->code);
}

bool es_heads_compile(struct es_compile *c, const struct es_node *value,
                      struct es_heads_in *out)
{
    const struct es_node *n = es_compile_follow(c, value);
    if (n->kind != ES_NODE_SCALAR) {
        es_compile_fail(c, n->loc, "expected a message such as ACK 2.05, not %s",
                        es_node_describe(n, c->arena));
        return es_hint(c->d, "expected %s", grammar);
    }
    static const char *const code_path = "code";
    ES_PUSH(c->arena, &c->judged_paths, code_path);
    out->source = es_arena_text(c->arena, n->text);
    out->loc = value->loc;
    out->rule = es_compile_rule(c, code_path);
    struct es_slice rest = n->text;
    bool ok = true;
    do {
        size_t at = es_slice_search(rest, ES_SLICE_LIT(" or "));
        struct es_slice one = es_slice_trim(es_slice_sub(rest, 0, at));
        struct es_head_in head = {0};
        rest = es_slice_from(rest, at + 4);
        ok = compile_one(c, n, one, &head) && ok;
        ES_PUSH(c->arena, out, head);
    } while (rest.n);
    return ok;
}

static bool matches_code(struct es_stage *g, const struct es_head_in *head,
                         const struct es_coap_message *m)
{
    struct es_match_env env = {.scope = es_stage_scope(g), .arena = es_stage_arena(g)};
    return m->code != ES_COAP_EMPTY &&
           es_match_fields(head->code.at, head->code.n,
                           es_message_view_of(env.arena, m), &env);
}

static bool matches_request(struct es_stage *g, const struct es_head_in *head,
                            const struct es_coap_message *m)
{
    struct es_value path;
    const char *why = "";
    return m->code == head->method &&
           es_operand_eval(&head->path, es_stage_scope(g), es_stage_arena(g), &path,
                           &why) &&
           es_slice_is(path.bytes, es_coap_uri_text(m, es_stage_arena(g)));
}

static bool fits(struct es_stage *g, const struct es_head_in *head,
                 const struct es_coap_incoming *in)
{
    const struct es_coap_message *m = &in->message;
    bool typed = head->types >> m->type & 1;
    bool sound = in->kind != ES_COAP_MALFORMED;
    switch (head->form) {
    case ES_HEAD_ANY:
        return true;
    case ES_HEAD_SILENCE:
        return false;
    case ES_HEAD_RESET:
        return sound && m->type == ES_COAP_RST && m->code == ES_COAP_EMPTY;
    case ES_HEAD_EMPTY:
        return sound && typed && m->code == ES_COAP_EMPTY;
    case ES_HEAD_REQUEST:
        return sound && typed && matches_request(g, head, m);
    case ES_HEAD_CODE:
        break;
    }
    return sound && typed && matches_code(g, head, m);
}

const struct es_head_in *es_heads_find(struct es_stage *g,
                                       const struct es_heads_in *heads,
                                       const struct es_coap_incoming *in)
{
    for (size_t i = 0; i < heads->n; i++) {
        if (fits(g, &heads->at[i], in)) {
            return &heads->at[i];
        }
    }
    return NULL;
}

bool es_heads_allow_silence(const struct es_heads_in *heads)
{
    for (size_t i = 0; i < heads->n; i++) {
        if (heads->at[i].form == ES_HEAD_SILENCE) {
            return true;
        }
    }
    return false;
}

const char *es_head_text(const struct es_coap_incoming *in, struct es_arena *a)
{
    const struct es_coap_message *m = &in->message;
    if (in->kind == ES_COAP_MALFORMED) {
        return es_arena_printf(a, "malformed: %s", in->reason);
    }
    if (m->code == ES_COAP_EMPTY) {
        return m->type == ES_COAP_RST
                   ? "RST"
                   : es_arena_printf(a, "%s empty", es_coap_type_text(m->type));
    }
    return es_arena_printf(a, "%s %s", es_coap_type_text(m->type),
                           es_coap_code_text(m->code, a));
}
