/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_SCENARIO_REQUIREMENT_H
#define ES_SCENARIO_REQUIREMENT_H

/*
 * The registry of rules: id, level, who is bound, our own paraphrase. It stands in
 * scenarios/requirements/<source>.yaml; untestable.yaml there lists ids that no black-box
 * test can judge, with the reason. The level of a rule and nothing else decides what a broken
 * check gives (`judge` may be milder).
 */

#include "base/diag.h"
#include "base/vector.h"

/* ISO 9646 verdicts, in the order in which the worst wins. */
enum es_verdict {
    ES_VERDICT_PASS,
    ES_VERDICT_WARNING,
    ES_VERDICT_INCONCLUSIVE,
    ES_VERDICT_FAIL,
    ES_VERDICT_ERROR,
};

enum es_role { ES_ROLE_SERVER, ES_ROLE_CLIENT, ES_ROLE_REGISTRAR, ES_ROLE_BOTH };

/* What a broken check of the rule does. */
enum es_effect { ES_EFFECT_REPORT, ES_EFFECT_WARNING, ES_EFFECT_FAIL };

struct es_requirement {
    const char *id; /* RFC9148:4.6:server-block2 */
    const char
        *source;       /* "RFC 9148 s4.6", as in the registry; several joined by ", " */
    const char *level; /* MUST, SHOULD, DEF, ... as in the source */
    const char *text;  /* our paraphrase */
    const char *observable; /* yes, no, partly */
    const char *untestable; /* reason, or NULL */
    const char *judge_why;  /* why judge is milder than the level, or NULL */
    enum es_role role;
    enum es_effect effect;
    struct es_loc loc;
};

struct es_registry {
    struct {
        struct es_requirement *at;
        size_t n, room;
    } requirements; /* sorted by id */
};

/* Loads every *.yaml of the folder. False and notes if a file or entry is wrong. */
bool es_registry_load(const char *folder, struct es_arena *arena,
                      struct es_registry *out, struct es_diag *d);
/* NULL if there is none. */
const struct es_requirement *es_registry_find(const struct es_registry *r,
                                              struct es_slice id);
/* Whether a rule of this role binds an implementation in role `iut` (a registrar must also do
 * what a server must). */
bool es_role_binds(enum es_role rule, enum es_role iut);
const char *es_role_name(enum es_role role);
/* `server`, `client`, `registrar`; false for anything else. */
bool es_role_parse(struct es_slice text, enum es_role *out);
/* `RFC 9148 section 4.6`, made from the id. */
const char *es_requirement_section(const struct es_requirement *r, struct es_arena *a);
/* `fail`, `warning` ...: the words of reports and of expected.yaml. */
const char *es_verdict_name(enum es_verdict v);
bool es_verdict_parse(struct es_slice text, enum es_verdict *out);

#endif
