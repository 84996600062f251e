/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/link_format.h"

#include "base/buf.h"
#include "base/diag.h"
#include "base/text.h"
#include "base/vector.h"

/* Link text that is being read. */
struct source {
    struct es_arena *arena;
    struct es_slice text;
    size_t at;
    struct es_flaw *flaw;
};

static bool flaw_here(struct source *s, const char *text)
{
    return es_flaw_set(s->flaw, s->arena, s->at, "%s", text);
}

static bool is_next(const struct source *s, char c)
{
    return s->at < s->text.n && s->text.p[s->at] == (uint8_t)c;
}

static bool is_alphanumeric(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* attr-char of RFC 5987, used for parameter names; ptoken of RFC 6690 for bare
 * values. */
static bool is_name_char(uint8_t c)
{
    return is_alphanumeric(c) ||
           (c && es_slice_find(ES_SLICE_LIT("!#$&+-.^_`|~*"), c) < 13);
}

static bool is_token_char(uint8_t c)
{
    return c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\';
}

static struct es_slice take_while(struct source *s, bool (*accept)(uint8_t c))
{
    size_t from = s->at;
    while (s->at < s->text.n && accept(s->text.p[s->at])) {
        s->at++;
    }
    return es_slice_sub(s->text, from, s->at - from);
}

static bool read_target(struct source *s, struct es_slice *target)
{
    if (!is_next(s, '<')) {
        return flaw_here(s, "a link starts with <");
    }
    s->at++;
    struct es_slice rest = es_slice_from(s->text, s->at);
    size_t n = es_slice_find(rest, '>');
    *target = es_slice_sub(rest, 0, n);
    for (size_t i = 0; i < n; i++) {
        uint8_t c = target->p[i];
        if (c <= 0x20 || c >= 0x7f || c == '<' || c == '"') {
            s->at += i;
            return flaw_here(s, "a character that cannot stand in a URI");
        }
    }
    if (n == rest.n) {
        return flaw_here(s, "the link target has no closing >");
    }
    s->at += n + 1;
    return true;
}

/* The offset of the closing quote of a value whose text starts at `at`, or the end. */
static size_t closing_quote(struct es_slice text, size_t at)
{
    while (at < text.n && text.p[at] != '"') {
        at += text.p[at] == '\\' ? 2 : 1;
    }
    return at < text.n ? at : text.n;
}

static bool read_quoted(struct source *s, struct es_slice *value)
{
    struct es_buf b;
    size_t end = closing_quote(s->text, s->at + 1);
    if (end == s->text.n) {
        return flaw_here(s, "the quoted value has no closing quote");
    }
    es_buf_build(&b, s->arena, end - s->at);
    for (s->at++; s->at < end; s->at++) {
        s->at += is_next(s, '\\') ? 1 : 0;
        es_buf_u8(&b, s->text.p[s->at]);
    }
    s->at = end + 1;
    *value = es_buf_slice(&b);
    return true;
}

static bool read_attribute(struct source *s, struct es_link_attribute *out)
{
    *out = (struct es_link_attribute){.offset = s->at};
    out->name = take_while(s, is_name_char);
    if (out->name.n == 0) {
        return flaw_here(s, "an attribute needs a name");
    }
    if (!is_next(s, '=')) {
        return true;
    }
    s->at++;
    out->has_value = true;
    if (is_next(s, '"')) {
        out->quoted = true;
        return read_quoted(s, &out->value);
    }
    out->value = take_while(s, is_token_char);
    if (out->value.n == 0) {
        return flaw_here(s, "an attribute has = but no value");
    }
    return true;
}

static bool read_link(struct source *s, struct es_link *out)
{
    struct {
        struct es_link_attribute *at;
        size_t n, room;
    } list = {0};
    *out = (struct es_link){.offset = s->at};
    ES_TRY(read_target(s, &out->target));
    while (is_next(s, ';')) {
        struct es_link_attribute attribute;
        s->at++;
        ES_TRY(read_attribute(s, &attribute));
        ES_PUSH(s->arena, &list, attribute);
    }
    out->attributes = list.at;
    out->attributes_n = list.n;
    return true;
}

bool es_link_format_parse(struct es_arena *a, struct es_slice text,
                          struct es_link_list *out, struct es_flaw *flaw)
{
    struct source s = {a, text, 0, flaw};
    *out = (struct es_link_list){0};
    bool more = text.n > 0;
    while (more) {
        struct es_link link;
        ES_TRY(read_link(&s, &link));
        ES_PUSH(a, out, link);
        more = is_next(&s, ',');
        if (more) {
            s.at++;
        } else if (s.at < text.n) {
            return flaw_here(&s, "behind a link come ; or , or the end");
        }
    }
    return true;
}

const struct es_link_attribute *es_link_attribute_find(const struct es_link *link,
                                                       const char *name, size_t *at)
{
    for (; *at < link->attributes_n; ++*at) {
        if (es_slice_is(link->attributes[*at].name, name)) {
            return &link->attributes[(*at)++];
        }
    }
    return NULL;
}

static bool has_word(struct es_slice words, const char *wanted)
{
    struct es_slice pattern = es_slice_of(wanted);
    bool by_prefix = es_slice_has_suffix(pattern, "*");
    if (by_prefix) {
        pattern.n--;
    }
    while (words.n > 0) {
        struct es_slice word = es_slice_split(&words, ' ');
        if (by_prefix
                ? word.n > 0 && es_slice_eq(es_slice_sub(word, 0, pattern.n), pattern)
                : es_slice_eq(word, pattern)) {
            return true;
        }
    }
    return false;
}

bool es_link_has_rt(const struct es_link *link, const char *rt)
{
    size_t at = 0;
    const struct es_link_attribute *attribute;
    while ((attribute = es_link_attribute_find(link, "rt", &at)) != NULL) {
        if (has_word(attribute->value, rt)) {
            return true;
        }
    }
    return false;
}

const struct es_link *es_link_find(const struct es_link_list *list, const char *rt,
                                   size_t *at)
{
    for (; *at < list->n; ++*at) {
        if (es_link_has_rt(&list->at[*at], rt)) {
            return &list->at[(*at)++];
        }
    }
    return NULL;
}

bool es_link_formats(struct es_arena *a, const struct es_link *link, uint16_t **formats,
                     size_t *n, struct es_flaw *flaw)
{
    struct {
        uint16_t *at;
        size_t n, room;
    } list = {0};
    size_t at = 0;
    const struct es_link_attribute *attribute;
    while ((attribute = es_link_attribute_find(link, "ct", &at)) != NULL) {
        struct es_slice rest = attribute->value;
        do {
            struct es_slice word = es_slice_split(&rest, ' ');
            uint64_t number;
            bool decimal = word.n > 0 && (word.p[0] != '0' || word.n == 1);
            if (!decimal || !es_text_uint(word, &number) || number > 0xffff) {
                return es_flaw_set(flaw, a, attribute->offset,
                                   "`%.*s` in ct is no Content-Format number",
                                   ES_SLICE_ARG(word));
            }
            ES_PUSH(a, &list, (uint16_t)number);
        } while (rest.n > 0);
    }
    *formats = list.at;
    *n = list.n;
    return true;
}

bool es_link_target_split(struct es_slice target, struct es_link_target *out)
{
    *out = (struct es_link_target){0};
    size_t scheme = es_slice_search(target, ES_SLICE_LIT("://"));
    struct es_slice rest = target;
    if (scheme < target.n && es_slice_find(target, '/') == scheme + 1) {
        out->scheme = es_slice_sub(target, 0, scheme);
        rest = es_slice_from(target, scheme + 3);
        size_t authority = es_slice_find(rest, '/');
        out->authority = es_slice_sub(rest, 0, authority);
        rest = es_slice_from(rest, authority);
        if (out->scheme.n == 0 || out->authority.n == 0) {
            return false;
        }
    }
    size_t query = es_slice_find(rest, '?');
    out->path = es_slice_sub(rest, 0, query);
    out->query = es_slice_from(rest, query + 1);
    return out->path.n == 0 ? out->authority.n > 0 : out->path.p[0] == '/';
}
