/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/body_shape.h"
#include "codec/csrattrs.h"
#include "ops/certificate.h"
#include "ops/csrattrs_recipe.h"

#include <string.h>

static const struct es_csrattrs *of(const void *record)
{
    return record;
}

static struct es_value flaw_value(const struct es_flaw *flaw, const char *good,
                                  struct es_arena *a)
{
    return es_text_value(es_flaw_or(a, flaw, good));
}

static struct es_value list_value(struct es_list *list)
{
    return (struct es_value){.kind = ES_KIND_LIST, .list = list};
}

static struct es_value get_der(const void *record, const struct es_shape_field *f,
                               struct es_arena *a)
{
    const struct es_csrattrs *c = of(record);
    (void)f;
    if (c->trailing.n) {
        return es_text_value(
            es_arena_printf(a, "%zu octets behind the CsrAttrs", c->trailing.n));
    }
    return flaw_value(&c->not_der, "strict", a);
}

static struct es_value get_count(const void *record, const struct es_shape_field *f,
                                 struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_number((int64_t)of(record)->items.n);
}

static struct es_value get_oids(const void *record, const struct es_shape_field *f,
                                struct es_arena *a)
{
    const struct es_csrattrs_items *items = &of(record)->items;
    struct es_list *list = ES_NEW(a, struct es_list);
    (void)f;
    for (size_t i = 0; i < items->n; i++) {
        struct es_value v = es_text_value(es_oid_text(a, items->at[i].oid));
        ES_PUSH(a, list, v);
    }
    return list_value(list);
}

static void add_text(struct es_arena *a, struct es_list *list, const char *text)
{
    struct es_value v = es_text_value(text);
    if (text) {
        ES_PUSH(a, list, v);
    }
}

static struct es_value get_key_types(const void *record, const struct es_shape_field *f,
                                     struct es_arena *a)
{
    const struct es_csrattrs_items *items = &of(record)->items;
    struct es_list *list = ES_NEW(a, struct es_list);
    (void)f;
    for (size_t i = 0; i < items->n; i++) {
        add_text(a, list, es_csrattrs_key_text(a, &items->at[i]));
    }
    return list->n ? list_value(list) : ES_VALUE_NONE;
}

/* Schemes of signatures are the OIDs that name a hash, too. */
static bool is_signature(const char *oid_text)
{
    return strstr(oid_text, "with-SHA") || strstr(oid_text, "WithRSA") ||
           strstr(oid_text, "Ed25519");
}

static struct es_value get_algorithms(const void *record,
                                      const struct es_shape_field *f,
                                      struct es_arena *a)
{
    const struct es_csrattrs *c = of(record);
    struct es_list *list = ES_NEW(a, struct es_list);
    (void)f;
    for (size_t i = 0; i < c->items.n; i++) {
        const char *key = es_csrattrs_key_text(a, &c->items.at[i]);
        const char *name = es_oid_text(a, c->items.at[i].oid);
        add_text(a, list, key ? key : is_signature(name) ? name : NULL);
    }
    add_text(a, list, c->templates_n ? c->template.key_text : NULL);
    return list->n ? list_value(list) : ES_VALUE_NONE;
}

static struct es_value get_key_form(const void *record, const struct es_shape_field *f,
                                    struct es_arena *a)
{
    (void)f;
    return flaw_value(&of(record)->key_form, "valid", a);
}

static struct es_value extension_list(const struct es_csrattrs_extensions *x,
                                      struct es_arena *a)
{
    struct es_list *list = ES_NEW(a, struct es_list);
    for (size_t i = 0; i < x->n; i++) {
        struct es_value v = es_text_value(es_oid_text(a, x->at[i].oid));
        ES_PUSH(a, list, v);
    }
    return list->n ? list_value(list) : ES_VALUE_NONE;
}

static struct es_value get_extensions(const void *record,
                                      const struct es_shape_field *f,
                                      struct es_arena *a)
{
    (void)f;
    return extension_list(&of(record)->extensions, a);
}

static const char *all_oids(const struct es_csrattrs *c, struct es_arena *a)
{
    const char *text = "";
    for (size_t i = 0; i < c->items.n; i++) {
        text = es_arena_printf(a, "%s%s%s", text, i ? ", " : "",
                               es_oid_text(a, c->items.at[i].oid));
    }
    return c->items.n ? text : "nothing";
}

enum wish { LISTS, LACKS };

/* Each of the blank-separated OIDs is there, as an OID or Attribute, or none of them. */
static bool test_oids(const void *record, const struct es_shape_field *f,
                      const struct es_value *argument, struct es_arena *a,
                      const char **got)
{
    struct es_slice words = argument->bytes, oid;
    while (words.n) {
        struct es_slice word = es_slice_split(&words, ' ');
        if (word.n == 0) {
            continue;
        }
        if (!es_oid_parse(a, word, &oid)) {
            *got =
                es_arena_printf(a, "'%.*s' is no OID known here", ES_SLICE_ARG(word));
            return false;
        }
        bool there = es_csrattrs_find(of(record), oid) != NULL;
        if (there != (f->number == LISTS)) {
            *got = es_arena_printf(a, "%s %.*s: %s", there ? "with" : "without",
                                   ES_SLICE_ARG(word), all_oids(of(record), a));
            return false;
        }
    }
    return true;
}

static struct es_value get_challenge(const void *record, const struct es_shape_field *f,
                                     struct es_arena *a)
{
    (void)f, (void)a;
    for (size_t i = 0; i < of(record)->items.n; i++) {
        if (of(record)->items.at[i].id == ES_OID_CHALLENGE_PASSWORD) {
            return es_value_bool(true);
        }
    }
    return es_value_bool(false);
}

enum rule { ONE_REQUEST, UNIQUE_IDS };

static bool test_rule(const void *record, const struct es_shape_field *f,
                      const struct es_value *argument, struct es_arena *a,
                      const char **got)
{
    const struct es_csrattrs_extensions *x = &of(record)->extensions;
    const struct es_flaw *flaw = f->number == ONE_REQUEST ? &x->form : &x->ids;
    *got = es_flaw_or(a, flaw, "it is so");
    return argument->flag == (flaw->text == NULL);
}

static const struct es_csrattrs_template *template_of(const void *record)
{
    return record;
}

static struct es_value get_template_subject(const void *record,
                                            const struct es_shape_field *f,
                                            struct es_arena *a)
{
    (void)f, (void)a;
    return template_of(record)->has_subject
               ? es_text_value(template_of(record)->subject_text)
               : ES_VALUE_NONE;
}

static struct es_value get_template_key(const void *record,
                                        const struct es_shape_field *f,
                                        struct es_arena *a)
{
    (void)f, (void)a;
    return es_text_value(template_of(record)->key_text);
}

static struct es_value get_template_extensions(const void *record,
                                               const struct es_shape_field *f,
                                               struct es_arena *a)
{
    (void)f;
    return extension_list(&template_of(record)->extensions, a);
}

static const struct es_shape_field template_fields[] = {
    {.name = "subject",
     .kind = ES_KIND_TEXT,
     .get = get_template_subject,
     .doc = "CN,OU=dept: a type without value is to be filled in"},
    {.name = "key",
     .kind = ES_KIND_TEXT,
     .get = get_template_key,
     .doc = "EC secp256r1 .."},
    {.name = "extensions",
     .kind = ES_KIND_LIST,
     .get = get_template_extensions,
     .doc = "extensions by name or OID, with or without a value"},
};

static const struct es_shape template_shape = {
    .name = "template", .fields = template_fields, .n = ES_COUNT(template_fields)};

static struct es_value get_template(const void *record, const struct es_shape_field *f,
                                    struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_record(&template_shape,
                           of(record)->templates_n ? &of(record)->template : NULL);
}

static struct es_value get_template_form(const void *record,
                                         const struct es_shape_field *f,
                                         struct es_arena *a)
{
    const struct es_csrattrs *c = of(record);
    (void)f;
    return c->templates_n ? flaw_value(&c->template.form, "valid", a)
                          : es_text_value("valid");
}

static const struct es_shape_field fields[] = {
    {.name = "der",
     .kind = ES_KIND_TEXT,
     .get = get_der,
     .doc = "strict, if every octet is DER and nothing follows"},
    {.name = "count",
     .kind = ES_KIND_NUMBER,
     .get = get_count,
     .doc = "how many OIDs and Attributes"},
    {.name = "oids",
     .kind = ES_KIND_LIST,
     .get = get_oids,
     .doc = "OIDs and types of Attributes, by name or dotted"},
    {.name = "lists",
     .kind = ES_KIND_TEXT,
     .test = test_oids,
     .number = LISTS,
     .doc = "each of these OIDs (names or dotted, with blanks between) is there"},
    {.name = "lacks",
     .kind = ES_KIND_TEXT,
     .test = test_oids,
     .number = LACKS,
     .doc = "none of these OIDs is there"},
    {.name = "challenge-password",
     .kind = ES_KIND_BOOL,
     .get = get_challenge,
     .doc = "yes, if proof of possession is asked for (RFC 7030, 4.5.2)"},
    {.name = "key-types",
     .kind = ES_KIND_LIST,
     .get = get_key_types,
     .doc = "EC secp384r1, RSA 4096 ..: the keys asked for; absent if none is"},
    {.name = "algorithms",
     .kind = ES_KIND_LIST,
     .get = get_algorithms,
     .doc =
         "keys, signatures and the key of the template that are asked for; absent if "
         "none is"},
    {.name = "key-form",
     .kind = ES_KIND_TEXT,
     .get = get_key_form,
     .doc = "valid, if there is at most one key type, in an Attribute (RFC 9908, 3.2)"},
    {.name = "extensions",
     .kind = ES_KIND_LIST,
     .get = get_extensions,
     .doc = "extensions of the extensionRequest by name or OID"},
    {.name = "one-extension-request",
     .kind = ES_KIND_BOOL,
     .test = test_rule,
     .number = ONE_REQUEST,
     .doc =
         "yes: extensions, if any, stand in one extensionRequest with one value that is "
         "Extensions (RFC 9908, 3.2)"},
    {.name = "extension-ids-unique",
     .kind = ES_KIND_BOOL,
     .test = test_rule,
     .number = UNIQUE_IDS,
     .doc = "yes: no extension is named twice (RFC 9908, 3.2)"},
    {.name = "template",
     .kind = ES_KIND_RECORD,
     .sub = &template_shape,
     .get = get_template,
     .doc = "the CertificationRequestInfoTemplate (RFC 9908, 3.4)"},
    {.name = "template-form",
     .kind = ES_KIND_TEXT,
     .get = get_template_form,
     .doc = "valid, if the template is as RFC 9908, 3.4 wants it, or there is none"},
};

static const struct es_shape shape = {
    .name = "csrattrs", .fields = fields, .n = ES_COUNT(fields)};

static bool decode(struct es_slice bytes, struct es_arena *a, const void **record,
                   const char **why)
{
    struct es_csrattrs *c = ES_NEW(a, struct es_csrattrs);
    struct es_flaw flaw = ES_FLAW_NONE;
    *record = c;
    if (es_csrattrs_view(a, bytes, c, &flaw)) {
        return true;
    }
    *why = es_body_flaw_text(a, bytes, &flaw);
    return false;
}

const struct es_matcher es_mat_csrattrs = {
    .name = "csrattrs",
    .summary = "CSR attributes (Content-Format 285)",
    .doc =
        "Matching, a SEQUENCE of OIDs and Attributes (RFC 7030, 4.5.2), then the fields "
        "below. Building, a list: an OID by name or dotted; {type: value} or {type: "
        "[values]}, where a value is an OID, a number or DER octets; {extensionRequest: "
        "{name: octets}} with `{value: octets, critical: yes}` for a critical one.\n"
        "Example: body: {csrattrs: {lists: challengePassword, key-types: EC secp256r1}}\n"
        "         body: {csrattrs: [challengePassword, {id-ecPublicKey: secp384r1}]}",
    .form = ES_MATCHER_TREE,
    .shape = &shape,
    .decode = decode,
    .args_size = sizeof(struct es_csrattrs_recipe),
    .compile = es_csrattrs_recipe_compile,
    .build = es_csrattrs_recipe_build,
};
