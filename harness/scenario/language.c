/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/assert.h"
#include "scenario/compile.h"

#include <string.h>

const struct es_verb *es_language_verb(const struct es_language *l,
                                       struct es_slice name)
{
    for (size_t i = 0; i < l->verbs_n; i++) {
        if (es_slice_is(name, l->verbs[i]->name)) {
            return l->verbs[i];
        }
    }
    return NULL;
}

const struct es_matcher *es_language_matcher(const struct es_language *l,
                                             struct es_slice name,
                                             enum es_matcher_form form)
{
    for (size_t i = 0; i < l->matchers_n; i++) {
        if (l->matchers[i]->form == form && es_slice_is(name, l->matchers[i]->name)) {
            return l->matchers[i];
        }
    }
    return NULL;
}

const struct es_function *es_language_function(const struct es_language *l,
                                               struct es_slice name)
{
    for (size_t i = 0; i < l->functions_n; i++) {
        if (es_slice_is(name, l->functions[i]->name)) {
            return l->functions[i];
        }
    }
    return NULL;
}

static bool says(const char *text)
{
    return text && *text;
}

static void assert_verb(const struct es_verb *v)
{
    es_assert(says(v->name) && says(v->summary) && says(v->doc) && says(v->value_doc));
    es_assert(says(v->value_schema));
    es_assert((v->expand != NULL) != (v->start != NULL));
    es_assert(v->expand || v->compile);
    for (size_t g = 0; g < ES_COUNT(v->fields) && v->fields[g]; g++) {
        for (size_t i = 0; i < v->fields[g]->n; i++) {
            const struct es_field *f = &v->fields[g]->at[i];
            es_assert(says(f->key) && says(f->doc) && f->type && f->type->parse);
        }
    }
}

static void assert_matcher(const struct es_matcher *m)
{
    es_assert(says(m->name) && says(m->summary) && says(m->doc));
    if (m->form == ES_MATCHER_WORD) {
        es_assert(m->holds != NULL);
    } else {
        es_assert((m->decode && m->shape) || m->match || m->build);
        es_assert(!(m->match || m->build) || m->fields || m->compile);
    }
}

void es_language_assert(const struct es_language *l)
{
    for (size_t i = 0; i < l->verbs_n; i++) {
        assert_verb(l->verbs[i]);
        es_assert(es_language_verb(l, es_slice_of(l->verbs[i]->name)) == l->verbs[i]);
    }
    for (size_t i = 0; i < l->matchers_n; i++) {
        assert_matcher(l->matchers[i]);
        es_assert(i == 0 || strcmp(l->matchers[i - 1]->name, l->matchers[i]->name) < 0);
    }
    for (size_t i = 0; i < l->functions_n; i++) {
        es_assert(says(l->functions[i]->doc) && l->functions[i]->call);
        es_assert(i == 0 ||
                  strcmp(l->functions[i - 1]->name, l->functions[i]->name) < 0);
    }
}
