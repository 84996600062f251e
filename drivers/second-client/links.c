/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "links.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const names[ES_FUNCTION_COUNT] = {"crts", "sen", "sren",
                                                     "att",  "skg", "skc"};

const char *es_function_name(enum es_function function)
{
    return names[function];
}

/* Takes the character, and blanks before it. */
static bool take(struct es_bytes *in, char c)
{
    while (in->n > 0 && isspace(in->p[0])) {
        in->p++;
        in->n--;
    }
    bool there = in->n > 0 && in->p[0] == (uint8_t)c;
    in->p += there;
    in->n -= there;
    return there;
}

/* What stands before one of the characters, or the end. */
static struct es_bytes take_until(struct es_bytes *in, const char *stops)
{
    struct es_bytes out = {in->p, 0};
    while (out.n < in->n && out.p[out.n] != '\0' &&
           strchr(stops, out.p[out.n]) == NULL) {
        out.n++;
    }
    in->p += out.n;
    in->n -= out.n;
    return out;
}

/* `;name=value`; the value is what stands in the quotes, if there are any. Nothing that
   this client looks for has a quote in it. */
static bool take_attribute(struct es_bytes *in, struct es_bytes *name,
                           struct es_bytes *value)
{
    *name = take_until(in, "=;, ");
    *value = (struct es_bytes){NULL, 0};
    if (!take(in, '=')) {
        return name->n > 0;
    }
    if (!take(in, '"')) {
        *value = take_until(in, ";, ");
        return true;
    }
    *value = take_until(in, "\"");
    while (value->n > 0 && value->p[value->n - 1] == '\\' && take(in, '"')) {
        value->n += 1 + take_until(in, "\"").n;
    }
    return take(in, '"');
}

/* A list of words with blanks between them. */
static bool has_word(struct es_bytes list, const char *word)
{
    while (list.n > 0) {
        if (es_bytes_are(take_until(&list, " "), word)) {
            return true;
        }
        take(&list, ' ');
    }
    return false;
}

static bool resolve(struct es_bytes target, const struct es_uri *base,
                    struct es_uri *out)
{
    char text[ES_HOST_MAX + ES_PATH_MAX];
    if (target.n == 0 || target.n >= sizeof text) {
        return false;
    }
    memcpy(text, target.p, target.n);
    text[target.n] = '\0';
    if (strstr(text, "://") != NULL) {
        return es_uri_parse(text, out);
    }
    *out = *base;
    return strpbrk(text, "?#") == NULL && es_uri_set_path(out, text);
}

/* The first link of a resource type counts. */
static void note(struct es_bytes target, struct es_bytes types,
                 const struct es_uri *base, struct es_links *out)
{
    for (size_t i = 0; i < ES_FUNCTION_COUNT; i++) {
        char type[24];
        snprintf(type, sizeof type, "ace.est.%s", names[i]);
        if (!out->found[i] && has_word(types, type)) {
            out->found[i] = resolve(target, base, &out->at[i]);
        }
    }
}

static bool take_link(struct es_bytes *in, const struct es_uri *base,
                      struct es_links *out)
{
    struct es_bytes name, value, types = {NULL, 0};
    if (!take(in, '<')) {
        return false;
    }
    struct es_bytes target = take_until(in, ">");
    if (!take(in, '>')) {
        return false;
    }
    while (take(in, ';')) {
        if (!take_attribute(in, &name, &value)) {
            return false;
        }
        /* RFC 6690, 3.1: rt must not occur twice; the first one counts. */
        if (es_bytes_are(name, "rt") && types.p == NULL) {
            types = value;
        }
    }
    note(target, types, base, out);
    return true;
}

bool es_links_read(struct es_bytes in, const struct es_uri *base, struct es_links *out)
{
    *out = (struct es_links){.is_known = true, .base = *base};
    do {
        if (!take_link(&in, base, out)) {
            return false;
        }
    } while (take(&in, ','));
    return in.n == 0;
}
