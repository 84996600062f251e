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

struct es_regex *es_regex_new(struct es_slice pattern, struct es_loc loc,
                              struct es_diag *d)
{
    int error;
    PCRE2_SIZE at;
    pcre2_code *code = pcre2_compile(pattern.p ? pattern.p : (const uint8_t *)"",
                                     pattern.n, PCRE2_MULTILINE, &error, &at, NULL);
    if (!code) {
        PCRE2_UCHAR text[120];
        pcre2_get_error_message(error, text, sizeof text);
        es_fail(d, loc, ES_CODE_SCENARIO, "regular expression: %s at character %zu",
                (const char *)text, at + 1);
        return NULL;
    }
    struct es_regex *re = es_mem_alloc(sizeof *re);
    re->code = code;
    re->data = pcre2_match_data_create_from_pattern(code, NULL);
    re->context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(re->context, MATCH_LIMIT);
    pcre2_set_depth_limit(re->context, DEPTH_LIMIT);
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
