/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/explanation.h"

#include <stdio.h>
#include <string.h>

enum { NAME_COLUMN = 22, TEXT_WIDTH = 88 };

/* The keys that every step may have. */
static const struct {
    const char *name, *doc;
} common[] = {
    {"id", "name of the step in reports, and of the variable that holds what it saw"},
    {"note", "one line for the reader of the report"},
    {"on", "id of the step whose channel is meant; default: the latest one still open"},
    {"within",
     "the latest time, from the start of the step: 5s, $(pixit.dtls_timer * 3)"},
    {"not-before", "the earliest time: a point in time, $(told + max_age)"},
    {"req", "the rule that is judged: an id; a map of field to id; or none"},
    {"control", "before or after: the step is a positive control"},
};

static const struct es_language *language(const struct es_explanation *e)
{
    return e->w->catalogue.language;
}

static void print_wrapped(const char *text, int indent)
{
    int column = 0;
    while (*text) {
        size_t n = strcspn(text, " \n");
        if (column > 0 && column + 1 + (int)n > TEXT_WIDTH - indent) {
            column = 0;
            fputs("\n", stdout);
        }
        printf("%*s%.*s", column == 0 ? indent : 1, "", (int)n, text);
        column += (int)n + 1;
        text += n;
        if (*text == '\n') {
            fputs("\n", stdout);
            column = 0;
        }
        text += *text != '\0';
    }
    fputs("\n", stdout);
}

static void print_field(const struct es_field *f)
{
    printf("    %-*s %s%s\n", NAME_COLUMN, f->key, f->doc,
           f->required ? " (required)" : "");
    printf("    %-*s   %s: %s\n", NAME_COLUMN, "", f->type->name, f->type->doc);
}

static void print_more(const struct es_verb *v)
{
    if (!v->more_at) {
        return;
    }
    fputs("  and\n   ", stdout);
    for (size_t i = 0; v->more_at(i); i++) {
        printf(" %s%s", v->more_at(i), v->more_at(i + 1) ? "," : "\n");
    }
}

static bool print_verb(const struct es_explanation *e)
{
    const struct es_verb *v = es_language_verb(language(e), es_slice_of(e->name));
    if (!v) {
        return false;
    }
    printf("%s: a verb. %s\n", v->name, v->summary);
    print_wrapped(v->doc, 2);
    printf("  %s: %s\n", v->name, v->value_doc);
    for (size_t g = 0; g < ES_COUNT(v->fields) && v->fields[g]; g++) {
        for (size_t i = 0; i < v->fields[g]->n; i++) {
            print_field(&v->fields[g]->at[i]);
        }
    }
    print_more(v);
    if (v->judges) {
        fputs("  It judges: in steps it needs req.\n", stdout);
    }
    return true;
}

static bool print_field_of(const struct es_verb *v, const char *name)
{
    bool found = false;
    for (size_t g = 0; g < ES_COUNT(v->fields) && v->fields[g]; g++) {
        for (size_t i = 0; i < v->fields[g]->n; i++) {
            const struct es_field *f = &v->fields[g]->at[i];
            if (strcmp(f->key, name) == 0) {
                printf("%s: a field of %s. %s\n  %s: %s\n", name, v->name, f->doc,
                       f->type->name, f->type->doc);
                found = true;
            }
        }
    }
    for (size_t i = 0; v->more_at && v->more_at(i); i++) {
        if (strcmp(v->more_at(i), name) == 0) {
            printf("%s: may stand in %s\n", name, v->name);
            found = true;
        }
    }
    return found;
}

static bool print_fields(const struct es_explanation *e)
{
    bool found = false;
    for (size_t i = 0; i < ES_COUNT(common); i++) {
        if (strcmp(common[i].name, e->name) == 0) {
            printf("%s: a key of every step. %s\n", common[i].name, common[i].doc);
            found = true;
        }
    }
    for (size_t i = 0; i < language(e)->verbs_n; i++) {
        found = print_field_of(language(e)->verbs[i], e->name) || found;
    }
    return found;
}

static void print_shape(const struct es_shape *shape)
{
    for (size_t i = 0; i < shape->n; i++) {
        const struct es_shape_field *f = &shape->fields[i];
        printf("    %-*s %s\n", NAME_COLUMN, f->name, f->doc ? f->doc : "");
    }
}

static bool print_matchers(const struct es_explanation *e)
{
    const struct es_language *l = language(e);
    bool found = false;
    for (size_t i = 0; i < l->matchers_n; i++) {
        const struct es_matcher *m = l->matchers[i];
        if (strcmp(m->name, e->name) != 0) {
            continue;
        }
        printf("%s: a matcher (%s). %s\n", m->name,
               m->form == ES_MATCHER_WORD ? "a word" : "a payload tree", m->summary);
        print_wrapped(m->doc, 2);
        if (m->build) {
            fputs("  It can be built, too: {", stdout);
            printf("%s: ...} as a body.\n", m->name);
        }
        for (size_t k = 0; m->fields && k < m->fields->n; k++) {
            print_field(&m->fields->at[k]);
        }
        if (m->shape) {
            print_shape(m->shape);
        }
        found = true;
    }
    return found;
}

static bool print_function(const struct es_explanation *e)
{
    const struct es_function *f =
        es_language_function(language(e), es_slice_of(e->name));
    if (!f) {
        return false;
    }
    printf("%s(", f->name);
    for (size_t i = 0; i < f->args_n; i++) {
        printf("%s%s", i ? ", " : "", es_kind_name(f->args[i]));
    }
    printf("): a function that gives %s. %s\n", es_kind_name(f->result), f->summary);
    print_wrapped(f->doc, 2);
    return true;
}

static bool print_predefined(const struct es_explanation *e)
{
    const struct es_language *l = language(e);
    const char *name = e->name + (e->name[0] == '$');
    for (size_t i = 0; i < l->predefined_n; i++) {
        const struct es_predefined *p = &l->predefined[i];
        if (strcmp(p->name, name) == 0) {
            printf("$%s: a name that every scenario may use. %s\n", p->name, p->doc);
            if (p->shape) {
                print_shape(p->shape);
            }
            return true;
        }
    }
    return false;
}

bool es_explanation_print(const struct es_explanation *e)
{
    bool found = print_verb(e);
    found = print_fields(e) || found;
    found = print_matchers(e) || found;
    found = print_function(e) || found;
    found = print_predefined(e) || found;
    return es_explanation_print_data(e) || found;
}

static void offer_verb(const struct es_verb *v, struct es_suggestion *s)
{
    es_suggestion_offer(s, v->name);
    for (size_t g = 0; g < ES_COUNT(v->fields) && v->fields[g]; g++) {
        for (size_t i = 0; i < v->fields[g]->n; i++) {
            es_suggestion_offer(s, v->fields[g]->at[i].key);
        }
    }
    for (size_t i = 0; v->more_at && v->more_at(i); i++) {
        es_suggestion_offer(s, v->more_at(i));
    }
}

void es_explanation_suggest(const struct es_explanation *e)
{
    const struct es_language *l = language(e);
    struct es_suggestion s;
    es_suggestion_init(&s, es_slice_of(e->name));
    for (size_t i = 0; i < l->verbs_n; i++) {
        offer_verb(l->verbs[i], &s);
    }
    for (size_t i = 0; i < l->matchers_n; i++) {
        es_suggestion_offer(&s, l->matchers[i]->name);
    }
    for (size_t i = 0; i < l->functions_n; i++) {
        es_suggestion_offer(&s, l->functions[i]->name);
    }
    for (size_t i = 0; i < ES_COUNT(common); i++) {
        es_suggestion_offer(&s, common[i].name);
    }
    es_explanation_offer_data(e, &s);
    es_cli_usage(e->cli, "nothing is called '%s'", e->name);
    if (s.best) {
        es_hint(e->cli->d, "did you mean '%s'?", s.best);
    } else {
        es_hint(e->cli->d,
                "'estspec list' shows the scenarios, 'estspec cover' the rules");
    }
}
