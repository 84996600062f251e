/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pki/zoo.h"

#include "base/assert.h"
#include "codec/pem.h"
#include "pki/ca.h"
#include "pki/file.h"
#include "pki/key.h"
#include "pki/zoo_int.h"

#include <string.h>

#define DAY_S ((int64_t)86400)
#define YEAR_S (365 * DAY_S)
/* 9999-12-31T23:59:59Z: no end (RFC 5280, 4.1.2.5). */
#define FOREVER_S ((int64_t)253402300799)

static const enum es_zoo_id issuers[ES_ZOO_COUNT] = {
#define X(id, name, issuer, doc) [ES_ZOO_##id] = ES_ZOO_##issuer,
#include "pki/zoo.def"
#undef X
};

static const struct {
    const char *name, *doc;
} labels[ES_ZOO_COUNT] = {
#define X(id, name, issuer, doc) [ES_ZOO_##id] = {name, doc},
#include "pki/zoo.def"
#undef X
};

#define SERVER_EKU                                                                     \
    {                                                                                  \
        "serverAuth", "id-kp-cmcRA"                                                    \
    }

/* What is special about an entry; validity is relative to the time of making. */
static const struct trait {
    const char *subject;
    bool ca;
    int path_len;
    unsigned key_usage;      /* 0: the usual */
    int64_t from_s, until_s; /* 0: the usual; until_s FOREVER_S: no end */
    const char *eku[2], *san[3];
} traits[ES_ZOO_COUNT] = {
    [ES_ZOO_ROOT] = {.subject = "CN=estspec Root CA,O=estspec",
                     .ca = true,
                     .path_len = -1},
    [ES_ZOO_ISSUING_CA] = {.subject = "CN=estspec Issuing CA,O=estspec", .ca = true},
    [ES_ZOO_EST_SERVER] = {.subject = "CN=localhost,O=estspec",
                           .eku = SERVER_EKU,
                           .san = {"dns:localhost", "ip:127.0.0.1", "ip:::1"}},
    [ES_ZOO_MANUFACTURER_CA] = {.subject =
                                    "CN=estspec Manufacturer CA,O=estspec Devices",
                                .ca = true,
                                .path_len = -1},
    [ES_ZOO_IDEVID] = {.subject = "CN=device,O=estspec Devices,serialNumber=EST-0001",
                       .until_s = FOREVER_S,
                       .san = {"hardware:1.3.6.1.4.1.32473.1:455354303031"}},
    [ES_ZOO_LDEVID] = {.subject = "CN=device,O=estspec Devices,serialNumber=EST-0001",
                       .eku = {"clientAuth"}},
    [ES_ZOO_RA] = {.subject = "CN=registrar,O=estspec",
                   .eku = {"clientAuth", "id-kp-cmcRA"}},
    [ES_ZOO_EXPIRED] = {.subject = "CN=device,O=estspec Devices,serialNumber=EST-0002",
                        .from_s = -2 * YEAR_S,
                        .until_s = -YEAR_S},
    [ES_ZOO_NOT_YET] = {.subject = "CN=device,O=estspec Devices,serialNumber=EST-0003",
                        .from_s = 10 * YEAR_S,
                        .until_s = 11 * YEAR_S},
    [ES_ZOO_IMPOSTOR_CA] = {.subject = "CN=estspec Manufacturer CA,O=estspec Devices",
                            .ca = true,
                            .path_len = -1},
    [ES_ZOO_UNKNOWN_ISSUER] = {.subject =
                                   "CN=device,O=estspec Devices,serialNumber=EST-0004",
                               .until_s = FOREVER_S},
    [ES_ZOO_SELF_SIGNED] = {.subject =
                                "CN=device,O=estspec Devices,serialNumber=EST-0005"},
    [ES_ZOO_WRONG_EKU] = {.subject =
                              "CN=device,O=estspec Devices,serialNumber=EST-0006",
                          .eku = {"serverAuth"}},
    /* Without id-kp-cmcRA, which a client with explicit anchors takes in place of the
     * name (RFC 7030, 3.6.1). */
    [ES_ZOO_WRONG_NAME] = {.subject = "CN=elsewhere.example,O=estspec",
                           .eku = {"serverAuth"},
                           .san = {"dns:elsewhere.example"}},
    [ES_ZOO_OTHER_KEY] = {.subject =
                              "CN=device,O=estspec Devices,serialNumber=EST-0007"},
    [ES_ZOO_DENIED] = {.subject = "CN=device,O=estspec Devices,serialNumber=EST-0008"},
    [ES_ZOO_KEY_AGREEMENT] = {.subject = "CN=key agreement,O=estspec",
                              .key_usage = ES_KU_KEY_AGREEMENT},
    [ES_ZOO_KEY_TRANSPORT] = {.subject = "CN=key transport,O=estspec",
                              .key_usage = ES_KU_KEY_ENCIPHERMENT},
};

static size_t count_texts(const char *const *texts, size_t max)
{
    size_t n = 0;
    while (n < max && texts[n]) {
        n++;
    }
    return n;
}

static unsigned usual_key_usage(bool ca)
{
    return ca ? ES_KU_KEY_CERT_SIGN | ES_KU_CRL_SIGN : ES_KU_DIGITAL_SIGNATURE;
}

static void fill_recipe(enum es_zoo_id id, int64_t now_s, struct es_ca_recipe *r)
{
    const struct trait *t = &traits[id];
    *r = (struct es_ca_recipe){
        .subject = t->subject,
        .ca = t->ca,
        .path_len = t->path_len,
        .key_usage = t->key_usage ? t->key_usage : usual_key_usage(t->ca),
        .eku = t->eku,
        .eku_n = count_texts(t->eku, ES_COUNT(t->eku)),
        .san = t->san,
        .san_n = count_texts(t->san, ES_COUNT(t->san)),
        .not_before = now_s + (t->from_s ? t->from_s : -DAY_S),
        .not_after = now_s + (t->until_s ? t->until_s : (t->ca ? 20 : 10) * YEAR_S),
    };
    if (t->until_s == FOREVER_S) {
        r->not_after = FOREVER_S;
    }
}

/* Chain and view follow from the certificates. */
static bool complete(struct es_zoo *zoo, enum es_zoo_id id, struct es_flaw *flaw)
{
    struct es_zoo_entry *e = &zoo->at[id];
    e->name = labels[id].name;
    e->doc = labels[id].doc;
    e->chain_n = 0;
    enum es_zoo_id at = id;
    e->chain[e->chain_n++] = e->cert;
    while (issuers[at] != at && issuers[issuers[at]] != issuers[at]) {
        es_assert(e->chain_n < ES_ZOO_CHAIN_MAX);
        at = issuers[at];
        e->chain[e->chain_n++] = zoo->at[at].cert;
    }
    return es_x509_view(zoo->arena, e->cert, &e->view, flaw);
}

static bool make_key(struct es_arena *a, enum es_zoo_id id, struct es_slice *key,
                     struct es_diag *d)
{
    return id == ES_ZOO_KEY_TRANSPORT
               ? es_key_load(a, es_slice_of(es_zoo_rsa_key), "the zoo", key, d)
               : es_key_generate(a, ES_KEY_P256, key, d);
}

/* What making it takes much of is memory: only key and certificate are kept. */
static bool make_entry(struct es_zoo *zoo, enum es_zoo_id id, int64_t now_s,
                       struct es_diag *d)
{
    struct es_zoo_entry *e = &zoo->at[id];
    struct es_arena *scratch = es_arena_new();
    struct es_ca_recipe recipe;
    fill_recipe(id, now_s, &recipe);
    bool ok = make_key(scratch, id, &e->key, d);
    if (ok) {
        recipe.spki = es_key_spki(scratch, e->key);
        recipe.issuer_key = issuers[id] == id ? e->key : zoo->at[issuers[id]].key;
        recipe.issuer_cert =
            issuers[id] == id ? ES_SLICE_NONE : zoo->at[issuers[id]].cert;
        ok = es_ca_issue(scratch, &recipe, &e->cert, d);
    }
    if (ok && id == ES_ZOO_OTHER_KEY) {
        ok = es_key_generate(scratch, ES_KEY_P256, &e->key, d);
    }
    e->key = es_arena_dup(zoo->arena, e->key);
    e->cert = es_arena_dup(zoo->arena, e->cert);
    es_arena_free(scratch);
    es_assert(!ok || complete(zoo, id, NULL));
    return ok;
}

static bool make_all(struct es_zoo *zoo, int64_t now_s, struct es_diag *d)
{
    zoo->generated = true;
    for (size_t i = 0; i < ES_ZOO_COUNT; i++) {
        ES_TRY(make_entry(zoo, (enum es_zoo_id)i, now_s, d));
    }
    return true;
}

/* Why a loaded zoo cannot be used now, or NULL. */
static const char *staleness(const struct es_zoo *zoo, int64_t now_s)
{
    for (size_t i = 0; i < ES_ZOO_COUNT; i++) {
        const struct es_zoo_entry *e = &zoo->at[i];
        bool over = e->view.not_after < now_s;
        bool early = e->view.not_before > now_s;
        if (over != (i == ES_ZOO_EXPIRED) || early != (i == ES_ZOO_NOT_YET)) {
            return es_arena_printf(zoo->arena, "%s is valid from %s to %s", e->name,
                                   es_der_time_text(zoo->arena, e->view.not_before),
                                   es_der_time_text(zoo->arena, e->view.not_after));
        }
    }
    return NULL;
}

static bool is_own_key(const struct es_zoo *zoo, enum es_zoo_id id)
{
    struct es_pkcs8 key;
    const struct es_zoo_entry *e = &zoo->at[id];
    return es_pkcs8_view(zoo->arena, e->key, &key, NULL) &&
           es_pkcs8_is_pair(zoo->arena, &key, &e->view.key);
}

/* Loads one entry; *why says what keeps it from being used. False if the system
 * refuses. */
static bool load_entry(struct es_zoo *zoo, enum es_zoo_id id, const char *folder,
                       const char **why, struct es_diag *d)
{
    struct es_arena *a = zoo->arena;
    struct es_zoo_entry *e = &zoo->at[id];
    struct es_flaw flaw = ES_FLAW_NONE;
    const char *cert = es_zoo_path(a, folder, labels[id].name, "cert.der");
    const char *key = es_zoo_path(a, folder, labels[id].name, "key.der");
    if (!es_pki_file_exists(cert) || !es_pki_file_exists(key)) {
        *why = es_arena_printf(a, "%s is missing", labels[id].name);
        return true;
    }
    ES_TRY(es_pki_file_read(a, cert, &e->cert, d));
    ES_TRY(es_pki_file_read(a, key, &e->key, d));
    if (!complete(zoo, id, &flaw)) {
        *why = es_arena_printf(a, "%s cannot be read: %s", cert, flaw.text);
    } else if (is_own_key(zoo, id) == (id == ES_ZOO_OTHER_KEY)) {
        *why = es_arena_printf(a, "%s is not the key of %s", key, cert);
    }
    return true;
}

static bool load_all(struct es_zoo *zoo, const char *folder, int64_t now_s,
                     const char **why, struct es_diag *d)
{
    *why = NULL;
    for (size_t i = 0; i < ES_ZOO_COUNT && !*why; i++) {
        ES_TRY(load_entry(zoo, (enum es_zoo_id)i, folder, why, d));
    }
    if (!*why) {
        *why = staleness(zoo, now_s);
    }
    return true;
}

struct es_zoo *es_zoo_open(struct es_arena *a, const char *folder, int64_t now_s,
                           const char **notice, struct es_diag *d)
{
    struct es_zoo *zoo = ES_NEW(a, struct es_zoo);
    zoo->arena = a;
    *notice = NULL;
    if (!folder) {
        return make_all(zoo, now_s, d) ? zoo : NULL;
    }
    const char *why;
    bool existed = es_pki_file_exists(es_zoo_path(a, folder, "root", "cert.der"));
    if (!es_pki_folder_make(folder, d) || !load_all(zoo, folder, now_s, &why, d)) {
        return NULL;
    }
    if (!why) {
        return zoo;
    }
    if (!make_all(zoo, now_s, d) || !es_zoo_export(zoo, folder, d)) {
        return NULL;
    }
    *notice = existed ? es_arena_printf(a, "made the certificates in %s anew: %s",
                                        folder, why)
                      : es_arena_printf(a, "made new certificates in %s", folder);
    return zoo;
}

struct es_slice es_zoo_kek(void)
{
    return es_slice_of(es_zoo_kek_text);
}

const struct es_zoo_entry *es_zoo_find(const struct es_zoo *zoo, struct es_slice name)
{
    for (size_t i = 0; i < ES_ZOO_COUNT; i++) {
        if (es_slice_is(name, zoo->at[i].name)) {
            return &zoo->at[i];
        }
    }
    return NULL;
}

const char *es_zoo_name_at(size_t index)
{
    return index < ES_ZOO_COUNT ? labels[index].name : NULL;
}

const char *es_zoo_doc_at(size_t index)
{
    return index < ES_ZOO_COUNT ? labels[index].doc : NULL;
}
