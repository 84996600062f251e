/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/options.h"

#include "base/text.h"

#include <string.h>

enum { HELP_COLUMN = 28 };

struct parser {
    const struct es_option_table *table;
    const char *command;
    struct es_arena *arena;
    struct es_options *out;
    struct es_diag *d;
    int argc, at;
    char **argv;
};

static const struct es_option *find_name(const struct es_option_table *t,
                                         struct es_slice name)
{
    for (size_t i = 0; i < t->n; i++) {
        if (es_slice_is(name, t->at[i].name)) {
            return &t->at[i];
        }
    }
    return NULL;
}

static const struct es_option *find_letter(const struct es_option_table *t, char letter)
{
    for (size_t i = 0; i < t->n; i++) {
        if (t->at[i].letter && t->at[i].letter == letter) {
            return &t->at[i];
        }
    }
    return NULL;
}

static bool fail_unknown(struct parser *p, struct es_slice name, const char *word)
{
    struct es_suggestion s;
    es_suggestion_init(&s, name);
    for (size_t i = 0; i < p->table->n; i++) {
        es_suggestion_offer(&s, p->table->at[i].name);
    }
    es_fail(p->d, ES_LOC_NONE, ES_CODE_USAGE, "'estspec %s' has no option '%s'",
            p->command, word);
    if (s.best) {
        return es_hint(p->d, "did you mean '--%s'?", s.best);
    }
    return es_hint(p->d, "'estspec %s --help' lists the options", p->command);
}

static bool keep(struct parser *p, const struct es_option *o, const char *value)
{
    struct es_given given = {o, value};
    if (!o->repeats && es_options_has(p->out, o->name)) {
        return es_fail(p->d, ES_LOC_NONE, ES_CODE_USAGE, "'--%s' is given twice",
                       o->name);
    }
    ES_PUSH(p->arena, &p->out->given, given);
    return true;
}

/* `attached` is what follows in the same word, or NULL. */
static bool take(struct parser *p, const struct es_option *o, const char *attached)
{
    if (!o->value) {
        return attached ? es_fail(p->d, ES_LOC_NONE, ES_CODE_USAGE,
                                  "'--%s' takes no value", o->name)
                        : keep(p, o, "");
    }
    if (attached) {
        return keep(p, o, attached);
    }
    if (p->at + 1 >= p->argc) {
        es_fail(p->d, ES_LOC_NONE, ES_CODE_USAGE, "'--%s' needs a value", o->name);
        return es_hint(p->d, "--%s %s: %s", o->name, o->value, o->doc);
    }
    return keep(p, o, p->argv[++p->at]);
}

static bool take_long(struct parser *p, const char *word)
{
    struct es_slice rest = es_slice_of(word + 2);
    bool has_value = es_slice_find(rest, '=') < rest.n;
    struct es_slice name = es_slice_split(&rest, '=');
    const struct es_option *o = find_name(p->table, name);
    if (!o) {
        return fail_unknown(p, name, word);
    }
    return take(p, o, has_value ? es_arena_text(p->arena, rest) : NULL);
}

static bool take_short(struct parser *p, const char *word)
{
    const struct es_option *o = find_letter(p->table, word[1]);
    if (!o) {
        return fail_unknown(p, es_slice_of(word + 1), word);
    }
    return take(p, o, word[2] ? word + 2 : NULL);
}

bool es_options_parse(const struct es_option_table *table, const char *command,
                      int argc, char **argv, struct es_arena *a, struct es_options *out,
                      struct es_diag *d)
{
    struct parser p = {table, command, a, out, d, argc, 0, argv};
    bool ok = true, options = true;
    for (; p.at < argc; p.at++) {
        const char *word = argv[p.at];
        if (options && strcmp(word, "--") == 0) {
            options = false;
        } else if (options && strncmp(word, "--", 2) == 0) {
            ok = take_long(&p, word) && ok;
        } else if (options && word[0] == '-' && word[1]) {
            ok = take_short(&p, word) && ok;
        } else {
            ES_PUSH(a, &out->positional, word);
        }
    }
    return ok;
}

bool es_options_has(const struct es_options *o, const char *name)
{
    return es_options_get(o, name) != NULL;
}

const char *es_options_get(const struct es_options *o, const char *name)
{
    for (size_t i = o->given.n; i > 0; i--) {
        if (strcmp(o->given.at[i - 1].option->name, name) == 0) {
            return o->given.at[i - 1].value;
        }
    }
    return NULL;
}

struct es_texts es_options_all(const struct es_options *o, const char *name,
                               struct es_arena *a)
{
    struct es_texts all = {0};
    for (size_t i = 0; i < o->given.n; i++) {
        if (strcmp(o->given.at[i].option->name, name) == 0) {
            ES_PUSH(a, &all, o->given.at[i].value);
        }
    }
    return all;
}

static int print_head(const struct es_option *o, FILE *out)
{
    int n = o->letter ? fprintf(out, "  -%c, --%s", o->letter, o->name)
                      : fprintf(out, "      --%s", o->name);
    return n + (o->value ? fprintf(out, " %s", o->value) : 0);
}

void es_options_print(const struct es_option_table *table, FILE *out)
{
    for (size_t i = 0; i < table->n; i++) {
        int n = print_head(&table->at[i], out);
        if (n >= HELP_COLUMN) {
            fputs("\n", out);
            n = 0;
        }
        fprintf(out, "%*s%s\n", HELP_COLUMN - n, "", table->at[i].doc);
    }
}
