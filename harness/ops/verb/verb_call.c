/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/compile.h"

/* The compiler reads `with` itself; the field is here for explain and schema. */
static bool parse_with(struct es_compile *c, const struct es_node *value,
                       const struct es_field *field, void *out)
{
    (void)c, (void)value, (void)field, (void)out;
    return true;
}

static const struct es_field_type type_arguments = {
    "arguments", "a map of arguments", "{\"type\": \"object\"}", parse_with};

static const struct es_field fields[] = {
    {.key = "with", .type = &type_arguments, .doc = "arguments of the procedure"}};

static const struct es_fields all_fields = {fields, ES_COUNT(fields)};

static bool expand(struct es_compile *c, const struct es_node *step_node,
                   const struct es_step *head)
{
    (void)head;
    for (size_t i = 0; i < step_node->pairs.n; i++) {
        const struct es_node *key = step_node->pairs.at[i].key;
        bool known = es_slice_is(key->text, "call") || es_slice_is(key->text, "with") ||
                     es_slice_is(key->text, "id") || es_slice_is(key->text, "note") ||
                     es_slice_is(key->text, "req") || es_slice_is(key->text, "control");
        if (!known) {
            es_compile_fail(c, key->loc, "unknown key '%.*s' in a call",
                            ES_SLICE_ARG(key->text));
            return es_hint(c->d, "a call takes with, id, note, req and control");
        }
    }
    return es_compile_call(c, step_node);
}

const struct es_verb es_verb_call = {
    .name = "call",
    .summary = "runs a procedure of a library in use",
    .doc =
        "The steps of the procedure take the place of the call. A step without `req` "
        "takes the one of the call; with `control` all of them belong to the control. "
        "Names inside are local, `set` publishes.\n"
        "Example: - call: open-session\n"
        "           with: {identity: ldevid}",
    .value_doc = "the name of a procedure",
    .value_schema = "{\"type\": \"string\"}",
    .fields = {&all_fields},
    .expand = expand,
};
