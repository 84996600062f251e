/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/node.h"

#include "base/assert.h"
#include "base/buf.h"

#include <string.h>

/* Longer texts are cut in messages. */
enum { SHOWN_MAX = 48 };

const struct es_pair *es_node_find_pair(const struct es_node *map, const char *key)
{
    for (size_t i = 0; map && map->kind == ES_NODE_MAP && i < map->pairs.n; i++) {
        if (es_slice_is(map->pairs.at[i].key->text, key)) {
            return &map->pairs.at[i];
        }
    }
    return NULL;
}

struct es_node *es_node_find(const struct es_node *map, const char *key)
{
    const struct es_pair *pair = es_node_find_pair(map, key);
    return pair ? pair->value : NULL;
}

static uint32_t count_chars(struct es_slice text)
{
    uint32_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        n += (text.p[i] & 0xc0) != 0x80;
    }
    return n;
}

struct es_loc es_node_loc_at(const struct es_node *n, size_t from, size_t len)
{
    /* A quoted scalar whose text is as long as what stands between its quotes holds no
     * escape, so columns can be counted in it too. */
    bool countable = n->kind == ES_NODE_SCALAR && n->loc.len == count_chars(n->text) &&
                     es_slice_find(n->text, '\n') == n->text.n;
    struct es_loc loc = n->loc;
    if (n->plain || countable) {
        loc.col += count_chars(es_slice_sub(n->text, 0, from));
        loc.len = count_chars(es_slice_sub(n->text, from, len));
    }
    return loc;
}

const char *es_node_describe(const struct es_node *n, struct es_arena *a)
{
    if (n->kind != ES_NODE_SCALAR) {
        return n->kind == ES_NODE_MAP ? "a map" : "a sequence";
    }
    struct es_slice rest = n->text;
    struct es_slice line = es_slice_split(&rest, '\n');
    size_t shown = line.n;
    while (shown > SHOWN_MAX ||
           (shown && shown < line.n && (line.p[shown] & 0xc0) == 0x80)) {
        shown--;
    }
    line.n = shown;
    return es_arena_printf(a, "'%.*s%s'", ES_SLICE_ARG(line),
                           line.n < es_slice_trim(n->text).n ? "..." : "");
}

static const char *kind_name(enum es_node_kind kind)
{
    switch (kind) {
    case ES_NODE_SCALAR:
        return "a single value";
    case ES_NODE_MAP:
        return "a map";
    case ES_NODE_SEQUENCE:
        return "a sequence";
    }
    return "";
}

static bool is_missing(const struct es_node *n)
{
    return n->kind == ES_NODE_SCALAR && n->plain && n->text.n == 0;
}

bool es_node_want(const struct es_node *n, enum es_node_kind kind, struct es_diag *d)
{
    es_assert(n);
    if (is_missing(n)) {
        return es_fail(d, n->loc, ES_CODE_SCENARIO, "a value is missing here");
    }
    if (n->kind != kind) {
        return es_fail(d, n->loc, ES_CODE_SCENARIO, "expected %s, not %s",
                       kind_name(kind), es_node_describe(n, d->arena));
    }
    return true;
}

bool es_node_text(const struct es_node *n, struct es_arena *a, const char **out,
                  struct es_diag *d)
{
    ES_TRY(es_node_want(n, ES_NODE_SCALAR, d));
    if (es_slice_find(n->text, 0) != n->text.n) {
        return es_fail(d, n->loc, ES_CODE_SCENARIO, "text may not hold a NUL here");
    }
    *out = es_arena_text(a, n->text);
    return true;
}

bool es_node_bool(const struct es_node *n, bool *out, struct es_diag *d)
{
    ES_TRY(es_node_want(n, ES_NODE_SCALAR, d));
    *out = es_slice_is(n->text, "yes");
    if (!*out && !es_slice_is(n->text, "no")) {
        es_fail(d, n->loc, ES_CODE_SCENARIO, "expected yes or no, not %s",
                es_node_describe(n, d->arena));
        return false;
    }
    return true;
}

bool es_node_uint(const struct es_node *n, uint64_t *out, struct es_diag *d)
{
    ES_TRY(es_node_want(n, ES_NODE_SCALAR, d));
    if (!es_text_uint(n->text, out)) {
        return es_fail(d, n->loc, ES_CODE_SCENARIO, "expected a number, not %s",
                       es_node_describe(n, d->arena));
    }
    return true;
}

bool es_node_duration(const struct es_node *n, es_usec *out, struct es_diag *d)
{
    ES_TRY(es_node_want(n, ES_NODE_SCALAR, d));
    if (!es_text_duration(n->text, out)) {
        es_fail(d, n->loc, ES_CODE_SCENARIO, "expected a duration, not %s",
                es_node_describe(n, d->arena));
        return es_hint(d, "a number with ms, s or min: 500ms, 2s, 1.5min");
    }
    return true;
}

static const char *list_of(const char *const *keys, struct es_arena *a)
{
    struct es_buf b;
    es_buf_build(&b, a, 512);
    for (size_t i = 0; keys[i]; i++) {
        es_buf_printf(&b, "%s%s", i ? ", " : "", keys[i]);
    }
    return es_buf_cstr(&b);
}

/* Whether the key is in the list; otherwise a note. */
static bool check_key(const struct es_node *key, const char *const *keys,
                      const char *what, struct es_diag *d)
{
    struct es_suggestion near;
    es_suggestion_init(&near, key->text);
    for (size_t i = 0; keys[i]; i++) {
        if (es_slice_is(key->text, keys[i])) {
            return true;
        }
        es_suggestion_offer(&near, keys[i]);
    }
    es_fail(d, key->loc, ES_CODE_SCENARIO, "unknown key %s in %s",
            es_node_describe(key, d->arena), what);
    if (near.best) {
        return es_hint(d, "did you mean '%s'?", near.best);
    }
    return es_hint(d, "known: %s", list_of(keys, d->arena));
}

bool es_node_only_keys(const struct es_node *map, const char *const *keys,
                       const char *what, struct es_diag *d)
{
    ES_TRY(es_node_want(map, ES_NODE_MAP, d));
    bool ok = true;
    for (size_t i = 0; i < map->pairs.n; i++) {
        ok = check_key(map->pairs.at[i].key, keys, what, d) && ok;
    }
    return ok;
}

bool es_node_check_format(const struct es_node *root, struct es_diag *d)
{
    ES_TRY(es_node_want(root, ES_NODE_MAP, d));
    const struct es_node *format = es_node_find(root, "format");
    if (!format) {
        es_fail(d, root->loc, ES_CODE_SCENARIO, "'format: 1' is missing");
        return es_hint(d, "each file begins with it");
    }
    if (format->kind != ES_NODE_SCALAR || !es_slice_is(format->text, "1")) {
        es_fail(d, format->loc, ES_CODE_SCENARIO, "unknown format %s",
                es_node_describe(format, d->arena));
        return es_hint(d, "this version of estspec reads format 1");
    }
    return true;
}
