/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/regex.h"

#include "base/mem.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { MATCH_LIMIT = 200000, DEPTH_LIMIT = 2000 };

struct es_regex {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
};

/* NULL and a note if the pattern is wrong. general NULL: the heap. */
static pcre2_code *compile(struct es_slice pattern, struct es_loc loc,
                           pcre2_general_context *general, struct es_diag *d)
{
    int error;
    PCRE2_SIZE at;
    pcre2_compile_context *context = pcre2_compile_context_create(general);
    pcre2_code *code = pcre2_compile(pattern.p ? pattern.p : (const uint8_t *)"",
                                     pattern.n, PCRE2_MULTILINE, &error, &at, context);
    pcre2_compile_context_free(context);
    if (!code) {
        PCRE2_UCHAR text[120];
        pcre2_get_error_message(error, text, sizeof text);
        es_fail(d, loc, ES_CODE_SCENARIO, "regular expression: %s at character %zu",
                (const char *)text, at + 1);
    }
    return code;
}

static void prepare(struct es_regex *re, pcre2_code *code,
                    pcre2_general_context *general)
{
    re->code = code;
    re->data = pcre2_match_data_create_from_pattern(code, general);
    re->context = pcre2_match_context_create(general);
    pcre2_set_match_limit(re->context, MATCH_LIMIT);
    pcre2_set_depth_limit(re->context, DEPTH_LIMIT);
}

struct es_regex *es_regex_new(struct es_slice pattern, struct es_loc loc,
                              struct es_diag *d)
{
    pcre2_code *code = compile(pattern, loc, NULL, d);
    if (!code) {
        return NULL;
    }
    struct es_regex *re = es_mem_alloc(sizeof *re);
    prepare(re, code, NULL);
    return re;
}

static void *from_arena(size_t n, void *arena)
{
    return es_arena_alloc(arena, n);
}

static void to_arena(void *p, void *arena)
{
    (void)p, (void)arena;
}

const struct es_regex *es_regex_build(struct es_slice pattern, struct es_loc loc,
                                      struct es_arena *arena, struct es_diag *d)
{
    pcre2_general_context *general =
        pcre2_general_context_create(from_arena, to_arena, arena);
    pcre2_code *code = compile(pattern, loc, general, d);
    if (!code) {
        return NULL;
    }
    struct es_regex *re = ES_NEW(arena, struct es_regex);
    prepare(re, code, general);
    return re;
}

void es_regex_free(struct es_regex *re)
{
    if (re) {
        pcre2_match_context_free(re->context);
        pcre2_match_data_free(re->data);
        pcre2_code_free(re->code);
        es_mem_free(re);
    }
}

bool es_regex_matches(const struct es_regex *re, struct es_slice subject)
{
    return pcre2_match(re->code, subject.p ? subject.p : (const uint8_t *)"", subject.n,
                       0, 0, re->data, re->context) > 0;
}

bool es_regex_group(const struct es_regex *re, struct es_slice subject,
                    const char *name, struct es_slice *group)
{
    *group = ES_SLICE_NONE;
    if (!es_regex_matches(re, subject)) {
        return false;
    }
    int number = pcre2_substring_number_from_name(re->code, (PCRE2_SPTR)name);
    if (number > 0) {
        const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(re->data);
        PCRE2_SIZE from = ends[2 * number], to = ends[2 * number + 1];
        if (from != PCRE2_UNSET) {
            *group = es_slice_sub(subject, from, to - from);
        }
    }
    return true;
}
