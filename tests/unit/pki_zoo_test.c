/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/temp_folder.h"
#include "../support/vector_file.h"
#include "codec/chain.h"
#include "codec/pem.h"
#include "codec/pkcs8.h"
#include "pki/file.h"
#include "pki/zoo.h"

#include <sys/stat.h>

/* 2026-01-01T00:00:00Z, and a year. */
#define NOW ((int64_t)1767225600)
#define YEAR ((int64_t)31536000)

static struct es_arena *arena;
static struct es_diag *diag;
static const char *notice;

static void set_up(void)
{
    arena = es_arena_new();
    diag = es_diag_new();
}

static void tear_down(void)
{
    es_diag_free(diag);
    es_arena_free(arena);
}

TestSuite(zoo, .init = set_up, .fini = tear_down);

static struct es_zoo *open_at(const char *folder, int64_t now_s)
{
    struct es_zoo *zoo = es_zoo_open(arena, folder, now_s, &notice, diag);
    cr_assert_not_null(zoo, "%s", diag->count ? diag->notes[0].msg : "?");
    return zoo;
}

/* What a client or server with the right anchors says of each entry, seeing its
 * chain. */
static const struct expected {
    enum es_zoo_id id, anchor;
    enum es_chain_result result;
    bool own_key, for_localhost;
} table[] = {
    {ES_ZOO_ROOT, ES_ZOO_ROOT, ES_CHAIN_OK, true, false},
    {ES_ZOO_ISSUING_CA, ES_ZOO_ROOT, ES_CHAIN_OK, true, false},
    {ES_ZOO_EST_SERVER, ES_ZOO_ROOT, ES_CHAIN_OK, true, true},
    {ES_ZOO_MANUFACTURER_CA, ES_ZOO_MANUFACTURER_CA, ES_CHAIN_OK, true, false},
    {ES_ZOO_IDEVID, ES_ZOO_MANUFACTURER_CA, ES_CHAIN_OK, true, false},
    {ES_ZOO_LDEVID, ES_ZOO_ROOT, ES_CHAIN_OK, true, false},
    {ES_ZOO_RA, ES_ZOO_ROOT, ES_CHAIN_OK, true, false},
    {ES_ZOO_EXPIRED, ES_ZOO_MANUFACTURER_CA, ES_CHAIN_EXPIRED, true, false},
    {ES_ZOO_NOT_YET, ES_ZOO_MANUFACTURER_CA, ES_CHAIN_NOT_YET_VALID, true, false},
    {ES_ZOO_IMPOSTOR_CA, ES_ZOO_MANUFACTURER_CA, ES_CHAIN_SIGNATURE, true, false},
    {ES_ZOO_UNKNOWN_ISSUER, ES_ZOO_MANUFACTURER_CA, ES_CHAIN_SIGNATURE, true, false},
    {ES_ZOO_SELF_SIGNED, ES_ZOO_MANUFACTURER_CA, ES_CHAIN_NO_PATH, true, false},
    {ES_ZOO_WRONG_EKU, ES_ZOO_MANUFACTURER_CA, ES_CHAIN_OK, true, false},
    {ES_ZOO_WRONG_NAME, ES_ZOO_ROOT, ES_CHAIN_OK, true, false},
    {ES_ZOO_OTHER_KEY, ES_ZOO_MANUFACTURER_CA, ES_CHAIN_OK, false, false},
    {ES_ZOO_DENIED, ES_ZOO_MANUFACTURER_CA, ES_CHAIN_OK, true, false},
    {ES_ZOO_KEY_AGREEMENT, ES_ZOO_ROOT, ES_CHAIN_OK, true, false},
    {ES_ZOO_KEY_TRANSPORT, ES_ZOO_ROOT, ES_CHAIN_OK, true, false},
};

static void check_entry(const struct es_zoo *zoo, const struct expected *x)
{
    const struct es_zoo_entry *e = &zoo->at[x->id];
    struct es_x509_bag bag = {0}, anchors = {0};
    struct es_chain_verdict v;
    struct es_pkcs8 key;
    for (size_t i = 1; i < e->chain_n; i++) {
        cr_assert(es_x509_bag_add(arena, &bag, e->chain[i], NULL));
    }
    cr_assert(es_x509_bag_add(arena, &anchors, zoo->at[x->anchor].cert, NULL));
    es_chain_judge(arena, &e->view, &bag, &anchors, NOW, &v);
    cr_expect_eq(v.result, x->result, "%s: %s", e->name, v.text);
    cr_expect(es_slice_eq(e->chain[0], e->cert));
    cr_expect(es_der_check(arena, e->cert, NULL), "%s", e->name);
    cr_assert(es_pkcs8_view(arena, e->key, &key, NULL));
    cr_expect_eq(es_pkcs8_is_pair(arena, &key, &e->view.key), x->own_key, "%s",
                 e->name);
    cr_expect_eq(es_x509_is_for_host(arena, &e->view, "localhost", NULL),
                 x->for_localhost, "%s", e->name);
}

Test(zoo, each_entry_is_what_its_name_says)
{
    struct es_zoo *zoo = open_at(NULL, NOW);
    cr_assert(zoo->generated);
    cr_assert_eq(ES_COUNT(table), ES_ZOO_COUNT, "an entry is not tested");
    for (size_t i = 0; i < ES_COUNT(table); i++) {
        cr_assert_eq(table[i].id, i);
        check_entry(zoo, &table[i]);
    }
}

Test(zoo, usages_are_those_of_the_roles)
{
    struct es_zoo *zoo = open_at(NULL, NOW);
    const struct es_x509 *server = &zoo->at[ES_ZOO_EST_SERVER].view;
    cr_assert(es_x509_allows_usage(server, ES_OID_SERVER_AUTH));
    cr_assert(es_extensions_has_eku(&server->ext, ES_OID_CMC_RA));
    cr_assert(es_x509_is_for_host(arena, server, "127.0.0.1", NULL));
    cr_assert(es_x509_is_for_host(arena, server, "::1", NULL));
    const struct es_x509 *ra = &zoo->at[ES_ZOO_RA].view;
    cr_assert(es_extensions_has_eku(&ra->ext, ES_OID_CMC_RA));
    const struct es_x509 *eku = &zoo->at[ES_ZOO_WRONG_EKU].view;
    cr_assert_not(es_x509_allows_usage(eku, ES_OID_CLIENT_AUTH));
    const struct es_x509 *idevid = &zoo->at[ES_ZOO_IDEVID].view;
    cr_assert(es_x509_allows_usage(idevid, ES_OID_CLIENT_AUTH));
    cr_assert_str_eq(es_name_find(arena, idevid->subject, "serialNumber"), "EST-0001");
    cr_assert_eq(idevid->ext.san[0].kind, ES_SAN_HARDWARE);
}

Test(zoo, impostor_differs_from_the_manufacturer_only_in_its_key)
{
    struct es_zoo *zoo = open_at(NULL, NOW);
    const struct es_x509 *real = &zoo->at[ES_ZOO_MANUFACTURER_CA].view;
    const struct es_x509 *fake = &zoo->at[ES_ZOO_IMPOSTOR_CA].view;
    cr_assert(es_slice_eq(real->subject, fake->subject));
    cr_assert_not(es_public_key_is_equal(&real->key, &fake->key));
    cr_assert(es_slice_eq(zoo->at[ES_ZOO_UNKNOWN_ISSUER].view.issuer, real->subject));
}

Test(zoo, names_are_found_and_documented)
{
    struct es_zoo *zoo = open_at(NULL, NOW);
    for (size_t i = 0; i < ES_ZOO_COUNT; i++) {
        const char *name = es_zoo_name_at(i);
        cr_assert_eq(es_zoo_find(zoo, es_slice_of(name)), &zoo->at[i], "%s", name);
        cr_assert(es_zoo_doc_at(i)[0]);
    }
    cr_assert_null(es_zoo_find(zoo, es_slice_of("idevi")));
    cr_assert_null(es_zoo_name_at(ES_ZOO_COUNT));
    cr_assert_null(es_zoo_doc_at(ES_ZOO_COUNT));
}

Test(zoo, folder_keeps_it_between_runs)
{
    const char *folder = temp_folder_make(arena);
    struct es_zoo *first = open_at(folder, NOW);
    cr_assert(first->generated);
    cr_assert(strstr(notice, "made new certificates in"), "%s", notice);
    struct es_zoo *second = open_at(folder, NOW + YEAR);
    cr_assert_not(second->generated);
    cr_assert_null(notice);
    for (size_t i = 0; i < ES_ZOO_COUNT; i++) {
        cr_assert(es_slice_eq(first->at[i].cert, second->at[i].cert));
        cr_assert(es_slice_eq(first->at[i].key, second->at[i].key));
        cr_assert_eq(first->at[i].chain_n, second->at[i].chain_n);
    }
    temp_folder_remove(arena, folder);
}

static void expect_renewal(const char *folder, int64_t now_s, const char *why)
{
    struct es_zoo *zoo = open_at(folder, now_s);
    cr_assert(zoo->generated, "%s", why);
    cr_assert_not_null(notice);
    cr_expect(strstr(notice, why), "%s", notice);
    zoo = open_at(folder, now_s);
    cr_assert_not(zoo->generated, "the new one was saved");
}

Test(zoo, stale_or_damaged_folder_is_renewed_with_a_notice)
{
    const char *folder = temp_folder_make(arena);
    open_at(folder, NOW);
    expect_renewal(folder, NOW + 11 * YEAR, "is valid from");
    expect_renewal(folder, NOW, "is valid from");
    unlink(es_arena_printf(arena, "%s/ra.key.der", folder));
    expect_renewal(folder, NOW, "ra is missing");
    const char *cert = es_arena_printf(arena, "%s/idevid.cert.der", folder);
    cr_assert(es_pki_file_write(arena, cert, es_slice_of("x"), 0644, diag));
    expect_renewal(folder, NOW, "cannot be read");
    struct es_zoo *zoo = open_at(folder, NOW);
    const char *key = es_arena_printf(arena, "%s/idevid.key.der", folder);
    cr_assert(es_pki_file_write(arena, key, zoo->at[ES_ZOO_RA].key, 0600, diag));
    expect_renewal(folder, NOW, "is not the key of");
    temp_folder_remove(arena, folder);
}

static size_t count_pem(const char *path, struct es_slice *first)
{
    struct es_slice file;
    struct es_pem block;
    struct es_flaw flaw = ES_FLAW_NONE;
    size_t at = 0, n = 0;
    cr_assert(es_pki_file_read(arena, path, &file, diag), "%s", path);
    while (es_pem_next(arena, file, &at, &block, &flaw)) {
        if (n++ == 0) {
            *first = block.der;
        }
    }
    cr_assert_null(flaw.text);
    return n;
}

Test(zoo, export_writes_chains_bundles_and_secret_keys)
{
    const char *folder = temp_folder_make(arena);
    struct es_zoo *zoo = open_at(NULL, NOW);
    struct es_slice first;
    struct stat info;
    cr_assert(es_zoo_export(zoo, folder, diag));
    cr_assert_eq(
        count_pem(es_arena_printf(arena, "%s/est-server.chain.pem", folder), &first),
        2);
    cr_assert(es_slice_eq(first, zoo->at[ES_ZOO_EST_SERVER].cert));
    cr_assert_eq(
        count_pem(es_arena_printf(arena, "%s/idevid.chain.pem", folder), &first), 1);
    cr_assert_eq(
        count_pem(es_arena_printf(arena, "%s/client-trust.pem", folder), &first), 3);
    cr_assert(es_slice_eq(first, zoo->at[ES_ZOO_MANUFACTURER_CA].cert));
    cr_assert_eq(count_pem(es_arena_printf(arena, "%s/crts.pem", folder), &first), 2);
    cr_assert(es_slice_eq(first, zoo->at[ES_ZOO_ISSUING_CA].cert));
    cr_assert_eq(stat(es_arena_printf(arena, "%s/ra.key.pem", folder), &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0600);
    cr_assert_eq(stat(es_arena_printf(arena, "%s/ra.key.der", folder), &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0600);
    temp_folder_remove(arena, folder);
}

Test(zoo, keys_that_encrypt_bear_the_names_by_which_requests_call_them)
{
    const char *folder = temp_folder_make(arena);
    struct es_zoo *zoo = open_at(NULL, NOW);
    struct es_slice kek, first;
    cr_assert(es_zoo_export(zoo, folder, diag));
    cr_assert(es_pki_file_read(
        arena, es_arena_printf(arena, "%s/decrypt-key.6d0f04acfec43f92.bin", folder),
        &kek, diag));
    cr_assert(es_slice_eq(kek, es_zoo_kek()));
    struct es_buf name;
    es_buf_build(&name, arena, 200);
    es_buf_printf(&name, "%s/decrypt-key.", folder);
    es_buf_hex(&name, zoo->at[ES_ZOO_KEY_TRANSPORT].view.ext.subject_key_id);
    es_buf_printf(&name, ".cert.pem");
    cr_assert_eq(count_pem(es_buf_cstr(&name), &first), 1);
    cr_assert(es_slice_eq(first, zoo->at[ES_ZOO_KEY_TRANSPORT].cert));
    cr_assert_eq(count_pem(es_arena_printf(arena, "%s/denied.pem", folder), &first), 1);
    cr_assert(es_slice_eq(first, zoo->at[ES_ZOO_DENIED].cert));
    temp_folder_remove(arena, folder);
}

Test(zoo, unwritable_places_are_notes_with_the_path)
{
    static const char *const places[] = {"/proc/estspec", "/dev/null/pki",
                                         "/nonexistent/folder/pki"};
    for (size_t i = 0; i < ES_COUNT(places); i++) {
        es_diag_reset(diag);
        cr_assert_null(es_zoo_open(arena, places[i], NOW, &notice, diag));
        cr_assert_eq(diag->count, 1);
        cr_assert_eq(diag->notes[0].code, ES_CODE_ENVIRONMENT);
        cr_assert(strstr(diag->notes[0].loc.file, places[i]));
    }
}

Test(zoo, full_disk_leaves_no_half_file)
{
    struct stat info;
    const char *folder = temp_folder_make(arena);
    /* A name that is too long for `.part` fails like a full disk: before the rename. */
    char name[251];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    const char *path = es_arena_printf(arena, "%s/%s.long", folder, name);
    cr_assert_not(es_pki_file_write(arena, path, es_slice_of("x"), 0644, diag));
    cr_assert(strstr(diag->notes[0].msg, "cannot write"), "%s", diag->notes[0].msg);
    cr_assert_neq(stat(path, &info), 0);
    temp_folder_remove(arena, folder);
}
