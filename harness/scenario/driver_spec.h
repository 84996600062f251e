/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_SCENARIO_DRIVER_SPEC_H
#define ES_SCENARIO_DRIVER_SPEC_H

/*
 * What a driver folder says: driver.yaml (adapter, isolation, ICS answers, PIXIT values),
 * expected.yaml (known deviations), and the dictionary drivers/ics.yaml that asks the
 * questions. Files only; processes are run by driver/.
 */

#include "base/regex.h"
#include "scenario/node.h"
#include "scenario/requirement.h"

enum es_adapter_kind {
#define X(id, word, keys, ways) ES_ADAPTER_##id,
#include "scenario/adapter.def"
#undef X
    ES_ADAPTER_KINDS
};

enum es_isolation { ES_ISOLATION_PROCESS, ES_ISOLATION_SHARED, ES_ISOLATION_SERIAL };

enum es_pixit_type { ES_PIXIT_NUMBER, ES_PIXIT_DURATION, ES_PIXIT_FILE, ES_PIXIT_TEXT };

/* A question of the dictionary. */
struct es_ics_item {
    const char *name, *ask, *ref, *status;
    enum es_role role;            /* whom it is asked of; usually both */
    bool has_default, by_default; /* the answer of a driver that gives none */
    struct es_loc loc;
};
struct es_pixit_item {
    const char *name, *doc;
    enum es_pixit_type type;
    struct es_node *fallback; /* default value, or NULL */
    const char *with;         /* the ICS item without which it has no use, or NULL */
    struct es_loc loc;
};
struct es_dictionary {
    struct {
        struct es_ics_item *at;
        size_t n, room;
    } ics;
    struct {
        struct es_pixit_item *at;
        size_t n, room;
    } pixit;
};
bool es_dictionary_load(const char *path, struct es_arena *arena,
                        struct es_dictionary *out, struct es_diag *d);
const struct es_ics_item *es_dictionary_ics(const struct es_dictionary *dict,
                                            struct es_slice name);
const struct es_pixit_item *es_dictionary_pixit(const struct es_dictionary *dict,
                                                struct es_slice name);

struct es_answer {
    const char *name;
    bool yes;
    struct es_loc loc;
};
struct es_setting {
    const char *name;
    struct es_node *value;
};
/* One way to do `iut.set: {name: value}`: a line for its stdin. */
struct es_driver_line {
    const char *name;
    const char *line; /* with $value still in it, without its line end */
};
/* How a client is told to do something. */
enum es_way {
    ES_WAY_NONE,
    ES_WAY_STDIN, /* write-stdin: a line for the process */
    ES_WAY_RUN,   /* run: a command */
    ES_WAY_NEXT,  /* next: what it is given when it asks for its next case */
    ES_WAY_ASK,   /* ask: what a person is asked to do */
};
struct es_driver_way {
    enum es_way way;
    const char *text; /* with $op and $uri still in it, without its line end */
};
enum { ES_DRIVER_NO_EXIT = -1 };

struct es_driver_spec {
    const char *folder; /* as named; NULL for an implicit driver */
    const char *name;   /* for reports: the folder, or the URI */
    const char *version;
    const char *profile;
    bool is_server, is_client, is_registrar;
    enum es_adapter_kind adapter;
    const char *start;      /* process: command, relative to folder; or NULL */
    struct es_regex *ready; /* process: pattern on stdout, group `port` */
    es_usec ready_within;
    const char *address; /* passive: coaps URI */
    es_usec within; /* how long a device is waited for that comes or asks by itself */
    enum es_isolation isolation;
    es_usec pause;             /* between instances */
    uint64_t max_certificates; /* that a run may make it issue; 0: no limit */
    const char *listen;        /* client: where the harness is its server; or NULL */
    const char *control;       /* pull: where the harness hands out the operations */
    struct es_loc listen_loc, control_loc;
    struct es_driver_way op;    /* client: starts an operation */
    struct es_driver_way reset; /* resets it without a restart */
    struct es_regex *success;   /* client: patterns that tell how an operation ended, */
    struct es_regex *failure;   /* group `error` names the reason; or NULL */
    int success_exit; /* run: exit status that means success; or ES_DRIVER_NO_EXIT */
    struct {
        struct es_answer *at;
        size_t n, room;
    } ics;
    struct {
        struct es_setting *at;
        size_t n, room;
    } pixit;
    struct {
        struct es_driver_line *at;
        size_t n, room;
    } set; /* items of iut.set that the driver can do */
};

const char *es_adapter_kind_name(enum es_adapter_kind kind);

/* Loads folder/driver.yaml and checks it against the dictionary. A PIXIT value of type file
 * that is relative becomes relative to where the folder is; one that begins with `$` stays.
 * The file need not be there yet. es_driver_spec_close it, also after failure. */
bool es_driver_spec_load(const char *folder, const struct es_dictionary *dict,
                         struct es_arena *arena, struct es_driver_spec *out,
                         struct es_diag *d);
/* Releases the compiled patterns; all else lies in the arena. Harmless when repeated. */
void es_driver_spec_close(struct es_driver_spec *s);
/* NULL: undeclared. */
const struct es_answer *es_driver_spec_answer(const struct es_driver_spec *s,
                                              struct es_slice name);
/* The declared value or the dictionary's default; NULL: neither. */
const struct es_node *es_driver_spec_pixit(const struct es_driver_spec *s,
                                           const struct es_dictionary *dict,
                                           struct es_slice name);

/* An entry of expected.yaml. */
struct es_expected {
    const char *instance;    /* id, may be a glob */
    const char *step;        /* NULL: any */
    const char *requirement; /* NULL: any */
    enum es_verdict verdict;
    const char *reason, *link;
    int64_t until_unix_s; /* 0: for ever */
    struct es_loc loc;
};
struct es_expected_list {
    struct es_expected *at;
    size_t n, room;
};
/* How an operation of a client ended, as far as somebody can tell. */
enum es_outcome {
    ES_OUTCOME_NONE, /* not yet */
    ES_OUTCOME_SUCCESS,
    ES_OUTCOME_FAILURE,
    ES_OUTCOME_UNKNOWN, /* it is over, and nobody knows how */
};
/* What a person says of it: `ok`, `failed` or `unknown`, and words of his own behind that. */
bool es_outcome_parse(struct es_slice line, enum es_outcome *out,
                      struct es_slice *remark);

/* Prepared answers to an adapter of kind prompt (--answers FILE). */
struct es_prepared_answer {
    const char *instance; /* id, may be a glob */
    const char *op;       /* NULL: any */
    struct {
        const char **at; /* of the first, second.. such question of an instance */
        size_t n, room;
    } answers;
};
struct es_prepared_answers {
    const char *path, *person;
    struct es_prepared_answer *at;
    size_t n, room;
};
bool es_prepared_answers_load(const char *path, struct es_arena *arena,
                              struct es_prepared_answers *out, struct es_diag *d);
/* What the first entry that fits says the nth time (from 0); its last answer holds for all
 * that follow. NULL: none fits. */
const char *es_prepared_answer(const struct es_prepared_answers *all,
                               const char *instance, const char *op, size_t nth);

/* Loads folder/expected.yaml; a missing file is an empty list. */
bool es_expected_load(const char *folder, struct es_arena *arena,
                      struct es_expected_list *out, struct es_diag *d);

#endif
