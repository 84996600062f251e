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
    ES_ADAPTER_PROCESS, /* started by us */
    ES_ADAPTER_PULL,    /* the IUT asks for its next case */
    ES_ADAPTER_PROMPT,  /* a human at the table */
    ES_ADAPTER_PASSIVE, /* it runs elsewhere or comes by itself */
};

enum es_isolation { ES_ISOLATION_PROCESS, ES_ISOLATION_SHARED, ES_ISOLATION_SERIAL };

enum es_pixit_type { ES_PIXIT_NUMBER, ES_PIXIT_DURATION, ES_PIXIT_FILE, ES_PIXIT_TEXT };

/* A question of the dictionary. */
struct es_ics_item {
    const char *name, *ask, *ref, *status;
    enum es_role role; /* whom it is asked of; usually both */
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
/* One way to do `iut.set: {name: value}` or an operation of a client: a line for its stdin,
 * or a command. */
struct es_driver_line {
    const char *name;
    const char *line; /* with $value, $op, $uri still in it, without its line end */
};

struct es_driver_spec {
    const char *folder; /* as named; NULL for an implicit driver */
    const char *name;   /* for reports: the folder, or the URI */
    const char *version;
    const char *profile;
    bool is_server, is_client, is_registrar;
    enum es_adapter_kind adapter;
    const char *start;      /* process: command, relative to folder */
    struct es_regex *ready; /* process: pattern on stdout, group `port` */
    es_usec ready_within;
    const char *address; /* passive: coaps URI */
    enum es_isolation isolation;
    es_usec pause;             /* between instances */
    uint64_t max_certificates; /* that a run may make it issue; 0: no limit */
    const char *listen;        /* client: where the harness waits for it; or NULL */
    const char *op;            /* client: line that starts an operation; or NULL */
    struct es_regex *success;  /* client: patterns on stdout that end an operation, */
    struct es_regex *failure;  /* group `error` names the reason; or NULL */
    const char *reset;         /* line that resets it without a restart; or NULL */
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
/* Loads folder/expected.yaml; a missing file is an empty list. */
bool es_expected_load(const char *folder, struct es_arena *arena,
                      struct es_expected_list *out, struct es_diag *d);

#endif
