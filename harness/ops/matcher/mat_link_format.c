/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/format.h"
#include "codec/link_format.h"
#include "scenario/op.h"

static const struct es_link_list *of(const void *record)
{
    return record;
}

static struct es_value get_count(const void *record, const struct es_shape_field *f,
                                 struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_number((int64_t)of(record)->n);
}

/* Whether a link with each of the space-separated resource types is there. */
static bool test_lists(const void *record, const struct es_shape_field *f,
                       const struct es_value *argument, struct es_arena *a,
                       const char **got)
{
    (void)f;
    struct es_slice words = argument->bytes;
    while (words.n) {
        const char *rt = es_arena_text(a, es_slice_split(&words, ' '));
        size_t at = 0;
        if (*rt && !es_link_find(of(record), rt, &at)) {
            *got = es_arena_printf(a, "no link with rt=%s among %zu links", rt,
                                   of(record)->n);
            return false;
        }
    }
    return true;
}

static bool test_lacks(const void *record, const struct es_shape_field *f,
                       const struct es_value *argument, struct es_arena *a,
                       const char **got)
{
    struct es_slice words = argument->bytes;
    (void)f;
    while (words.n) {
        const char *rt = es_arena_text(a, es_slice_split(&words, ' '));
        size_t at = 0;
        if (*rt && es_link_find(of(record), rt, &at)) {
            *got = es_arena_printf(a, "there is a link with rt=%s", rt);
            return false;
        }
    }
    return true;
}

enum once { RT, CT };

/* rt and ct stand at most once per link (RFC 6690, 3.1; RFC 7252, 7.2.1). */
static struct es_value get_repeated(const void *record, const struct es_shape_field *f,
                                    struct es_arena *a)
{
    const char *name = f->number == RT ? "rt" : "ct";
    for (size_t i = 0; i < of(record)->n; i++) {
        const struct es_link *link = &of(record)->at[i];
        size_t at = 0;
        es_link_attribute_find(link, name, &at);
        at++;
        if (es_link_attribute_find(link, name, &at)) {
            return es_value_text(
                es_slice_of(es_arena_printf(a, "%s more than once in the link <%.*s>",
                                            name, ES_SLICE_ARG(link->target))));
        }
    }
    return ES_VALUE_NONE;
}

static bool is_allowed(const char *rt, uint16_t format)
{
    if (es_slice_is(es_slice_of(rt), "ace.est.att")) {
        return format == 285;
    }
    if (es_slice_has_prefix(es_slice_of(rt), "ace.est.sk")) {
        return format == 62;
    }
    return format == 281 || format == 287;
}

/* The flaw in the ct of this link, or NULL (RFC 9148, 4.1). */
static const char *flaw_of_ct(const struct es_link *link, const char *rt,
                              struct es_arena *a)
{
    uint16_t *formats;
    size_t n;
    struct es_flaw flaw = ES_FLAW_NONE;
    if (!es_link_formats(a, link, &formats, &n, &flaw)) {
        return es_arena_printf(a, "rt=%s: %s", rt, flaw.text);
    }
    for (size_t i = 0; i < n; i++) {
        if (!is_allowed(rt, formats[i])) {
            return es_arena_printf(a, "rt=%s: ct %u is no format that it answers with",
                                   rt, formats[i]);
        }
    }
    return NULL;
}

static struct es_value get_ct(const void *record, const struct es_shape_field *f,
                              struct es_arena *a)
{
    static const char *const types[] = {"ace.est.crts", "ace.est.sen", "ace.est.sren",
                                        "ace.est.att",  "ace.est.skg", "ace.est.skc"};
    (void)f;
    for (size_t i = 0; i < ES_COUNT(types); i++) {
        const struct es_link *link;
        for (size_t at = 0; (link = es_link_find(of(record), types[i], &at)); at++) {
            const char *flaw = flaw_of_ct(link, types[i], a);
            if (flaw) {
                return es_value_text(es_slice_of(flaw));
            }
        }
    }
    return es_value_text(ES_SLICE_LIT("valid"));
}

static const struct es_shape_field fields[] = {
    {.name = "count",
     .kind = ES_KIND_NUMBER,
     .get = get_count,
     .doc = "how many links"},
    {.name = "lists",
     .kind = ES_KIND_TEXT,
     .test = test_lists,
     .doc = "a link with each of these resource types is there"},
    {.name = "lacks",
     .kind = ES_KIND_TEXT,
     .test = test_lacks,
     .doc = "no link with any of these resource types is there"},
    {.name = "repeated-rt",
     .kind = ES_KIND_TEXT,
     .get = get_repeated,
     .number = RT,
     .doc = "a link that has rt more than once (RFC 6690, 3.1)"},
    {.name = "repeated-ct",
     .kind = ES_KIND_TEXT,
     .get = get_repeated,
     .number = CT,
     .doc = "a link that has ct more than once (RFC 7252, 7.2.1)"},
    {.name = "ct",
     .kind = ES_KIND_TEXT,
     .get = get_ct,
     .doc = "valid, if every ct of an EST link lists response formats of it (RFC 9148, "
            "4.1)"},
};

static const struct es_shape shape = {
    .name = "link-format", .fields = fields, .n = ES_COUNT(fields)};

static bool decode(struct es_slice bytes, struct es_arena *a, const void **record,
                   const char **why)
{
    struct es_link_list *list = ES_NEW(a, struct es_link_list);
    struct es_flaw flaw = ES_FLAW_NONE;
    *record = list;
    if (es_link_format_parse(a, bytes, list, &flaw)) {
        return true;
    }
    *why = es_arena_printf(a, "not link-format: %s", es_flaw_or(a, &flaw, ""));
    return false;
}

const struct es_matcher es_mat_link_format = {
    .name = "link-format",
    .summary = "CoRE Link Format (Content-Format 40)",
    .doc =
        "Decodes strictly after RFC 6690, then the fields below.\n"
        "Example: body: {link-format: {lists: ace.est.crts ace.est.sen ace.est.sren}}",
    .form = ES_MATCHER_TREE,
    .shape = &shape,
    .decode = decode,
};
