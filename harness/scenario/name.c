/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/compile.h"

#include <string.h>

const struct es_static *es_compile_static(const struct es_compile *c,
                                          struct es_slice name)
{
    for (size_t i = c->statics.n; i > 0; i--) {
        const struct es_static *s = &c->statics.at[i - 1];
        bool foreign = i - 1 < c->args_from && strncmp(s->name, "args.", 5) == 0;
        if (!foreign && es_slice_is(name, s->name)) {
            return s;
        }
    }
    return NULL;
}

static bool is_visible(const struct es_compile *c, size_t index)
{
    return index >= c->names_from || c->names.at[index].is_published;
}

const struct es_name *es_compile_name(const struct es_compile *c, struct es_slice name)
{
    for (size_t i = c->names.n; i > 0; i--) {
        if (is_visible(c, i - 1) && es_slice_is(name, c->names.at[i - 1].name)) {
            return &c->names.at[i - 1];
        }
    }
    return NULL;
}

static uint32_t define(struct es_compile *c, struct es_name entry)
{
    struct es_name *known =
        (struct es_name *)(uintptr_t)es_compile_name(c, es_slice_of(entry.name));
    if (known && known->is_step == entry.is_step) {
        entry.slot = known->slot;
        *known = entry;
        return entry.slot;
    }
    entry.slot = c->plan->slots_n++;
    ES_PUSH(c->arena, &c->names, entry);
    return entry.slot;
}

uint32_t es_compile_define(struct es_compile *c, const char *name, enum es_kind kind,
                           const struct es_shape *shape)
{
    return define(c, (struct es_name){
                         .name = name, .kind = kind, .shape = shape, .is_step = true});
}

uint32_t es_compile_publish(struct es_compile *c, const char *name, enum es_kind kind,
                            const struct es_shape *shape)
{
    return define(
        c, (struct es_name){
               .name = name, .kind = kind, .shape = shape, .is_published = true});
}

/* Adds "pixit.", "case." or "args." once, however many names it has. */
static const char *add_known(struct es_compile *c, const char *known, const char *name)
{
    size_t n = strcspn(name, ".");
    const char *head = es_arena_text(c->arena, es_slice_make(name, n));
    const char *at = strstr(known, head);
    bool listed = at && (at == known || at[-1] == ' ') && (at[n] == 0 || at[n] == ',');
    return listed
               ? known
               : es_arena_printf(c->arena, "%s%s%s", known, *known ? ", " : "", head);
}

bool es_compile_unknown_name(struct es_compile *c, struct es_loc loc,
                             struct es_slice name)
{
    struct es_suggestion s;
    bool pixit = es_slice_has_prefix(name, "pixit.");
    if (pixit &&
        es_dictionary_pixit(c->catalogue->dictionary, es_slice_from(name, 6))) {
        es_compile_fail(c, loc, "the driver does not declare '%.*s'",
                        ES_SLICE_ARG(name));
        return es_hint(c->d, "add it to pixit in driver.yaml");
    }
    es_suggestion_init(&s, name);
    const char *known = "";
    for (size_t i = 0; i < c->statics.n; i++) {
        es_suggestion_offer(&s, c->statics.at[i].name);
        known = add_known(c, known, c->statics.at[i].name);
    }
    for (size_t i = 0; i < c->names.n; i++) {
        if (is_visible(c, i)) {
            es_suggestion_offer(&s, c->names.at[i].name);
            known = add_known(c, known, c->names.at[i].name);
        }
    }
    es_compile_fail(c, loc,
                    pixit ? "unknown PIXIT value '%.*s'"
                          : "'$%.*s' is not defined at this point",
                    ES_SLICE_ARG(pixit ? es_slice_from(name, 6) : name));
    if (s.best) {
        return es_hint(c->d, "did you mean '%s'?", s.best);
    }
    return es_hint(c->d, "known: %s; a step's id defines a name", known);
}

const struct es_node *es_compile_follow(struct es_compile *c,
                                        const struct es_node *node)
{
    for (unsigned i = 0; i < 8 && node->kind == ES_NODE_SCALAR; i++) {
        bool plain =
            node->text.n > 1 && node->text.p[0] == '$' && node->text.p[1] != '(';
        const struct es_static *s =
            plain ? es_compile_static(c, es_slice_from(node->text, 1)) : NULL;
        if (!s || s->is_file) {
            break;
        }
        node = s->node;
    }
    return node;
}
