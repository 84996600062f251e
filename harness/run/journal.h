/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_RUN_JOURNAL_H
#define ES_RUN_JOURNAL_H

/*
 * The journal of a run: a file in its report folder with what was asked for and each result as
 * it comes, so that a run that was broken off (Ctrl-C, kill -9, the power) can go on.
 *
 * The file is a row of frames: length, checksum, bytes. It is only appended to. A frame that
 * is torn (the tool died while it wrote) ends the row; what stands there is written over. One
 * process at a time has the file, which a lock on it ensures; the lock dies with the process.
 *
 * Sequence: es_journal_create for a new run, es_journal_open for one that goes on,
 * es_journal_add for each result, es_journal_close. Not stored: results that need no run
 * (not applicable, because of a broken prerequisite); they are found again.
 */

#include "run/result.h"

struct es_journal;

struct es_journal_texts {
    const char **at;
    size_t n, room;
};

/* What a run was started with. */
struct es_journal_head {
    const char *tool_version;
    const char *run_id;
    const char *start_folder; /* what relative paths are relative to */
    int64_t start_unix_us;
    struct es_journal_texts arguments; /* words of the command line, seed included */
    struct es_journal_texts listed;    /* ids, where only those listed were asked for */
    struct es_journal_texts files;     /* see es_journal_note_file */
};

/* What a journal says. */
struct es_journal_content {
    struct es_journal_head head;
    struct {
        struct es_instance_result *at;
        size_t n, room;
    } results;       /* the latest one of each instance counts */
    es_usec wall_us; /* of the run, when the last result came */
};

/* Takes down a file and a checksum of what stands in it; the text is the same as long as
 * the file is. */
void es_journal_note_file(struct es_journal_head *head, const char *path,
                          struct es_arena *arena);
/* The path in such a text. */
const char *es_journal_file_path(const char *noted);

/* Begins a journal in the file; what was in it is gone. NULL and a note (ENVIRONMENT) if
 * another process has it or it cannot be opened. A failed write is noted here and in
 * es_journal_add; after it the journal takes no more. */
struct es_journal *es_journal_create(const char *path,
                                     const struct es_journal_head *head,
                                     struct es_arena *arena, struct es_diag *d);
/* Reads the journal and goes on with it. NULL and a note: INPUT if it is none, or one of
 * another version; ENVIRONMENT if another process has it. */
struct es_journal *es_journal_open(const char *path, struct es_arena *arena,
                                   struct es_journal_content *out, struct es_diag *d);
/* Appends a result. False and a note where that fails; it is told once. */
bool es_journal_add(struct es_journal *j, es_usec wall_us,
                    const struct es_instance_result *r, struct es_diag *d);
/* Accepts NULL. */
void es_journal_close(struct es_journal *j);

#endif
