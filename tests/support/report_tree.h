/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_SUPPORT_REPORT_TREE_H
#define ES_SUPPORT_REPORT_TREE_H

/*
 * A verdict tree with every verdict and every status, for the tests of the renderers, and the
 * comparison with the texts in tests/golden/report. ES_GOLDEN_UPDATE=1 in the environment
 * writes those texts anew; review them as text.
 */

#include "run/result.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TREE_SIZES "rfc9148/4.6-fragmentation/crts-block2-sizes"
#define TREE_SOURCE "tests/golden/report/crts-block2-sizes.yaml"

static const char *tree_size_rules[] = {"RFC7959:2.4:block-size-constant",
                                        "RFC7959:2.4:requested-size-or-smaller",
                                        "RFC9148:4.6:server-block2"};
static const char *tree_etag_rules[] = {"RFC7959:2.4:etag-in-each-block",
                                        "RFC9148:4.6:size1-size2-optional"};
static const char *tree_root_rules[] = {"RFC9148:4.1:well-known-root-served"};

#define TREE_SIZE_FINDING(got_, wanted_, step_)                                        \
    {                                                                                  \
        .verdict = ES_VERDICT_FAIL,                                                    \
        .requirement = "RFC7959:2.4:requested-size-or-smaller", .level = "MUST",       \
        .section = "RFC 7959 section 2.4",                                             \
        .paraphrase = "The response block size is at most the one requested.",         \
        .loc = {.file = TREE_SOURCE, .line = 27, .col = 33, .len = 7},                 \
        .step = (step_), .field = "block2.size", .wanted = (wanted_), .got = (got_),   \
        .sent =                                                                        \
            "#5  +0.000  CON GET /.well-known/est/crts  T=4f  2:0/0/64  accept=281",   \
        .received = "#6  +0.009  ACK 2.05  T=4f  2:0/0/1024  cf=281  639 bytes",       \
        .packet_first = 5, .packet_last = 6                                            \
    }

static struct es_finding tree_size_64[] = {
    TREE_SIZE_FINDING("1024", "..64", "sized, block 0")};
static struct es_finding tree_size_128[] = {
    TREE_SIZE_FINDING("1024", "..128", "sized, block 0"),
    TREE_SIZE_FINDING("1024", "..128", "sized, block 1")};
static struct es_finding tree_etag[] = {
    {.verdict = ES_VERDICT_WARNING,
     .requirement = "RFC7959:2.4:etag-in-each-block",
     .level = "SHOULD",
     .section = "RFC 7959 section 2.4",
     .paraphrase =
         "Every block of a representation that has an ETag carries it, so that the "
         "client can tell when the blocks belong to different representations.",
     .loc = {.file = TREE_SOURCE, .line = 28, .col = 13, .len = 11},
     .step = "sized, block 3",
     .field = "etag",
     .wanted = "absent|same",
     .got = "h'0a1b | 2c'",
     .calls = "called from scenarios/a.yaml:12:5",
     .packet_first = 9,
     .packet_last = 9},
    {.verdict = ES_VERDICT_PASS,
     .requirement = "RFC9148:4.6:size1-size2-optional",
     .level = "MAY",
     .section = "RFC 9148 section 4.6",
     .paraphrase = "Size1 and Size2 may be used.",
     .loc = {.file = TREE_SOURCE, .line = 32, .col = 14, .len = 6},
     .step = "sized",
     .field = "size2",
     .text = "Size2 is not sent"}};
static struct es_finding tree_crash[] = {
    {.verdict = ES_VERDICT_FAIL,
     .requirement = "RFC9148:9.1:absurd-asn1-harmless",
     .level = "MUST",
     .section = "RFC 9148 section 9.1",
     .paraphrase = "Absurd ASN.1 does no harm.",
     .loc = {.file = "gone.yaml", .line = 3, .col = 5, .len = 4},
     .step = "alive",
     .text = "the IUT died: signal 11"}};
static struct es_finding tree_preamble[] = {
    {.verdict = ES_VERDICT_INCONCLUSIVE,
     .loc = {.file = TREE_SOURCE, .line = 16, .col = 11, .len = 12},
     .step = "open-session",
     .text = "no answer to ClientHello within 3s"}};
static struct es_finding tree_driver[] = {
    {.verdict = ES_VERDICT_ERROR,
     .step = "start",
     .text = "the driver was not ready within 10s"}};
static struct es_finding tree_known[] = {
    {.verdict = ES_VERDICT_FAIL,
     .requirement = "RFC8710:2:stop-on-malformed-cbor",
     .level = "MUST",
     .section = "RFC 8710 section 2",
     .paraphrase = "Processing stops on malformed CBOR.",
     .step = "outcome",
     .wanted = "failure",
     .got = "success"}};

#define TREE_RULES(list) .requirements = (list), .requirements_n = ES_COUNT(list)
#define TREE_JUDGED(list) .judged = (list), .judged_n = ES_COUNT(list)
#define TREE_FINDINGS(list) .findings = (list), .findings_n = ES_COUNT(list)

static struct es_instance_result tree_instances[] = {
    {.id = "dtls/server-flight-loss[ccs][copies=1]",
     .scenario = "dtls/server-flight-loss",
     .title = "The server recovers from the loss of any handshake message it sends",
     .verdict = ES_VERDICT_INCONCLUSIVE,
     TREE_FINDINGS(tree_preamble),
     .wall_us = 3000000,
     .start_unix_us = 1772366400000000,
     .folder = "dtls/server-flight-loss.ccs.copies=1"},
    {.id = "rfc8710/skg-reply-malformed[residual-byte]",
     .scenario = "rfc8710/skg-reply-malformed",
     .title = "A client refuses a malformed reply",
     .status = ES_STATUS_KNOWN,
     .verdict = ES_VERDICT_FAIL,
     .reason = "decoder ignores trailing bytes",
     TREE_FINDINGS(tree_known),
     .wall_us = 20000,
     .folder = "rfc8710/skg-reply-malformed.residual-byte"},
    {.id = "rfc8710/skg-reply-malformed[truncated]",
     .scenario = "rfc8710/skg-reply-malformed",
     .title = "A client refuses a malformed reply",
     .status = ES_STATUS_UNEXPECTED_PASS,
     .reason = "decoder reads past the end",
     .wall_us = 21000,
     .folder = "rfc8710/skg-reply-malformed.truncated"},
    {.id = "rfc9148/4.1-discovery/other-root",
     .scenario = "rfc9148/4.1-discovery/other-root",
     .title = "A root found by discovery",
     .verdict = ES_VERDICT_INCONCLUSIVE,
     .reason = "because of RFC9148:4.1:well-known-root-served",
     TREE_RULES(tree_root_rules)},
    {.id = "rfc9148/4.1-discovery/short-names",
     .scenario = "rfc9148/4.1-discovery/short-names",
     .title = "Short names",
     .verdict = ES_VERDICT_INCONCLUSIVE,
     .reason = "because of RFC9148:4.1:well-known-root-served",
     TREE_RULES(tree_root_rules)},
    {.id = TREE_SIZES "[size=1024]",
     .scenario = TREE_SIZES,
     .title = "/crts is served with Block2",
     TREE_RULES(tree_size_rules),
     TREE_JUDGED(tree_size_rules),
     .wall_us = 12000,
     .folder = TREE_SIZES ".size=1024"},
    {.id = TREE_SIZES "[size=128]",
     .scenario = TREE_SIZES,
     .title = "/crts is served with Block2",
     .verdict = ES_VERDICT_FAIL,
     .context = "preamble ok; step whole ok (the IUT is alive)",
     TREE_FINDINGS(tree_size_128),
     TREE_RULES(tree_size_rules),
     TREE_JUDGED(tree_size_rules),
     .wall_us = 29000,
     .folder = TREE_SIZES ".size=128"},
    {.id = TREE_SIZES "[size=64]",
     .scenario = TREE_SIZES,
     .title = "/crts is served with Block2",
     .verdict = ES_VERDICT_FAIL,
     .context = "preamble ok; step whole ok (the IUT is alive)",
     TREE_FINDINGS(tree_size_64),
     TREE_RULES(tree_size_rules),
     TREE_JUDGED(tree_size_rules),
     .wall_us = 31000,
     .folder = TREE_SIZES ".size=64"},
    {.id = "rfc9148/4.6-fragmentation/etags",
     .scenario = "rfc9148/4.6-fragmentation/etags",
     .title = "ETags",
     .verdict = ES_VERDICT_WARNING,
     TREE_FINDINGS(tree_etag),
     TREE_RULES(tree_etag_rules),
     TREE_JUDGED(tree_etag_rules),
     .wall_us = 15500,
     .folder = "rfc9148/4.6-fragmentation/etags"},
    {.id = "rfc9148/4.8-serverkeygen/skc",
     .scenario = "rfc9148/4.8-serverkeygen/skc",
     .title = "skc",
     .status = ES_STATUS_NOT_APPLICABLE,
     .reason = "op.skc is no (applies-if: op.skc)"},
    {.id = "robustness/absurd-asn1",
     .scenario = "robustness/absurd-asn1",
     .title = "Absurd ASN.1",
     .verdict = ES_VERDICT_FAIL,
     TREE_FINDINGS(tree_crash),
     .wall_us = 1250000,
     .folder = "robustness/absurd-asn1",
     .peer_log_tail = "decoding\033[2J\nSegmentation fault\n"},
    {.id = "robustness/late",
     .scenario = "robustness/late",
     .title = "Late",
     .status = ES_STATUS_NOT_RUN,
     .reason = "the run was interrupted"},
    {.id = "robustness/start",
     .scenario = "robustness/start",
     .title = "Start",
     .verdict = ES_VERDICT_ERROR,
     TREE_FINDINGS(tree_driver),
     .wall_us = 10000000},
};

static const char *tree_notices[] = {
    "drivers/acme/expected.yaml:9:5: expired on 2026-01-01"};
static const char *tree_broken[] = {
    "RFC9148:4.1:well-known-root-served broken by rfc9148/4.1-discovery/root"};

static inline struct es_run_result tree_run(void)
{
    return (struct es_run_result){
        .run_id = "20260301-120000",
        .folder = "reports/20260301-120000",
        .driver = "drivers/acme-server",
        .peer = "acme 2.4.1",
        .target_args = "--driver drivers/acme-server",
        .tool_version = "0.1.0",
        .libraries = "wolfSSL 5.5.4, libcoap 4.3.1",
        .seed = 0x7f3a,
        .start_unix_us = 1772366400000000,
        .wall_us = 14500000,
        .instances = tree_instances,
        .instances_n = ES_COUNT(tree_instances),
        .notices = tree_notices,
        .notices_n = ES_COUNT(tree_notices),
        .broken_prerequisites = tree_broken,
        .broken_prerequisites_n = ES_COUNT(tree_broken),
    };
}

/* The instance with this id, which must be there. */
static inline const struct es_instance_result *tree_find(const char *id)
{
    const struct es_instance_result *found = NULL;
    for (size_t i = 0; i < ES_COUNT(tree_instances); i++) {
        if (strcmp(tree_instances[i].id, id) == 0) {
            found = &tree_instances[i];
        }
    }
    cr_assert_not_null(found, "no instance %s", id);
    return found;
}

/* The file as a text in the arena; NULL if it cannot be read. */
static inline const char *tree_read(const char *path, struct es_arena *a)
{
    enum { MAX = 1 << 20 };
    FILE *in = fopen(path, "rb");
    if (!in) {
        return NULL;
    }
    char *text = es_arena_alloc(a, MAX);
    size_t n = fread(text, 1, MAX - 1, in);
    fclose(in);
    text[n] = '\0';
    return text;
}

/* A new empty folder for the files of one test. */
static inline const char *tree_folder(struct es_arena *a)
{
    const char *base = getenv("TMPDIR");
    char *folder = es_arena_alloc(a, 256);
    snprintf(folder, 256, "%s/estspec-report-XXXXXX", base && *base ? base : "/tmp");
    cr_assert_not_null(mkdtemp(folder));
    return folder;
}

/* Compares with tests/golden/report/<name>, or writes it. */
static inline void tree_check_golden(const char *name, const char *actual,
                                     struct es_arena *a)
{
    const char *path = es_arena_printf(a, "tests/golden/report/%s", name);
    const char *update = getenv("ES_GOLDEN_UPDATE");
    if (update && strcmp(update, "1") == 0) {
        FILE *out = fopen(path, "wb");
        cr_assert_not_null(out);
        fputs(actual, out);
        cr_assert_eq(fclose(out), 0);
    }
    const char *wanted = tree_read(path, a);
    cr_assert_not_null(wanted, "%s is missing", path);
    cr_assert_str_eq(actual, wanted, "differs from %s:\n%s", path, actual);
}

#endif
