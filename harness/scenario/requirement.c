/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/requirement.h"

#include "base/buf.h"
#include "scenario/record.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const role_names[] = {
    [ES_ROLE_SERVER] = "server",
    [ES_ROLE_CLIENT] = "client",
    [ES_ROLE_REGISTRAR] = "registrar",
    [ES_ROLE_BOTH] = "both",
    NULL,
};

static const char *const verdict_names[] = {
    [ES_VERDICT_PASS] = "pass",
    [ES_VERDICT_WARNING] = "warning",
    [ES_VERDICT_INCONCLUSIVE] = "inconclusive",
    [ES_VERDICT_FAIL] = "fail",
    [ES_VERDICT_ERROR] = "error",
    NULL,
};

static const char *const level_names[] = {
    "MUST",        "MUST NOT", "REQUIRED", "DEF",  "SHOULD", "SHOULD NOT",
    "RECOMMENDED", "MAY",      "OPTIONAL", "INFO", NULL,
};
/* What each level gives, in the same order. */
static const enum es_effect level_effects[] = {
    ES_EFFECT_FAIL,    ES_EFFECT_FAIL,    ES_EFFECT_FAIL,    ES_EFFECT_FAIL,
    ES_EFFECT_WARNING, ES_EFFECT_WARNING, ES_EFFECT_WARNING, ES_EFFECT_REPORT,
    ES_EFFECT_REPORT,  ES_EFFECT_REPORT,
};

static const char *const judge_names[] = {
    [ES_EFFECT_REPORT] = "report",
    [ES_EFFECT_WARNING] = "warning",
    NULL,
};

static const char *const observable_names[] = {"yes", "no", "partly", NULL};

struct untestable {
    const char *id, *reason;
    struct es_loc loc;
};

struct loader {
    struct es_arena *arena;
    struct es_arena *tree; /* of the file that is being read */
    const char *path;      /* its name, in `arena` */
    struct es_registry *out;
    struct es_diag *d;
    struct {
        struct untestable *at;
        size_t n, room;
    } untestable;
};

/* SOURCE:section:slug, none of them empty, no blanks. */
static bool is_id(const char *text)
{
    struct es_slice id = es_slice_of(text);
    bool blank = es_slice_find(id, ' ') != id.n;
    struct es_slice source = es_slice_split(&id, ':');
    struct es_slice section = es_slice_split(&id, ':');
    return !blank && source.n && section.n && id.n && es_slice_find(id, ':') == id.n;
}

/* One text, or a list of them joined. */
static bool read_source(struct loader *l, const struct es_node *n, const char **out)
{
    if (n->kind != ES_NODE_SEQUENCE) {
        return es_node_text(n, l->arena, out, l->d);
    }
    struct es_buf joined;
    es_buf_build(&joined, l->tree, 1024);
    for (size_t i = 0; i < n->items.n; i++) {
        const char *part;
        ES_TRY(es_node_text(n->items.at[i], l->arena, &part, l->d));
        es_buf_printf(&joined, "%s%s", i ? ", " : "", part);
    }
    *out = es_arena_text(l->arena, es_buf_slice(&joined));
    return n->items.n > 0 ||
           es_fail(l->d, n->loc, ES_CODE_SCENARIO, "a source is missing here");
}

static bool read_effect(struct loader *l, const struct es_node *entry,
                        struct es_requirement *r)
{
    size_t level = 0, judge = 0;
    const struct es_node *named = es_node_find(entry, "judge");
    ES_TRY(es_record_word(es_node_find(entry, "level"), level_names, "a level", &level,
                          l->d));
    r->level = level_names[level];
    r->effect = level_effects[level];
    if (!named) {
        return true;
    }
    ES_TRY(es_record_word(named, judge_names, "a way to judge", &judge, l->d));
    if ((enum es_effect)judge >= r->effect) {
        es_fail(l->d, named->loc, ES_CODE_SCENARIO,
                "judge: %s is not milder than the level %s", judge_names[judge],
                r->level);
        return es_hint(l->d, "leave it out");
    }
    r->effect = (enum es_effect)judge;
    return true;
}

static bool read_words(struct loader *l, const struct es_node *entry,
                       struct es_requirement *r)
{
    size_t role = 0, observable = 0;
    bool ok = read_effect(l, entry, r);
    ok = es_record_word(es_node_find(entry, "role"), role_names, "a role", &role,
                        l->d) &&
         ok;
    ok = es_record_word(es_node_find(entry, "observable"), observable_names,
                        "an answer to 'observable'", &observable, l->d) &&
         ok;
    r->role = (enum es_role)role;
    r->observable = observable_names[observable];
    return read_source(l, es_node_find(entry, "source"), &r->source) && ok;
}

static bool read_requirement(struct loader *l, const struct es_node *entry)
{
    struct es_requirement r = {0};
    const struct es_record_field fields[] = {
        {"id", &r.id, true},
        {"source", NULL, true},
        {"level", NULL, true},
        {"judge", NULL, false},
        {"judge-why", &r.judge_why, false},
        {"role", NULL, true},
        {"observable", NULL, true},
        {"requirement", &r.text, true},
        {"test", NULL, false},
        {"note", NULL, false},
        {"profiles", NULL, false},
        {"area", NULL, false},
        {"vectors", NULL, false},
    };
    ES_TRY(es_record_read(entry, fields, ES_COUNT(fields), "a requirement", l->arena,
                          l->d));
    r.loc = es_node_find(entry, "id")->loc;
    r.loc.file = l->path;
    if (!is_id(r.id)) {
        es_fail(l->d, r.loc, ES_CODE_SCENARIO, "'%s' is not the id of a requirement",
                r.id);
        return es_hint(l->d, "SOURCE:section:slug, as in RFC9148:4.6:server-block2");
    }
    ES_TRY(read_words(l, entry, &r));
    ES_PUSH(l->arena, &l->out->requirements, r);
    return true;
}

static bool read_untestable(struct loader *l, const struct es_node *entry)
{
    struct untestable u = {0};
    const struct es_record_field fields[] = {
        {"id", &u.id, true},
        {"reason", &u.reason, true},
    };
    ES_TRY(es_record_read(entry, fields, ES_COUNT(fields), "an untestable rule",
                          l->arena, l->d));
    u.loc = es_node_find(entry, "id")->loc;
    u.loc.file = l->path;
    ES_PUSH(l->arena, &l->untestable, u);
    return true;
}

/* Reads each entry of the list; one that is wrong does not hide the next. */
static bool read_list(struct loader *l, const struct es_node *list,
                      bool (*read)(struct loader *, const struct es_node *))
{
    bool ok = true;
    if (list) {
        ES_TRY(es_node_want(list, ES_NODE_SEQUENCE, l->d));
    }
    for (size_t i = 0; list && i < list->items.n; i++) {
        ok = read(l, list->items.at[i]) && ok;
    }
    return ok;
}

static bool read_root(struct loader *l, const struct es_node *root)
{
    static const char *const keys[] = {"format", "requirements", "untestable", NULL};
    ES_TRY(es_node_check_format(root, l->d));
    bool ok = es_node_only_keys(root, keys, "a file of the registry", l->d);
    ok = read_list(l, es_node_find(root, "requirements"), read_requirement) && ok;
    return read_list(l, es_node_find(root, "untestable"), read_untestable) && ok;
}

/* Only the texts are kept, in the loader's arena: the trees are large. */
static bool read_file(struct loader *l, const char *path)
{
    l->tree = es_arena_new();
    l->path = path;
    const struct es_node *root = es_yaml_read(path, l->tree, l->d);
    bool ok = root && read_root(l, root);
    es_arena_free(l->tree);
    return ok;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool read_folder(struct loader *l, const char *folder)
{
    struct {
        const char **at;
        size_t n, room;
    } paths = {0};
    struct es_loc whole = {folder, 0, 0, 0, 0};
    DIR *in = opendir(folder);
    if (!in) {
        return es_fail(l->d, whole, ES_CODE_INPUT, "cannot be read: %s",
                       strerror(errno));
    }
    for (const struct dirent *e = readdir(in); e; e = readdir(in)) {
        struct es_slice name = es_slice_of(e->d_name);
        if (es_slice_has_suffix(name, ".yaml") && !es_slice_has_prefix(name, ".")) {
            ES_PUSH(l->arena, &paths,
                    es_arena_printf(l->arena, "%s/%s", folder, e->d_name));
        }
    }
    closedir(in);
    if (paths.n == 0) {
        return es_fail(l->d, whole, ES_CODE_INPUT, "holds no file of requirements");
    }
    qsort(paths.at, paths.n, sizeof *paths.at, compare_names);
    bool ok = true;
    for (size_t i = 0; i < paths.n; i++) {
        ok = read_file(l, paths.at[i]) && ok;
    }
    return ok;
}

static int compare_requirements(const void *left, const void *right)
{
    const struct es_requirement *a = left, *b = right;
    int order = strcmp(a->id, b->id);
    return order ? order : (int)a->loc.line - (int)b->loc.line;
}

static bool sort_registry(struct loader *l)
{
    struct es_requirement *at = l->out->requirements.at;
    size_t n = l->out->requirements.n;
    bool ok = true;
    if (n > 1) {
        qsort(at, n, sizeof *at, compare_requirements);
    }
    for (size_t i = 1; i < n; i++) {
        if (strcmp(at[i - 1].id, at[i].id) == 0) {
            ok = es_fail(l->d, at[i].loc, ES_CODE_SCENARIO,
                         "requirement '%s' stands twice in the registry", at[i].id);
            es_hint(l->d, "also at %s:%u", at[i - 1].loc.file, at[i - 1].loc.line);
        }
    }
    return ok;
}

static struct es_requirement *find(const struct es_registry *r, struct es_slice id)
{
    size_t low = 0, high = r->requirements.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = es_slice_cmp(es_slice_of(r->requirements.at[middle].id), id);
        if (order == 0) {
            return &r->requirements.at[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return NULL;
}

static bool mark_untestable(struct loader *l, const struct untestable *u)
{
    struct es_requirement *r = find(l->out, es_slice_of(u->id));
    if (r && r->untestable) {
        return es_fail(l->d, u->loc, ES_CODE_SCENARIO, "'%s' stands twice in the list",
                       u->id);
    }
    if (r) {
        r->untestable = u->reason;
        return true;
    }
    struct es_suggestion near;
    es_suggestion_init(&near, es_slice_of(u->id));
    for (size_t i = 0; i < l->out->requirements.n; i++) {
        es_suggestion_offer(&near, l->out->requirements.at[i].id);
    }
    es_fail(l->d, u->loc, ES_CODE_SCENARIO, "requirement '%s' is not in the registry",
            u->id);
    return near.best ? es_hint(l->d, "did you mean '%s'?", near.best) : false;
}

bool es_registry_load(const char *folder, struct es_arena *arena,
                      struct es_registry *out, struct es_diag *d)
{
    struct loader l = {.arena = arena, .out = out, .d = d};
    size_t before = d->total;
    *out = (struct es_registry){{0}};
    bool read = read_folder(&l, folder);
    bool sorted = sort_registry(&l);
    /* After an entry was refused its absence from the registry says nothing. */
    for (size_t i = 0; read && i < l.untestable.n; i++) {
        mark_untestable(&l, &l.untestable.at[i]);
    }
    return read && sorted && d->total == before;
}

const struct es_requirement *es_registry_find(const struct es_registry *r,
                                              struct es_slice id)
{
    return find(r, id);
}

bool es_role_binds(enum es_role rule, enum es_role iut)
{
    return rule == iut || rule == ES_ROLE_BOTH ||
           (iut == ES_ROLE_REGISTRAR && rule == ES_ROLE_SERVER);
}

const char *es_role_name(enum es_role role)
{
    return role_names[role];
}

bool es_role_parse(struct es_slice text, enum es_role *out)
{
    for (size_t i = 0; i < ES_ROLE_BOTH; i++) {
        if (es_slice_is(text, role_names[i])) {
            *out = (enum es_role)i;
            return true;
        }
    }
    return false;
}

const char *es_requirement_section(const struct es_requirement *r, struct es_arena *a)
{
    struct es_slice rest = es_slice_of(r->id);
    struct es_slice source = es_slice_split(&rest, ':');
    struct es_slice section = es_slice_split(&rest, ':');
    bool appendix = section.n && section.p[0] >= 'A' && section.p[0] <= 'Z';
    const char *word = appendix ? "appendix" : "section";
    if (es_slice_has_prefix(source, "RFC")) {
        source = es_slice_from(source, 3);
        return es_arena_printf(a, "RFC %.*s %s %.*s", ES_SLICE_ARG(source), word,
                               ES_SLICE_ARG(section));
    }
    return es_arena_printf(a, "%.*s %s %.*s", ES_SLICE_ARG(source), word,
                           ES_SLICE_ARG(section));
}

const char *es_verdict_name(enum es_verdict v)
{
    return verdict_names[v];
}

bool es_verdict_parse(struct es_slice text, enum es_verdict *out)
{
    for (size_t i = 0; verdict_names[i]; i++) {
        if (es_slice_is(text, verdict_names[i])) {
            *out = (enum es_verdict)i;
            return true;
        }
    }
    return false;
}
