/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/driver_spec.h"

#include "scenario/dictionary.h"
#include "scenario/record.h"

#define READY_WITHIN_DEFAULT (10 * ES_USEC_PER_S)

static const char *const adapter_names[] = {
    [ES_ADAPTER_PROCESS] = "process",
    [ES_ADAPTER_PULL] = "pull",
    [ES_ADAPTER_PROMPT] = "prompt",
    [ES_ADAPTER_PASSIVE] = "passive",
    NULL,
};
static const char *const isolation_names[] = {
    [ES_ISOLATION_PROCESS] = "process",
    [ES_ISOLATION_SHARED] = "shared",
    [ES_ISOLATION_SERIAL] = "serial",
    NULL,
};

struct loader {
    const struct es_dictionary *dict;
    struct es_arena *arena;
    struct es_driver_spec *out;
    struct es_diag *d;
};

static bool read_role(struct loader *l, const struct es_node *n)
{
    static const char *const roles[] = {"server", "client", "registrar", NULL};
    size_t role = 0;
    ES_TRY(es_record_word(n, roles, "a role of an IUT", &role, l->d));
    l->out->is_server |= role == ES_ROLE_SERVER;
    l->out->is_client |= role == ES_ROLE_CLIENT;
    l->out->is_registrar |= role == ES_ROLE_REGISTRAR;
    return true;
}

static bool read_roles(struct loader *l, const struct es_node *n)
{
    bool ok = true;
    if (n->kind != ES_NODE_SEQUENCE) {
        return read_role(l, n);
    }
    for (size_t i = 0; i < n->items.n; i++) {
        ok = read_role(l, n->items.at[i]) && ok;
    }
    return n->items.n
               ? ok
               : es_fail(l->d, n->loc, ES_CODE_SCENARIO, "a role is missing here");
}

/* A pattern between slashes; false and a note if it is none. */
static bool read_pattern(struct loader *l, const struct es_node *n,
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
static bool read_output(struct loader *l, const struct es_node *map, const char *key,
                        struct es_regex **out)
{
    const char *const keys[] = {key, NULL};
    ES_TRY(es_node_only_keys(map, keys, "a pattern on its output", l->d));
    const struct es_node *pattern = es_node_find(map, key);
    if (!pattern) {
        return es_fail(l->d, map->loc, ES_CODE_SCENARIO, "'%s: /pattern/' is missing",
                       key);
    }
    return read_pattern(l, pattern, out);
}

static bool read_ready(struct loader *l, const struct es_node *ready)
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

/* {write-stdin: "line\n"}: one line, whose end may be left out. */
static bool read_line(struct loader *l, const struct es_node *map, const char **out)
{
    static const struct es_record_field fields[] = {{"write-stdin", NULL, true}};
    ES_TRY(es_record_read(map, fields, ES_COUNT(fields), "a way to tell the IUT",
                          l->arena, l->d));
    const struct es_node *line = es_node_find(map, "write-stdin");
    ES_TRY(es_node_want(line, ES_NODE_SCALAR, l->d));
    struct es_slice text = es_slice_trim(line->text);
    if (text.n == 0 || es_slice_find(text, '\n') != text.n ||
        es_slice_find(text, 0) != text.n) {
        return es_fail(l->d, line->loc, ES_CODE_SCENARIO, "expected one line of text");
    }
    *out = es_arena_text(l->arena, text);
    return true;
}

static bool read_op(struct loader *l, const struct es_node *op)
{
    if (!op) {
        return true;
    }
    if (l->out->adapter == ES_ADAPTER_PROMPT) {
        const struct es_record_field fields[] = {{"ask", &l->out->op, true}};
        return es_record_read(op, fields, ES_COUNT(fields), "a prompt", l->arena, l->d);
    }
    return read_line(l, op, &l->out->op);
}

static bool read_result(struct loader *l, const struct es_node *result)
{
    static const struct es_record_field fields[] = {
        {"success", NULL, true},
        {"failure", NULL, true},
    };
    if (!result) {
        return true;
    }
    const char *key = l->out->adapter == ES_ADAPTER_PULL ? "text" : "stdout";
    ES_TRY(
        es_record_read(result, fields, ES_COUNT(fields), "a result", l->arena, l->d));
    bool ok = read_output(l, es_node_find(result, "success"), key, &l->out->success);
    return read_output(l, es_node_find(result, "failure"), key, &l->out->failure) && ok;
}

static bool read_reset(struct loader *l, const struct es_node *reset)
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
    const struct es_node *soft = es_node_find(reset, "soft");
    const struct es_node *hard = es_node_find(reset, "hard");
    bool ok = !soft || read_line(l, soft, &l->out->reset);
    return (!hard || es_record_word(hard, hard_words, "a hard reset", &word, l->d)) &&
           ok;
}

/* The three are what the harness does in any case; the keys document it. */
static bool read_crash(struct loader *l, const struct es_node *crash)
{
    static const struct es_record_field fields[] = {
        {"exit", NULL, false},
        {"signal", NULL, false},
        {"sanitizer", NULL, false},
    };
    return !crash ||
           es_record_read(crash, fields, ES_COUNT(fields), "a crash", l->arena, l->d);
}

static bool read_set(struct loader *l, const struct es_node *set)
{
    bool ok = true;
    if (set) {
        ES_TRY(es_node_want(set, ES_NODE_MAP, l->d));
    }
    for (size_t i = 0; set && i < set->pairs.n; i++) {
        struct es_driver_line line = {0};
        const struct es_pair *pair = &set->pairs.at[i];
        if (es_node_text(pair->key, l->arena, &line.name, l->d) &&
            read_line(l, pair->value, &line.line)) {
            ES_PUSH(l->arena, &l->out->set, line);
        } else {
            ok = false;
        }
    }
    return ok;
}

/* What each kind of adapter cannot do without. */
static bool check_adapter(struct loader *l, const struct es_node *adapter)
{
    const struct es_driver_spec *s = l->out;
    const char *missing = NULL;
    bool serves = s->is_server || s->is_registrar;
    switch (s->adapter) {
    case ES_ADAPTER_PROCESS:
        missing = !s->start ? "start" : serves && !s->ready ? "ready" : NULL;
        break;
    case ES_ADAPTER_PULL:
    case ES_ADAPTER_PROMPT:
        missing = s->listen ? NULL : "listen";
        break;
    case ES_ADAPTER_PASSIVE:
        missing = serves && !s->address ? "address" : NULL;
        break;
    }
    return !missing || es_fail(l->d, adapter->loc, ES_CODE_SCENARIO,
                               "an adapter of kind %s needs '%s'",
                               adapter_names[s->adapter], missing);
}

static bool read_adapter(struct loader *l, const struct es_node *adapter,
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
        {"listen", &l->out->listen, false},
    };
    size_t kind;
    ES_TRY(es_record_read(adapter, fields, ES_COUNT(fields), "an adapter", l->arena,
                          l->d));
    ES_TRY(es_record_word(es_node_find(adapter, "kind"), adapter_names,
                          "a kind of adapter", &kind, l->d));
    l->out->adapter = (enum es_adapter_kind)kind;
    bool ok = read_ready(l, es_node_find(adapter, "ready"));
    ok = read_op(l, es_node_find(adapter, "op")) && ok;
    ok = read_result(l, es_node_find(adapter, "result")) && ok;
    ok = read_reset(l, es_node_find(adapter, "reset")) && ok;
    ok = read_crash(l, es_node_find(adapter, "crash")) && ok;
    ok = read_set(l, es_node_find(adapter, "set")) && ok;
    return ok && (!roles_known || check_adapter(l, adapter));
}

static bool read_isolation(struct loader *l, const struct es_node *n)
{
    bool is_process = l->out->adapter == ES_ADAPTER_PROCESS;
    size_t word = is_process ? ES_ISOLATION_PROCESS : ES_ISOLATION_SERIAL;
    if (n) {
        ES_TRY(es_record_word(n, isolation_names, "an isolation", &word, l->d));
    }
    l->out->isolation = (enum es_isolation)word;
    if (word == ES_ISOLATION_PROCESS && !is_process) {
        es_fail(l->d, n->loc, ES_CODE_SCENARIO,
                "isolation: process needs an adapter of kind process");
        return es_hint(l->d, "only that one can start a copy per instance");
    }
    return true;
}

static bool read_answers(struct loader *l, const struct es_node *ics)
{
    if (ics) {
        ES_TRY(es_node_want(ics, ES_NODE_MAP, l->d));
    }
    for (size_t i = 0; ics && i < ics->pairs.n; i++) {
        const struct es_node *key = ics->pairs.at[i].key;
        struct es_answer answer = {.loc = key->loc};
        struct es_suggestion near;
        if (es_dictionary_ics(l->dict, key->text)) {
            if (es_node_bool(ics->pairs.at[i].value, &answer.yes, l->d)) {
                answer.name = es_arena_text(l->arena, key->text);
                ES_PUSH(l->arena, &l->out->ics, answer);
            }
            continue;
        }
        es_suggestion_init(&near, key->text);
        for (size_t k = 0; k < l->dict->ics.n; k++) {
            es_suggestion_offer(&near, l->dict->ics.at[k].name);
        }
        es_fail(l->d, key->loc, ES_CODE_SCENARIO, "unknown ICS item %s",
                es_node_describe(key, l->d->arena));
        es_hint(l->d, near.best ? "did you mean '%s'?" : "drivers/ics.yaml lists them",
                near.best);
    }
    return true;
}

/* The node with its path made relative to where the folder is. */
static struct es_node *in_folder(struct loader *l, struct es_node *value)
{
    if (value->text.n == 0 || value->text.p[0] == '/' || value->text.p[0] == '$') {
        return value;
    }
    struct es_node *copy = ES_NEW(l->arena, struct es_node);
    *copy = *value;
    copy->plain = false;
    copy->text = es_slice_of(es_arena_printf(l->arena, "%s/%.*s", l->out->folder,
                                             ES_SLICE_ARG(value->text)));
    return copy;
}

static bool read_setting(struct loader *l, const struct es_pair *pair)
{
    const struct es_pixit_item *item = es_dictionary_pixit(l->dict, pair->key->text);
    if (item) {
        ES_TRY(es_pixit_check(item->type, pair->value, l->d));
        struct es_setting setting = {item->name, pair->value};
        if (item->type == ES_PIXIT_FILE) {
            setting.value = in_folder(l, pair->value);
        }
        ES_PUSH(l->arena, &l->out->pixit, setting);
        return true;
    }
    struct es_suggestion near;
    es_suggestion_init(&near, pair->key->text);
    for (size_t k = 0; k < l->dict->pixit.n; k++) {
        es_suggestion_offer(&near, l->dict->pixit.at[k].name);
    }
    es_fail(l->d, pair->key->loc, ES_CODE_SCENARIO, "unknown PIXIT value %s",
            es_node_describe(pair->key, l->d->arena));
    return es_hint(l->d,
                   near.best ? "did you mean '%s'?" : "drivers/ics.yaml lists them",
                   near.best);
}

static bool read_settings(struct loader *l, const struct es_node *pixit)
{
    bool ok = true;
    if (pixit) {
        ES_TRY(es_node_want(pixit, ES_NODE_MAP, l->d));
    }
    for (size_t i = 0; pixit && i < pixit->pairs.n; i++) {
        ok = read_setting(l, &pixit->pairs.at[i]) && ok;
    }
    return ok;
}

static void read_rest(struct loader *l, const struct es_node *root)
{
    const struct es_node *pause = es_node_find(root, "pause");
    const struct es_node *max = es_node_find(root, "max-certificates");
    if (pause) {
        es_node_duration(pause, &l->out->pause, l->d);
    }
    if (max) {
        es_node_uint(max, &l->out->max_certificates, l->d);
    }
    read_set(l, es_node_find(root, "set"));
    read_answers(l, es_node_find(root, "ics"));
    read_settings(l, es_node_find(root, "pixit"));
}

bool es_driver_spec_load(const char *folder, const struct es_dictionary *dict,
                         struct es_arena *arena, struct es_driver_spec *out,
                         struct es_diag *d)
{
    struct loader l = {dict, arena, out, d};
    size_t before = d->total;
    *out = (struct es_driver_spec){
        .folder = es_arena_text(arena, es_slice_of(folder)),
        .profile = "rfc9148",
    };
    out->name = out->folder;
    const struct es_record_field fields[] = {
        {"format", NULL, false},
        {"iut", NULL, true},
        {"version", &out->version, false},
        {"profile", &out->profile, false},
        {"adapter", NULL, true},
        {"isolation", NULL, false},
        {"pause", NULL, false},
        {"max-certificates", NULL, false},
        {"set", NULL, false},
        {"ics", NULL, false},
        {"pixit", NULL, false},
    };
    const struct es_node *root =
        es_yaml_read(es_arena_printf(arena, "%s/driver.yaml", folder), arena, d);
    if (!root || !es_node_check_format(root, d)) {
        return false;
    }
    es_record_read(root, fields, ES_COUNT(fields), "a driver", arena, d);
    const struct es_node *iut = es_node_find(root, "iut");
    const struct es_node *adapter = es_node_find(root, "adapter");
    bool roles_known = iut && read_roles(&l, iut);
    if (adapter && read_adapter(&l, adapter, roles_known)) {
        read_isolation(&l, es_node_find(root, "isolation"));
    }
    read_rest(&l, root);
    return d->total == before;
}

void es_driver_spec_close(struct es_driver_spec *s)
{
    es_regex_free(s->ready);
    es_regex_free(s->success);
    es_regex_free(s->failure);
    s->ready = s->success = s->failure = NULL;
}

const struct es_answer *es_driver_spec_answer(const struct es_driver_spec *s,
                                              struct es_slice name)
{
    for (size_t i = 0; i < s->ics.n; i++) {
        if (es_slice_is(name, s->ics.at[i].name)) {
            return &s->ics.at[i];
        }
    }
    return NULL;
}

const struct es_node *es_driver_spec_pixit(const struct es_driver_spec *s,
                                           const struct es_dictionary *dict,
                                           struct es_slice name)
{
    for (size_t i = 0; i < s->pixit.n; i++) {
        if (es_slice_is(name, s->pixit.at[i].name)) {
            return s->pixit.at[i].value;
        }
    }
    const struct es_pixit_item *item = es_dictionary_pixit(dict, name);
    return item ? item->fallback : NULL;
}
