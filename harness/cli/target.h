/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CLI_TARGET_H
#define ES_CLI_TARGET_H

/*
 * What is tested: a driver folder (--driver) or a server somewhere (--server with --trust,
 * --cert, --key). For the latter a driver is made up from what a probe finds.
 */

#include "cli/cli.h"
#include "pki/identity.h"

struct es_target {
    struct es_driver_spec driver;
    struct es_expected_list expected;
    const char *target_args; /* how to name it again */
    const char *server_name; /* host of --server, or NULL */
    bool is_remote;          /* its address is not a loopback address */
    bool has_identity;       /* the operator's credentials are used */
    struct es_identity identity;
    struct es_x509_bag trust;
    struct es_texts notices; /* what was assumed */
};

/* The options that name a target, for tables of commands. */
#define ES_TARGET_OPTIONS                                                              \
    {"driver", 0, "DIR", false, "folder of a driver: drivers/reference-server"},       \
        {"server", 0, "URI", false, "or a server that runs: coaps://HOST:PORT, with"}, \
        {"trust", 0, "FILE", false,                                                    \
         "  certificates of the CAs to trust (PEM or DER)"},                           \
        {"cert", 0, "FILE", false, "  our certificate and its chain"},                 \
        {"key", 0, "FILE", false, "  its key; default: in the file of --cert"},        \
    {                                                                                  \
        "set", 0, "ITEM=VALUE", true,                                                  \
            "an ICS answer or PIXIT value, over what is known"                         \
    }

/* Reads the target. False and notes if it is not named, cannot be read, or (--server) does
 * not work: the note then says why nothing can be tested. es_target_close it. */
bool es_target_open(struct es_target *t, struct es_cli *cli,
                    const struct es_dictionary *dictionary) ES_MUST_CHECK;
void es_target_close(struct es_target *t);

#endif
