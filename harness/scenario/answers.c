/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text.h"
#include "scenario/driver_spec.h"
#include "scenario/record.h"

#include <string.h>

static const struct {
    const char *word;
    enum es_outcome outcome;
} words[] = {
    {"ok", ES_OUTCOME_SUCCESS},
    {"failed", ES_OUTCOME_FAILURE},
    {"unknown", ES_OUTCOME_UNKNOWN},
};

bool es_outcome_parse(struct es_slice line, enum es_outcome *out,
                      struct es_slice *remark)
{
    struct es_slice rest = es_slice_trim(line);
    struct es_slice word = es_slice_split(&rest, ' ');
    for (size_t i = 0; i < ES_COUNT(words); i++) {
        if (es_slice_is(word, words[i].word)) {
            *out = words[i].outcome;
            *remark = es_slice_trim(rest);
            return true;
        }
    }
    return false;
}

struct reading {
    struct es_arena *arena;
    struct es_prepared_answer *out;
    struct es_diag *d;
};

static bool read_answer(struct reading *r, const struct es_node *n)
{
    enum es_outcome outcome;
    struct es_slice remark;
    ES_TRY(es_node_want(n, ES_NODE_SCALAR, r->d));
    if (!es_outcome_parse(n->text, &outcome, &remark)) {
        es_fail(r->d, n->loc, ES_CODE_SCENARIO, "%s is not an answer",
                es_node_describe(n, r->d->arena));
        return es_hint(r->d, "write ok, failed or unknown, and remarks behind that");
    }
    ES_PUSH(r->arena, &r->out->answers, es_arena_text(r->arena, n->text));
    return true;
}

static bool read_entry(struct reading *r, const struct es_node *n)
{
    const struct es_record_field fields[] = {
        {"instance", &r->out->instance, true},
        {"op", &r->out->op, false},
        {"answer", NULL, true},
    };
    ES_TRY(es_record_read(n, fields, ES_COUNT(fields), "a prepared answer", r->arena,
                          r->d));
    const struct es_node *answer = es_node_find(n, "answer");
    if (answer->kind != ES_NODE_SEQUENCE) {
        return read_answer(r, answer);
    }
    bool ok = answer->items.n > 0 ||
              es_fail(r->d, answer->loc, ES_CODE_SCENARIO, "an answer is missing here");
    for (size_t i = 0; i < answer->items.n; i++) {
        ok = read_answer(r, answer->items.at[i]) && ok;
    }
    return ok;
}

bool es_prepared_answers_load(const char *path, struct es_arena *arena,
                              struct es_prepared_answers *out, struct es_diag *d)
{
    *out =
        (struct es_prepared_answers){.path = es_arena_text(arena, es_slice_of(path))};
    const struct es_record_field fields[] = {
        {"format", NULL, false},
        {"person", &out->person, true},
        {"answers", NULL, true},
    };
    const struct es_node *root = es_yaml_read(path, arena, d);
    if (!root || !es_node_check_format(root, d) ||
        !es_record_read(root, fields, ES_COUNT(fields), "a file of answers", arena,
                        d)) {
        return false;
    }
    const struct es_node *list = es_node_find(root, "answers");
    bool ok = true;
    ES_TRY(es_node_want(list, ES_NODE_SEQUENCE, d));
    for (size_t i = 0; i < list->items.n; i++) {
        struct es_prepared_answer entry = {0};
        struct reading r = {arena, &entry, d};
        ok = read_entry(&r, list->items.at[i]) && ok;
        ES_PUSH(arena, out, entry);
    }
    return ok;
}

const char *es_prepared_answer(const struct es_prepared_answers *all,
                               const char *instance, const char *op, size_t nth)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct es_prepared_answer *e = &all->at[i];
        if (es_text_glob(e->instance, instance) && (!e->op || strcmp(e->op, op) == 0)) {
            return e->answers.at[nth < e->answers.n ? nth : e->answers.n - 1];
        }
    }
    return NULL;
}
