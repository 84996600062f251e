/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/match.h"
#include "scenario/op.h"

/* The outcome of one alternative. */
struct outcome {
    bool held;
    bool reported; /* the fields below have reported what was wrong */
    const char *wanted, *got;
};

static bool eval(const struct es_operand *o, const struct es_match_env *env,
                 struct es_value *out, struct outcome *r)
{
    const char *why = "";
    if (es_operand_eval(o, env->scope, env->arena, out, &why)) {
        return true;
    }
    r->got = es_arena_printf(env->arena, "nothing to compare with: %s", why);
    return false;
}

/* What the operand is worth, behind how it is written if that differs. */
static const char *describe(const struct es_match *m, const struct es_value *v,
                            const struct es_match_env *env)
{
    const char *value = es_value_render(v, env->arena);
    bool literal = m->low.form == ES_OPERAND_CONSTANT && m->source[0] != '$';
    return literal ? m->source
                   : es_arena_printf(env->arena, "%s (%s)", value, m->source);
}

static bool number_of(const struct es_value *v, int64_t *out)
{
    switch (v->kind) {
    case ES_KIND_NUMBER:
        *out = v->number;
        return true;
    case ES_KIND_DURATION:
    case ES_KIND_TIME:
        *out = v->usec;
        return true;
    case ES_KIND_CODE:
        *out = v->code;
        return true;
    case ES_KIND_NONE:
    case ES_KIND_BOOL:
    case ES_KIND_TEXT:
    case ES_KIND_BYTES:
    case ES_KIND_RECORD:
    case ES_KIND_LIST:
    case ES_KIND_ANY:
        break;
    }
    return false;
}

static void match_equal(const struct es_match *m, const struct es_value *actual,
                        const struct es_match_env *env, struct outcome *r)
{
    struct es_value wanted;
    if (!eval(&m->low, env, &wanted, r)) {
        return;
    }
    r->wanted = describe(m, &wanted, env);
    r->held = es_value_eq(actual, &wanted);
    if (actual->kind == ES_KIND_LIST) {
        for (size_t i = 0; !r->held && i < actual->list->n; i++) {
            r->held = es_value_eq(&actual->list->at[i], &wanted);
        }
    }
}

/* Evaluates a bound; an absent one is NONE. */
static bool eval_bound(const struct es_operand *o, const struct es_match_env *env,
                       struct es_value *out, struct outcome *r)
{
    *out = ES_VALUE_NONE;
    return o->form == ES_OPERAND_ABSENT || eval(o, env, out, r);
}

static const char *render_bound(const struct es_value *bound, struct es_arena *a)
{
    return bound->kind == ES_KIND_NONE ? "" : es_value_render(bound, a);
}

static bool is_within(int64_t v, const struct es_value *low,
                      const struct es_value *high)
{
    int64_t bound;
    return (low->kind == ES_KIND_NONE || (number_of(low, &bound) && v >= bound)) &&
           (high->kind == ES_KIND_NONE || (number_of(high, &bound) && v <= bound));
}

static void match_range(const struct es_match *m, const struct es_value *actual,
                        const struct es_match_env *env, struct outcome *r)
{
    struct es_value low, high;
    int64_t v;
    if (!eval_bound(&m->low, env, &low, r) || !eval_bound(&m->high, env, &high, r)) {
        return;
    }
    bool class = low.kind == ES_KIND_CODE && high.kind == ES_KIND_CODE &&
                 high.code == (low.code | 31);
    r->wanted =
        class ? m->source
              : es_arena_printf(env->arena, "%s..%s", render_bound(&low, env->arena),
                                render_bound(&high, env->arena));
    r->held = number_of(actual, &v) && is_within(v, &low, &high);
}

static void match_near(const struct es_match *m, const struct es_value *actual,
                       const struct es_match_env *env, struct outcome *r)
{
    struct es_value low, high;
    int64_t v, middle, margin;
    if (!eval(&m->low, env, &low, r) || !eval(&m->high, env, &high, r)) {
        return;
    }
    r->wanted = m->source;
    if (!number_of(actual, &v) || !number_of(&low, &middle) ||
        !number_of(&high, &margin)) {
        return;
    }
    if (m->percent) {
        margin = middle / 100 * margin + middle % 100 * margin / 100;
    }
    r->held = v >= middle - margin && v <= middle + margin;
}

static void match_word(const struct es_match *m, const struct es_shape_field *field,
                       const struct es_value *actual, const struct es_match_env *env,
                       struct outcome *r)
{
    struct es_value first = ES_VALUE_NONE, previous = ES_VALUE_NONE;
    if (env->first) {
        first = es_shape_get(field, env->first, env->arena);
    }
    if (env->previous) {
        previous = es_shape_get(field, env->previous, env->arena);
    }
    r->wanted = m->source;
    r->held = m->matcher->holds(actual, &first, &previous);
}

static void match_tree(const struct es_match *m, const struct es_value *actual,
                       const struct es_match_env *env, struct outcome *r)
{
    const void *record;
    const char *why = "";
    r->wanted = m->source;
    if (m->matcher->match) {
        r->held = m->matcher->match(m->args, actual, env->scope, env->arena, &r->wanted,
                                    &r->got);
        return;
    }
    if (actual->kind != ES_KIND_BYTES && actual->kind != ES_KIND_TEXT) {
        return;
    }
    if (!m->matcher->decode(actual->bytes, env->arena, &record, &why)) {
        r->got = why;
        return;
    }
    struct es_match_env below = *env;
    below.first = below.previous = NULL;
    r->held = es_match_fields(m->fields, m->fields_n, record, &below);
    r->reported = !r->held;
}

static void match_record(const struct es_match *m, const struct es_shape_field *field,
                         const struct es_value *actual, const struct es_match_env *env,
                         struct outcome *r)
{
    r->wanted = field->sub->separator ? m->source : "present";
    if (actual->kind != ES_KIND_RECORD) {
        return;
    }
    struct es_match_env below = *env;
    struct es_value first = ES_VALUE_NONE, previous = ES_VALUE_NONE;
    if (env->first) {
        first = es_shape_get(field, env->first, env->arena);
    }
    if (env->previous) {
        previous = es_shape_get(field, env->previous, env->arena);
    }
    below.first = first.kind == ES_KIND_RECORD ? first.record.p : NULL;
    below.previous = previous.kind == ES_KIND_RECORD ? previous.record.p : NULL;
    r->held = es_match_fields(m->fields, m->fields_n, actual->record.p, &below);
    r->reported = !r->held;
}

/* `alone`: there is no other alternative, so the fields below may say what is wrong. */
static struct outcome match_one(const struct es_match *m,
                                const struct es_shape_field *field,
                                const struct es_value *actual,
                                const struct es_match_env *whole_env, bool alone)
{
    struct outcome r = {.wanted = m->source, .got = NULL};
    struct es_match_env silent = *whole_env;
    bool speaks = alone && !m->negated;
    const struct es_match_env *env = speaks ? whole_env : &silent;
    silent.mismatch = NULL;
    switch (m->form) {
    case ES_MATCH_EQUAL:
        match_equal(m, actual, env, &r);
        break;
    case ES_MATCH_RANGE:
        match_range(m, actual, env, &r);
        break;
    case ES_MATCH_NEAR:
        match_near(m, actual, env, &r);
        break;
    case ES_MATCH_REGEX:
        r.held = (actual->kind == ES_KIND_TEXT || actual->kind == ES_KIND_BYTES) &&
                 es_regex_matches(m->regex, actual->bytes);
        break;
    case ES_MATCH_WORD:
        match_word(m, field, actual, env, &r);
        break;
    case ES_MATCH_FIELDS:
        match_record(m, field, actual, env, &r);
        break;
    case ES_MATCH_TREE:
        match_tree(m, actual, env, &r);
        break;
    }
    r.reported = r.reported && speaks;
    if (m->negated) {
        r.held = !r.held;
        r.wanted = es_arena_printf(env->arena, "not %s", r.wanted);
    }
    return r;
}

static void report(const struct es_field_match *f, const struct es_match *m,
                   const struct es_value *actual, const struct outcome *r,
                   const char *wanted, const struct es_match_env *env)
{
    struct es_mismatch x = {
        .field = f, .loc = m->loc, .path = f->path, .wanted = wanted};
    x.got = r->got ? r->got : es_value_render(actual, env->arena);
    if (env->mismatch) {
        env->mismatch(env->context, &x);
    }
}

static bool match_field(const struct es_field_match *f, const void *record,
                        const struct es_match_env *env)
{
    struct es_value actual = es_shape_get(f->field, record, env->arena);
    const char *wanted = NULL;
    struct outcome r = {0};
    for (const struct es_match *m = f->match; m; m = m->or_else) {
        r = match_one(m, f->field, &actual, env, !f->match->or_else);
        if (r.held || r.reported) {
            return r.held;
        }
        wanted =
            wanted ? es_arena_printf(env->arena, "%s|%s", wanted, r.wanted) : r.wanted;
    }
    report(f, f->match, &actual, &r, wanted, env);
    return false;
}

static bool test_field(const struct es_field_match *f, const void *record,
                       const struct es_match_env *env)
{
    struct es_value argument;
    const char *got = NULL, *why = "";
    struct es_mismatch x = {.field = f, .loc = f->loc, .path = f->path};
    if (!es_operand_eval(&f->argument, env->scope, env->arena, &argument, &why)) {
        got = es_arena_printf(env->arena, "nothing to compare with: %s", why);
    } else if (f->field->test(record, f->field, &argument, env->arena, &got)) {
        return true;
    }
    x.wanted =
        es_arena_printf(env->arena, "%s: %s", f->field->name, f->argument.source);
    x.got = got ? got : "not so";
    if (env->mismatch) {
        env->mismatch(env->context, &x);
    }
    return false;
}

static bool judge_field(const struct es_field_match *f, const void *record,
                        const struct es_match_env *env)
{
    if (env->judged) {
        env->judged(env->context, &f->rule);
    }
    return f->field->test ? test_field(f, record, env) : match_field(f, record, env);
}

/* Judges the fields that decide (or those that do not). */
static bool judge_fields(const struct es_field_match *fields, size_t n, bool decides,
                         const void *record, const struct es_match_env *env)
{
    bool held = true;
    for (size_t i = 0; i < n; i++) {
        if (fields[i].field->decides == decides) {
            held = judge_field(&fields[i], record, env) && held;
        }
    }
    return held;
}

bool es_match_fields(const struct es_field_match *fields, size_t n, const void *record,
                     const struct es_match_env *env)
{
    return judge_fields(fields, n, true, record, env) &&
           judge_fields(fields, n, false, record, env);
}
