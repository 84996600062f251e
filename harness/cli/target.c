/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/target.h"

#include "cli/implicit_driver.h"
#include "driver/driver.h"
#include "dtls/dtls.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* A word for a shell. */
static const char *quote(const char *word, struct es_arena *a)
{
    return word[strcspn(word, " '\"$`\\*?[](){}<>|&;#~!")]
               ? es_arena_printf(a, "'%s'", word)
               : word;
}

static const char *list_arguments(struct es_cli *cli)
{
    static const char *const names[] = {"driver", "server", "trust",  "cert",
                                        "key",    "set",    "answers"};
    const char *text = "";
    for (size_t i = 0; i < ES_COUNT(names); i++) {
        struct es_texts all = es_options_all(&cli->options, names[i], cli->arena);
        for (size_t k = 0; k < all.n; k++) {
            text = es_arena_printf(cli->arena, "%s%s--%s %s", text, *text ? " " : "",
                                   names[i], quote(all.at[k], cli->arena));
        }
    }
    return text;
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* As named, or a driver of the project by its name alone. */
static const char *driver_folder(struct es_cli *cli, const char *named)
{
    struct es_slice s = es_slice_of(named);
    while (s.n > 1 && s.p[s.n - 1] == '/') {
        s.n--;
    }
    if (es_slice_has_suffix(s, "/driver.yaml")) {
        s.n -= strlen("/driver.yaml");
    }
    const char *folder = es_arena_text(cli->arena, s);
    const char *ours =
        es_cli_path(cli, es_arena_printf(cli->arena, "drivers/%s", folder));
    const char *below = es_cli_path(cli, folder);
    if (is_folder(folder)) {
        return folder;
    }
    return is_folder(ours) ? ours : is_folder(below) ? below : folder;
}

/* A server is where its address says, a device where it can reach us. */
static void judge_distance(struct es_target *t)
{
    struct es_address address;
    struct es_slice host;
    const struct es_driver_spec *s = &t->driver;
    struct es_diag *d = es_diag_new();
    if (s->adapter == ES_ADAPTER_PASSIVE && s->address) {
        t->is_remote = !es_address_resolve_uri(es_slice_of(s->address), &address, &host,
                                               ES_LOC_NONE, d) ||
                       !es_address_is_loopback(&address);
    } else if (s->listen) {
        t->is_remote =
            !es_address_parse(es_slice_of(s->listen), 0, &address, s->listen_loc, d) ||
            !es_address_is_loopback(&address);
    }
    es_diag_free(d);
}

static bool load_credentials(struct es_target *t, struct es_cli *cli)
{
    const char *cert = es_options_get(&cli->options, "cert");
    const char *key = es_options_get(&cli->options, "key");
    const char *trust = es_options_get(&cli->options, "trust");
    bool ok = true;
    if (!cert && key) {
        es_cli_usage(cli, "--key without --cert");
        return false;
    }
    if (cert) {
        t->has_identity = true;
        ok = es_identity_load(cli->arena, cert, key, &t->identity, cli->d);
    }
    return (!trust || es_trust_load(cli->arena, trust, &t->trust, cli->d)) && ok;
}

static bool open_driver(struct es_target *t, struct es_cli *cli,
                        const struct es_dictionary *dictionary, const char *named)
{
    const char *folder = driver_folder(cli, named);
    if (!is_folder(folder)) {
        es_cli_usage(cli, "--driver: '%s' is no folder", named);
        return es_hint(cli->d, "a driver is a folder with driver.yaml, such as "
                               "drivers/reference-server");
    }
    bool ok = es_driver_spec_load(folder, dictionary, cli->arena, &t->driver, cli->d);
    ok = es_expected_load(folder, cli->arena, &t->expected, cli->d) && ok;
    ok = es_driver_check_addresses(&t->driver, cli->d) && ok;
    if (!ok || !load_credentials(t, cli)) {
        return false;
    }
    judge_distance(t);
    return es_driver_settings_apply(&t->driver, cli, dictionary);
}

static bool needs(struct es_cli *cli, const char *option)
{
    if (es_options_has(&cli->options, option)) {
        return true;
    }
    es_cli_usage(cli, "--server needs --%s", option);
    return es_hint(cli->d,
                   "estspec run --server coaps://HOST:PORT --trust CA.pem --cert "
                   "C.pem --key K.pem");
}

static bool open_server(struct es_target *t, struct es_cli *cli,
                        const struct es_dictionary *dictionary, const char *uri)
{
    struct es_probe_result probe;
    ES_TRY(needs(cli, "trust") && needs(cli, "cert") && load_credentials(t, cli));
    const struct es_probe_config cfg = {
        .uri = uri, .identity = &t->identity, .trust = &t->trust};
    es_probe_server(&cfg, cli->arena, &probe);
    if (probe.failure && !probe.is_up) {
        es_fail(cli->d, (struct es_loc){.file = uri}, ES_CODE_ENVIRONMENT, "%s",
                probe.failure);
        return probe.remedy ? es_hint(cli->d, "%s", probe.remedy) : false;
    }
    if (probe.failure) {
        ES_PUSH(cli->arena, &t->notices, probe.failure);
    }
    es_implicit_driver_build(t, cli, dictionary, uri,
                             es_options_get(&cli->options, "trust"), &probe);
    t->server_name = probe.host;
    judge_distance(t);
    return es_driver_settings_apply(&t->driver, cli, dictionary);
}

bool es_target_open(struct es_target *t, struct es_cli *cli,
                    const struct es_dictionary *dictionary)
{
    const char *folder = es_options_get(&cli->options, "driver");
    const char *uri = es_options_get(&cli->options, "server");
    *t = (struct es_target){.target_args = list_arguments(cli)};
    if (folder && uri) {
        es_cli_usage(cli, "either --driver or --server");
        return false;
    }
    if (!folder && !uri) {
        es_cli_usage(cli, "what is to be tested? --driver DIR or --server URI");
        return es_hint(cli->d, "for a first run: --driver drivers/reference-server");
    }
    es_dtls_start();
    return folder ? open_driver(t, cli, dictionary, folder)
                  : open_server(t, cli, dictionary, uri);
}

void es_target_close(struct es_target *t)
{
    es_driver_spec_close(&t->driver);
}
