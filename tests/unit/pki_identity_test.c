/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/temp_folder.h"
#include "../support/vector_file.h"
#include "codec/pem.h"
#include "codec/pkcs7.h"
#include "pki/identity.h"
#include "pki/zoo.h"

#define NOW ((int64_t)1767225600)

static struct es_arena *arena;
static struct es_diag *diag;
static const char *folder;
static struct es_zoo *zoo;

static void set_up(void)
{
    const char *notice;
    arena = es_arena_new();
    diag = es_diag_new();
    folder = temp_folder_make(arena);
    zoo = es_zoo_open(arena, folder, NOW, &notice, diag);
    cr_assert_not_null(zoo);
}

static void tear_down(void)
{
    temp_folder_remove(arena, folder);
    es_diag_free(diag);
    es_arena_free(arena);
}

TestSuite(identity, .init = set_up, .fini = tear_down);
TestSuite(trust, .init = set_up, .fini = tear_down);

static const char *in_folder(const char *name)
{
    return es_arena_printf(arena, "%s/%s", folder, name);
}

static const char *save(const char *name, struct es_slice contents)
{
    const char *path = in_folder(name);
    cr_assert(es_pki_file_write(arena, path, contents, 0600, diag));
    return path;
}

Test(identity, pem_chain_and_key_are_loaded)
{
    struct es_identity me;
    cr_assert(es_identity_load(arena, in_folder("est-server.chain.pem"),
                               in_folder("est-server.key.pem"), &me, diag),
              "%s", diag->count ? diag->notes[0].msg : "?");
    cr_assert_eq(me.chain_n, 2);
    cr_assert(es_slice_eq(me.chain[0], zoo->at[ES_ZOO_EST_SERVER].cert));
    cr_assert(es_slice_eq(me.chain[1], zoo->at[ES_ZOO_ISSUING_CA].cert));
    cr_assert(es_slice_eq(me.key, zoo->at[ES_ZOO_EST_SERVER].key));
    cr_assert_str_eq(me.leaf.subject_text, "CN=localhost,O=estspec");
}

Test(identity, der_files_are_loaded)
{
    struct es_identity me;
    cr_assert(es_identity_load(arena, in_folder("idevid.cert.der"),
                               in_folder("idevid.key.der"), &me, diag));
    cr_assert_eq(me.chain_n, 1);
}

Test(identity, one_file_may_hold_both)
{
    struct es_identity me;
    struct es_buf b;
    es_buf_build(&b, arena, 4096);
    es_pem_put(&b, "PRIVATE KEY", zoo->at[ES_ZOO_RA].key);
    es_pem_put(&b, "CERTIFICATE", zoo->at[ES_ZOO_RA].cert);
    cr_assert(
        es_identity_load(arena, save("both.pem", es_buf_slice(&b)), NULL, &me, diag));
    cr_assert(es_slice_eq(me.key, zoo->at[ES_ZOO_RA].key));
}

static void expect_note(const char *cert, const char *key, enum es_code code,
                        const char *text)
{
    struct es_identity me;
    es_diag_reset(diag);
    cr_assert_not(es_identity_load(arena, cert, key, &me, diag), "%s", text);
    cr_assert_eq(diag->count, 1, "%zu notes", diag->count);
    cr_expect_eq(diag->notes[0].code, code);
    cr_assert_not_null(diag->notes[0].loc.file);
    cr_expect(strstr(diag->notes[0].msg, text), "%s", diag->notes[0].msg);
}

Test(identity, mistakes_of_the_operator_are_told)
{
    const char *cert = in_folder("idevid.cert.pem"), *key = in_folder("idevid.key.pem");
    expect_note(in_folder("other-key.cert.pem"), in_folder("other-key.key.pem"),
                ES_CODE_INPUT, "does not belong to the certificate of CN=device");
    expect_note(in_folder("nothing.pem"), key, ES_CODE_ENVIRONMENT, "cannot open");
    expect_note(cert, in_folder("nothing.pem"), ES_CODE_ENVIRONMENT, "cannot open");
    expect_note(folder, key, ES_CODE_ENVIRONMENT, "is not a file");
    expect_note(key, key, ES_CODE_INPUT, "no certificate in it");
    expect_note(cert, cert, ES_CODE_INPUT, "no private key in it");
    expect_note(in_folder("crts.pem"), in_folder("root.key.pem"), ES_CODE_INPUT,
                "does not belong");
    expect_note(in_folder("client-trust.pem"), key, ES_CODE_INPUT,
                "is not the issuer of");
    expect_note(save("empty", ES_SLICE_NONE), key, ES_CODE_INPUT, "the file is empty");
    expect_note(save("text", es_slice_of("hello")), key, ES_CODE_INPUT, "plain text");
}

Test(identity, damaged_certificate_is_told_with_its_place)
{
    struct es_slice der = zoo->at[ES_ZOO_IDEVID].cert;
    struct es_buf b;
    es_buf_build(&b, arena, 4096);
    es_pem_put(&b, "CERTIFICATE", es_slice_sub(der, 0, der.n - 1));
    expect_note(save("cut.pem", es_buf_slice(&b)), in_folder("idevid.key.pem"),
                ES_CODE_INPUT, "certificate 1 cannot be read");
}

Test(trust, bundles_in_pem_and_pkcs7_are_loaded)
{
    struct es_x509_bag bag = {0};
    const struct es_slice certs[] = {zoo->at[ES_ZOO_ROOT].cert,
                                     zoo->at[ES_ZOO_ISSUING_CA].cert};
    cr_assert(es_trust_load(arena, in_folder("client-trust.pem"), &bag, diag));
    cr_assert_eq(bag.n, 3);
    const char *p7 = save("trust.p7", es_pkcs7_build(arena, certs, 2));
    cr_assert(es_trust_load(arena, p7, &bag, diag));
    cr_assert_eq(bag.n, 5);
    cr_assert(es_trust_load(arena, in_folder("root.cert.der"), &bag, diag));
    cr_assert_eq(bag.n, 6);
}

Test(trust, file_without_certificate_is_a_note)
{
    struct es_x509_bag bag = {0};
    cr_assert_not(es_trust_load(arena, in_folder("ra.key.pem"), &bag, diag));
    cr_assert(strstr(diag->notes[0].msg, "no certificate"));
    es_diag_reset(diag);
    cr_assert_not(es_trust_load(arena, in_folder("ra.key.der"), &bag, diag));
    cr_assert(strstr(diag->notes[0].msg, "a PKCS#8 private key"), "%s",
              diag->notes[0].msg);
}
