/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli.h"
#include "dtls/dtls.h"
#include "run/probe.h"

#include <stdio.h>

static const struct es_option options[] = {
    {"server", 0, "URI", false, "coaps://HOST:PORT; may also stand without --server"},
    {"trust", 0, "FILE", false, "certificates of the CAs to trust (PEM or DER)"},
    {"cert", 0, "FILE", false, "our certificate and its chain"},
    {"key", 0, "FILE", false, "its key; default: in the file of --cert"},
    {"patience", 0, "S", false, "seconds to wait for an answer (8)"},
};

struct credentials {
    struct es_identity identity;
    struct es_x509_bag trust;
    bool has_identity;
};

static bool load(struct es_cli *cli, struct credentials *c)
{
    const struct es_options *o = &cli->options;
    const char *cert = es_options_get(o, "cert"), *trust = es_options_get(o, "trust");
    bool ok = true;
    if (cert) {
        c->has_identity = true;
        ok = es_identity_load(cli->arena, cert, es_options_get(o, "key"), &c->identity,
                              cli->d);
    }
    return (!trust || es_trust_load(cli->arena, trust, &c->trust, cli->d)) && ok;
}

static void line(const char *name, const char *text)
{
    printf("%-12s %s\n", name, text);
}

static void print_session(const struct es_probe_result *r)
{
    printf("%-12s up after %.0f ms; %s, %s\n", "DTLS:", r->handshake_ms,
           r->certificate_requested ? "our certificate was asked for"
                                    : "our certificate was NOT asked for",
           r->extended_master_secret ? "extended master secret"
                                     : "no extended master secret");
    line("suite:", r->suite);
    line("certificate:", r->subject ? r->subject : "none");
    line("chain:", r->chain);
    line("name:", r->is_ra ? "good (id-kp-cmcRA)" : r->names ? r->names : "none");
    line("clock:", r->clock);
    printf("%-12s %s%s\n", "EST root:", r->root,
           r->discovery ? " (discovered)" : " (no answer to discovery)");
    for (size_t op = 0; op < ES_PROBE_OPS; op++) {
        printf("  %-10s GET gives %s: %s\n", es_probe_op_name((enum es_probe_op)op),
               r->answers[op], r->ops[op] ? "there" : "not there");
    }
}

static bool is_good(const struct es_probe_result *r)
{
    return !r->failure && r->chain_good && r->name_good && r->is_ccm8;
}

static void print_result(const struct es_probe_result *r)
{
    if (r->address_text) {
        line("address:", r->address_text);
    }
    if (r->is_up) {
        print_session(r);
    }
    if (r->failure) {
        printf("%s\n", r->failure);
    }
    if (r->failure && r->remedy) {
        printf("  %s\n", r->remedy);
    }
}

static int run_probe(struct es_cli *cli)
{
    const struct es_options *o = &cli->options;
    const char *uri = es_options_get(o, "server");
    struct credentials c = {.has_identity = false};
    struct es_probe_result r;
    uint64_t patience = 0;
    es_dtls_start();
    uri = !uri && o->positional.n == 1 ? o->positional.at[0] : uri;
    if (!uri) {
        return es_cli_usage(cli, "which server? --server coaps://HOST:PORT");
    }
    if (!es_cli_number(cli, "patience", 1, 600, &patience) || !load(cli, &c)) {
        return es_diag_status(cli->d);
    }
    const struct es_probe_config cfg = {
        .uri = uri,
        .identity = c.has_identity ? &c.identity : NULL,
        .trust = &c.trust,
        .patience = (es_usec)patience * ES_USEC_PER_S,
    };
    es_probe_server(&cfg, cli->arena, &r);
    print_result(&r);
    return is_good(&r) ? ES_EXIT_OK : ES_EXIT_FAIL;
}

const struct es_command es_cmd_probe = {
    .name = "probe",
    .summary = "looks at a server and says why nothing works",
    .arguments = "coaps://HOST:PORT --trust FILE --cert FILE --key FILE",
    .doc =
        "One look at a server: address, DTLS, certificates, EST root, operations. Nothing "
        "is enrolled. Exit\nstatus 0 if it can be tested and its certificate is good, else "
        "1.",
    .options = {options, ES_COUNT(options)},
    .run = run_probe,
};
