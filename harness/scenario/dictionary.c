/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/dictionary.h"

#include "scenario/record.h"

static const char *const type_names[] = {
    [ES_PIXIT_NUMBER] = "number",
    [ES_PIXIT_DURATION] = "duration",
    [ES_PIXIT_FILE] = "file",
    [ES_PIXIT_TEXT] = "text",
    NULL,
};

bool es_pixit_check(enum es_pixit_type type, const struct es_node *value,
                    struct es_diag *d)
{
    uint64_t number;
    es_usec span;
    switch (type) {
    case ES_PIXIT_NUMBER:
        return es_node_uint(value, &number, d);
    case ES_PIXIT_DURATION:
        return es_node_duration(value, &span, d);
    case ES_PIXIT_FILE:
    case ES_PIXIT_TEXT:
        return es_node_want(value, ES_NODE_SCALAR, d);
    }
    return false;
}

/* `role: server` where the question makes no sense to the other side. */
static bool read_role(const struct es_node *n, enum es_role *out, struct es_diag *d)
{
    static const char *const words[] = {
        [ES_ROLE_SERVER] = "server", [ES_ROLE_CLIENT] = "client", NULL};
    size_t word;
    *out = ES_ROLE_BOTH;
    if (n) {
        ES_TRY(es_record_word(n, words, "a role", &word, d));
        *out = (enum es_role)word;
    }
    return true;
}

static bool read_ics(const struct es_pair *pair, struct es_arena *arena,
                     struct es_dictionary *out, struct es_diag *d)
{
    struct es_ics_item item = {.loc = pair->key->loc};
    const struct es_record_field fields[] = {
        {"ask", &item.ask, true},       {"ref", &item.ref, true},
        {"status", &item.status, true}, {"role", NULL, false},
        {"default", NULL, false},
    };
    ES_TRY(es_node_text(pair->key, arena, &item.name, d));
    ES_TRY(
        es_record_read(pair->value, fields, ES_COUNT(fields), "an ICS item", arena, d));
    ES_TRY(read_role(es_node_find(pair->value, "role"), &item.role, d));
    const struct es_node *fallback = es_node_find(pair->value, "default");
    item.has_default = fallback != NULL;
    ES_TRY(!fallback || es_node_bool(fallback, &item.by_default, d));
    ES_PUSH(arena, &out->ics, item);
    return true;
}

static bool read_pixit(const struct es_pair *pair, struct es_arena *arena,
                       struct es_dictionary *out, struct es_diag *d)
{
    struct es_pixit_item item = {.loc = pair->key->loc};
    const struct es_record_field fields[] = {
        {"type", NULL, true},
        {"default", NULL, false},
        {"doc", &item.doc, true},
        {"with", &item.with, false},
    };
    size_t type;
    ES_TRY(es_node_text(pair->key, arena, &item.name, d));
    ES_TRY(es_record_read(pair->value, fields, ES_COUNT(fields), "a PIXIT value", arena,
                          d));
    ES_TRY(es_record_word(es_node_find(pair->value, "type"), type_names, "a type",
                          &type, d));
    item.type = (enum es_pixit_type)type;
    item.fallback = es_node_find(pair->value, "default");
    if (item.fallback) {
        ES_TRY(es_pixit_check(item.type, item.fallback, d));
    }
    ES_PUSH(arena, &out->pixit, item);
    return true;
}

/* Reads each pair of the map under key; one that is wrong does not hide the next. */
static bool read_part(const struct es_node *root, const char *key,
                      struct es_arena *arena, struct es_dictionary *out,
                      struct es_diag *d,
                      bool (*read)(const struct es_pair *, struct es_arena *,
                                   struct es_dictionary *, struct es_diag *))
{
    const struct es_node *map = es_node_find(root, key);
    bool ok = true;
    if (map) {
        ES_TRY(es_node_want(map, ES_NODE_MAP, d));
    }
    for (size_t i = 0; map && i < map->pairs.n; i++) {
        ok = read(&map->pairs.at[i], arena, out, d) && ok;
    }
    return ok;
}

static void check_with(const struct es_dictionary *dict, struct es_diag *d)
{
    for (size_t i = 0; i < dict->pixit.n; i++) {
        const struct es_pixit_item *item = &dict->pixit.at[i];
        if (item->with && !es_dictionary_ics(dict, es_slice_of(item->with))) {
            es_fail(d, item->loc, ES_CODE_SCENARIO,
                    "'with' of '%s' names '%s', which is no ICS item", item->name,
                    item->with);
        }
    }
}

bool es_dictionary_load(const char *path, struct es_arena *arena,
                        struct es_dictionary *out, struct es_diag *d)
{
    static const char *const keys[] = {"format", "ics", "pixit", NULL};
    size_t before = d->total;
    *out = (struct es_dictionary){0};
    const struct es_node *root = es_yaml_read(path, arena, d);
    if (!root || !es_node_check_format(root, d)) {
        return false;
    }
    es_node_only_keys(root, keys, "the dictionary", d);
    read_part(root, "ics", arena, out, d, read_ics);
    read_part(root, "pixit", arena, out, d, read_pixit);
    check_with(out, d);
    return d->total == before;
}

const struct es_ics_item *es_dictionary_ics(const struct es_dictionary *dict,
                                            struct es_slice name)
{
    for (size_t i = 0; i < dict->ics.n; i++) {
        if (es_slice_is(name, dict->ics.at[i].name)) {
            return &dict->ics.at[i];
        }
    }
    return NULL;
}

const struct es_pixit_item *es_dictionary_pixit(const struct es_dictionary *dict,
                                                struct es_slice name)
{
    for (size_t i = 0; i < dict->pixit.n; i++) {
        if (es_slice_is(name, dict->pixit.at[i].name)) {
            return &dict->pixit.at[i];
        }
    }
    return NULL;
}
