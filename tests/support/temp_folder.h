/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_TEST_TEMP_FOLDER_H
#define ES_TEST_TEMP_FOLDER_H

#include "base/arena.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

/* A new folder for the files of one test. */
static inline const char *temp_folder_make(struct es_arena *a)
{
    const char *top = getenv("TMPDIR");
    const char *pattern = es_arena_printf(a, "%s/estspec-XXXXXX", top ? top : "/tmp");
    char *path = es_arena_alloc(a, strlen(pattern) + 1);
    memcpy(path, pattern, strlen(pattern));
    cr_assert_not_null(mkdtemp(path), "cannot make %s", path);
    return path;
}

/* Removes the folder and the files in it (no folders). */
static inline void temp_folder_remove(struct es_arena *a, const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    while (folder && (entry = readdir(folder)) != NULL) {
        unlink(es_arena_printf(a, "%s/%s", path, entry->d_name));
    }
    if (folder) {
        closedir(folder);
    }
    cr_assert_eq(rmdir(path), 0, "something else was left in %s", path);
}

#endif
