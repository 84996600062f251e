/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/select.h"

#include "report/report.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The newest file of a report below the folder; run ids sort by time. */
static const char *newest_report(const char *reports, struct es_arena *a)
{
    DIR *in = opendir(reports);
    const char *best = NULL;
    struct timespec best_time = {0};
    for (const struct dirent *e = in ? readdir(in) : NULL; e; e = readdir(in)) {
        const char *path = es_arena_printf(a, "%s/%s/run.jsonl", reports, e->d_name);
        struct stat info;
        if (e->d_name[0] == '.' || stat(path, &info) != 0) {
            continue;
        }
        bool newer = info.st_mtim.tv_sec > best_time.tv_sec ||
                     (info.st_mtim.tv_sec == best_time.tv_sec &&
                      info.st_mtim.tv_nsec > best_time.tv_nsec);
        if (!best || newer) {
            best = path;
            best_time = info.st_mtim;
        }
    }
    if (in) {
        closedir(in);
    }
    return best;
}

static bool read_last_failed(struct es_selection *s, struct es_cli *cli,
                             const char *reports)
{
    const char *out = es_options_get(&cli->options, "out");
    const char *path = out ? es_arena_printf(cli->arena, "%s/run.jsonl", out)
                           : newest_report(reports, cli->arena);
    const char **ids = NULL;
    size_t n = 0;
    if (!path) {
        es_cli_usage(cli, "--last-failed: there is no report in %s", reports);
        return false;
    }
    s->only_listed = true;
    ES_TRY(es_report_read_failed(path, cli->arena, &ids, &n, cli->d));
    for (size_t i = 0; i < n; i++) {
        ES_PUSH(cli->arena, &s->listed, ids[i]);
    }
    return true;
}

bool es_selection_open(struct es_selection *s, struct es_cli *cli,
                       const struct es_workspace *w, const char *reports)
{
    const struct es_texts *given = &cli->options.positional;
    *s = (struct es_selection){
        .requirements = es_options_all(&cli->options, "requirement", cli->arena),
        .sections = es_options_all(&cli->options, "section", cli->arena),
        .tags = es_options_all(&cli->options, "tag", cli->arena),
    };
    s->used = ES_NEW_ARRAY(cli->arena, bool, given->n + 1);
    for (size_t i = 0; i < given->n; i++) {
        const char *path = es_workspace_path(w, given->at[i], cli->arena);
        struct es_slice id =
            es_slice_of(es_scenario_id(&w->catalogue, path, cli->arena));
        while (id.n && id.p[id.n - 1] == '/') {
            id.n--;
        }
        bool all = es_slice_is(id, w->catalogue.scenarios_folder);
        ES_PUSH(cli->arena, &s->names, all ? "*" : es_arena_text(cli->arena, id));
    }
    return !es_options_has(&cli->options, "last-failed") ||
           read_last_failed(s, cli, reports);
}

static bool names(const char *name, const struct es_instance *i)
{
    const char *scenario = i->scenario->id;
    size_t n = strlen(name);
    bool folder = strncmp(scenario, name, n) == 0 && scenario[n] == '/';
    return folder || strcmp(name, i->id) == 0 || es_text_glob(name, scenario) ||
           es_text_glob(name, i->id);
}

static bool is_named(const struct es_selection *s, const struct es_instance *i)
{
    bool any = s->names.n == 0;
    for (size_t k = 0; k < s->names.n; k++) {
        bool hit = names(s->names.at[k], i);
        s->used[k] = s->used[k] || hit;
        any = any || hit;
    }
    return any;
}

static bool is_tagged(const struct es_selection *s, const struct es_scenario *scenario)
{
    for (size_t k = 0; k < s->tags.n; k++) {
        for (size_t i = 0; i < scenario->tags.n; i++) {
            if (es_text_glob(s->tags.at[k], scenario->tags.at[i])) {
                return true;
            }
        }
    }
    return s->tags.n == 0;
}

static bool is_listed(const struct es_selection *s, const char *id)
{
    for (size_t i = 0; i < s->listed.n; i++) {
        if (strcmp(s->listed.at[i], id) == 0) {
            return true;
        }
    }
    return !s->only_listed;
}

/* Scenarios of the language show its vocabulary on the reference peer; they are not made to
 * judge a peer, and run only when they are asked for by name, tag or list. */
static bool is_wanted(const struct es_selection *s, const struct es_instance *i)
{
    bool asked = s->names.n > 0 || s->tags.n > 0 || s->only_listed;
    return asked || strncmp(i->scenario->id, "language/", strlen("language/")) != 0;
}

bool es_selection_has(const struct es_selection *s, const struct es_instance *i)
{
    return is_wanted(s, i) && is_named(s, i) && is_tagged(s, i->scenario) &&
           is_listed(s, i->id);
}

/* `4.6` is a section of RFC 9148 and of its sections below; `RFC7252:5.3` says the source. */
static bool is_in_section(const char *id, const char *wanted)
{
    struct es_slice rest = es_slice_of(id), want = es_slice_of(wanted);
    struct es_slice source = es_slice_split(&rest, ':');
    struct es_slice section = es_slice_split(&rest, ':');
    if (es_slice_find(want, ':') < want.n) {
        if (!es_slice_eq(es_slice_split(&want, ':'), source)) {
            return false;
        }
    } else if (!es_slice_is(source, "RFC9148")) {
        return false;
    }
    return want.n == 0 || es_slice_eq(section, want) ||
           (section.n > want.n && section.p[want.n] == '.' &&
            es_slice_eq(es_slice_sub(section, 0, want.n), want));
}

static bool judges_one(const struct es_plan *plan, const struct es_texts *wanted,
                       bool (*fits)(const char *id, const char *wanted))
{
    for (size_t i = 0; i < plan->requirements.n; i++) {
        for (size_t k = 0; k < wanted->n; k++) {
            if (fits(plan->requirements.at[i]->id, wanted->at[k])) {
                return true;
            }
        }
    }
    return wanted->n == 0;
}

static bool is_like(const char *id, const char *glob)
{
    return es_text_glob(glob, id);
}

bool es_selection_has_plan(const struct es_selection *s, const struct es_plan *plan)
{
    return judges_one(plan, &s->requirements, is_like) &&
           judges_one(plan, &s->sections, is_in_section);
}

void es_selection_report(const struct es_selection *s, const struct es_workspace *w)
{
    for (size_t k = 0; k < s->names.n; k++) {
        struct es_suggestion near;
        if (s->used[k]) {
            continue;
        }
        es_suggestion_init(&near, es_slice_of(s->names.at[k]));
        for (size_t i = 0; i < w->instances.n; i++) {
            es_suggestion_offer(&near, w->instances.at[i].id);
        }
        for (size_t i = 0; i < w->ids.n; i++) {
            es_suggestion_offer(&near, w->ids.at[i]);
        }
        fprintf(stderr, "estspec: nothing is called '%s'", s->names.at[k]);
        if (near.best) {
            fprintf(stderr, "; did you mean '%s'?\n", near.best);
        } else {
            fputs("; 'estspec list' shows what there is\n", stderr);
        }
    }
}
