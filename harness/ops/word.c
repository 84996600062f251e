/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/word.h"

bool es_word_find(struct es_compile *c, const struct es_node *node,
                  const struct es_words *words, unsigned *out)
{
    const struct es_node *n = es_compile_follow(c, node);
    struct es_suggestion s;
    const char *all = "";
    es_suggestion_init(&s, n->text);
    for (size_t i = 0; i < words->n; i++) {
        if (n->kind == ES_NODE_SCALAR && es_slice_is(n->text, words->at[i])) {
            *out = (unsigned)i;
            return true;
        }
        es_suggestion_offer(&s, words->at[i]);
        all = es_arena_printf(c->arena, "%s%s%s", all, i ? ", " : "", words->at[i]);
    }
    es_compile_fail(c, n->loc, "%s is not valid here", es_node_describe(n, c->arena));
    return s.best ? es_hint(c->d, "did you mean '%s'?", s.best)
                  : es_hint(c->d, "expected one of %s", all);
}

static bool parse_word(struct es_compile *c, const struct es_node *value,
                       const struct es_field *field, void *out)
{
    return es_word_find(c, value, field->param, out);
}

const struct es_field_type es_type_word = {"word", "one of a few words",
                                           "{\"type\": \"string\"}", parse_word};
