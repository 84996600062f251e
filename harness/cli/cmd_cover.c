/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli.h"

#include <jansson.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct es_option options[] = {
    {"json", 0, NULL, false, "as JSON"},
    {"run", 0, "RUN.JSONL", true, "count what this run judged and found broken"},
};

/* What is known about a rule. */
struct cover {
    const struct es_requirement *rule;
    struct es_texts cited; /* scenarios */
    bool proven;
    uint64_t judged, broken; /* instances of the runs named */
};

struct coverage {
    struct es_cli *cli;
    struct es_workspace w;
    struct cover *at; /* one for each rule of the registry, in its order */
    size_t n;
};

static struct cover *find(const struct coverage *c, const char *id)
{
    const struct es_requirement *r =
        id ? es_registry_find(&c->w.registry, es_slice_of(id)) : NULL;
    return r ? &c->at[r - c->w.registry.requirements.at] : NULL;
}

static void cite(const struct coverage *c, struct cover *rule, const char *scenario)
{
    size_t n = rule->cited.n;
    if (n == 0 || strcmp(rule->cited.at[n - 1], scenario) != 0) {
        ES_PUSH(c->cli->arena, &rule->cited, scenario);
    }
}

/* All instances: a column of `cases` may name rules. */
static bool collect_citations(struct coverage *c)
{
    static const struct es_bindings none;
    bool ok = true;
    for (size_t i = 0; i < c->w.instances.n; i++) {
        const struct es_instance *in = &c->w.instances.at[i];
        const struct es_plan *plan =
            es_plan_build(&c->w.catalogue, in, &none, c->cli->d);
        ok = ok && plan;
        for (size_t k = 0; plan && k < plan->requirements.n; k++) {
            cite(c, find(c, plan->requirements.at[k]->id), in->scenario->id);
        }
    }
    return ok;
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* A rule is proven if a mutant that breaks it was caught by it. No table: nothing is. */
static bool read_kill_table(struct coverage *c, const char *role)
{
    json_error_t error;
    const char *path = es_cli_path(
        c->cli, es_arena_printf(c->cli->arena, "reports/kill-table/%s.json", role));
    FILE *in = fopen(path, "rb");
    if (!in) {
        return true;
    }
    json_t *table = json_loadf(in, 0, &error);
    fclose(in);
    if (!json_is_array(table)) {
        json_decref(table);
        return es_fail(c->cli->d, (struct es_loc){.file = path}, ES_CODE_INPUT,
                       "is no kill table: %s", error.text);
    }
    for (size_t i = 0; i < json_array_size(table); i++) {
        const json_t *row = json_array_get(table, i);
        struct cover *rule = find(c, text_of(row, "requirement"));
        if (rule && json_is_true(json_object_get(row, "caught"))) {
            rule->proven = true;
        }
    }
    json_decref(table);
    return true;
}

static bool breaks(const json_t *findings, const char *rule)
{
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const json_t *f = json_array_get(findings, i);
        const char *id = text_of(f, "requirement"), *verdict = text_of(f, "verdict");
        bool broken = verdict &&
                      (strcmp(verdict, "fail") == 0 || strcmp(verdict, "warning") == 0);
        if (broken && id && strcmp(id, rule) == 0) {
            return true;
        }
    }
    return false;
}

static void count_instance(struct coverage *c, const json_t *o)
{
    const json_t *judged = json_object_get(o, "judged");
    for (size_t i = 0; i < json_array_size(judged); i++) {
        const char *id = json_string_value(json_array_get(judged, i));
        struct cover *rule = find(c, id);
        if (rule) {
            rule->judged++;
            rule->broken += breaks(json_object_get(o, "findings"), id);
        }
    }
}

static bool read_run(struct coverage *c, const char *path)
{
    json_error_t error;
    FILE *in = fopen(path, "rb");
    if (!in) {
        return es_fail(c->cli->d, (struct es_loc){.file = path}, ES_CODE_INPUT,
                       "cannot be read");
    }
    json_t *o;
    while ((o = json_loadf(in, JSON_DISABLE_EOF_CHECK, &error)) != NULL) {
        count_instance(c, o);
        json_decref(o);
    }
    fclose(in);
    return true;
}

static json_t *object_of(const struct cover *rule, bool with_runs)
{
    json_t *o = json_object(), *cited = json_array();
    const struct es_requirement *r = rule->rule;
    for (size_t i = 0; i < rule->cited.n; i++) {
        json_array_append_new(cited, json_string(rule->cited.at[i]));
    }
    json_object_set_new(o, "id", json_string(r->id));
    json_object_set_new(o, "role", json_string(es_role_name(r->role)));
    json_object_set_new(o, "level", json_string(r->level));
    json_object_set_new(o, "observable", json_string(r->observable));
    json_object_set_new(o, "cited", cited);
    json_object_set_new(o, "proven", json_boolean(rule->proven));
    json_object_set_new(o, "untestable",
                        r->untestable ? json_string(r->untestable) : json_null());
    if (with_runs) {
        json_object_set_new(o, "judged", json_integer((json_int_t)rule->judged));
        json_object_set_new(o, "broken", json_integer((json_int_t)rule->broken));
    }
    return o;
}

static void print_json(const struct coverage *c, bool with_runs)
{
    json_t *all = json_array();
    for (size_t i = 0; i < c->n; i++) {
        json_array_append_new(all, object_of(&c->at[i], with_runs));
    }
    json_dumpf(all, stdout, JSON_INDENT(1));
    fputs("\n", stdout);
    json_decref(all);
}

static void print_row(const struct cover *rule, bool with_runs)
{
    const struct es_requirement *r = rule->rule;
    struct es_slice rest = es_slice_of(r->id);
    es_slice_split(&rest, ':');
    es_slice_split(&rest, ':');
    printf("| %.*s | %s | %s | ", ES_SLICE_ARG(rest), r->level, es_role_name(r->role));
    if (rule->cited.n == 0) {
        printf("%s", r->untestable ? "untestable" : "**none**");
    }
    for (size_t i = 0; i < rule->cited.n; i++) {
        printf("%s%s", i ? "<br>" : "", rule->cited.at[i]);
    }
    printf(" | %s |", rule->proven ? "yes" : rule->cited.n ? "no" : "");
    if (with_runs) {
        printf(" %" PRIu64 " | %" PRIu64 " |", rule->judged, rule->broken);
    }
    fputs("\n", stdout);
}

static void print_table(const struct coverage *c, bool with_runs)
{
    const char *section = "";
    size_t cited = 0, proven = 0, untestable = 0;
    for (size_t i = 0; i < c->n; i++) {
        const struct cover *rule = &c->at[i];
        const char *here = es_requirement_section(rule->rule, c->cli->arena);
        if (strcmp(here, section) != 0) {
            printf(
                "\n## %s\n\n| rule | level | binds | scenarios | proven |%s\n|---|---|---|"
                "---|---|%s\n",
                here, with_runs ? " judged | broken |" : "",
                with_runs ? "---|---|" : "");
            section = here;
        }
        print_row(rule, with_runs);
        cited += rule->cited.n > 0;
        proven += rule->proven;
        untestable += rule->cited.n == 0 && rule->rule->untestable;
    }
    printf("\n%zu rules: %zu cited, %zu proven, %zu untestable, %zu open\n", c->n,
           cited, proven, untestable, c->n - cited - untestable);
}

static int run_cover(struct es_cli *cli)
{
    static const struct es_bindings none;
    struct coverage c = {.cli = cli};
    struct es_texts runs = es_options_all(&cli->options, "run", cli->arena);
    if (!es_workspace_open(&c.w, cli) || !es_workspace_load(&c.w, cli, NULL) ||
        !es_workspace_expand(&c.w, &none, cli->d)) {
        return es_diag_status(cli->d);
    }
    c.n = c.w.registry.requirements.n;
    c.at = ES_NEW_ARRAY(cli->arena, struct cover, c.n + 1);
    for (size_t i = 0; i < c.n; i++) {
        c.at[i].rule = &c.w.registry.requirements.at[i];
    }
    bool ok = collect_citations(&c);
    ok = read_kill_table(&c, "server") && read_kill_table(&c, "client") && ok;
    for (size_t i = 0; i < runs.n; i++) {
        ok = read_run(&c, runs.at[i]) && ok;
    }
    if (es_options_has(&cli->options, "json")) {
        print_json(&c, runs.n > 0);
    } else {
        print_table(&c, runs.n > 0);
    }
    return ok ? ES_EXIT_OK : es_diag_status(cli->d);
}

const struct es_command es_cmd_cover = {
    .name = "cover",
    .summary = "prints which rules are cited by scenarios and which are proven",
    .arguments = "",
    .doc =
        "One row for each rule of the registry: the scenarios that judge it, and whether it "
        "was proven: a mutant\npeer that breaks it was caught by this very rule "
        "(reports/kill-table/, made by ./dev kill-table).",
    .options = {options, ES_COUNT(options)},
    .run = run_cover,
};
