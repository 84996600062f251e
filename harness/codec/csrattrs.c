/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/csrattrs.h"

#include "base/diag.h"
#include "base/vector.h"
#include "codec/csrattrs_int.h"

static bool read_attribute(struct es_der *in, struct es_csrattrs_item *out)
{
    struct es_der set;
    struct es_der_item item;
    ES_TRY(es_der_read(in, ES_DER_OID, "the type of an Attribute", &item));
    out->is_attribute = true;
    out->oid = item.value;
    ES_TRY(es_der_read(in, ES_DER_SET, "the values of an Attribute", &item));
    out->values = item.value;
    ES_TRY(es_der_enter_item(in, &item, &set));
    while (es_der_next(&set, &item)) {
        out->values_n++;
    }
    return es_der_done(in, "an Attribute");
}

static bool read_item(struct es_der *in, bool bare_allowed,
                      struct es_csrattrs_item *out)
{
    struct es_der_item item;
    struct es_der attribute;
    ES_TRY(es_der_next(in, &item));
    *out = (struct es_csrattrs_item){.oid = item.value, .offset = item.offset};
    if (item.tag == ES_DER_SEQUENCE) {
        ES_TRY(es_der_enter_item(in, &item, &attribute));
        ES_TRY(read_attribute(&attribute, out));
    } else if (item.tag != ES_DER_OID || !bare_allowed) {
        return es_der_flaw(in, item.offset, "%s where an %s should be",
                           es_der_tag_name(in->doc->arena, item.tag),
                           bare_allowed ? "OID or Attribute" : "Attribute");
    }
    if (!es_oid_is_valid(out->oid)) {
        return es_der_flaw(in, item.offset, "malformed OID");
    }
    out->id = es_oid_find(out->oid);
    return true;
}

bool es_csrattrs_read_items(struct es_der *in, bool bare_allowed,
                            struct es_csrattrs_items *out)
{
    while (!es_der_at_end(in)) {
        struct es_csrattrs_item item;
        ES_TRY(read_item(in, bare_allowed, &item));
        ES_PUSH(in->doc->arena, out, item);
    }
    return es_der_is_good(in);
}

static bool read_extension(struct es_der *list, bool in_template,
                           struct es_csrattrs_extension *out)
{
    struct es_der in;
    struct es_der_item item;
    *out = (struct es_csrattrs_extension){.critical = false};
    ES_TRY(es_der_enter(list, ES_DER_SEQUENCE, "an Extension", &in));
    ES_TRY(es_der_read(&in, ES_DER_OID, "extnID", &item));
    out->oid = item.value;
    out->id = es_oid_find(item.value);
    if (es_der_has(&in, ES_DER_BOOLEAN)) {
        ES_TRY(es_der_read_bool(&in, "critical", &out->critical));
    }
    if (!in_template || es_der_has(&in, ES_DER_OCTET_STRING)) {
        ES_TRY(es_der_read(&in, ES_DER_OCTET_STRING, "extnValue", &item));
        out->has_value = true;
        out->value = item.value;
    }
    return es_der_done(&in, "an Extension");
}

static void note_repeated(struct es_arena *a, struct es_csrattrs_extensions *out,
                          size_t offset)
{
    const struct es_csrattrs_extension *last = &out->at[out->n - 1];
    for (size_t i = 0; i + 1 < out->n; i++) {
        if (es_slice_eq(out->at[i].oid, last->oid)) {
            es_flaw_set(&out->ids, a, offset, "%s twice", es_oid_text(a, last->oid));
        }
    }
}

void es_csrattrs_read_extensions(struct es_arena *a,
                                 const struct es_csrattrs_item *item, bool in_template,
                                 struct es_csrattrs_extensions *out)
{
    struct es_der_document doc;
    struct es_der values, list;
    if (!item->is_attribute || item->values_n != 1) {
        es_flaw_set(&out->form, a, item->offset, "%s with %zu values, not one",
                    es_oid_text(a, item->oid), item->values_n);
        return;
    }
    es_der_open(&doc, a, item->values, true, &values);
    if (es_der_enter(&values, ES_DER_SEQUENCE, "Extensions", &list)) {
        if (es_der_at_end(&list)) {
            es_der_flaw(&list, 0, "Extensions without an Extension");
        }
        while (!es_der_at_end(&list)) {
            struct es_csrattrs_extension x;
            size_t offset = item->offset + list.base + list.at;
            if (read_extension(&list, in_template, &x)) {
                ES_PUSH(a, out, x);
                note_repeated(a, out, offset);
            }
        }
    }
    if (doc.flaw.text) {
        es_flaw_set(&out->form, a, item->offset, "the value of %s: %s",
                    es_oid_text(a, item->oid), doc.flaw.text);
    }
}

/* The extensionRequest stands once, with one value (RFC 9908, 3.2). */
static void view_extensions(struct es_arena *a, struct es_csrattrs *out)
{
    for (size_t i = 0; i < out->items.n; i++) {
        const struct es_csrattrs_item *item = &out->items.at[i];
        if (item->id != ES_OID_EXTENSION_REQUEST) {
            continue;
        }
        if (out->has_extensions) {
            es_flaw_set(&out->extensions.form, a, item->offset,
                        "extensionRequest more than once");
        } else {
            out->has_extensions = true;
            es_csrattrs_read_extensions(a, item, false, &out->extensions);
        }
    }
}

static bool is_key_type(enum es_oid id)
{
    return id == ES_OID_EC_PUBLIC_KEY || id == ES_OID_RSA_ENCRYPTION ||
           id == ES_OID_ED25519;
}

static bool is_curve(enum es_oid id)
{
    return id == ES_OID_P256 || id == ES_OID_P384 || id == ES_OID_P521 ||
           id == ES_OID_BRAINPOOL_P384;
}

/* The parameter of a key type in words; NULL if it is of the wrong kind. */
static const char *parameter_text(struct es_arena *a, enum es_oid id,
                                  struct es_slice values)
{
    struct es_der_document doc;
    struct es_der in;
    struct es_der_item item;
    uint64_t bits;
    es_der_open(&doc, a, values, true, &in);
    if (id == ES_OID_RSA_ENCRYPTION) {
        return es_der_read_uint(&in, "the size of the key", &bits)
                   ? es_arena_printf(a, "%llu", (unsigned long long)bits)
                   : NULL;
    }
    return es_der_read(&in, ES_DER_OID, "the curve", &item) ? es_oid_text(a, item.value)
                                                            : NULL;
}

static const char *key_type_text(enum es_oid id)
{
    return id == ES_OID_EC_PUBLIC_KEY    ? "EC"
           : id == ES_OID_RSA_ENCRYPTION ? "RSA"
                                         : es_oid_name(id);
}

const char *es_csrattrs_key_text(struct es_arena *a,
                                 const struct es_csrattrs_item *item)
{
    if (is_curve(item->id) && !item->is_attribute) {
        return es_arena_printf(a, "EC %s", es_oid_name(item->id));
    }
    if (!is_key_type(item->id)) {
        return NULL;
    }
    const char *parameter =
        item->values_n ? parameter_text(a, item->id, item->values) : NULL;
    return parameter ? es_arena_printf(a, "%s %s", key_type_text(item->id), parameter)
                     : key_type_text(item->id);
}

/* One Attribute of the key's type, with no value or its parameter (RFC 9908, 3.2). */
static void view_key(struct es_arena *a, struct es_csrattrs *out)
{
    size_t n = 0;
    for (size_t i = 0; i < out->items.n; i++) {
        const struct es_csrattrs_item *item = &out->items.at[i];
        const char *name = es_oid_text(a, item->oid);
        if (!is_key_type(item->id) && !is_curve(item->id)) {
            continue;
        }
        if (is_curve(item->id) || !item->is_attribute) {
            es_flaw_set(&out->key_form, a, item->offset,
                        "%s stands by itself, not in an Attribute of the key type",
                        name);
        } else if (n++ > 0) {
            es_flaw_set(&out->key_form, a, item->offset, "a second key type: %s", name);
        } else if (item->values_n > 1) {
            es_flaw_set(&out->key_form, a, item->offset, "%s with %zu values", name,
                        item->values_n);
        } else if (item->values_n && !parameter_text(a, item->id, item->values)) {
            es_flaw_set(&out->key_form, a, item->offset,
                        "the value of %s is not its parameter", name);
        }
    }
}

static void view_template(struct es_arena *a, struct es_csrattrs *out)
{
    for (size_t i = 0; i < out->items.n; i++) {
        const struct es_csrattrs_item *item = &out->items.at[i];
        if (item->id == ES_OID_REQUEST_TEMPLATE && out->templates_n++ == 0) {
            es_csrattrs_read_template(a, item, &out->template);
        } else if (item->id == ES_OID_REQUEST_TEMPLATE) {
            es_flaw_set(&out->template.form, a, item->offset, "a second template");
        }
    }
}

bool es_csrattrs_view(struct es_arena *a, struct es_slice body, struct es_csrattrs *out,
                      struct es_flaw *flaw)
{
    struct es_der_document doc;
    struct es_der root, in;
    *out = (struct es_csrattrs){.der = body};
    es_der_open(&doc, a, body, true, &root);
    if (!es_der_enter(&root, ES_DER_SEQUENCE, "CsrAttrs", &in) ||
        !es_csrattrs_read_items(&in, true, &out->items)) {
        return es_flaw_set(flaw, a, doc.flaw.offset, "%s", doc.flaw.text);
    }
    out->trailing = es_slice_from(body, root.at);
    out->der = es_slice_sub(body, 0, root.at);
    es_der_check(a, out->der, &out->not_der);
    view_extensions(a, out);
    view_key(a, out);
    view_template(a, out);
    return true;
}

const struct es_csrattrs_item *es_csrattrs_find(const struct es_csrattrs *c,
                                                struct es_slice oid)
{
    for (size_t i = 0; i < c->items.n; i++) {
        if (es_slice_eq(c->items.at[i].oid, oid)) {
            return &c->items.at[i];
        }
    }
    return NULL;
}

/* DER orders a SET OF by its encodings (X.690, 11.6). */
static void put_values(struct es_buf *b, struct es_arena *a,
                       const struct es_csrattrs_part *part)
{
    struct es_slice *sorted = ES_NEW_ARRAY(a, struct es_slice, part->values_n + 1);
    for (size_t i = 0; i < part->values_n; i++) {
        size_t at = i;
        for (; at > 0 && es_slice_cmp(sorted[at - 1], part->values[i]) > 0; at--) {
            sorted[at] = sorted[at - 1];
        }
        sorted[at] = part->values[i];
    }
    size_t set = es_der_begin(b, ES_DER_SET);
    for (size_t i = 0; i < part->values_n; i++) {
        es_buf_put(b, sorted[i]);
    }
    es_der_finish(b, set);
}

struct es_slice es_csrattrs_build(struct es_arena *a,
                                  const struct es_csrattrs_part *parts, size_t n)
{
    struct es_buf b;
    size_t total = 16;
    for (size_t i = 0; i < n; i++) {
        total += parts[i].oid.n + 32;
        for (size_t k = 0; k < parts[i].values_n; k++) {
            total += parts[i].values[k].n;
        }
    }
    es_buf_build(&b, a, total);
    size_t outer = es_der_begin(&b, ES_DER_SEQUENCE);
    for (size_t i = 0; i < n; i++) {
        if (!parts[i].is_attribute) {
            es_der_put(&b, ES_DER_OID, parts[i].oid);
            continue;
        }
        size_t attribute = es_der_begin(&b, ES_DER_SEQUENCE);
        es_der_put(&b, ES_DER_OID, parts[i].oid);
        put_values(&b, a, &parts[i]);
        es_der_finish(&b, attribute);
    }
    es_der_finish(&b, outer);
    return es_buf_slice(&b);
}
