/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CLI_EXPLANATION_H
#define ES_CLI_EXPLANATION_H

/* What `explain` says about a name: of the language (explanation.c), of the project's data
 * (explanation_data.c). */

#include "cli/cli.h"

struct es_explanation {
    struct es_cli *cli;
    struct es_workspace *w;
    const char *name;
};

/* Prints everything that goes by the name; false if nothing does. */
bool es_explanation_print(const struct es_explanation *e);
/* Notes that nothing does, with "did you mean". */
void es_explanation_suggest(const struct es_explanation *e);

/* Requirements, scenarios, ICS and PIXIT items. */
bool es_explanation_print_data(const struct es_explanation *e);
void es_explanation_offer_data(const struct es_explanation *e, struct es_suggestion *s);

#endif
