/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_SCENARIO_VALUE_H
#define ES_SCENARIO_VALUE_H

/*
 * The values that scenarios speak of, and the shapes of the records they are read from.
 *
 * A record is a C struct that a verb or codec owns (a message, a certificate); its *shape* is
 * a static table that gives names to what can be read from it. References such as
 * `$sized.reply.body` are resolved against shapes when the plan is made; at run time only
 * getters are called. One generic matcher works on every shape, so a new record needs a table
 * and nothing else.
 */

#include "base/arena.h"
#include "base/text.h"

enum es_kind {
    ES_KIND_NONE,     /* absent */
    ES_KIND_BOOL,     /* yes, no */
    ES_KIND_NUMBER,   /* 64 */
    ES_KIND_DURATION, /* 2s */
    ES_KIND_TIME,     /* a point on the monotonic clock; no literal */
    ES_KIND_CODE,     /* 2.05 */
    ES_KIND_TEXT,     /* words, paths, names */
    ES_KIND_BYTES,    /* h'0102' */
    ES_KIND_RECORD,   /* a struct with a shape */
    ES_KIND_LIST,     /* of values */
    ES_KIND_ANY,      /* only as the type of a field: whatever comes */
};

struct es_shape;
struct es_list;

struct es_value {
    enum es_kind kind;
    union {
        bool flag;
        int64_t number;
        es_usec usec;
        uint8_t code;
        struct es_slice bytes; /* TEXT and BYTES */
        const struct es_list *list;
        struct {
            const struct es_shape *shape;
            const void *p;
        } record;
    };
};

struct es_list {
    struct es_value *at;
    size_t n, room;
};

#define ES_VALUE_NONE ((struct es_value){.kind = ES_KIND_NONE})

struct es_value es_value_bool(bool v);
struct es_value es_value_number(int64_t v);
struct es_value es_value_duration(es_usec v);
struct es_value es_value_time(es_usec v);
struct es_value es_value_code(uint8_t v);
struct es_value es_value_text(struct es_slice v);
struct es_value es_value_bytes(struct es_slice v);
/* p NULL gives NONE. */
struct es_value es_value_record(const struct es_shape *shape, const void *p);

/* Same kind and same content. Records are equal if they are the same struct, or if all parts
 * are (see separator of struct es_shape). */
bool es_value_eq(const struct es_value *a, const struct es_value *b);
/* The value in scenario notation; long bytes are cut and their length told. Texts are not
 * quoted. NONE is `absent`. */
const char *es_value_render(const struct es_value *v, struct es_arena *a);
/* "a number", "a duration": for messages. */
const char *es_kind_name(enum es_kind kind);
/* Converts a literal of the language to the wanted kind; ANY tries code, number, duration,
 * bytes, bool, then text. False if it is not such a literal. */
bool es_value_parse(struct es_slice literal, enum es_kind wanted, struct es_arena *a,
                    struct es_value *out) ES_MUST_CHECK;

struct es_shape_field {
    const char *name;
    enum es_kind kind;
    const struct es_shape
        *sub; /* of a RECORD, or of what decoded BYTES may be matched as */
    const char *doc;
    /* Reads the field; NONE if it is absent. `f` is this entry: f->number tells fields apart
     * that share a getter. */
    struct es_value (*get)(const void *record, const struct es_shape_field *f,
                           struct es_arena *a);
    /* A predicate with an argument instead (`includes: $x`): returns whether it holds, and
     * in *got what is there, in words. The literal has the kind of the field. */
    bool (*test)(const void *record, const struct es_shape_field *f,
                 const struct es_value *argument, struct es_arena *a, const char **got);
    uint32_t number;
    /* If it is not as wanted, nothing else of the record is judged: the rest only follows
     * from it (a response with another code carries something else). */
    bool decides;
};

struct es_shape {
    const char *name; /* "a message": for messages */
    const struct es_shape_field *fields;
    size_t n;
    /* Fields beyond the table (options of a message): fills *out from the load arena. */
    bool (*find_more)(struct es_slice name, struct es_arena *a,
                      struct es_shape_field *out);
    const char *(*more_at)(
        size_t index); /* their names, for suggestions; NULL at the end */
    /* A record that is written as its first parts_n fields with this character between, such
     * as the block option 0/1/64; 0: it is not. Getters of parts must not need the arena. */
    char separator;
    size_t parts_n;
};

/* The field, or NULL. Dynamic fields are made in the arena. */
const struct es_shape_field *es_shape_find(const struct es_shape *shape,
                                           struct es_slice name, struct es_arena *a);
struct es_value es_shape_get(const struct es_shape_field *f, const void *record,
                             struct es_arena *a);

#endif
