/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CLI_DRIVER_DRAFT_H
#define ES_CLI_DRIVER_DRAFT_H

/*
 * A new driver folder: what its owner was asked (driver_questions.c), and the files that are
 * made of the answers (driver_files.c).
 */

#include "cli/cli.h"

struct es_driver_draft {
    const char *name; /* of the folder */
    const struct es_dictionary *dictionary;
    bool is_server, is_client;
    enum es_adapter_kind kind;
    const char *version;
    const char *address; /* passive server */
    const char *listen;  /* client that is not a process: where it looks for us */
    const char *control; /* pull: where it asks what to do */
    bool obeys;          /* a server that takes the lines of the contract */
    bool *yes;           /* for each ICS item */
    const char **values; /* for each PIXIT item; NULL: the default */
};

/* Asks everything. False and a note if the input ends too early. */
bool es_driver_draft_ask(struct es_driver_draft *draft, struct es_cli *cli)
    ES_MUST_CHECK;
/* Whether the question is put to this implementation at all. */
bool es_driver_draft_is_asked(const struct es_driver_draft *draft,
                              const struct es_ics_item *item);
/* Writes the files into the folder, which is there. False and a note (ENVIRONMENT). */
bool es_driver_draft_write(const struct es_driver_draft *draft, const char *folder,
                           struct es_diag *d) ES_MUST_CHECK;

#endif
