/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/diag.h"
#include "codec/csrattrs_int.h"

/* `CN` or `OU=myDept`. */
static const char *single_text(struct es_arena *a, struct es_slice type,
                               const struct es_der_item *value)
{
    const char *name = es_oid_text(a, type);
    return value ? es_arena_printf(a, "%s=%.*s", name, ES_SLICE_ARG(value->value))
                 : name;
}

static bool read_rdn(struct es_der *set, const char **text)
{
    struct es_arena *a = set->doc->arena;
    struct es_der in;
    struct es_der_item type, value;
    if (es_der_at_end(set)) {
        return es_der_flaw(set, set->base, "an empty RDN");
    }
    while (!es_der_at_end(set)) {
        ES_TRY(es_der_enter(set, ES_DER_SEQUENCE, "SingleAttributeTemplate", &in));
        ES_TRY(es_der_read(&in, ES_DER_OID, "the type of an RDN", &type));
        bool has_value = !es_der_at_end(&in);
        ES_TRY(!has_value || es_der_next(&in, &value));
        ES_TRY(es_der_done(&in, "SingleAttributeTemplate"));
        *text = es_arena_printf(a, "%s%s%s", *text, **text ? "," : "",
                                single_text(a, type.value, has_value ? &value : NULL));
    }
    return es_der_is_good(set);
}

static bool read_subject(struct es_der *in, struct es_csrattrs_template *out)
{
    struct es_der name, set;
    if (!es_der_has(in, ES_DER_SEQUENCE)) {
        return es_der_is_good(in);
    }
    out->has_subject = true;
    ES_TRY(es_der_enter(in, ES_DER_SEQUENCE, "NameTemplate", &name));
    while (!es_der_at_end(&name)) {
        ES_TRY(es_der_enter(&name, ES_DER_SET, "an RDN", &set));
        ES_TRY(read_rdn(&set, &out->subject_text));
    }
    return es_der_is_good(&name);
}

static bool read_key(struct es_der *in, struct es_csrattrs_template *out)
{
    struct es_arena *a = in->doc->arena;
    struct es_der key, algorithm;
    struct es_der_item type, item;
    if (!es_der_has(in, ES_DER_CONTEXT_CONSTRUCTED)) {
        return es_der_is_good(in);
    }
    out->has_key = true;
    ES_TRY(es_der_enter(in, ES_DER_CONTEXT_CONSTRUCTED, "subjectPKInfo", &key));
    ES_TRY(es_der_enter(&key, ES_DER_SEQUENCE, "the algorithm of the key", &algorithm));
    ES_TRY(es_der_read(&algorithm, ES_DER_OID, "the algorithm of the key", &type));
    struct es_csrattrs_item as_item = {
        .is_attribute = true, .oid = type.value, .id = es_oid_find(type.value)};
    if (es_der_has(&algorithm, ES_DER_OID) && es_der_next(&algorithm, &item)) {
        as_item.values = item.raw;
        as_item.values_n = 1;
    }
    const char *text = es_csrattrs_key_text(a, &as_item);
    out->key_text = text ? text : es_oid_text(a, type.value);
    if (!es_der_at_end(&key)) {
        out->has_public_key = true;
        ES_TRY(es_der_read(&key, ES_DER_BIT_STRING, "subjectPublicKey", &item));
        if (as_item.id != ES_OID_RSA_ENCRYPTION) {
            return es_der_flaw(in, item.offset,
                               "a subjectPublicKey that is no RSA key");
        }
    }
    return es_der_done(&key, "subjectPKInfo");
}

/* At most one attribute with extensions, filled in or not. */
static bool read_attributes(struct es_der *in, struct es_csrattrs_template *out)
{
    struct es_der set;
    bool seen = false;
    ES_TRY(es_der_enter(in, ES_DER_CONTEXT_CONSTRUCTED + 1, "attributes", &set));
    ES_TRY(es_csrattrs_read_items(&set, false, &out->attributes));
    for (size_t i = 0; i < out->attributes.n; i++) {
        const struct es_csrattrs_item *item = &out->attributes.at[i];
        bool open = item->id == ES_OID_EXTENSION_TEMPLATE;
        if (!open && item->id != ES_OID_EXTENSION_REQUEST) {
            continue;
        }
        if (seen) {
            return es_der_flaw(in, item->offset, "a second attribute with extensions");
        }
        seen = true;
        es_csrattrs_read_extensions(in->doc->arena, item, open, &out->extensions);
    }
    return true;
}

static bool read_template(struct es_der *value, struct es_csrattrs_template *out)
{
    struct es_der in;
    ES_TRY(
        es_der_enter(value, ES_DER_SEQUENCE, "CertificationRequestInfoTemplate", &in));
    ES_TRY(es_der_read_uint(&in, "the version of the template", &out->version));
    if (out->version != 0) {
        return es_der_flaw(&in, in.base, "a template of version %llu, not v1 (0)",
                           (unsigned long long)out->version);
    }
    return read_subject(&in, out) && read_key(&in, out) && read_attributes(&in, out) &&
           es_der_done(&in, "the template");
}

void es_csrattrs_read_template(struct es_arena *a, const struct es_csrattrs_item *item,
                               struct es_csrattrs_template *out)
{
    struct es_der_document doc;
    struct es_der value;
    *out = (struct es_csrattrs_template){.subject_text = ""};
    if (!item->is_attribute || item->values_n != 1) {
        es_flaw_set(&out->form, a, item->offset, "a template with %zu values, not one",
                    item->values_n);
        return;
    }
    es_der_open(&doc, a, item->values, true, &value);
    read_template(&value, out);
    const struct es_flaw *flaw = doc.flaw.text               ? &doc.flaw
                                 : out->extensions.form.text ? &out->extensions.form
                                                             : &out->extensions.ids;
    if (flaw->text) {
        es_flaw_set(&out->form, a, item->offset, "%s", flaw->text);
    }
}
