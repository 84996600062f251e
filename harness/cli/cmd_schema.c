/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli.h"
#include "ops/ops.h"

#include <jansson.h>

#include <stdio.h>
#include <string.h>

/* The schema serves editors: completion, hints, plain mistakes. `estspec check` knows more. */

/* A schema written as JSON text by the author of an op; no check of ours may be stricter than
 * `check`, so what cannot be read allows everything. */
static json_t *schema_of(const char *text, const char *doc)
{
    json_t *s = text ? json_loads(text, 0, NULL) : NULL;
    if (!json_is_object(s)) {
        json_decref(s);
        s = json_object();
    }
    if (doc) {
        json_object_set_new(s, "description", json_string(doc));
    }
    return s;
}

/* A reference to a column, an argument or what a step saw may stand instead of any value. */
static json_t *or_reference(json_t *schema, const char *doc)
{
    json_t *s = json_object(), *both = json_array();
    json_array_append_new(both, schema);
    json_array_append_new(both,
                          json_pack("{s:s, s:s}", "type", "string", "pattern", "^\\$"));
    json_object_set_new(s, "description", json_string(doc));
    json_object_set_new(s, "anyOf", both);
    return s;
}

static json_t *typed(const char *type, const char *doc)
{
    json_t *s = json_object();
    json_object_set_new(s, "type", json_string(type));
    json_object_set_new(s, "description", json_string(doc));
    return s;
}

static json_t *any(const char *doc)
{
    return schema_of(NULL, doc);
}

static json_t *list_of(json_t *items, const char *doc)
{
    json_t *s = typed("array", doc);
    json_object_set_new(s, "items", items);
    return s;
}

static json_t *reference(const char *to)
{
    json_t *s = json_object();
    json_object_set_new(s, "$ref", json_string(to));
    return s;
}

static json_t *words(const char *const *at, size_t n, const char *doc)
{
    json_t *s = any(doc), *values = json_array();
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(values, json_string(at[i]));
    }
    json_object_set_new(s, "enum", values);
    return s;
}

static void close_object(json_t *s, const char *const *required, size_t n)
{
    json_t *names = json_array();
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(names, json_string(required[i]));
    }
    json_object_set_new(s, "required", names);
    json_object_set_new(s, "additionalProperties", json_false());
}

/* The keys that every step may have. */
static void add_common(json_t *properties)
{
    static const char *const controls[] = {"before", "after"};
    json_object_set_new(properties, "id",
                        typed("string", "name of the step, and of what it saw"));
    json_object_set_new(properties, "note", typed("string", "one line for the reader"));
    json_object_set_new(properties, "on",
                        typed("string", "id of the step whose channel is meant"));
    json_object_set_new(properties, "within", any("the latest time: 5s"));
    json_object_set_new(properties, "not-before", any("the earliest time"));
    json_object_set_new(
        properties, "req",
        any("the rule that is judged: an id, a map of field to id, or none"));
    json_object_set_new(properties, "control",
                        words(controls, ES_COUNT(controls), "a positive control"));
}

static json_t *verb_schema(const struct es_verb *v)
{
    json_t *s = typed("object", v->summary), *properties = json_object();
    add_common(properties);
    for (size_t g = 0; g < ES_COUNT(v->fields) && v->fields[g]; g++) {
        for (size_t i = 0; i < v->fields[g]->n; i++) {
            const struct es_field *f = &v->fields[g]->at[i];
            json_object_set_new(properties, f->key,
                                or_reference(schema_of(f->type->schema, NULL), f->doc));
        }
    }
    for (size_t i = 0; v->more_at && v->more_at(i); i++) {
        json_object_set_new(properties, v->more_at(i), json_object());
    }
    json_object_set_new(properties, v->name,
                        or_reference(schema_of(v->value_schema, NULL), v->value_doc));
    json_object_set_new(s, "properties", properties);
    if (v->more_at) {
        json_t *patterns = json_object();
        json_object_set_new(patterns, "^option-[0-9]+$", json_object());
        json_object_set_new(s, "patternProperties", patterns);
    }
    close_object(s, &v->name, 1);
    return s;
}

static json_t *step_schema(const struct es_language *l)
{
    json_t *s = json_object(), *all = json_array();
    for (size_t i = 0; i < l->verbs_n; i++) {
        json_array_append_new(all, verb_schema(l->verbs[i]));
    }
    json_object_set_new(s, "anyOf", all);
    return s;
}

static json_t *steps(const char *doc)
{
    return list_of(reference("#/definitions/step"), doc);
}

static json_t *scenario_schema(void)
{
    static const char *const roles[] = {"server", "client", "registrar"};
    static const char *const tolerances[] = {"standard", "strict"};
    static const char *const required[] = {"format", "title", "iut", "steps"};
    json_t *s = typed("object", "a scenario: one test purpose"), *p = json_object();
    json_object_set_new(p, "format", json_pack("{s:i}", "const", 1));
    json_object_set_new(p, "title", typed("string", "what is shown, in one line"));
    json_object_set_new(p, "iut", words(roles, ES_COUNT(roles), "who is tested"));
    json_object_set_new(p, "purpose", typed("string", "shown in reports"));
    json_object_set_new(
        p, "applies-if",
        typed("string", "ICS items with and, or, not: op.skg and discovery"));
    json_object_set_new(p, "use",
                        list_of(typed("string", "lib/est-common"), "libraries"));
    json_object_set_new(p, "matrix",
                        typed("object", "columns of values; their product"));
    json_object_set_new(p, "exclude", typed("array", "combinations to leave out"));
    json_object_set_new(p, "cases",
                        typed("array", "rows; `case` is the name of a row"));
    json_object_set_new(p, "budget", any("the longest time an instance may take: 60s"));
    json_object_set_new(p, "tolerate",
                        words(tolerances, ES_COUNT(tolerances), "what is passed over"));
    json_object_set_new(p, "tags", list_of(typed("string", "malformed"), "for --tag"));
    json_object_set_new(p, "preamble", steps("a mismatch here is inconclusive"));
    json_object_set_new(p, "steps", steps("judged by the level of the rule"));
    json_object_set_new(p, "postamble", steps("always run; changes no verdict"));
    json_object_set_new(s, "properties", p);
    close_object(s, required, ES_COUNT(required));
    return s;
}

static json_t *procedure_schema(void)
{
    static const char *const required[] = {"steps"};
    json_t *s = typed("object", "a procedure for `call`"), *p = json_object();
    json_object_set_new(p, "doc", typed("string", "what it does"));
    json_object_set_new(p, "args", typed("object", "arguments with their defaults"));
    json_object_set_new(p, "needs",
                        list_of(typed("string", "id of a rule"), "rules it stands on"));
    json_object_set_new(p, "steps", steps("its steps"));
    json_object_set_new(s, "properties", p);
    close_object(s, required, ES_COUNT(required));
    return s;
}

static json_t *library_schema(void)
{
    static const char *const required[] = {"format", "procedures"};
    json_t *s = typed("object", "a library"), *p = json_object(), *all = json_object();
    json_object_set_new(all, "type", json_string("object"));
    json_object_set_new(all, "additionalProperties",
                        reference("#/definitions/procedure"));
    json_object_set_new(p, "format", json_pack("{s:i}", "const", 1));
    json_object_set_new(p, "procedures", all);
    json_object_set_new(s, "properties", p);
    close_object(s, required, ES_COUNT(required));
    return s;
}

static json_t *whole_schema(void)
{
    json_t *s = json_object(), *d = json_object(), *kinds = json_array();
    json_object_set_new(s, "$schema",
                        json_string("http://json-schema.org/draft-07/schema#"));
    json_object_set_new(s, "title", json_string("estspec scenario or library"));
    json_array_append_new(kinds, reference("#/definitions/scenario"));
    json_array_append_new(kinds, reference("#/definitions/library"));
    json_object_set_new(s, "anyOf", kinds);
    json_object_set_new(d, "scenario", scenario_schema());
    json_object_set_new(d, "library", library_schema());
    json_object_set_new(d, "procedure", procedure_schema());
    json_object_set_new(d, "step", step_schema(es_ops_language()));
    json_object_set_new(s, "definitions", d);
    return s;
}

static int run_schema(struct es_cli *cli)
{
    (void)cli;
    json_t *s = whole_schema();
    bool ok = json_dumpf(s, stdout, JSON_INDENT(1)) == 0 && fputs("\n", stdout) >= 0;
    json_decref(s);
    return ok ? ES_EXIT_OK : ES_EXIT_TROUBLE;
}

const struct es_command es_cmd_schema = {
    .name = "schema",
    .summary = "prints the JSON Schema of scenarios, for editors",
    .arguments = "",
    .doc =
        "Prints a JSON Schema made from the descriptors of the language; a copy stands in\n"
        "scenarios/schema/scenario.schema.json.",
    .run = run_schema,
};
