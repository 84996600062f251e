/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/vector_judge.h"
#include "scenario/node.h"

#include <dirent.h>

static struct es_arena *arena;

static void set_up(void)
{
    arena = es_arena_new();
}

static void tear_down(void)
{
    es_arena_free(arena);
}

TestSuite(vectors, .init = set_up, .fini = tear_down);

static const struct es_node *manifest(void)
{
    struct es_diag *d = es_diag_new();
    const struct es_node *root = es_yaml_read("vectors/vectors.yaml", arena, d);
    cr_assert(root && d->count == 0, "%s", d->count ? d->notes[0].msg : "");
    cr_assert(es_node_check_format(root, d));
    es_diag_free(d);
    const struct es_node *list = es_node_find(root, "vectors");
    cr_assert(list && list->kind == ES_NODE_SEQUENCE);
    return list;
}

static const char *text_of(const struct es_node *map, const char *key)
{
    const struct es_node *n = es_node_find(map, key);
    cr_assert(n && n->kind == ES_NODE_SCALAR, "no %s in line %u", key, map->loc.line);
    return es_arena_text(arena, n->text);
}

static void expect_result(const char *id, const char *result, bool good)
{
    struct es_slice r = es_slice_of(result);
    bool known = es_slice_is(r, "valid") || es_slice_is(r, "invalid") ||
                 es_slice_is(r, "acceptable");
    cr_expect(known, "%s: result is '%s'", id, result);
    if (!es_slice_is(r, "acceptable")) {
        cr_expect_eq(good, es_slice_is(r, "valid"), "%s is %s", id,
                     good ? "good" : "not good");
    }
}

Test(vectors, each_means_what_the_manifest_says)
{
    static const char *const keys[] = {"id",    "comment", "source", "flags",
                                       "input", "result",  "expect", NULL};
    const struct es_node *list = manifest();
    struct es_diag *d = es_diag_new();
    cr_assert_gt(list->items.n, 140);
    for (size_t i = 0; i < list->items.n; i++) {
        const struct es_node *v = list->items.at[i], *flags = es_node_find(v, "flags");
        const char *id = text_of(v, "id"), *input = text_of(v, "input");
        cr_expect(es_node_only_keys(v, keys, "a vector", d), "%s", id);
        cr_assert(flags && flags->items.n > 0, "%s has no flags", id);
        judge_fn judge = judge_of(flags->items.at[0]->text);
        cr_assert(judge, "%s: nothing judges '%.*s'", id,
                  ES_SLICE_ARG(flags->items.at[0]->text));
        struct judgement j = judge(arena, vector_file(arena, input));
        cr_expect_str_eq(j.meaning, text_of(v, "expect"), "%s: %s", id, j.meaning);
        expect_result(id, text_of(v, "result"), j.good);
        cr_expect(es_slice_has_prefix(es_slice_of(input), id), "%s", id);
        cr_expect_neq(text_of(v, "comment")[0], 0, "%s", id);
        cr_expect_neq(text_of(v, "source")[0], 0, "%s", id);
    }
    es_diag_free(d);
}

static bool is_listed(const struct es_node *list, const char *input)
{
    for (size_t i = 0; i < list->items.n; i++) {
        if (es_slice_is(es_slice_of(input), text_of(list->items.at[i], "input"))) {
            return true;
        }
    }
    return false;
}

Test(vectors, every_file_is_in_the_manifest)
{
    static const char *const folders[] = {"coap",        "csrattrs",  "drafts",
                                          "link-format", "multipart", "pkcs"};
    const struct es_node *list = manifest();
    size_t files = 0;
    for (size_t i = 0; i < ES_COUNT(folders); i++) {
        DIR *folder = opendir(es_arena_printf(arena, "vectors/%s", folders[i]));
        cr_assert(folder, "%s", folders[i]);
        for (struct dirent *e = readdir(folder); e; e = readdir(folder)) {
            const char *input = es_arena_printf(arena, "%s/%s", folders[i], e->d_name);
            if (e->d_name[0] != '.') {
                cr_expect(is_listed(list, input), "%s is not listed", input);
                files++;
            }
        }
        closedir(folder);
    }
    cr_expect_eq(files, list->items.n);
}

/* B.1 belongs to a bag of the drafts, although the text speaks of A.1. */
Test(vectors, blocks_of_b1_are_the_bag_of_the_drafts)
{
    struct es_slice bag = vector_file(arena, "drafts/d08-12_A1-crts-resp-281.p7.der");
    struct es_slice a1 = vector_file(arena, "pkcs/A1-crts-resp-281.p7.der");
    struct es_buf all;
    es_buf_build(&all, arena, 1024);
    for (unsigned i = 0; i < 10; i++) {
        struct es_coap_message *m = ES_NEW(arena, struct es_coap_message);
        const char *reason, *name;
        size_t offset;
        name = es_arena_printf(arena, "coap/B1full-resp-block%u.coap", i);
        cr_assert(es_coap_decode(vector_file(arena, name), m, &reason, &offset));
        es_buf_put(&all, m->payload);
    }
    cr_expect(es_slice_eq(es_buf_slice(&all), bag));
    cr_expect_eq(bag.n, 639);
    cr_expect_eq(a1.n, 638);
    cr_expect_not(es_slice_eq(es_slice_sub(a1, 0, 64), es_slice_sub(bag, 0, 64)));
}

static struct es_x509 certificate(const char *name)
{
    struct es_x509 cert;
    cr_assert(es_x509_view(arena, vector_file(arena, name), &cert, NULL), "%s", name);
    return cert;
}

/* Private key, request, answer and the request of A.2: one key (and so the A.2 key is
 * known to everybody). */
Test(vectors, keys_of_a2_and_a3_are_one)
{
    static const char *const requests[] = {"pkcs/A2-sen-req-286.csr.der",
                                           "pkcs/A3-skg-req-286.csr.der"};
    struct es_pkcs8 key;
    cr_assert(es_pkcs8_view(
        arena, vector_file(arena, "pkcs/A3-skg-resp-part-284.p8.der"), &key, NULL));
    for (size_t i = 0; i < ES_COUNT(requests); i++) {
        struct es_pkcs10 csr;
        cr_assert(es_pkcs10_view(arena, vector_file(arena, requests[i]), &csr, NULL));
        cr_expect(es_pkcs8_is_pair(arena, &key, &csr.key), "%s", requests[i]);
    }
    struct es_x509 a2 = certificate("pkcs/A2-sen-resp-281.cert.der");
    struct es_x509 a3 = certificate("pkcs/A3-skg-resp-part-281.cert.der");
    cr_expect(es_pkcs8_is_pair(arena, &key, &a2.key));
    cr_expect(es_pkcs8_is_pair(arena, &key, &a3.key));
}

/* The CA that issued the certificate of A.2 is in no example. */
Test(vectors, certificate_of_a2_cannot_be_verified_by_a1)
{
    struct es_x509 root = certificate("pkcs/A1-crts-resp-281.cert.der");
    struct es_x509 a2 = certificate("pkcs/A2-sen-resp-281.cert.der");
    struct es_x509_bag anchors = {0}, none = {0};
    struct es_chain_verdict v;
    const int64_t in_2020 = 1577836800;
    cr_assert(es_x509_bag_add(arena, &anchors, root.der, NULL));
    cr_expect_not(es_chain_judge(arena, &a2, &none, &anchors, in_2020, &v));
    cr_expect_eq(v.result, ES_CHAIN_NO_PATH);
    cr_expect_not(es_x509_is_signed_by(arena, &a2, &root.key, NULL));
}
