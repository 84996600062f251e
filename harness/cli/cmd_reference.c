/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

/* The manual of the language as Markdown, out of the descriptors and the dictionary. It is
 * committed as scenarios/schema/reference.md; a test compares. */

/* Prints text for a table cell or paragraph: `|` would end a cell, `<` start a tag. */
static void print_text(const char *text, bool in_table)
{
    for (; *text; text++) {
        if (*text == '\n') {
            fputs(in_table ? "<br>" : "\n", stdout);
        } else if (*text == '|' && in_table) {
            fputs("\\|", stdout);
        } else if (*text == '<') {
            fputs("&lt;", stdout);
        } else {
            fputc(*text, stdout);
        }
    }
}

static void print_row(const char *name, const char *type, const char *doc)
{
    printf("| `%s` | ", name);
    print_text(type, true);
    fputs(" | ", stdout);
    print_text(doc, true);
    fputs(" |\n", stdout);
}

/* The lines of an example; all but the first are indented to stand below `Example: `. */
static void print_example(const char *text)
{
    static const char indent[] = "         ";
    fputs("```yaml\n", stdout);
    while (*text) {
        size_t n = strcspn(text, "\n");
        printf("%.*s\n", (int)n, text);
        text += n + (text[n] != '\0');
        text += strncmp(text, indent, sizeof indent - 1) == 0 ? sizeof indent - 1 : 0;
    }
    fputs("```\n\n", stdout);
}

/* Prose up to `Example:`, then the example as code. */
static void print_doc(const char *doc)
{
    const char *example = strstr(doc, "Example: ");
    struct es_slice prose =
        es_slice_make(doc, example ? (size_t)(example - doc) : strlen(doc));
    struct es_arena *a = es_arena_new();
    print_text(es_arena_text(a, es_slice_trim(prose)), false);
    es_arena_free(a);
    fputs("\n\n", stdout);
    if (example) {
        print_example(example + strlen("Example: "));
    }
}

static void print_head(const char *name, const char *summary, const char *doc)
{
    printf("### `%s`\n\n", name);
    print_text(summary, false);
    fputs(".\n\n", stdout);
    print_doc(doc);
}

static void print_fields(const struct es_fields *fields)
{
    for (size_t i = 0; i < fields->n; i++) {
        const struct es_field *f = &fields->at[i];
        print_row(f->key, f->type->doc, f->doc);
    }
}

static void print_verb(const struct es_verb *v)
{
    print_head(v->name, v->summary, v->doc);
    printf("Value: ");
    print_text(v->value_doc, false);
    fputs(".\n\n", stdout);
    if (!v->fields[0]) {
        return;
    }
    puts("| field | value | meaning |\n|---|---|---|");
    for (size_t g = 0; g < ES_COUNT(v->fields) && v->fields[g]; g++) {
        print_fields(v->fields[g]);
    }
    fputs("\n", stdout);
    if (v->more_at) {
        puts("And every CoAP option by name or as `option-N`.\n");
    }
}

static void print_shape(const struct es_shape *shape, unsigned depth)
{
    for (size_t i = 0; i < shape->n; i++) {
        const struct es_shape_field *f = &shape->fields[i];
        char name[120];
        snprintf(name, sizeof name, "%*s%s", (int)(2 * depth), "", f->name);
        print_row(name, f->test ? "an argument" : es_kind_name(f->kind), f->doc);
        if (f->sub && depth < 2) {
            print_shape(f->sub, depth + 1);
        }
    }
}

static void print_matcher(const struct es_matcher *m)
{
    print_head(m->name, m->summary, m->doc);
    if (m->shape) {
        puts("Matching:\n\n| field | value | meaning |\n|---|---|---|");
        print_shape(m->shape, 0);
        fputs("\n", stdout);
    }
    if (m->fields && m->build) {
        puts("Building:\n\n| field | value | meaning |\n|---|---|---|");
        print_fields(m->fields);
        fputs("\n", stdout);
    }
}

static void print_language(const struct es_language *l)
{
    puts("## Verbs\n");
    for (size_t i = 0; i < l->verbs_n; i++) {
        print_verb(l->verbs[i]);
    }
    puts("## Matchers\n");
    for (size_t i = 0; i < l->matchers_n; i++) {
        print_matcher(l->matchers[i]);
    }
    puts("## Functions\n");
    for (size_t i = 0; i < l->functions_n; i++) {
        print_head(l->functions[i]->name, l->functions[i]->summary,
                   l->functions[i]->doc);
    }
    puts("## Names\n\n| name | value | meaning |\n|---|---|---|");
    for (size_t i = 0; i < l->predefined_n; i++) {
        char name[60];
        snprintf(name, sizeof name, "$%s", l->predefined[i].name);
        print_row(name, es_kind_name(l->predefined[i].kind), l->predefined[i].doc);
    }
}

static const char *default_text(const struct es_pixit_item *item, struct es_arena *a)
{
    return item->fallback
               ? es_arena_printf(a, "default %.*s", ES_SLICE_ARG(item->fallback->text))
               : "must be declared";
}

static void print_dictionary(const struct es_dictionary *dict, struct es_arena *a)
{
    puts("\n## ICS\n\nQuestions that a driver answers with yes or no.\n\n"
         "| item | status | question |\n|---|---|---|");
    for (size_t i = 0; i < dict->ics.n; i++) {
        const struct es_ics_item *item = &dict->ics.at[i];
        const char *ref = item->ref ? item->ref : "";
        print_row(item->name, item->status ? item->status : "",
                  es_arena_printf(a, "%s (%s)", item->ask, ref));
    }
    puts("\n## PIXIT\n\nValues that a driver gives.\n\n"
         "| item | default | meaning |\n|---|---|---|");
    for (size_t i = 0; i < dict->pixit.n; i++) {
        const struct es_pixit_item *item = &dict->pixit.at[i];
        print_row(item->name, default_text(item, a), item->doc);
    }
}

static int run(struct es_cli *cli)
{
    struct es_workspace w = {0};
    if (!es_workspace_open(&w, cli)) {
        return ES_EXIT_USAGE;
    }
    puts(
        "# Reference of the scenario language\n\n"
        "Generated by `estspec reference` from the descriptors in `harness/ops` and from "
        "`drivers/ics.yaml`; do not edit.\n");
    print_language(w.catalogue.language);
    print_dictionary(&w.dictionary, cli->arena);
    return ES_EXIT_OK;
}

const struct es_command es_cmd_reference = {
    .name = "reference",
    .summary = "prints the manual of the language as Markdown",
    .arguments = "",
    .doc = "Verbs, matchers, functions, ICS and PIXIT items, as in\n"
           "scenarios/schema/reference.md.",
    .run = run,
};
