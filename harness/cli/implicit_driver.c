/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/implicit_driver.h"

#include <string.h>

static void answer(struct es_driver_spec *s, struct es_arena *a, const char *item,
                   bool yes)
{
    for (size_t i = 0; i < s->ics.n; i++) {
        if (strcmp(s->ics.at[i].name, item) == 0) {
            s->ics.at[i].yes = yes;
            return;
        }
    }
    struct es_answer fresh = {.name = item, .yes = yes};
    ES_PUSH(a, &s->ics, fresh);
}

static void set_value(struct es_driver_spec *s, struct es_arena *a, const char *item,
                      const char *value)
{
    struct es_node *n = ES_NEW(a, struct es_node);
    *n = (struct es_node){
        .kind = ES_NODE_SCALAR, .loc = {.file = "--set"}, .text = es_slice_of(value)};
    for (size_t i = 0; i < s->pixit.n; i++) {
        if (strcmp(s->pixit.at[i].name, item) == 0) {
            s->pixit.at[i].value = n;
            return;
        }
    }
    struct es_setting fresh = {item, n};
    ES_PUSH(a, &s->pixit, fresh);
}

/* What the RFC demands of every server is assumed; the rest is taken to be absent. */
static void assume(struct es_driver_spec *s, struct es_arena *a,
                   const struct es_dictionary *dictionary)
{
    for (size_t i = 0; i < dictionary->ics.n; i++) {
        const struct es_ics_item *item = &dictionary->ics.at[i];
        bool yes = item->status && strcmp(item->status, "mandatory") == 0;
        answer(s, a, item->name, yes);
    }
}

static const char *list_assumed(const struct es_driver_spec *s, bool yes,
                                struct es_arena *a)
{
    const char *text = "";
    for (size_t i = 0; i < s->ics.n; i++) {
        if (s->ics.at[i].yes == yes) {
            text = es_arena_printf(a, "%s%s%s", text, *text ? ", " : "",
                                   s->ics.at[i].name);
        }
    }
    return *text ? text : "nothing";
}

static void warn(struct es_target *t, struct es_cli *cli,
                 const struct es_probe_result *probe)
{
    struct es_arena *a = cli->arena;
    if (!probe->chain_good) {
        ES_PUSH(a, &t->notices,
                es_arena_printf(a, "the server's certificate is not good: %s (%s)",
                                probe->chain, probe->clock));
    }
    if (!probe->name_good) {
        ES_PUSH(a, &t->notices,
                es_arena_printf(a, "the server's certificate is not for %s: %s",
                                probe->host, probe->names));
    }
    ES_PUSH(
        a, &t->notices,
        es_arena_printf(a, "assumed present: %s", list_assumed(&t->driver, true, a)));
    ES_PUSH(a, &t->notices,
            es_arena_printf(a, "assumed absent: %s; --set ITEM=yes says otherwise",
                            list_assumed(&t->driver, false, a)));
}

void es_implicit_driver_build(struct es_target *t, struct es_cli *cli,
                              const struct es_dictionary *dictionary, const char *uri,
                              const char *trust_path,
                              const struct es_probe_result *probe)
{
    struct es_arena *a = cli->arena;
    struct es_driver_spec *s = &t->driver;
    *s = (struct es_driver_spec){
        .name = uri,
        .version = "",
        .profile = "rfc9148",
        .is_server = true,
        .adapter = ES_ADAPTER_PASSIVE,
        .address = uri,
        .isolation = ES_ISOLATION_SERIAL,
        .success_exit = ES_DRIVER_NO_EXIT,
    };
    assume(s, a, dictionary);
    for (size_t op = 0; op < ES_PROBE_OPS; op++) {
        answer(s, a,
               es_arena_printf(a, "op.%s", es_probe_op_name((enum es_probe_op)op)),
               probe->ops[op]);
    }
    answer(s, a, "discovery", probe->discovery);
    answer(s, a, "port.default", es_address_port(&probe->address) == 5684);
    answer(s, a, "root.other", strcmp(probe->root, "/.well-known/est") != 0);
    set_value(s, a, "root", probe->root);
    set_value(s, a, "server_name", probe->host);
    set_value(s, a, "issuing_ca", trust_path);
    warn(t, cli, probe);
}

static bool fail_item(struct es_cli *cli, const struct es_dictionary *dictionary,
                      struct es_slice item)
{
    struct es_suggestion s;
    es_suggestion_init(&s, item);
    for (size_t i = 0; i < dictionary->ics.n; i++) {
        es_suggestion_offer(&s, dictionary->ics.at[i].name);
    }
    for (size_t i = 0; i < dictionary->pixit.n; i++) {
        es_suggestion_offer(&s, dictionary->pixit.at[i].name);
    }
    es_cli_usage(cli, "--set: '%.*s' is neither an ICS item nor a PIXIT value",
                 ES_SLICE_ARG(item));
    return s.best ? es_hint(cli->d, "did you mean '%s'?", s.best)
                  : es_hint(cli->d, "drivers/ics.yaml lists them all");
}

static bool apply_one(struct es_driver_spec *s, struct es_cli *cli,
                      const struct es_dictionary *dictionary, const char *text)
{
    struct es_slice value = es_slice_of(text);
    bool has_value = es_slice_find(value, '=') < value.n;
    struct es_slice item = es_slice_split(&value, '=');
    const char *name = es_arena_text(cli->arena, item);
    if (!has_value) {
        es_cli_usage(cli, "--set takes ITEM=VALUE, not '%s'", text);
        return false;
    }
    if (es_dictionary_ics(dictionary, item)) {
        bool yes = es_slice_is(value, "yes");
        if (!yes && !es_slice_is(value, "no")) {
            es_cli_usage(cli, "--set %s: the answer is yes or no, not '%.*s'", name,
                         ES_SLICE_ARG(value));
            return false;
        }
        answer(s, cli->arena, name, yes);
        return true;
    }
    if (es_dictionary_pixit(dictionary, item)) {
        set_value(s, cli->arena, name, es_arena_text(cli->arena, value));
        return true;
    }
    return fail_item(cli, dictionary, item);
}

bool es_driver_settings_apply(struct es_driver_spec *s, struct es_cli *cli,
                              const struct es_dictionary *dictionary)
{
    struct es_texts given = es_options_all(&cli->options, "set", cli->arena);
    bool ok = true;
    for (size_t i = 0; i < given.n; i++) {
        ok = apply_one(s, cli, dictionary, given.at[i]) && ok;
    }
    return ok;
}
