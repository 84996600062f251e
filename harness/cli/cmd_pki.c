/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli.h"
#include "dtls/dtls.h"
#include "net/clock.h"
#include "run/run.h"

#include <stdio.h>
#include <string.h>

static int export_zoo(struct es_cli *cli, const char *folder)
{
    const char *notice = NULL;
    es_dtls_start();
    if (!es_run_folder_make(folder, cli->d)) {
        return ES_EXIT_TROUBLE;
    }
    struct es_zoo *zoo = es_zoo_open(
        cli->arena, folder, es_clock_unix_us() / ES_USEC_PER_S, &notice, cli->d);
    if (!zoo || !es_zoo_export(zoo, folder, cli->d)) {
        return ES_EXIT_TROUBLE;
    }
    if (notice) {
        printf("%s\n", notice);
    }
    for (size_t i = 0; i < ES_ZOO_COUNT; i++) {
        printf("%-16s %s\n", zoo->at[i].name, zoo->at[i].doc);
    }
    printf("%s: %s; use it with 'estspec run --pki %s'\n", folder,
           zoo->generated ? "made anew" : "as it was", folder);
    return ES_EXIT_OK;
}

static int run_pki(struct es_cli *cli)
{
    const struct es_texts *words = &cli->options.positional;
    if (words->n != 2 || strcmp(words->at[0], "export") != 0) {
        es_cli_usage(cli, "usage: estspec pki export DIR");
        return ES_EXIT_USAGE;
    }
    return export_zoo(cli, words->at[1]);
}

const struct es_command es_cmd_pki = {
    .name = "pki",
    .summary = "writes the test certificates, good and bad, into a folder",
    .arguments = "export DIR",
    .doc =
        "Makes the zoo of test certificates in DIR, or keeps the one that is there, and "
        "writes it as PEM and DER\nfiles, for devices with burnt-in trust anchors: "
        "NAME.cert.pem, NAME.chain.pem, NAME.key.pem ...",
    .run = run_pki,
};
