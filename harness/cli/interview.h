/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CLI_INTERVIEW_H
#define ES_CLI_INTERVIEW_H

/*
 * Questions on the terminal, or answers through a pipe, a line each. An empty line or `?` takes
 * the default; a wrong answer is asked again with the reason. At the end of the input every
 * further question takes its default, unless the last answer was refused.
 */

#include "cli/cli.h"

struct es_interview {
    struct es_cli *cli;
    FILE *in, *out;
    bool echo; /* nobody sees what is typed: the answers are printed */
    bool ended;
};

struct es_question {
    const char *text;
    const char *fallback; /* the default; NULL: an answer is needed */
    const char *const
        *words; /* one of them, or how it begins; NULL at the end; or NULL */
    /* Why the answer will not do, or NULL; judge may be NULL. */
    const char *(*judge)(const char *answer, struct es_arena *a);
};

/* Answers come from stdin, questions go to stdout. */
void es_interview_init(struct es_interview *v, struct es_cli *cli);
/* False and a note (USAGE) if the input ends before there is an answer. *answer is one of the
 * words, where there are any. */
bool es_interview_ask(struct es_interview *v, const struct es_question *q,
                      const char **answer) ES_MUST_CHECK;

#endif
