/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOTICE_MAX = 1024 };

static void be_maker(const char *folder, int64_t now_s, int fd) ES_NORETURN;

static void be_maker(const char *folder, int64_t now_s, int fd)
{
    struct es_diag *d = es_diag_new();
    const char *notice = NULL;
    const struct es_zoo *zoo = es_zoo_open(es_arena_new(), folder, now_s, &notice, d);
    bool told = zoo && notice && write(fd, notice, strlen(notice)) > 0;
    _exit(zoo && (told || !notice) ? 0 : 1);
}

/* What the maker has to tell; NULL if there is nothing. */
static const char *hear(int fd, struct es_arena *arena)
{
    char text[NOTICE_MAX];
    ssize_t n;
    do {
        n = read(fd, text, sizeof text);
    } while (n < 0 && errno == EINTR);
    return n > 0 ? es_arena_text(arena, es_slice_make(text, (size_t)n)) : NULL;
}

/* Whatever goes wrong here shows again when the parent opens the folder. */
static const char *make_apart(const char *folder, int64_t now_s, struct es_arena *arena)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return NULL;
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        be_maker(folder, now_s, ends[1]);
    }
    close(ends[1]);
    const char *notice = pid > 0 ? hear(ends[0], arena) : NULL;
    close(ends[0]);
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
    return notice;
}

struct es_zoo *es_run_zoo_open(const char *folder, int64_t now_s, const char **notice,
                               struct es_arena *arena, struct es_diag *d)
{
    const char *made = make_apart(folder, now_s, arena);
    struct es_zoo *zoo = es_zoo_open(arena, folder, now_s, notice, d);
    if (zoo && !*notice) {
        *notice = made;
    }
    return zoo && es_zoo_export(zoo, folder, d) ? zoo : NULL;
}
