/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/compile.h"

#include "base/assert.h"

#include <stdarg.h>
#include <string.h>

enum { CALL_DEPTH_MAX = 8 };

bool es_compile_fail(struct es_compile *c, struct es_loc loc, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *msg = es_arena_vprintf(c->arena, fmt, args);
    va_end(args);
    return es_fail(c->d, loc, ES_CODE_SCENARIO, "%s%s%s", msg, c->calls ? ", " : "",
                   c->calls ? c->calls : "");
}

static bool is_common_key(struct es_slice key)
{
    static const char *const keys[] = {"id",         "note", "on",     "within",
                                       "not-before", "req",  "control"};
    for (size_t i = 0; i < ES_COUNT(keys); i++) {
        if (es_slice_is(key, keys[i])) {
            return true;
        }
    }
    return false;
}

static const struct es_field *find_field(const struct es_verb *v, struct es_slice key)
{
    for (size_t g = 0; g < ES_COUNT(v->fields) && v->fields[g]; g++) {
        for (size_t i = 0; i < v->fields[g]->n; i++) {
            if (es_slice_is(key, v->fields[g]->at[i].key)) {
                return &v->fields[g]->at[i];
            }
        }
    }
    return NULL;
}

static bool fail_key(struct es_compile *c, const struct es_verb *v,
                     const struct es_node *key)
{
    static const char *const common[] = {"id",         "note", "on",     "within",
                                         "not-before", "req",  "control"};
    struct es_suggestion s;
    es_suggestion_init(&s, key->text);
    for (size_t g = 0; g < ES_COUNT(v->fields) && v->fields[g]; g++) {
        for (size_t i = 0; i < v->fields[g]->n; i++) {
            es_suggestion_offer(&s, v->fields[g]->at[i].key);
        }
    }
    for (size_t i = 0; i < ES_COUNT(common); i++) {
        es_suggestion_offer(&s, common[i]);
    }
    for (size_t i = 0; v->more_at && v->more_at(i); i++) {
        es_suggestion_offer(&s, v->more_at(i));
    }
    es_compile_fail(c, key->loc, "unknown key '%.*s' in %s", ES_SLICE_ARG(key->text),
                    es_arena_printf(c->arena, "a %s", v->name));
    if (s.best) {
        return es_hint(c->d, "did you mean '%s'?", s.best);
    }
    return es_hint(c->d, "'estspec explain %s' lists what may stand here", v->name);
}

/* Says that the step has no verb, and which key may be meant for one. */
static void fail_verb(struct es_compile *c, const struct es_node *step)
{
    const struct es_language *l = c->catalogue->language;
    es_compile_fail(c, step->loc, "this step has no verb");
    for (size_t i = 0; i < step->pairs.n; i++) {
        struct es_slice key = step->pairs.at[i].key->text;
        struct es_suggestion s;
        es_suggestion_init(&s, key);
        for (size_t k = 0; k < l->verbs_n && !is_common_key(key); k++) {
            es_suggestion_offer(&s, l->verbs[k]->name);
        }
        if (s.best) {
            es_hint(c->d, "did you mean '%s' instead of '%.*s'?", s.best,
                    ES_SLICE_ARG(key));
        }
    }
}

/* The pair whose key is a verb; NULL and a note if there is none or more than one. */
static const struct es_pair *find_verb(struct es_compile *c, const struct es_node *step)
{
    const struct es_language *l = c->catalogue->language;
    const struct es_pair *found = NULL;
    const struct es_verb *verb = NULL;
    for (size_t i = 0; i < step->pairs.n; i++) {
        const struct es_pair *pair = &step->pairs.at[i];
        const struct es_verb *v = es_language_verb(l, pair->key->text);
        if (v && !found) {
            found = pair;
            verb = v;
        } else if (v && !find_field(verb, pair->key->text)) {
            es_compile_fail(c, pair->key->loc, "a step has one verb: '%s' or '%s'",
                            verb->name, v->name);
            return NULL;
        }
    }
    if (!found) {
        fail_verb(c, step);
    }
    return found;
}

static bool has_required(struct es_compile *c, const struct es_fields *fields,
                         const struct es_node *map, struct es_loc loc, const char *what)
{
    bool ok = true;
    for (size_t i = 0; i < fields->n; i++) {
        if (fields->at[i].required && !es_node_find(map, fields->at[i].key)) {
            ok = es_compile_fail(c, loc, "'%s' needs '%s'", what, fields->at[i].key);
        }
    }
    return ok;
}

bool es_compile_fields(struct es_compile *c, const struct es_node *map,
                       const struct es_fields *fields, const char *what, void *args)
{
    if (map->kind != ES_NODE_MAP) {
        return es_compile_fail(c, map->loc, "'%s' takes a map, not %s", what,
                               es_node_describe(map, c->arena));
    }
    struct es_verb frame = {.name = what, .fields = {fields}};
    bool ok = true;
    for (size_t i = 0; i < map->pairs.n; i++) {
        const struct es_pair *pair = &map->pairs.at[i];
        const struct es_field *f = find_field(&frame, pair->key->text);
        ok = (f ? f->type->parse(c, pair->value, f, (char *)args + f->offset)
                : fail_key(c, &frame, pair->key)) &&
             ok;
    }
    return has_required(c, fields, map, map->loc, what) && ok;
}

static bool compile_pair(struct es_compile *c, const struct es_pair *pair, void *args)
{
    const struct es_verb *v = c->step->verb;
    const struct es_field *f = find_field(v, pair->key->text);
    if (f) {
        return f->type->parse(c, pair->value, f, (char *)args + f->offset);
    }
    if (v->compile_more) {
        size_t before = c->d->total;
        if (v->compile_more(c, pair, args)) {
            return true;
        }
        ES_TRY(c->d->total == before);
    }
    return fail_key(c, v, pair->key);
}

static bool compile_on(struct es_compile *c, const struct es_node *value)
{
    const struct es_name *n = es_compile_name(c, value->text);
    if (!n || !n->is_step) {
        return es_compile_unknown_name(c, value->loc, value->text);
    }
    c->step->on = n->slot;
    return true;
}

static bool compile_control(struct es_compile *c, const struct es_node *value)
{
    bool before = es_slice_is(value->text, "before");
    if (!before && !es_slice_is(value->text, "after")) {
        es_compile_fail(c, value->loc, "'control' is before or after");
        return false;
    }
    c->step->control = before ? ES_CONTROL_BEFORE : ES_CONTROL_AFTER;
    return true;
}

/* Time limits say nothing where nothing is waited for. */
static bool check_timing(struct es_compile *c, const struct es_node *key)
{
    const struct es_verb *v = c->step->verb;
    bool fits = es_slice_is(key->text, "within") ? v->poll != NULL : v->is_timed;
    return fits || es_compile_fail(c, key->loc, "'%s' has no '%.*s'", v->name,
                                   ES_SLICE_ARG(key->text));
}

static bool compile_common(struct es_compile *c, const struct es_pair *pair)
{
    struct es_slice key = pair->key->text;
    const struct es_node *value = pair->value;
    static const struct es_field within = {.key = "within", .type = &es_type_duration};
    static const struct es_field not_before = {.key = "not-before",
                                               .type = &es_type_time};
    if (es_slice_is(key, "note")) {
        c->step->note = es_arena_text(c->arena, value->text);
    } else if (es_slice_is(key, "on")) {
        return compile_on(c, value);
    } else if (es_slice_is(key, "within")) {
        ES_TRY(check_timing(c, pair->key));
        return es_type_duration.parse(c, value, &within, &c->step->within);
    } else if (es_slice_is(key, "not-before")) {
        ES_TRY(check_timing(c, pair->key));
        return es_type_time.parse(c, value, &not_before, &c->step->not_before);
    } else if (es_slice_is(key, "control")) {
        return compile_control(c, value);
    }
    return true;
}

static void start_step(struct es_compile *c, const struct es_node *node,
                       const struct es_pair *verb_pair, const struct es_verb *verb)
{
    struct es_step *s = c->step;
    *s = (struct es_step){.verb = verb,
                          .loc = verb_pair->key->loc,
                          .slot = ES_SLOT_NONE,
                          .on = ES_SLOT_NONE,
                          .phase = c->phase,
                          .control = c->control,
                          .guard = c->guard,
                          .calls = c->calls,
                          .name = verb->name};
    s->args = es_arena_alloc(c->arena, verb->args_size);
    const struct es_node *id = es_node_find(node, "id");
    const struct es_node *control = es_node_find(node, "control");
    if (control) {
        compile_control(c, control);
    }
    if (id) {
        s->name = es_arena_text(c->arena, id->text);
        s->slot = es_compile_define(
            c, s->name, verb->shape ? ES_KIND_RECORD : ES_KIND_NONE, verb->shape);
    }
    if (c->call_name) {
        s->name = es_arena_printf(c->arena, "%s/%s", c->call_name, s->name);
    }
}

static bool compile_body(struct es_compile *c, const struct es_node *node,
                         const struct es_pair *verb_pair)
{
    struct es_step *s = c->step;
    bool ok = s->verb->compile(c, verb_pair->value, s->args);
    for (size_t i = 0; i < node->pairs.n; i++) {
        const struct es_pair *pair = &node->pairs.at[i];
        if (pair == verb_pair) {
            continue;
        }
        bool own = find_field(s->verb, pair->key->text) != NULL;
        ok =
            (!own && is_common_key(pair->key->text) ? compile_common(c, pair)
                                                    : compile_pair(c, pair, s->args)) &&
            ok;
    }
    for (size_t g = 0; g < ES_COUNT(s->verb->fields) && s->verb->fields[g]; g++) {
        ok = has_required(c, s->verb->fields[g], node, s->loc, s->verb->name) && ok;
    }
    return ok && (!s->verb->finish || s->verb->finish(c, node, s->args));
}

bool es_compile_step(struct es_compile *c, const struct es_node *node)
{
    if (node->kind != ES_NODE_MAP) {
        return es_compile_fail(c, node->loc, "a step is a map with one verb, not %s",
                               es_node_describe(node, c->arena));
    }
    const struct es_pair *pair = find_verb(c, node);
    if (!pair) {
        return false;
    }
    return es_compile_step_as(
        c, node, pair, es_language_verb(c->catalogue->language, pair->key->text));
}

bool es_compile_step_as(struct es_compile *c, const struct es_node *node,
                        const struct es_pair *pair, const struct es_verb *verb)
{
    struct es_step step;
    c->step = &step;
    c->step_node = node;
    c->step_req = es_node_find(node, "req");
    c->judged_paths.n = 0;
    start_step(c, node, pair, verb);
    if (verb->expand) {
        return verb->expand(c, node, &step);
    }
    bool ok = compile_body(c, node, pair);
    ok = es_compile_step_rules(c) && ok;
    ES_PUSH(c->arena, &c->plan->steps, step);
    return ok;
}

bool es_compile_steps(struct es_compile *c, const struct es_node *list)
{
    if (list->kind != ES_NODE_SEQUENCE) {
        return es_compile_fail(c, list->loc, "expected a list of steps, not %s",
                               es_node_describe(list, c->arena));
    }
    bool ok = true;
    for (size_t i = 0; i < list->items.n; i++) {
        ok = es_compile_step(c, list->items.at[i]) && ok;
    }
    return ok;
}

/* The procedure `name` of a library in use. */
static const struct es_node *find_procedure(struct es_compile *c, struct es_slice name,
                                            struct es_suggestion *s)
{
    es_suggestion_init(s, name);
    for (size_t i = 0; i < c->scenario->uses.n; i++) {
        const struct es_node *all =
            es_node_find(c->scenario->uses.at[i]->root, "procedures");
        for (size_t k = 0; all && k < all->pairs.n; k++) {
            if (es_slice_eq(all->pairs.at[k].key->text, name)) {
                return all->pairs.at[k].value;
            }
            es_suggestion_offer(s, es_arena_text(c->arena, all->pairs.at[k].key->text));
        }
    }
    return NULL;
}

static bool bind_arguments(struct es_compile *c, const struct es_node *procedure,
                           const struct es_node *with)
{
    const struct es_node *args = es_node_find(procedure, "args");
    bool ok = true;
    size_t from = c->statics.n;
    for (size_t i = 0; args && i < args->pairs.n; i++) {
        const char *name = es_arena_text(c->arena, args->pairs.at[i].key->text);
        const struct es_node *given = es_node_find(with, name);
        struct es_static s = {.name = es_arena_printf(c->arena, "args.%s", name),
                              .node = given ? es_compile_follow(c, given)
                                            : args->pairs.at[i].value};
        ES_PUSH(c->arena, &c->statics, s);
    }
    for (size_t i = 0; with && i < with->pairs.n; i++) {
        const struct es_node *key = with->pairs.at[i].key;
        if (!es_node_find(args, es_arena_text(c->arena, key->text))) {
            ok = es_compile_fail(c, key->loc, "the procedure has no argument '%.*s'",
                                 ES_SLICE_ARG(key->text));
        }
    }
    c->args_from = from;
    return ok;
}

static void add_needs(struct es_compile *c, const struct es_node *procedure)
{
    const struct es_node *needs = es_node_find(procedure, "needs");
    for (size_t i = 0; needs && i < needs->items.n; i++) {
        es_compile_need(c, needs->items.at[i]);
    }
}

/* After a procedure its step ids are out of sight; what `set` published stays. */
static void leave_names(struct es_compile *c, size_t from)
{
    size_t kept = from;
    for (size_t i = from; i < c->names.n; i++) {
        if (c->names.at[i].is_published) {
            c->names.at[kept++] = c->names.at[i];
        }
    }
    c->names.n = kept;
}

static bool fail_procedure(struct es_compile *c, const struct es_node *name,
                           const struct es_suggestion *s)
{
    if (c->scenario->lacks_library) {
        return false;
    }
    es_compile_fail(c, name->loc, "there is no procedure '%.*s' in the libraries used",
                    ES_SLICE_ARG(name->text));
    return s->best ? es_hint(c->d, "did you mean '%s'?", s->best)
                   : es_hint(c->d, "name its library under 'use'");
}

bool es_compile_call(struct es_compile *c, const struct es_node *step_node)
{
    const struct es_node *name = es_node_find(step_node, "call");
    const struct es_node *id = es_node_find(step_node, "id");
    const struct es_node *with = es_node_find(step_node, "with");
    const struct es_node *req = c->step_req ? c->step_req : c->req;
    struct es_suggestion s;
    const struct es_node *procedure = find_procedure(c, name->text, &s);
    if (!procedure) {
        return fail_procedure(c, name, &s);
    }
    if (c->depth == CALL_DEPTH_MAX) {
        return es_compile_fail(c, name->loc, "procedures call each other in a circle");
    }
    struct es_compile before = *c;
    bool ok = bind_arguments(c, procedure, with);
    add_needs(c, procedure);
    c->depth++;
    c->names_from = c->names.n;
    c->control = c->step->control;
    c->req = req;
    const char *label = es_arena_text(c->arena, id ? id->text : name->text);
    c->call_name =
        c->call_name ? es_arena_printf(c->arena, "%s/%s", c->call_name, label) : label;
    c->calls = es_arena_printf(c->arena, "called from %s:%u:%u%s%s", name->loc.file,
                               name->loc.line, name->loc.col, before.calls ? ", " : "",
                               before.calls ? before.calls : "");
    const struct es_node *steps = es_node_find(procedure, "steps");
    ok = (steps ? es_compile_steps(c, steps)
                : es_compile_fail(c, procedure->loc, "this procedure has no steps")) &&
         ok;
    leave_names(c, before.names.n);
    before.names = c->names;
    before.statics.at = c->statics.at;
    before.statics.room = c->statics.room;
    before.judged_paths = c->judged_paths;
    *c = before;
    return ok;
}
