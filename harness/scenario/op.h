/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_SCENARIO_OP_H
#define ES_SCENARIO_OP_H

/*
 * Descriptors: what the language knows of verbs, matchers and functions. Each is a const
 * struct in a file of its own under ops/, listed in one line of a .def. The same descriptor
 * drives `check`, the compiler, "did you mean", `estspec explain`, the JSON Schema and the
 * manual, so every text in it is written for the author of a scenario.
 *
 * The compiler calls `compile`; the runner calls start, poll and match with a stage
 * (stage/stage.h), which this file only declares.
 */

#include "scenario/match.h"
#include "scenario/operand.h"

struct es_coap_asked;
struct es_compile;
struct es_stage;
struct es_step;
struct es_event;
struct es_field;

/* How the value of a field is written; shared by many fields. */
struct es_field_type {
    const char *name; /* "duration" */
    const char *doc;  /* "500ms, 2s, 1min" */
    /* JSON Schema of the value, as a JSON text. */
    const char *schema;
    /* Converts and stores at out, which is args + field->offset. */
    bool (*parse)(struct es_compile *c, const struct es_node *value,
                  const struct es_field *field, void *out);
};

struct es_field {
    const char *key;
    const struct es_field_type *type;
    const void *param; /* for the type: a shape, a list of words ... */
    size_t offset;     /* in the args of the verb */
    bool required;
    const char *doc;
};

struct es_fields {
    const struct es_field *at;
    size_t n;
};

enum es_progress {
    ES_STEP_DONE, /* go on with the next step */
    ES_STEP_WAIT, /* poll me when something happens */
    ES_STEP_END,  /* nothing after this makes sense: on to the postamble */
};

struct es_verb {
    const char *name, *summary, *doc;
    const char *value_doc;             /* what stands behind the verb itself */
    const char *value_schema;          /* JSON Schema of it, as a JSON text */
    const struct es_fields *fields[4]; /* groups; the rest NULL */
    size_t args_size, state_size;
    bool judges;          /* needs req in steps */
    bool is_timed;        /* judges `not-before` */
    bool is_of_operation; /* makes no sense without an operation of the device */
    const struct es_shape *shape; /* of the step's variable, or NULL */
    /* Names beyond the fields (CoAP options): takes the pair and returns true, or returns
     * false if the key is not one of them. */
    bool (*compile_more)(struct es_compile *c, const struct es_pair *pair, void *args);
    const char *(*more_at)(size_t index);
    /* Compiles the verb's own value into step->args. */
    bool (*compile)(struct es_compile *c, const struct es_node *value, void *args);
    /* Called after all fields: rules that concern several of them. May be NULL. */
    bool (*finish)(struct es_compile *c, const struct es_node *step_node, void *args);
    /* Instead of compile: adds the steps that the verb stands for (call). */
    bool (*expand)(struct es_compile *c, const struct es_node *step_node,
                   const struct es_step *head);
    enum es_progress (*start)(struct es_stage *stage, const struct es_step *step,
                              void *state);
    /* For verbs that answer requests of the peer: whether this step is going to answer it.
     * Asked of steps to come, so that nobody else answers in their place. May be NULL. */
    bool (*wants)(struct es_stage *stage, const struct es_step *step,
                  const struct es_coap_asked *asked);
    /* May be NULL for verbs that never wait. */
    enum es_progress (*poll)(struct es_stage *stage, const struct es_step *step,
                             void *state, const struct es_event *event);
};

enum es_matcher_form { ES_MATCHER_WORD, ES_MATCHER_TREE };

struct es_matcher {
    const char *name, *summary, *doc;
    enum es_matcher_form form;
    /* WORD: whether the value is as the word says. first and previous are the same field of
     * the first and previous record of the transfer; NONE if there is none. */
    bool (*holds)(const struct es_value *actual, const struct es_value *first,
                  const struct es_value *previous);
    /* TREE, matching by fields: decodes the bytes into a record of this shape. False: *why
     * says what is wrong, with the offset. */
    const struct es_shape *shape;
    bool (*decode)(struct es_slice bytes, struct es_arena *a, const void **record,
                   const char **why);
    /* TREE, matching or building with arguments of its own. */
    const struct es_fields *fields; /* of a map value; NULL if compile takes the node */
    size_t args_size;
    bool (*compile)(struct es_compile *c, const struct es_node *value, void *args);
    bool (*match)(const void *args, const struct es_value *actual,
                  struct es_scope *scope, struct es_arena *a, const char **wanted,
                  const char **got);
    bool (*build)(const void *args, struct es_scope *scope, struct es_arena *a,
                  struct es_slice *out, const char **why);
};

enum { ES_FUNCTION_ARGS_MAX = 4 };

struct es_function {
    const char *name, *summary, *doc;
    size_t args_n;
    enum es_kind
        args[ES_FUNCTION_ARGS_MAX]; /* RECORD and ANY: the function looks itself */
    enum es_kind result;
    bool (*call)(const struct es_value *args, struct es_scope *scope,
                 struct es_arena *a, struct es_value *out, const char **why);
};

/* A name that every scenario may use: $pki, $uri. It takes the first slots. */
struct es_predefined {
    const char *name, *doc;
    enum es_kind kind;
    const struct es_shape *shape;
};

/* Everything that ops/ offers; sorted by name within each .def. */
struct es_language {
    const struct es_verb *const *verbs;
    size_t verbs_n;
    const struct es_matcher *const *matchers;
    size_t matchers_n;
    const struct es_function *const *functions;
    size_t functions_n;
    const struct es_predefined *predefined;
    size_t predefined_n;
};

const struct es_verb *es_language_verb(const struct es_language *l,
                                       struct es_slice name);
const struct es_matcher *es_language_matcher(const struct es_language *l,
                                             struct es_slice name,
                                             enum es_matcher_form form);
const struct es_function *es_language_function(const struct es_language *l,
                                               struct es_slice name);
/* Asserts that every mandatory slot is filled and names are unique. */
void es_language_assert(const struct es_language *l);

/*
 * Field types that every op may use. The C type at the offset stands behind each.
 */
extern const struct es_field_type es_type_text;     /* const char * */
extern const struct es_field_type es_type_flag;     /* bool: yes, no */
extern const struct es_field_type es_type_switch;   /* enum es_switch: on, off */
extern const struct es_field_type es_type_number;   /* struct es_operand, NUMBER */
extern const struct es_field_type es_type_duration; /* struct es_operand, DURATION */
extern const struct es_field_type
    es_type_time; /* struct es_operand, TIME or DURATION */
extern const struct es_field_type
    es_type_bytes; /* struct es_operand, BYTES, or a tree */
extern const struct es_field_type es_type_code;     /* struct es_operand, CODE */
extern const struct es_field_type es_type_any;      /* struct es_operand, ANY */
extern const struct es_field_type es_type_template; /* struct es_operand, TEXT */
extern const struct es_field_type
    es_type_matches; /* struct es_field_matches; param: shape */

enum es_switch { ES_SWITCH_UNSET, ES_SWITCH_ON, ES_SWITCH_OFF };

#endif
