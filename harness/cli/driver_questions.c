/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/driver_draft.h"
#include "cli/interview.h"
#include "net/address.h"

#include <string.h>

static const char *const yes_or_no[] = {"yes", "no", NULL};

static const char *first_note(struct es_diag *d, struct es_arena *a)
{
    const char *text = es_arena_printf(a, "%s", d->count ? d->notes[0].msg : "");
    es_diag_free(d);
    return text;
}

static const char *judge_address(const char *text, struct es_arena *a)
{
    struct es_address address;
    struct es_diag *d = es_diag_new();
    bool good = es_address_parse(es_slice_of(text), 0, &address, ES_LOC_NONE, d);
    const char *why = first_note(d, a);
    return good ? NULL : why;
}

/* The host of coaps://host[:port], without brackets. */
static struct es_slice host_of(const char *uri)
{
    struct es_slice rest = es_slice_from(es_slice_of(uri), strlen("coaps://"));
    bool bracket = es_slice_has_prefix(rest, "[");
    rest = es_slice_from(rest, bracket);
    return es_slice_split(&rest, bracket ? ']' : ':');
}

/* Names are not looked up: the server may not run yet. */
static const char *judge_uri(const char *text, struct es_arena *a)
{
    (void)a;
    bool good = es_slice_has_prefix(es_slice_of(text), "coaps://") &&
                !strpbrk(text, " \"'") && host_of(text).n > 0;
    return good ? NULL : "expected coaps://HOST or coaps://HOST:PORT";
}

static const char *judge_number(const char *text, struct es_arena *a)
{
    uint64_t number;
    (void)a;
    return es_text_uint(es_slice_of(text), &number) ? NULL : "expected a number";
}

static const char *judge_duration(const char *text, struct es_arena *a)
{
    es_usec span;
    (void)a;
    return es_text_duration(es_slice_of(text), &span) ? NULL
                                                      : "expected a time such as 2s";
}

static bool ask_yes(struct es_interview *v, const char *text, bool fallback, bool *yes)
{
    const char *answer;
    const struct es_question q = {
        .text = text, .fallback = fallback ? "yes" : "no", .words = yes_or_no};
    ES_TRY(es_interview_ask(v, &q, &answer));
    *yes = strcmp(answer, "yes") == 0;
    return true;
}

static bool ask_role(struct es_driver_draft *draft, struct es_interview *v)
{
    static const char *const words[] = {"server", "client", "both", NULL};
    static const struct es_question q = {
        "Which role is tested: server, client or both?", "server", words, NULL};
    const char *answer;
    ES_TRY(es_interview_ask(v, &q, &answer));
    draft->is_server = strcmp(answer, "client") != 0;
    draft->is_client = strcmp(answer, "server") != 0;
    return true;
}

/* What is both server and client is started by us, in the role that the scenario asks for. */
static bool ask_kind(struct es_driver_draft *draft, struct es_interview *v)
{
    static const char *const of_server[] = {"process", "passive", NULL};
    static const char *const of_client[] = {"process", "pull", "prompt", "passive",
                                            NULL};
    static const enum es_adapter_kind kinds[] = {ES_ADAPTER_PROCESS, ES_ADAPTER_PULL,
                                                 ES_ADAPTER_PROMPT, ES_ADAPTER_PASSIVE};
    static const struct es_question server = {
        "How is it driven: process (estspec starts it) or passive (it runs elsewhere)?",
        "process", of_server, NULL};
    static const struct es_question client = {
        "How is it driven: process (estspec starts it), pull (it asks for what to do),\n"
        "prompt (a person works it) or passive (it comes by itself)?",
        "process", of_client, NULL};
    const char *answer = "process";
    if (!draft->is_server || !draft->is_client) {
        ES_TRY(es_interview_ask(v, draft->is_server ? &server : &client, &answer));
    }
    for (size_t i = 0; of_client[i]; i++) {
        draft->kind = strcmp(answer, of_client[i]) == 0 ? kinds[i] : draft->kind;
    }
    return true;
}

static bool ask_adapter(struct es_driver_draft *draft, struct es_interview *v)
{
    static const struct es_question version = {"Which version of it?", "1", NULL, NULL};
    static const struct es_question address = {"Its address, as coaps://HOST:PORT?",
                                               NULL, NULL, judge_uri};
    static const struct es_question listen = {
        "Where does it look for estspec, as ADDRESS or ADDRESS:PORT?", "127.0.0.1",
        NULL, judge_address};
    static const struct es_question control = {
        "Where does it ask what to do, with plain CoAP, as ADDRESS or ADDRESS:PORT?",
        "127.0.0.1:5683", NULL, judge_address};
    ES_TRY(es_interview_ask(v, &version, &draft->version));
    if (draft->kind == ES_ADAPTER_PROCESS) {
        return !draft->is_server ||
               ask_yes(v,
                       "Does the server obey lines on stdin: 'answer pending', "
                       "'max-age 2', 'ca roll' ...?",
                       false, &draft->obeys);
    }
    if (draft->is_server) {
        return es_interview_ask(v, &address, &draft->address);
    }
    return es_interview_ask(v, &listen, &draft->listen) &&
           (draft->kind != ES_ADAPTER_PULL ||
            es_interview_ask(v, &control, &draft->control));
}

bool es_driver_draft_is_asked(const struct es_driver_draft *draft,
                              const struct es_ics_item *item)
{
    return item->role == ES_ROLE_BOTH ||
           (item->role == ES_ROLE_CLIENT ? draft->is_client : draft->is_server);
}

/* What the RFC demands of this role is taken to be there, all else to be absent. */
static bool is_mandatory(const struct es_driver_draft *draft,
                         const struct es_ics_item *item)
{
    if (item->has_default) {
        return item->by_default;
    }
    return strcmp(item->status, "mandatory") == 0 ||
           (draft->is_client && strcmp(item->status, "mandatory for a client") == 0) ||
           (draft->is_server && strcmp(item->status, "mandatory for a server") == 0);
}

static bool ask_items(struct es_driver_draft *draft, struct es_interview *v)
{
    const struct es_dictionary *dict = draft->dictionary;
    struct es_arena *a = v->cli->arena;
    draft->yes = ES_NEW_ARRAY(a, bool, dict->ics.n + 1);
    fputs("\nWhat it can do, yes or no (estspec explain ITEM tells more):\n", v->out);
    for (size_t i = 0; i < dict->ics.n; i++) {
        const struct es_ics_item *item = &dict->ics.at[i];
        const char *text = es_arena_printf(a, "%s: %s? %s, %s", item->name, item->ask,
                                           item->ref, item->status);
        if (es_driver_draft_is_asked(draft, item)) {
            ES_TRY(ask_yes(v, text, is_mandatory(draft, item), &draft->yes[i]));
        }
    }
    return true;
}

static bool has_item(const struct es_driver_draft *draft, const char *name)
{
    const struct es_ics_item *item =
        es_dictionary_ics(draft->dictionary, es_slice_of(name));
    return draft->yes[item - draft->dictionary->ics.at];
}

static bool ask_value(struct es_driver_draft *draft, struct es_interview *v,
                      const struct es_pixit_item *item, const char *fallback)
{
    struct es_question q = {.fallback = fallback};
    q.text = es_arena_printf(v->cli->arena, "%s: %s?", item->name, item->doc);
    q.judge = item->type == ES_PIXIT_NUMBER     ? judge_number
              : item->type == ES_PIXIT_DURATION ? judge_duration
                                                : NULL;
    return es_interview_ask(v, &q, &draft->values[item - draft->dictionary->pixit.at]);
}

/* Only what has no default, or one that does not hold for a server that runs elsewhere: it has
 * neither our name nor our CA. */
static bool ask_values(struct es_driver_draft *draft, struct es_interview *v)
{
    const struct es_dictionary *dict = draft->dictionary;
    draft->values = ES_NEW_ARRAY(v->cli->arena, const char *, dict->pixit.n + 1);
    for (size_t i = 0; i < dict->pixit.n; i++) {
        const struct es_pixit_item *item = &dict->pixit.at[i];
        bool wanted = !item->with || has_item(draft, item->with);
        bool elsewhere = draft->address && item->type == ES_PIXIT_FILE;
        if ((!item->fallback && wanted) || elsewhere) {
            ES_TRY(ask_value(draft, v, item, NULL));
        } else if (draft->address && strcmp(item->name, "server_name") == 0) {
            const char *host = es_arena_text(v->cli->arena, host_of(draft->address));
            ES_TRY(ask_value(draft, v, item, host));
        }
    }
    return true;
}

bool es_driver_draft_ask(struct es_driver_draft *draft, struct es_cli *cli)
{
    struct es_interview v;
    es_interview_init(&v, cli);
    fputs("Enter or ? takes what stands in brackets; the end of the input takes it for "
          "all that is left.\n\n",
          v.out);
    return ask_role(draft, &v) && ask_kind(draft, &v) && ask_adapter(draft, &v) &&
           ask_items(draft, &v) && ask_values(draft, &v);
}
