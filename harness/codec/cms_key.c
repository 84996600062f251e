/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/diag.h"
#include "codec/cms_int.h"

enum { LAYERS_MAX = 6 };

/* Where the way inwards has come to. */
struct layer {
    enum es_oid type;
    const char *type_text;
    struct es_slice content;
};

static void note(struct es_arena *a, struct es_cms_key *out, const char *word)
{
    out->nesting =
        es_arena_printf(a, "%s%s%s", out->nesting, *out->nesting ? " " : "", word);
}

static bool read_content_info(struct es_der *r, struct layer *out)
{
    struct es_der in, explicit;
    struct es_der_item item;
    ES_TRY(es_der_enter(r, ES_DER_SEQUENCE, "ContentInfo", &in));
    ES_TRY(es_der_read(&in, ES_DER_OID, "contentType", &item));
    out->type = es_oid_find(item.value);
    out->type_text = es_oid_text(r->doc->arena, item.value);
    ES_TRY(es_der_enter(&in, ES_DER_CONTEXT_CONSTRUCTED, "content ([0])", &explicit));
    ES_TRY(es_der_next(&explicit, &item));
    out->content = item.raw;
    return es_der_done(&in, "ContentInfo");
}

/* The tag of the first element inside the SEQUENCE; 0 if it is none. */
static unsigned first_tag(struct es_arena *a, struct es_slice content)
{
    struct es_der_document doc;
    struct es_der root, in;
    struct es_der_item item;
    es_der_open(&doc, a, content, true, &root);
    return es_der_enter(&root, ES_DER_SEQUENCE, "content", &in) &&
                   es_der_next(&in, &item)
               ? item.tag
               : 0;
}

/* A ContentInfo once more where only its content should be. */
static void unwrap_info(struct es_arena *a, struct layer *at, struct es_cms_key *out)
{
    struct es_der_document doc;
    struct es_der root;
    struct layer inner = *at;
    if (first_tag(a, at->content) != ES_DER_OID) {
        return;
    }
    es_der_open(&doc, a, at->content, true, &root);
    if (read_content_info(&root, &inner)) {
        note(a, out, "content-info");
        *at = inner;
    }
}

static bool fail(struct es_cms_key *out, const char *why)
{
    out->why = why;
    return false;
}

static void step_in(struct es_arena *a, struct es_slice type, struct es_slice content,
                    struct layer *at)
{
    at->type = es_oid_find(type);
    at->type_text = es_oid_text(a, type);
    at->content = content;
}

static bool open_enveloped(struct es_arena *a, struct layer *at,
                           const struct es_cms_secret *secret, struct es_flaw *flaw,
                           struct es_cms_key *out)
{
    struct es_der_document doc;
    struct es_der root;
    struct es_slice content;
    note(a, out, "enveloped");
    if (out->has_enveloped) {
        return fail(out, "EnvelopedData inside EnvelopedData");
    }
    es_der_open(&doc, a, at->content, true, &root);
    if (!es_cms_read_enveloped(&root, &out->enveloped)) {
        *flaw = doc.flaw;
        return fail(out, es_arena_printf(a, "EnvelopedData: %s", doc.flaw.text));
    }
    out->has_enveloped = true;
    ES_TRY(es_cms_open(a, &out->enveloped, secret, &content, &out->why));
    out->opened = true;
    step_in(a, out->enveloped.content_type, content, at);
    return true;
}

static bool open_signed(struct es_arena *a, struct layer *at, struct es_flaw *flaw,
                        struct es_cms_key *out)
{
    struct es_der_document doc;
    struct es_der root;
    note(a, out, "signed");
    if (out->has_signed) {
        return fail(out, "SignedData inside SignedData");
    }
    es_der_open(&doc, a, at->content, true, &root);
    if (!es_cms_read_signed(&root, &out->signed_data)) {
        *flaw = doc.flaw;
        return fail(out, es_arena_printf(a, "SignedData: %s", doc.flaw.text));
    }
    out->has_signed = true;
    if (out->signed_data.content.n == 0) {
        return fail(out, "SignedData without content");
    }
    step_in(a, out->signed_data.content_type, out->signed_data.content, at);
    return true;
}

/* AsymmetricKeyPackage with one key, or the key itself. */
static bool take_key(struct es_arena *a, const struct layer *at, struct es_cms_key *out)
{
    struct es_der_document doc;
    struct es_der root, in;
    struct es_der_item item;
    if (first_tag(a, at->content) == ES_DER_INTEGER) {
        note(a, out, "key");
        out->pkcs8 = at->content;
        return true;
    }
    note(a, out, at->type == ES_OID_KEY_PACKAGE ? "key-package" : "data");
    es_der_open(&doc, a, at->content, true, &root);
    if (!es_der_enter(&root, ES_DER_SEQUENCE, "AsymmetricKeyPackage", &in) ||
        !es_der_read(&in, ES_DER_SEQUENCE, "OneAsymmetricKey", &item) ||
        !es_der_done(&in, "AsymmetricKeyPackage, which is to hold one key,") ||
        !es_der_done(&root, "the content")) {
        return fail(out, es_arena_printf(a, "AsymmetricKeyPackage: %s", doc.flaw.text));
    }
    out->pkcs8 = item.raw;
    return true;
}

static bool take_layer(struct es_arena *a, struct layer *at,
                       const struct es_cms_secret *secret, struct es_flaw *flaw,
                       struct es_cms_key *out)
{
    if (at->type == ES_OID_ENVELOPED_DATA) {
        return open_enveloped(a, at, secret, flaw, out);
    }
    if (at->type == ES_OID_SIGNED_DATA) {
        return open_signed(a, at, flaw, out);
    }
    if (at->type == ES_OID_KEY_PACKAGE || at->type == ES_OID_DATA) {
        return take_key(a, at, out);
    }
    note(a, out, at->type_text);
    return fail(out, es_arena_printf(a, "%s is not opened here", at->type_text));
}

bool es_cms_key_view(struct es_arena *a, struct es_slice body,
                     const struct es_cms_secret *secret, struct es_cms_key *out,
                     struct es_flaw *flaw)
{
    struct es_der_document doc;
    struct es_der root;
    struct layer at;
    struct es_flaw inner = ES_FLAW_NONE;
    *out = (struct es_cms_key){.der = body, .nesting = "", .why = ""};
    es_der_open(&doc, a, body, true, &root);
    if (!read_content_info(&root, &at)) {
        return es_flaw_set(flaw, a, doc.flaw.offset, "%s", doc.flaw.text);
    }
    out->trailing = es_slice_from(body, root.at);
    out->der = es_slice_sub(body, 0, root.at);
    es_der_check(a, out->der, &out->not_der);
    if (!take_layer(a, &at, secret, &inner, out)) {
        /* A flaw of the outermost layer is one of the body. */
        return !inner.text ||
               es_flaw_set(flaw, a, (size_t)(at.content.p - body.p) + inner.offset,
                           "%s", inner.text);
    }
    for (size_t i = 1; out->pkcs8.n == 0; i++) {
        if (i == LAYERS_MAX) {
            return fail(out, "too many layers"), true;
        }
        unwrap_info(a, &at, out);
        if (!take_layer(a, &at, secret, &inner, out)) {
            return true;
        }
    }
    return true;
}
