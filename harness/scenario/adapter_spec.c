/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/assert.h"
#include "scenario/driver_spec_int.h"
#include "scenario/record.h"

#define READY_WITHIN_DEFAULT (10 * ES_USEC_PER_S)
#define WITHIN_DEFAULT (60 * ES_USEC_PER_S)

static const char *const kind_names[] = {
#define X(id, word, keys, ways) #word,
#include "scenario/adapter.def"
#undef X
    NULL,
};
static const char *const kind_keys[] = {
#define X(id, word, keys, ways) keys,
#include "scenario/adapter.def"
#undef X
};
static const char *const kind_ways[] = {
#define X(id, word, keys, ways) ways,
#include "scenario/adapter.def"
#undef X
};

static const struct es_record_field way_fields[] = {
    {"write-stdin", NULL, false},
    {"run", NULL, false},
    {"next", NULL, false},
    {"ask", NULL, false},
};
static const enum es_way ways[] = {ES_WAY_STDIN, ES_WAY_RUN, ES_WAY_NEXT, ES_WAY_ASK};

const char *es_adapter_kind_name(enum es_adapter_kind kind)
{
    return kind_names[kind];
}

/* Whether the blank-separated list has the word. */
static bool has_word(const char *list, struct es_slice word)
{
    struct es_slice rest = es_slice_of(list);
    while (rest.n) {
        if (es_slice_eq(es_slice_split(&rest, ' '), word)) {
            return true;
        }
    }
    return false;
}

/* A pattern between slashes; false and a note if it is none. */
static bool read_pattern(struct es_driver_loader *l, const struct es_node *n,
                         struct es_regex **out)
{
    ES_TRY(es_node_want(n, ES_NODE_SCALAR, l->d));
    struct es_slice text = n->text;
    if (text.n < 3 || text.p[0] != '/' || text.p[text.n - 1] != '/') {
        es_fail(l->d, n->loc, ES_CODE_SCENARIO, "expected a pattern, not %s",
                es_node_describe(n, l->d->arena));
        return es_hint(l->d, "a pattern stands between slashes: /listening/");
    }
    es_regex_free(*out);
    *out = es_regex_new(es_slice_sub(text, 1, text.n - 2),
                        es_node_loc_at(n, 1, text.n - 2), l->d);
    return *out != NULL;
}

/* {KEY: /pattern/} */
static bool read_output(struct es_driver_loader *l, const struct es_node *map,
                        const char *key, struct es_regex **out)
{
    const char *const keys[] = {key, NULL};
    es_assert(map); /* The key is required, and was found. */
    ES_TRY(es_node_only_keys(map, keys, "a pattern on its output", l->d));
    const struct es_node *pattern = es_node_find(map, key);
    if (!pattern) {
        return es_fail(l->d, map->loc, ES_CODE_SCENARIO, "'%s: /pattern/' is missing",
                       key);
    }
    return read_pattern(l, pattern, out);
}

static bool read_ready(struct es_driver_loader *l, const struct es_node *ready)
{
    static const struct es_record_field fields[] = {
        {"stdout", NULL, true},
        {"within", NULL, false},
    };
    l->out->ready_within = READY_WITHIN_DEFAULT;
    if (!ready) {
        return true;
    }
    ES_TRY(es_record_read(ready, fields, ES_COUNT(fields), "a ready line", l->arena,
                          l->d));
    const struct es_node *within = es_node_find(ready, "within");
    bool ok = !within || es_node_duration(within, &l->out->ready_within, l->d);
    return read_pattern(l, es_node_find(ready, "stdout"), &l->out->ready) && ok;
}

/* One line of text, without its end. */
static bool read_text(struct es_driver_loader *l, const struct es_node *n,
                      const char **out)
{
    ES_TRY(es_node_want(n, ES_NODE_SCALAR, l->d));
    struct es_slice text = es_slice_trim(n->text);
    if (text.n == 0 || es_slice_find(text, '\n') != text.n ||
        es_slice_find(text, 0) != text.n) {
        return es_fail(l->d, n->loc, ES_CODE_SCENARIO, "expected one line of text");
    }
    *out = es_arena_text(l->arena, text);
    return true;
}

bool es_adapter_spec_read_line(struct es_driver_loader *l, const struct es_node *map,
                               const char **out)
{
    static const struct es_record_field fields[] = {{"write-stdin", NULL, true}};
    ES_TRY(es_record_read(map, fields, ES_COUNT(fields), "a way to tell the IUT",
                          l->arena, l->d));
    return read_text(l, es_node_find(map, "write-stdin"), out);
}

/* {write-stdin: ..}, {run: ..}, {next: ..} or {ask: ..}: what the kind has. */
static bool read_way(struct es_driver_loader *l, const struct es_node *map,
                     struct es_driver_way *out)
{
    const char *allowed = kind_ways[l->out->adapter];
    if (!map) {
        return true;
    }
    ES_TRY(es_record_read(map, way_fields, ES_COUNT(way_fields),
                          "a way to tell the IUT", l->arena, l->d));
    if (map->pairs.n != 1) {
        return es_fail(l->d, map->loc, ES_CODE_SCENARIO, "expected one of: %s",
                       allowed);
    }
    const struct es_pair *pair = &map->pairs.at[0];
    if (!has_word(allowed, pair->key->text)) {
        es_fail(l->d, pair->key->loc, ES_CODE_SCENARIO,
                "an adapter of kind %s is not told by '%.*s'",
                kind_names[l->out->adapter], ES_SLICE_ARG(pair->key->text));
        return es_hint(l->d, "it takes one of: %s", allowed);
    }
    for (size_t i = 0; i < ES_COUNT(ways); i++) {
        if (es_slice_is(pair->key->text, way_fields[i].key)) {
            out->way = ways[i];
        }
    }
    return read_text(l, pair->value, &out->text);
}

/* {exit: 0}: the status of a command. */
static bool read_exit(struct es_driver_loader *l, const struct es_node *success)
{
    static const struct es_record_field fields[] = {{"exit", NULL, true}};
    uint64_t status = 0;
    ES_TRY(
        es_record_read(success, fields, ES_COUNT(fields), "a result", l->arena, l->d));
    const struct es_node *n = es_node_find(success, "exit");
    ES_TRY(es_node_uint(n, &status, l->d));
    l->out->success_exit = (int)(status & 0xff);
    return status <= 0xff ||
           es_fail(l->d, n->loc, ES_CODE_SCENARIO, "an exit status is 0 to 255");
}

static bool read_result(struct es_driver_loader *l, const struct es_node *result)
{
    bool runs = l->out->op.way == ES_WAY_RUN;
    l->out->success_exit = runs && !result ? 0 : ES_DRIVER_NO_EXIT;
    if (!result) {
        return true;
    }
    const char *key = l->out->adapter == ES_ADAPTER_PULL ? "text" : "stdout";
    ES_TRY(es_node_want(result, ES_NODE_MAP, l->d));
    const struct es_node *success = es_node_find(result, "success");
    bool by_exit = runs && success && success->kind == ES_NODE_MAP &&
                   es_node_find(success, "exit");
    const struct es_record_field fields[] = {
        {"success", NULL, true},
        {"failure", NULL, !by_exit},
    };
    ES_TRY(
        es_record_read(result, fields, ES_COUNT(fields), "a result", l->arena, l->d));
    const struct es_node *failure = es_node_find(result, "failure");
    bool ok = by_exit ? read_exit(l, success)
                      : read_output(l, success, key, &l->out->success);
    return (!failure || read_output(l, failure, key, &l->out->failure)) && ok;
}

static bool read_reset(struct es_driver_loader *l, const struct es_node *reset)
{
    static const char *const hard_words[] = {"restart", NULL};
    static const struct es_record_field fields[] = {
        {"soft", NULL, false},
        {"hard", NULL, false},
    };
    size_t word;
    if (!reset) {
        return true;
    }
    ES_TRY(es_record_read(reset, fields, ES_COUNT(fields), "a reset", l->arena, l->d));
    const struct es_node *hard = es_node_find(reset, "hard");
    bool ok = read_way(l, es_node_find(reset, "soft"), &l->out->reset);
    return (!hard || es_record_word(hard, hard_words, "a hard reset", &word, l->d)) &&
           ok;
}

/* The three are what the harness does in any case; the keys document it. */
static bool read_crash(struct es_driver_loader *l, const struct es_node *crash)
{
    static const struct es_record_field fields[] = {
        {"exit", NULL, false},
        {"signal", NULL, false},
        {"sanitizer", NULL, false},
    };
    return !crash ||
           es_record_read(crash, fields, ES_COUNT(fields), "a crash", l->arena, l->d);
}

bool es_adapter_spec_read_set(struct es_driver_loader *l, const struct es_node *set)
{
    bool ok = true;
    if (set) {
        ES_TRY(es_node_want(set, ES_NODE_MAP, l->d));
    }
    for (size_t i = 0; set && i < set->pairs.n; i++) {
        struct es_driver_line line = {0};
        const struct es_pair *pair = &set->pairs.at[i];
        if (es_node_text(pair->key, l->arena, &line.name, l->d) &&
            es_adapter_spec_read_line(l, pair->value, &line.line)) {
            ES_PUSH(l->arena, &l->out->set, line);
        } else {
            ok = false;
        }
    }
    return ok;
}

static bool serves(const struct es_driver_spec *s)
{
    return s->is_server || s->is_registrar;
}

static const char *missing_of_process(const struct es_driver_spec *s)
{
    bool needs_start =
        serves(s) || s->op.way != ES_WAY_RUN || s->reset.way == ES_WAY_STDIN;
    if (needs_start && !s->start) {
        return "start";
    }
    if (serves(s) && !s->ready) {
        return "ready";
    }
    return s->op.way == ES_WAY_STDIN && !s->success ? "result" : NULL;
}

/* What an adapter of each kind cannot do without. */
static const char *missing_key(const struct es_driver_spec *s)
{
    switch (s->adapter) {
    case ES_ADAPTER_PROCESS:
        return missing_of_process(s);
    case ES_ADAPTER_PULL:
        return s->control ? NULL : "listen";
    case ES_ADAPTER_PROMPT:
        return s->op.text ? NULL : "op";
    case ES_ADAPTER_PASSIVE:
        return serves(s) && !s->address ? "address" : NULL;
    case ES_ADAPTER_KINDS:
        break;
    }
    return NULL;
}

static bool check_adapter(struct es_driver_loader *l, const struct es_node *adapter)
{
    const struct es_driver_spec *s = l->out;
    const char *missing = missing_key(s);
    bool tells = s->adapter == ES_ADAPTER_PULL || s->adapter == ES_ADAPTER_PROMPT;
    if (missing) {
        return es_fail(l->d, adapter->loc, ES_CODE_SCENARIO,
                       "an adapter of kind %s needs '%s'", kind_names[s->adapter],
                       missing);
    }
    return !tells || !serves(s) ||
           es_fail(l->d, adapter->loc, ES_CODE_SCENARIO,
                   "an adapter of kind %s is for clients", kind_names[s->adapter]);
}

/* Whether each key is one of those that the kind has. */
static bool check_keys(struct es_driver_loader *l, const struct es_node *adapter)
{
    bool ok = true;
    enum es_adapter_kind kind = l->out->adapter;
    for (size_t i = 0; i < adapter->pairs.n; i++) {
        const struct es_node *key = adapter->pairs.at[i].key;
        if (es_slice_is(key->text, "kind") || has_word(kind_keys[kind], key->text)) {
            continue;
        }
        ok = es_fail(l->d, key->loc, ES_CODE_SCENARIO,
                     "an adapter of kind %s has no '%.*s'", kind_names[kind],
                     ES_SLICE_ARG(key->text));
    }
    return ok;
}

static bool read_keys(struct es_driver_loader *l, const struct es_node *adapter)
{
    struct es_driver_spec *s = l->out;
    const struct es_node *within = es_node_find(adapter, "within");
    const struct es_node *control = es_node_find(adapter, "listen");
    bool ok = read_ready(l, es_node_find(adapter, "ready"));
    ok = read_way(l, es_node_find(adapter, "op"), &s->op) && ok;
    if (s->adapter == ES_ADAPTER_PULL && s->op.way == ES_WAY_NONE) {
        s->op = (struct es_driver_way){ES_WAY_NEXT, "$op $uri"};
    }
    ok = read_result(l, es_node_find(adapter, "result")) && ok;
    ok = read_reset(l, es_node_find(adapter, "reset")) && ok;
    ok = read_crash(l, es_node_find(adapter, "crash")) && ok;
    ok = es_adapter_spec_read_set(l, es_node_find(adapter, "set")) && ok;
    s->control_loc = control ? control->loc : ES_LOC_NONE;
    s->within =
        has_word(kind_keys[s->adapter], ES_SLICE_LIT("within")) ? WITHIN_DEFAULT : 0;
    return (!within || es_node_duration(within, &s->within, l->d)) && ok;
}

bool es_adapter_spec_read(struct es_driver_loader *l, const struct es_node *adapter,
                          bool roles_known)
{
    const struct es_record_field fields[] = {
        {"kind", NULL, true},
        {"start", &l->out->start, false},
        {"ready", NULL, false},
        {"op", NULL, false},
        {"result", NULL, false},
        {"reset", NULL, false},
        {"crash", NULL, false},
        {"set", NULL, false},
        {"address", &l->out->address, false},
        {"listen", &l->out->control, false},
        {"within", NULL, false},
    };
    size_t kind;
    ES_TRY(es_record_read(adapter, fields, ES_COUNT(fields), "an adapter", l->arena,
                          l->d));
    ES_TRY(es_record_word(es_node_find(adapter, "kind"), kind_names,
                          "a kind of adapter", &kind, l->d));
    l->out->adapter = (enum es_adapter_kind)kind;
    bool ok = check_keys(l, adapter);
    ok = read_keys(l, adapter) && ok;
    return ok && (!roles_known || check_adapter(l, adapter));
}
