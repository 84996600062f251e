/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/compile.h"

/* The scalar that the node is or stands for; a note if it is none. */
static const struct es_node *scalar(struct es_compile *c, const struct es_node *value,
                                    const struct es_field *field)
{
    const struct es_node *n = es_compile_follow(c, value);
    if (n->kind != ES_NODE_SCALAR) {
        es_compile_fail(c, n->loc, "'%s' is %s, not %s", field->key, field->type->doc,
                        es_node_describe(n, c->arena));
        return NULL;
    }
    return n;
}

static bool parse_text(struct es_compile *c, const struct es_node *value,
                       const struct es_field *field, void *out)
{
    const struct es_node *n = scalar(c, value, field);
    if (n) {
        *(const char **)out = es_arena_text(c->arena, n->text);
    }
    return n != NULL;
}

static bool parse_flag(struct es_compile *c, const struct es_node *value,
                       const struct es_field *field, void *out)
{
    const struct es_node *n = scalar(c, value, field);
    return n && es_node_bool(n, out, c->d);
}

static bool parse_switch(struct es_compile *c, const struct es_node *value,
                         const struct es_field *field, void *out)
{
    const struct es_node *n = scalar(c, value, field);
    if (!n) {
        return false;
    }
    bool on = es_slice_is(n->text, "on");
    if (!on && !es_slice_is(n->text, "off")) {
        es_compile_fail(c, n->loc, "'%s' is on or off, not %s", field->key,
                        es_node_describe(n, c->arena));
        return false;
    }
    *(enum es_switch *)out = on ? ES_SWITCH_ON : ES_SWITCH_OFF;
    return true;
}

static bool parse_number(struct es_compile *c, const struct es_node *value,
                         const struct es_field *field, void *out)
{
    (void)field;
    return es_operand_compile(c, value, ES_KIND_NUMBER, out);
}

static bool parse_code(struct es_compile *c, const struct es_node *value,
                       const struct es_field *field, void *out)
{
    (void)field;
    return es_operand_compile(c, value, ES_KIND_CODE, out);
}

static bool parse_duration(struct es_compile *c, const struct es_node *value,
                           const struct es_field *field, void *out)
{
    (void)field;
    return es_operand_compile(c, value, ES_KIND_DURATION, out);
}

static bool parse_time(struct es_compile *c, const struct es_node *value,
                       const struct es_field *field, void *out)
{
    (void)field;
    struct es_operand *o = out;
    const struct es_node *n = es_compile_follow(c, value);
    bool reference = n->kind == ES_NODE_SCALAR && es_slice_has_prefix(n->text, "$");
    return es_operand_compile(c, value, reference ? ES_KIND_TIME : ES_KIND_DURATION, o);
}

static bool parse_bytes(struct es_compile *c, const struct es_node *value,
                        const struct es_field *field, void *out)
{
    (void)field;
    return es_operand_compile(c, value, ES_KIND_BYTES, out);
}

static bool parse_any(struct es_compile *c, const struct es_node *value,
                      const struct es_field *field, void *out)
{
    (void)field;
    return es_operand_compile(c, value, ES_KIND_ANY, out);
}

static bool parse_template(struct es_compile *c, const struct es_node *value,
                           const struct es_field *field, void *out)
{
    (void)field;
    return es_operand_compile(c, value, ES_KIND_TEXT, out);
}

static bool parse_matches(struct es_compile *c, const struct es_node *value,
                          const struct es_field *field, void *out)
{
    return es_match_compile_fields(c, value, field->param, "", out);
}

#define SCHEMA_SCALAR "{\"type\": [\"string\", \"number\", \"boolean\"]}"
#define SCHEMA_ANY "{}"

const struct es_field_type es_type_text = {"text", "text", SCHEMA_SCALAR, parse_text};
const struct es_field_type es_type_flag = {"flag", "yes or no",
                                           "{\"enum\": [\"yes\", \"no\"]}", parse_flag};
const struct es_field_type es_type_switch = {
    "switch", "on or off", "{\"enum\": [\"on\", \"off\"]}", parse_switch};
const struct es_field_type es_type_number = {"number", "a number", SCHEMA_SCALAR,
                                             parse_number};
const struct es_field_type es_type_code = {"code", "a response code such as 4.08",
                                           "{\"type\": [\"string\", \"number\"]}",
                                           parse_code};
const struct es_field_type es_type_duration = {
    "duration", "a duration such as 500ms, 2s or 1min", SCHEMA_SCALAR, parse_duration};
const struct es_field_type es_type_time = {
    "time",
    "a time such as $(told + max_age), or a duration from the start of the step",
    SCHEMA_SCALAR, parse_time};
const struct es_field_type es_type_bytes = {
    "bytes", "bytes: h'..', a reference, or a payload tree such as {csr: {}}",
    SCHEMA_ANY, parse_bytes};
const struct es_field_type es_type_any = {"value", "any value or payload tree",
                                          SCHEMA_ANY, parse_any};
const struct es_field_type es_type_template = {
    "text with references", "text, with references such as $est in it", SCHEMA_SCALAR,
    parse_template};
const struct es_field_type es_type_matches = {
    "matches", "a map of what the answer must be",
    "{\"type\": [\"object\", \"string\"]}", parse_matches};
