/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/record.h"

#include "base/assert.h"
#include "base/buf.h"

bool es_record_read(const struct es_node *map, const struct es_record_field *fields,
                    size_t n, const char *what, struct es_arena *a, struct es_diag *d)
{
    const char *keys[ES_RECORD_FIELDS_MAX + 1] = {NULL};
    es_assert(n <= ES_RECORD_FIELDS_MAX);
    ES_TRY(es_node_want(map, ES_NODE_MAP, d));
    for (size_t i = 0; i < n; i++) {
        keys[i] = fields[i].key;
    }
    bool ok = es_node_only_keys(map, keys, what, d);
    for (size_t i = 0; i < n; i++) {
        const struct es_node *value = es_node_find(map, fields[i].key);
        if (value && fields[i].out) {
            ok = es_node_text(value, a, fields[i].out, d) && ok;
        } else if (!value && fields[i].required) {
            ok = es_fail(d, map->loc, ES_CODE_SCENARIO, "%s needs '%s'", what,
                         fields[i].key);
        }
    }
    return ok;
}

bool es_record_word(const struct es_node *n, const char *const *words, const char *what,
                    size_t *out, struct es_diag *d)
{
    ES_TRY(es_node_want(n, ES_NODE_SCALAR, d));
    struct es_suggestion near;
    es_suggestion_init(&near, n->text);
    for (size_t i = 0; words[i]; i++) {
        if (es_slice_is(n->text, words[i])) {
            *out = i;
            return true;
        }
        es_suggestion_offer(&near, words[i]);
    }
    es_fail(d, n->loc, ES_CODE_SCENARIO, "%s is not %s", es_node_describe(n, d->arena),
            what);
    if (near.best) {
        return es_hint(d, "did you mean '%s'?", near.best);
    }
    struct es_buf known;
    es_buf_build(&known, d->arena, 256);
    for (size_t i = 0; words[i]; i++) {
        es_buf_printf(&known, "%s%s", i ? ", " : "", words[i]);
    }
    return es_hint(d, "known: %s", es_buf_cstr(&known));
}
