/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/scenario.h"

/* `applies-if`: or over and over not over items; a tree in the load arena. */
enum form { ITEM, NOT, AND, OR };

struct es_condition {
    enum form form;
    const char *item;
    const struct es_condition *left, *right;
};

struct cursor {
    const struct es_catalogue *k;
    const struct es_node *node;
    size_t at;
    unsigned depth;
    struct es_diag *d;
};

static bool is_blank(uint8_t b)
{
    return b == ' ' || b == '\n';
}

static bool is_paren(uint8_t b)
{
    return b == '(' || b == ')';
}

/* The next word or parenthesis; *n is its length. */
static struct es_slice peek(struct cursor *c, size_t *n)
{
    struct es_slice text = c->node->text;
    while (c->at < text.n && is_blank(text.p[c->at])) {
        c->at++;
    }
    size_t end = c->at;
    while (end < text.n && !is_blank(text.p[end]) && !is_paren(text.p[end])) {
        end++;
    }
    end += end == c->at && end < text.n;
    *n = end - c->at;
    return es_slice_sub(text, c->at, *n);
}

static bool take(struct cursor *c, const char *word)
{
    size_t n;
    if (!es_slice_is(peek(c, &n), word)) {
        return false;
    }
    c->at += n;
    return true;
}

static const struct es_condition *make(struct cursor *c, enum form form,
                                       const char *item,
                                       const struct es_condition *left,
                                       const struct es_condition *right)
{
    struct es_condition *x = ES_NEW(c->k->arena, struct es_condition);
    *x = (struct es_condition){form, item, left, right};
    return left || item ? x : NULL;
}

static const struct es_condition *fail(struct cursor *c, struct es_slice word, size_t n)
{
    struct es_loc loc = es_node_loc_at(c->node, c->at, n ? n : 1);
    if (word.n == 0) {
        es_fail(c->d, loc, ES_CODE_SCENARIO, "an ICS item is missing here");
        return NULL;
    }
    bool symbol = word.p[0] == '&' || word.p[0] == '|' || word.p[0] == '!';
    if (symbol) {
        es_fail(c->d, loc, ES_CODE_SCENARIO, "'%.*s' is not valid in a condition",
                ES_SLICE_ARG(word));
        es_hint(c->d, "write 'and', 'or', 'not'");
        return NULL;
    }
    struct es_suggestion s;
    es_suggestion_init(&s, word);
    for (size_t i = 0; i < c->k->dictionary->ics.n; i++) {
        es_suggestion_offer(&s, c->k->dictionary->ics.at[i].name);
    }
    es_fail(c->d, loc, ES_CODE_SCENARIO, "'%.*s' is not an ICS item",
            ES_SLICE_ARG(word));
    if (s.best) {
        es_hint(c->d, "did you mean '%s'?", s.best);
    }
    return NULL;
}

static const struct es_condition *parse_or(struct cursor *c);

static const struct es_condition *parse_item(struct cursor *c)
{
    if (c->depth++ > 20) {
        return fail(c, ES_SLICE_NONE, 1);
    }
    const struct es_condition *x;
    if (take(c, "not")) {
        x = make(c, NOT, NULL, parse_item(c), NULL);
    } else if (take(c, "(")) {
        x = parse_or(c);
        x = take(c, ")") ? x : fail(c, ES_SLICE_NONE, 1);
    } else {
        size_t n;
        struct es_slice word = peek(c, &n);
        const struct es_ics_item *item = es_dictionary_ics(c->k->dictionary, word);
        x = item ? make(c, ITEM, item->name, NULL, NULL) : fail(c, word, n);
        c->at += item ? n : 0;
    }
    c->depth--;
    return x;
}

static const struct es_condition *parse_and(struct cursor *c)
{
    const struct es_condition *left = parse_item(c);
    while (left && take(c, "and")) {
        const struct es_condition *right = parse_item(c);
        left = right ? make(c, AND, NULL, left, right) : NULL;
    }
    return left;
}

static const struct es_condition *parse_or(struct cursor *c)
{
    const struct es_condition *left = parse_and(c);
    while (left && take(c, "or")) {
        const struct es_condition *right = parse_and(c);
        left = right ? make(c, OR, NULL, left, right) : NULL;
    }
    return left;
}

const struct es_condition *es_condition_compile(const struct es_catalogue *k,
                                                const struct es_node *node,
                                                struct es_diag *d)
{
    if (!es_node_want(node, ES_NODE_SCALAR, d)) {
        return NULL;
    }
    struct cursor c = {.k = k, .node = node, .d = d};
    const struct es_condition *x = parse_or(&c);
    size_t n;
    struct es_slice rest = peek(&c, &n);
    return x && rest.n ? fail(&c, rest, n) : x;
}

static enum es_applies eval_item(const char *item, const struct es_driver_spec *driver,
                                 struct es_arena *a, const char **reason)
{
    const struct es_answer *answer = es_driver_spec_answer(driver, es_slice_of(item));
    if (!answer) {
        *reason = item;
        return ES_UNDECLARED;
    }
    *reason = es_arena_printf(a, "%s is %s", item, answer->yes ? "yes" : "no");
    return answer->yes ? ES_APPLIES : ES_APPLIES_NOT;
}

enum es_applies es_condition_eval(const struct es_condition *condition,
                                  const struct es_driver_spec *driver,
                                  struct es_arena *a, const char **reason)
{
    if (!condition) {
        return ES_APPLIES;
    }
    if (condition->form == ITEM) {
        return eval_item(condition->item, driver, a, reason);
    }
    enum es_applies left = es_condition_eval(condition->left, driver, a, reason);
    if (condition->form == NOT) {
        return left == ES_UNDECLARED
                   ? left
                   : (left == ES_APPLIES ? ES_APPLIES_NOT : ES_APPLIES);
    }
    bool decided = condition->form == AND ? left == ES_APPLIES_NOT : left == ES_APPLIES;
    if (decided || left == ES_UNDECLARED) {
        return left;
    }
    return es_condition_eval(condition->right, driver, a, reason);
}
