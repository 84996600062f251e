/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resource.h"

#include "behaviour.h"

#include <stdio.h>
#include <string.h>

struct resource {
    const char *name;
    enum es_op op;
    int32_t formats[3]; /* ends with ES_FORMAT_ABSENT; the first is the default */
};

static const struct resource resources[] = {
    {"crts", ES_OP_CRTS, {ES_FORMAT_CERTS, ES_FORMAT_CERT, ES_FORMAT_ABSENT}},
    {"sen", ES_OP_SEN, {ES_FORMAT_CERTS, ES_FORMAT_CERT, ES_FORMAT_ABSENT}},
    {"sren", ES_OP_SREN, {ES_FORMAT_CERTS, ES_FORMAT_CERT, ES_FORMAT_ABSENT}},
    {"att", ES_OP_ATT, {ES_FORMAT_ATTRS, ES_FORMAT_ABSENT, ES_FORMAT_ABSENT}},
    {"skg", ES_OP_SKG, {ES_FORMAT_MULTIPART, ES_FORMAT_ABSENT, ES_FORMAT_ABSENT}},
    {"skc", ES_OP_SKC, {ES_FORMAT_MULTIPART, ES_FORMAT_ABSENT, ES_FORMAT_ABSENT}},
};
enum { RESOURCE_COUNT = sizeof resources / sizeof resources[0] };

static const char well_known_root[] = ".well-known/est/";
static const char short_root[] = "est/";
static const char label_root[] = "est/x/";
static const char core_path[] = ".well-known/core";

static bool is_offered(enum es_op op)
{
    bool keygen = op == ES_OP_SKG || op == ES_OP_SKC;
    return !(keygen && es_variant_is(ES_VARIANT_OK_NO_SKG)) &&
           !(op == ES_OP_ATT && es_variant_is(ES_VARIANT_OK_NO_ATT));
}

static const char *behind(const char *path, const char *root)
{
    size_t n = strlen(root);
    return strncmp(path, root, n) == 0 ? path + n : NULL;
}

static const char *strip_root(const char *path)
{
    const char *name = behind(path, well_known_root);
    if (name != NULL && es_mutant_is(ES_MUTANT_LABEL_UNCHECKED)) {
        const char *slash = strrchr(name, '/');
        return slash != NULL ? slash + 1 : name;
    }
    if (name != NULL && !es_mutant_is(ES_MUTANT_WELLKNOWN_ROOT_MISSING)) {
        return name;
    }
    if (es_variant_is(ES_VARIANT_OK_LABEL_ROOT) &&
        (name = behind(path, label_root)) != NULL) {
        return name;
    }
    return es_variant_is(ES_VARIANT_OK_NO_DISCOVERY) ? NULL : behind(path, short_root);
}

static bool is_named(const char *path, const char *name)
{
    bool prefix = es_mutant_is(ES_MUTANT_PATH_PREFIX_MATCHED);
    return strncmp(path, name, strlen(name) + (prefix ? 0 : 1)) == 0;
}

/* For the mutant that has registered a function below one root only. */
static bool is_misplaced(enum es_op op, const char *path)
{
    return op == ES_OP_SREN && behind(path, well_known_root) != NULL &&
           es_mutant_is(ES_MUTANT_SREN_AT_SHORT_ROOT_ONLY);
}

bool es_resource_find(const char *path, enum es_op *op)
{
    if (strcmp(path, core_path) == 0 && !es_variant_is(ES_VARIANT_OK_NO_DISCOVERY)) {
        *op = ES_OP_CORE;
        return true;
    }
    const char *name = strip_root(path);
    for (size_t i = 0; name != NULL && i < RESOURCE_COUNT; i++) {
        if (is_named(name, resources[i].name)) {
            *op = resources[i].op;
            return is_offered(*op) && !is_misplaced(*op, path);
        }
    }
    return false;
}

enum es_code es_resource_method(enum es_op op)
{
    return op == ES_OP_CORE || op == ES_OP_CRTS || op == ES_OP_ATT ? ES_CODE_GET
                                                                   : ES_CODE_POST;
}

/* 287 is one certificate. What crts has to deliver are several, so it offers 287 only as
   a variant; there RFC 9148 says nothing about the rest of the chain. */
static bool is_format_offered(enum es_op op, int32_t format)
{
    if (format != ES_FORMAT_CERT) {
        return true;
    }
    if (es_variant_is(ES_VARIANT_OK_287_UNSUPPORTED)) {
        return false;
    }
    return op != ES_OP_CRTS || es_variant_is(ES_VARIANT_OK_CONTENT_FORMAT_287);
}

bool es_resource_has_format(enum es_op op, int32_t content_format)
{
    if (op == ES_OP_CORE) {
        return content_format == ES_FORMAT_LINK ||
               es_mutant_is(ES_MUTANT_DISCOVERY_ACCEPT_IGNORED);
    }
    const int32_t *f = resources[op].formats;
    for (; *f != ES_FORMAT_ABSENT; f++) {
        if (*f == content_format) {
            return is_format_offered(op, content_format);
        }
    }
    return false;
}

struct link {
    char href[32], rt[32], ct[32];
    bool ct_quoted;
};

static struct link describe(const struct resource *r)
{
    struct link link = {.ct_quoted = false};
    const char *root =
        es_variant_is(ES_VARIANT_OK_LABEL_ROOT) ? label_root : short_root;
    bool wrong = es_mutant_is(ES_MUTANT_DISCOVERY_RT_WRONG);
    snprintf(link.href, sizeof link.href, "/%s%s", root, r->name);
    snprintf(link.rt, sizeof link.rt, "%s%s", wrong ? "est." : "ace.est.", r->name);
    for (const int32_t *f = r->formats; *f != ES_FORMAT_ABSENT; f++) {
        if (!is_format_offered(r->op, *f)) {
            continue;
        }
        size_t n = strlen(link.ct);
        link.ct_quoted = n > 0;
        snprintf(link.ct + n, sizeof link.ct - n, "%s%d", n > 0 ? " " : "", (int)*f);
    }
    return link;
}

static bool value_matches(struct es_bytes pattern, const char *value, size_t n)
{
    bool open = pattern.n > 0 && pattern.p[pattern.n - 1] == '*';
    size_t fixed = open ? pattern.n - 1 : pattern.n;
    return (open ? n >= fixed : n == fixed) && memcmp(pattern.p, value, fixed) == 0;
}

/* The attribute as a whole, or one of the space-separated values in it. */
static bool attribute_matches(struct es_bytes pattern, const char *value)
{
    if (value_matches(pattern, value, strlen(value))) {
        return true;
    }
    for (const char *p = value; *p != '\0'; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");
        if (value_matches(pattern, p, n)) {
            return true;
        }
        p += n;
    }
    return false;
}

static bool link_matches(const struct link *link, struct es_bytes query)
{
    const uint8_t *equals = query.n > 0 ? memchr(query.p, '=', query.n) : NULL;
    if (equals == NULL) {
        return true;
    }
    size_t name_len = (size_t)(equals - query.p);
    struct es_bytes pattern = {equals + 1, query.n - name_len - 1};
    if (name_len == 4 && memcmp(query.p, "href", 4) == 0) {
        return value_matches(pattern, link->href, strlen(link->href));
    }
    if (name_len == 2 && memcmp(query.p, "rt", 2) == 0) {
        return attribute_matches(pattern, link->rt);
    }
    if (name_len == 2 && memcmp(query.p, "ct", 2) == 0) {
        return attribute_matches(pattern, link->ct);
    }
    return false;
}

void es_resource_list(const struct es_bytes *query, size_t query_count,
                      struct es_buffer *out)
{
    for (size_t i = 0; i < RESOURCE_COUNT; i++) {
        struct link link = describe(&resources[i]);
        bool shown = is_offered(resources[i].op);
        for (size_t q = 0; q < query_count; q++) {
            shown = shown && link_matches(&link, query[q]);
        }
        if (!shown) {
            continue;
        }
        char text[128];
        const char *quote = link.ct_quoted ? "\"" : "";
        int n =
            snprintf(text, sizeof text, "%s<%s>;rt=\"%s\";ct=%s%s%s",
                     out->n > 0 ? "," : "", link.href, link.rt, quote, link.ct, quote);
        es_buffer_add(out, text, (size_t)n);
    }
}
