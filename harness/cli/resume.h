/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CLI_RESUME_H
#define ES_CLI_RESUME_H

/*
 * A run that goes on (`run --resume`): everything that it was started with is read from the
 * journal in its report folder, as if it stood on the command line again.
 */

#include "cli/select.h"
#include "cli/target.h"
#include "run/journal.h"

struct es_resume {
    const char *folder; /* the report folder, as the user may name it */
    struct es_journal *journal;
    struct es_journal_content content;
};

/* Finds the run, takes hold of its journal, goes to where it was started and puts its options
 * in the place of those given. False and notes; es_journal_close what is there. */
bool es_resume_open(struct es_resume *r, struct es_cli *cli,
                    const struct es_option_table *table, const char *named)
    ES_MUST_CHECK;
/* The ids that were asked for where the run was narrowed by --last-failed. */
void es_resume_select(const struct es_resume *r, struct es_selection *selection,
                      struct es_arena *a);
/* Compares the files with those of then (`head` has those of now). What has changed is told in
 * *notices; results of scenarios that have changed are dropped. */
void es_resume_compare(struct es_resume *r, const struct es_workspace *w,
                       const struct es_journal_head *head, struct es_texts *notices,
                       struct es_arena *a);

/* What a new run is started with. */
struct es_journal_head es_resume_head(struct es_cli *cli, const struct es_workspace *w,
                                      const struct es_selection *selection,
                                      const struct es_target *target, uint64_t seed);

#endif
