/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "links.h"

#include "behaviour.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[ES_FUNCTION_COUNT] = {"crts", "sen", "sren",
                                                     "att",  "skg", "skc"};

const char *es_function_name(enum es_function function)
{
    return names[function];
}

struct cursor {
    const char *p, *end;
};

static void skip_space(struct cursor *c)
{
    while (c->p < c->end && strchr(" \t\r\n", *c->p) != NULL) {
        c->p++;
    }
}

static bool take_char(struct cursor *c, char wanted)
{
    skip_space(c);
    if (c->p == c->end || *c->p != wanted) {
        return false;
    }
    c->p++;
    return true;
}

/* Copies up to one of the stop characters, and not beyond the room. */
static void take_until(struct cursor *c, const char *stops, char *out, size_t room)
{
    size_t n = 0;
    while (c->p < c->end && *c->p != '\0' && strchr(stops, *c->p) == NULL) {
        if (n + 1 < room) {
            out[n++] = *c->p;
        }
        c->p++;
    }
    out[n] = '\0';
}

static bool take_quoted(struct cursor *c, char *out, size_t room)
{
    size_t n = 0;
    while (c->p < c->end && *c->p != '"') {
        if (*c->p == '\\' && c->p + 1 < c->end) {
            c->p++;
        }
        if (n + 1 < room) {
            out[n++] = *c->p;
        }
        c->p++;
    }
    out[n] = '\0';
    return take_char(c, '"');
}

struct link_text {
    char target[256], rt[256], ct[128];
};

static bool take_attribute(struct cursor *c, struct link_text *out)
{
    char name[32], value[256] = "";
    skip_space(c);
    take_until(c, "=;, \t\r\n", name, sizeof name);
    if (take_char(c, '=')) {
        if (take_char(c, '"')) {
            if (!take_quoted(c, value, sizeof value)) {
                return false;
            }
        } else {
            take_until(c, ";, \t\r\n", value, sizeof value);
            value[0] = es_mutant_is(ES_MUTANT_LINKS_UNQUOTED_UNREAD) ? '\0' : value[0];
        }
    }
    /* Only the first one counts (RFC 6690, 3.1). */
    if (strcmp(name, "rt") == 0 && out->rt[0] == '\0') {
        snprintf(out->rt, sizeof out->rt, "%s", value);
    } else if (strcmp(name, "ct") == 0 && out->ct[0] == '\0') {
        snprintf(out->ct, sizeof out->ct, "%.127s", value);
    }
    return true;
}

static bool take_link(struct cursor *c, struct link_text *out)
{
    memset(out, 0, sizeof *out);
    if (!take_char(c, '<')) {
        return false;
    }
    take_until(c, ">", out->target, sizeof out->target);
    if (!take_char(c, '>')) {
        return false;
    }
    while (take_char(c, ';')) {
        if (!take_attribute(c, out)) {
            return false;
        }
    }
    return true;
}

/* Whether a list of words separated by blanks has the word. */
static bool has_word(const char *list, const char *word)
{
    size_t len = strlen(word);
    for (const char *p = list; (p = strstr(p, word)) != NULL; p += len) {
        bool starts = p == list || p[-1] == ' ';
        if (starts && (p[len] == ' ' || p[len] == '\0')) {
            return true;
        }
    }
    return false;
}

static bool resolve(const char *target, const struct es_uri *base, struct es_uri *out)
{
    if (strstr(target, "://") != NULL) {
        return es_uri_parse(target, out);
    }
    target += strspn(target, "/");
    *out = *base;
    if (target[0] == '\0' || strlen(target) >= sizeof out->path) {
        return false;
    }
    snprintf(out->path, sizeof out->path, "%.*s", (int)sizeof out->path - 1, target);
    return true;
}

static void note(const struct link_text *text, const struct es_uri *base,
                 struct es_links *out)
{
    struct es_uri uri;
    if (!resolve(text->target, base, &uri)) {
        return;
    }
    for (size_t i = 0; i < ES_FUNCTION_COUNT; i++) {
        char rt[24];
        snprintf(rt, sizeof rt, "ace.est.%s", names[i]);
        if (out->at[i].found || !has_word(text->rt, rt)) {
            continue;
        }
        out->at[i] = (struct es_link){
            .found = true,
            .uri = uri,
            .has_ct = text->ct[0] != '\0',
            .lists_certs = has_word(text->ct, "281"),
            .lists_cert = has_word(text->ct, "287"),
        };
    }
}

bool es_links_read(struct es_bytes text, const struct es_uri *base,
                   struct es_links *out)
{
    struct cursor c = {(const char *)text.p, (const char *)text.p + text.n};
    struct link_text link;
    memset(out, 0, sizeof *out);
    out->base = *base;
    skip_space(&c);
    while (c.p < c.end) {
        if (!take_link(&c, &link)) {
            return false;
        }
        note(&link, base, out);
        skip_space(&c);
        if (c.p < c.end && !take_char(&c, ',')) {
            return false;
        }
        skip_space(&c);
    }
    return true;
}
