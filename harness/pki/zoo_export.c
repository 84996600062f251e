/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/buf.h"
#include "codec/cms.h"
#include "codec/pem.h"
#include "pki/file.h"
#include "pki/zoo.h"
#include "pki/zoo_int.h"

enum { PUBLIC_MODE = 0644, SECRET_MODE = 0600 };

const char *es_zoo_path(struct es_arena *a, const char *folder, const char *name,
                        const char *suffix)
{
    return es_arena_printf(a, "%s/%s.%s", folder, name, suffix);
}

static size_t pem_size(struct es_slice der)
{
    return der.n / 3 * 4 + der.n / 48 + 128;
}

static struct es_slice pem_of(struct es_arena *a, const char *label,
                              const struct es_slice *ders, size_t n)
{
    size_t size = 0;
    for (size_t i = 0; i < n; i++) {
        size += pem_size(ders[i]);
    }
    struct es_buf b;
    es_buf_build(&b, a, size);
    for (size_t i = 0; i < n; i++) {
        es_pem_put(&b, label, ders[i]);
    }
    return es_buf_slice(&b);
}

static bool export_entry(struct es_arena *a, const struct es_zoo_entry *e,
                         const char *folder, struct es_diag *d)
{
    const struct {
        const char *suffix;
        struct es_slice contents;
        unsigned mode;
    } files[] = {
        {"cert.pem", pem_of(a, "CERTIFICATE", &e->cert, 1), PUBLIC_MODE},
        {"chain.pem", pem_of(a, "CERTIFICATE", e->chain, e->chain_n), PUBLIC_MODE},
        {"key.pem", pem_of(a, "PRIVATE KEY", &e->key, 1), SECRET_MODE},
        {"cert.der", e->cert, PUBLIC_MODE},
        {"key.der", e->key, SECRET_MODE},
    };
    for (size_t i = 0; i < ES_COUNT(files); i++) {
        const char *path = es_zoo_path(a, folder, e->name, files[i].suffix);
        ES_TRY(es_pki_file_write(a, path, files[i].contents, files[i].mode, d));
    }
    return true;
}

/* A key that may encrypt generated ones, under the name by which CSRs call it. */
static bool export_decrypt_key(struct es_arena *a, struct es_slice key,
                               const char *suffix, const char *folder,
                               struct es_slice contents, struct es_diag *d)
{
    struct es_slice id = es_cms_key_name(a, key);
    struct es_buf name;
    es_buf_build(&name, a, 2 * id.n + 16);
    es_buf_printf(&name, "decrypt-key.");
    es_buf_hex(&name, id);
    return es_pki_file_write(a, es_zoo_path(a, folder, es_buf_cstr(&name), suffix),
                             contents, SECRET_MODE, d);
}

static bool export_decrypt_keys(struct es_arena *a, const struct es_zoo *zoo,
                                const char *folder, struct es_diag *d)
{
    static const enum es_zoo_id recipients[] = {ES_ZOO_KEY_AGREEMENT,
                                                ES_ZOO_KEY_TRANSPORT};
    for (size_t i = 0; i < ES_COUNT(recipients); i++) {
        struct es_slice cert = zoo->at[recipients[i]].cert;
        ES_TRY(export_decrypt_key(a, cert, "cert.pem", folder,
                                  pem_of(a, "CERTIFICATE", &cert, 1), d));
    }
    return export_decrypt_key(a, es_zoo_kek(), "bin", folder, es_zoo_kek(), d);
}

static bool export_bundle(struct es_arena *a, const char *name,
                          const struct es_slice *certs, size_t n, const char *folder,
                          struct es_diag *d)
{
    return es_pki_file_write(a, es_zoo_path(a, folder, name, "pem"),
                             pem_of(a, "CERTIFICATE", certs, n), PUBLIC_MODE, d);
}

static bool export_all(struct es_arena *a, const struct es_zoo *zoo, const char *folder,
                       struct es_diag *d)
{
    for (size_t i = 0; i < ES_ZOO_COUNT; i++) {
        ES_TRY(export_entry(a, &zoo->at[i], folder, d));
    }
    const struct es_slice trust[] = {zoo->at[ES_ZOO_MANUFACTURER_CA].cert,
                                     zoo->at[ES_ZOO_ROOT].cert,
                                     zoo->at[ES_ZOO_ISSUING_CA].cert};
    const struct es_slice crts[] = {zoo->at[ES_ZOO_ISSUING_CA].cert,
                                    zoo->at[ES_ZOO_ROOT].cert};
    const struct es_slice *denied = &zoo->at[ES_ZOO_DENIED].cert;
    return export_bundle(a, "client-trust", trust, ES_COUNT(trust), folder, d) &&
           export_bundle(a, "crts", crts, ES_COUNT(crts), folder, d) &&
           export_bundle(a, "denied", denied, 1, folder, d) &&
           export_decrypt_keys(a, zoo, folder, d);
}

bool es_zoo_export(const struct es_zoo *zoo, const char *folder, struct es_diag *d)
{
    struct es_arena *scratch = es_arena_new();
    bool good = es_pki_folder_make(folder, d) && export_all(scratch, zoo, folder, d);
    es_arena_free(scratch);
    return good;
}
