/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/dictionary.h"
#include "scenario/driver_spec_int.h"
#include "scenario/record.h"

static const char *const isolation_names[] = {
    [ES_ISOLATION_PROCESS] = "process",
    [ES_ISOLATION_SHARED] = "shared",
    [ES_ISOLATION_SERIAL] = "serial",
    NULL,
};

static bool read_role(struct es_driver_loader *l, const struct es_node *n)
{
    static const char *const roles[] = {"server", "client", "registrar", NULL};
    size_t role = 0;
    ES_TRY(es_record_word(n, roles, "a role of an IUT", &role, l->d));
    l->out->is_server |= role == ES_ROLE_SERVER;
    l->out->is_client |= role == ES_ROLE_CLIENT;
    l->out->is_registrar |= role == ES_ROLE_REGISTRAR;
    return true;
}

static bool read_roles(struct es_driver_loader *l, const struct es_node *n)
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

static bool read_isolation(struct es_driver_loader *l, const struct es_node *n)
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
    if (word == ES_ISOLATION_SHARED && l->out->is_client) {
        es_fail(l->d, n->loc, ES_CODE_SCENARIO,
                "isolation: shared is for servers: nobody could tell whose session a "
                "client has opened");
        return es_hint(l->d, "a client that cannot be started anew is 'serial'");
    }
    return true;
}

/* Where the device finds us. It may stand at the top or in the adapter, but in one of kind
 * pull that is where it asks what to do. */
static bool read_listen(struct es_driver_loader *l, const struct es_node *root,
                        const struct es_node *adapter)
{
    struct es_driver_spec *s = l->out;
    const struct es_node *at = es_node_find(root, "listen");
    if (adapter && s->adapter != ES_ADAPTER_PULL && s->control) {
        const struct es_node *own = es_node_find(adapter, "listen");
        if (at) {
            return es_fail(l->d, own->loc, ES_CODE_SCENARIO,
                           "'listen' stands at the top of the file already");
        }
        at = own;
        s->listen = s->control;
        s->control = NULL;
    }
    if (!at) {
        return true;
    }
    s->listen_loc = at->loc;
    return s->is_client ||
           es_fail(l->d, at->loc, ES_CODE_SCENARIO,
                   "'listen' is where a client finds the harness; this IUT is none");
}

static bool read_answers(struct es_driver_loader *l, const struct es_node *ics)
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
static struct es_node *in_folder(struct es_driver_loader *l, struct es_node *value)
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

static bool read_setting(struct es_driver_loader *l, const struct es_pair *pair)
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

static bool read_settings(struct es_driver_loader *l, const struct es_node *pixit)
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

/* Answers that have a default: drivers that are older than the question stay valid. */
static void add_defaults(struct es_driver_loader *l)
{
    for (size_t i = 0; i < l->dict->ics.n; i++) {
        const struct es_ics_item *item = &l->dict->ics.at[i];
        struct es_slice name = es_slice_of(item->name);
        if (item->has_default && !es_driver_spec_answer(l->out, name)) {
            struct es_answer answer = {item->name, item->by_default, item->loc};
            ES_PUSH(l->arena, &l->out->ics, answer);
        }
    }
}

static void read_rest(struct es_driver_loader *l, const struct es_node *root)
{
    const struct es_node *pause = es_node_find(root, "pause");
    const struct es_node *max = es_node_find(root, "max-certificates");
    if (pause) {
        es_node_duration(pause, &l->out->pause, l->d);
    }
    if (max) {
        es_node_uint(max, &l->out->max_certificates, l->d);
    }
    es_adapter_spec_read_set(l, es_node_find(root, "set"));
    read_answers(l, es_node_find(root, "ics"));
    add_defaults(l);
    read_settings(l, es_node_find(root, "pixit"));
}

bool es_driver_spec_load(const char *folder, const struct es_dictionary *dict,
                         struct es_arena *arena, struct es_driver_spec *out,
                         struct es_diag *d)
{
    struct es_driver_loader l = {dict, arena, out, d};
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
        {"listen", &out->listen, false},
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
    if (adapter && es_adapter_spec_read(&l, adapter, roles_known)) {
        read_isolation(&l, es_node_find(root, "isolation"));
    }
    read_listen(&l, root, adapter);
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
