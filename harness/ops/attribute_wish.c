/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/attribute_wish.h"

#include "base/vector.h"
#include "codec/body_shape.h"
#include "codec/csrattrs.h"

#include <string.h>

struct following {
    struct es_arena *a;
    struct es_pkcs10_recipe *r;
    const char **why;
    struct {
        struct es_extension *at;
        size_t n, room;
    } extensions;
};

static bool choose_key(struct following *f, const char *text, enum es_key_kind *kind)
{
    static const struct {
        const char *text;
        enum es_key_kind kind;
    } kinds[] = {{"EC", ES_KEY_P256},           {"EC secp256r1", ES_KEY_P256},
                 {"EC secp384r1", ES_KEY_P384}, {"EC secp521r1", ES_KEY_P521},
                 {"RSA", ES_KEY_RSA},           {"RSA 2048", ES_KEY_RSA}};
    for (size_t i = 0; i < ES_COUNT(kinds); i++) {
        if (strcmp(text, kinds[i].text) == 0) {
            *kind = kinds[i].kind;
            return true;
        }
    }
    *f->why =
        es_arena_printf(f->a, "a key is asked for that is not made here: %s", text);
    return false;
}

static void choose_hash(struct es_pkcs10_recipe *r, enum es_oid scheme)
{
    static const struct {
        enum es_oid ecdsa, rsa;
        enum es_hash hash;
    } hashes[] = {{ES_OID_ECDSA_SHA256, ES_OID_RSA_SHA256, ES_HASH_SHA256},
                  {ES_OID_ECDSA_SHA384, ES_OID_RSA_SHA384, ES_HASH_SHA384},
                  {ES_OID_ECDSA_SHA512, ES_OID_RSA_SHA512, ES_HASH_SHA512}};
    for (size_t i = 0; i < ES_COUNT(hashes); i++) {
        if (scheme == hashes[i].ecdsa || scheme == hashes[i].rsa) {
            r->hash = hashes[i].hash;
            r->has_hash = true;
        }
    }
}

/* An extension without a value is for the client to fill in. */
static void fill_in(struct following *f, enum es_oid id)
{
    static const char *const names[] = {"dns:device.estspec.example"};
    static const char *const usages[] = {"clientAuth"};
    if (id == ES_OID_SUBJECT_ALT_NAME && f->r->san_n == 0) {
        f->r->san = names;
        f->r->san_n = ES_COUNT(names);
    } else if (id == ES_OID_EXT_KEY_USAGE) {
        f->r->eku = usages;
        f->r->eku_n = ES_COUNT(usages);
    } else if (id == ES_OID_KEY_USAGE) {
        f->r->key_usage = ES_KU_DIGITAL_SIGNATURE;
    }
}

static void take_extensions(struct following *f, const struct es_csrattrs_extensions *x)
{
    for (size_t i = 0; i < x->n; i++) {
        struct es_extension e = {.oid = x->at[i].oid,
                                 .critical = x->at[i].critical,
                                 .value = x->at[i].value};
        if (!x->at[i].has_value) {
            fill_in(f, x->at[i].id);
            continue;
        }
        ES_PUSH(f->a, &f->extensions, e);
        f->r->san_n = x->at[i].id == ES_OID_SUBJECT_ALT_NAME ? 0 : f->r->san_n;
    }
    if (f->extensions.n) {
        f->r->extensions = f->extensions.at;
        f->r->extensions_n = f->extensions.n;
    }
}

/* `CN,OU=dept` with a value for each type that has none. */
static const char *fill_subject(struct es_arena *a, struct es_slice text)
{
    const char *out = "";
    while (text.n) {
        struct es_slice part = es_slice_split(&text, ',');
        bool given = es_slice_find(part, '=') < part.n;
        out = es_arena_printf(a, "%s%s%.*s%s", out, *out ? "," : "", ES_SLICE_ARG(part),
                              given ? "" : "=estspec");
    }
    return out;
}

static bool follow_template(struct following *f, const struct es_csrattrs_template *t,
                            enum es_key_kind *kind)
{
    if (t->has_subject) {
        f->r->subject_der = ES_SLICE_NONE;
        f->r->subject = fill_subject(f->a, es_slice_of(t->subject_text));
    }
    take_extensions(f, &t->extensions);
    return !t->has_key || choose_key(f, t->key_text, kind);
}

static bool follow_list(struct following *f, const struct es_csrattrs *c,
                        enum es_key_kind *kind)
{
    bool chosen = false;
    for (size_t i = 0; i < c->items.n; i++) {
        const struct es_csrattrs_item *item = &c->items.at[i];
        const char *text = es_csrattrs_key_text(f->a, item);
        ES_TRY(!text || chosen || choose_key(f, text, kind));
        chosen = chosen || text;
        choose_hash(f->r, item->id);
    }
    take_extensions(f, &c->extensions);
    return true;
}

bool es_attribute_wish_follow(struct es_arena *a, struct es_slice body,
                              struct es_pkcs10_recipe *r, enum es_key_kind *kind,
                              const char **why)
{
    struct following f = {.a = a, .r = r, .why = why};
    struct es_csrattrs c;
    struct es_flaw flaw = ES_FLAW_NONE;
    struct es_slice challenge;
    if (!es_csrattrs_view(a, body, &c, &flaw)) {
        *why = es_body_flaw_text(a, body, &flaw);
        return false;
    }
    bool known = es_oid_parse(a, es_slice_of(es_oid_dotted(ES_OID_CHALLENGE_PASSWORD)),
                              &challenge);
    r->has_challenge = r->has_challenge && known && es_csrattrs_find(&c, challenge);
    return c.templates_n ? follow_template(&f, &c.template, kind)
                         : follow_list(&f, &c, kind);
}
