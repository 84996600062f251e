/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/plan_builder.h"
#include "base/buf.h"

#include <dirent.h>
#include <string.h>

/* Everything that the language offers explains itself and is used by a scenario. */
TestSuite(ops_registry, .init = plan_set_up, .fini = plan_tear_down);

static const char folder[] = "scenarios/language";

/* The verbs, matchers and functions that a file uses. */
static bool uses_name(struct es_slice text, const char *name)
{
    size_t n = strlen(name);
    for (size_t at = 0; at < text.n;) {
        size_t found = es_slice_search(es_slice_from(text, at), es_slice_of(name));
        size_t here = at + found;
        if (here + n > text.n) {
            return false;
        }
        bool starts = here == 0 || strchr(" {[|(\n:", text.p[here - 1]);
        bool ends = here + n == text.n || strchr(" :,|}](\n", text.p[here + n]);
        if (starts && ends) {
            return true;
        }
        at = here + 1;
    }
    return false;
}

static struct es_slice read_text(const char *path)
{
    struct es_buf out;
    FILE *in = fopen(path, "rb");
    cr_assert_not_null(in, "%s", path);
    es_buf_build(&out, arena, 1 << 16);
    out.n = fread(out.p, 1, out.max, in);
    fclose(in);
    return es_buf_slice(&out);
}

/* Every scenario of the folder in one text, without comments. */
static struct es_slice all_scenarios(void)
{
    DIR *in = opendir(folder);
    const char *all = "";
    cr_assert_not_null(in);
    for (const struct dirent *e = readdir(in); e; e = readdir(in)) {
        if (strstr(e->d_name, ".yaml")) {
            struct es_slice text =
                read_text(es_arena_printf(arena, "%s/%s", folder, e->d_name));
            while (text.n) {
                struct es_slice line = es_slice_split(&text, '\n');
                bool comment = es_slice_has_prefix(es_slice_trim(line), "#");
                all = es_arena_printf(arena, "%s%.*s\n", all,
                                      ES_SLICE_ARG(comment ? ES_SLICE_NONE : line));
            }
        }
    }
    closedir(in);
    return es_slice_of(all);
}

static void expect_explained(const char *name, const char *summary, const char *doc)
{
    cr_expect(summary && *summary, "%s has no summary", name);
    cr_expect(doc && strstr(doc, "Example: "), "%s has no Example", name);
}

Test(ops_registry, descriptors_are_complete_sorted_and_unique)
{
    es_language_assert(es_ops_language());
}

Test(ops_registry, every_name_is_explained_with_an_example)
{
    const struct es_language *l = es_ops_language();
    for (size_t i = 0; i < l->verbs_n; i++) {
        expect_explained(l->verbs[i]->name, l->verbs[i]->summary, l->verbs[i]->doc);
        cr_expect(l->verbs[i]->value_doc && *l->verbs[i]->value_doc);
    }
    for (size_t i = 0; i < l->matchers_n; i++) {
        const struct es_matcher *m = l->matchers[i];
        expect_explained(m->name, m->summary, m->doc);
    }
    for (size_t i = 0; i < l->functions_n; i++) {
        const struct es_function *f = l->functions[i];
        expect_explained(f->name, f->summary, f->doc);
    }
}

Test(ops_registry, every_verb_has_a_scenario_of_its_name)
{
    const struct es_language *l = es_ops_language();
    for (size_t i = 0; i < l->verbs_n; i++) {
        const char *path =
            es_arena_printf(arena, "%s/%s.yaml", folder, l->verbs[i]->name);
        FILE *in = fopen(path, "rb");
        cr_expect_not_null(in, "%s is missing", path);
        if (in) {
            fclose(in);
            cr_expect(uses_name(read_text(path), l->verbs[i]->name),
                      "%s does not use it", path);
        }
    }
}

Test(ops_registry, every_matcher_and_function_is_used_in_a_scenario)
{
    const struct es_language *l = es_ops_language();
    struct es_slice all = all_scenarios();
    for (size_t i = 0; i < l->matchers_n; i++) {
        cr_expect(uses_name(all, l->matchers[i]->name), "%s is in no scenario of %s",
                  l->matchers[i]->name, folder);
    }
    for (size_t i = 0; i < l->functions_n; i++) {
        cr_expect(uses_name(all, l->functions[i]->name), "%s is in no scenario of %s",
                  l->functions[i]->name, folder);
    }
}

Test(ops_registry, names_are_found_as_whole_words)
{
    cr_expect(uses_name(ES_SLICE_LIT("  - send: RST\n"), "send"));
    cr_expect(uses_name(ES_SLICE_LIT("size: absent|same"), "same"));
    cr_expect_not(uses_name(ES_SLICE_LIT("record.send: 1"), "send"));
    cr_expect_not(uses_name(ES_SLICE_LIT("sender: 1"), "send"));
}
