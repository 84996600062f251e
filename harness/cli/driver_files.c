/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/driver_draft.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The keys of each kind of adapter stand here and nowhere else in the tool; driver_spec.c reads
 * them, drivers/CONTRACT.md explains them. */
static const char set_lines[] = "  set:\n"
                                "    answer: {write-stdin: \"answer $value\\n\"}\n"
                                "    max-age: {write-stdin: \"max-age $value\\n\"}\n"
                                "    ca: {write-stdin: \"ca $value\\n\"}\n";
static const char operation_lines[] =
    "  op: {write-stdin: \"$op $uri\\n\"}       # one line per operation\n"
    "  result: {success: {stdout: \"/RESULT ok/\"}, "
    "failure: {stdout: \"/RESULT err=(?<error>.*)/\"}}\n";
static const char pull_lines[] =
    "  # Plain CoAP there: GET /next gives \"sen coaps://...\", POST /result takes the "
    "outcome.\n"
    "  result: {success: {text: \"/ok/\"}, failure: {text: \"/err=(?<error>.*)/\"}}\n";
static const char prompt_lines[] =
    "  op: {ask: \"Start $op against $uri. How did it end?\"}   # ok, failed, unknown\n";
static const char passive_lines[] =
    "# pause: 1s              # between instances\n"
    "# max-certificates: 20   # no more are asked for\n\n";

static const char run_head[] =
    "#!/bin/sh\n"
    "# SPDX-License-Identifier: GPL-2.0-or-later\n"
    "# Starts the implementation in place of this shell. The contract: "
    "drivers/CONTRACT.md.\n"
    "# Certificates and keys lie in $ES_PKI_DIR; logs go to stderr or to $ES_LOG_DIR.\n"
    "case \"$ES_ROLE\" in\n";
static const char run_server[] =
    "server)\n"
    "    # Bind a free UDP port on ${ES_LISTEN:-127.0.0.1}; print when it is ready:\n"
    "    #     echo \"listening $port\"\n"
    "    # exec my-est-server --port \"$port\"\n"
    "    ;;\n";
static const char run_client[] =
    "client)\n"
    "    # Print \"pledge ready\", then take a line per operation from stdin:\n"
    "    #     sen coaps://127.0.0.1:40123\n"
    "    # and answer each with \"RESULT ok\" or \"RESULT err=<reason>\".\n"
    "    # exec my-est-client\n"
    "    ;;\n";
static const char run_tail[] =
    "*)\n"
    "    echo \"$ES_ROLE is not a role of this implementation\" >&2\n"
    "    exit 77\n"
    "    ;;\n"
    "esac\n"
    "echo \"$0 does not say yet how the implementation is started\" >&2\n"
    "exit 1\n";

static void put_quoted(const char *text, FILE *out)
{
    fputc('"', out);
    for (; *text; text++) {
        fputs(*text == '"' || *text == '\\' ? "\\" : "", out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void put_setting(const char *key, const char *value, FILE *out)
{
    fprintf(out, "%s: ", key);
    put_quoted(value, out);
    fputs("\n", out);
}

static void put_process(const struct es_driver_draft *draft, FILE *out)
{
    bool both = draft->is_server && draft->is_client;
    fputs("  kind: process\n"
          "  start: ./run            # gets ES_ROLE, ES_PKI_DIR, ES_LOG_DIR ...\n",
          out);
    fprintf(out, "  ready: {stdout: \"/%s%s%s/\", within: 10s}\n",
            draft->is_server ? "listening (?<port>\\\\d+)" : "", both ? "|" : "",
            draft->is_client ? "pledge ready" : "");
    fputs(draft->is_client ? operation_lines : "", out);
    fputs(draft->obeys ? set_lines : "", out);
    fprintf(out, "  reset: {%shard: restart}\n",
            draft->is_client ? "soft: {write-stdin: \"reset\\n\"}, " : "");
    fputs("  crash: {exit: any, signal: any, sanitizer: yes}\n"
          "isolation: process        # a fresh one for each instance\n\n",
          out);
}

static void put_elsewhere(const struct es_driver_draft *draft, FILE *out)
{
    static const char *const kinds[] = {[ES_ADAPTER_PROCESS] = "process",
                                        [ES_ADAPTER_PULL] = "pull",
                                        [ES_ADAPTER_PROMPT] = "prompt",
                                        [ES_ADAPTER_PASSIVE] = "passive"};
    fprintf(out, "  kind: %s\n", kinds[draft->kind]);
    if (draft->address) {
        put_setting("  address", draft->address, out);
    }
    if (draft->control) {
        put_setting("  listen", draft->control, out);
    }
    fputs(draft->kind == ES_ADAPTER_PULL     ? pull_lines
          : draft->kind == ES_ADAPTER_PROMPT ? prompt_lines
                                             : "",
          out);
    fputs("isolation: serial         # one instance after the other\n", out);
    fputs(passive_lines, out);
}

static void put_items(const struct es_driver_draft *draft, FILE *out)
{
    const struct es_dictionary *dict = draft->dictionary;
    fputs(
        "# What it can do: yes or no to the questions of drivers/ics.yaml. A yes that is "
        "not true\n# fails; a no leaves out what needs it.\n"
        "ics:\n",
        out);
    for (size_t i = 0; i < dict->ics.n; i++) {
        const struct es_ics_item *item = &dict->ics.at[i];
        bool asked = es_driver_draft_is_asked(draft, item);
        fprintf(out, "  # %s\n  # (%s, %s)\n  %s: %s\n", item->ask, item->ref,
                asked ? item->status : "not asked of this role", item->name,
                draft->yes[i] ? "yes" : "no");
    }
}

static void put_values(const struct es_driver_draft *draft, FILE *out)
{
    const struct es_dictionary *dict = draft->dictionary;
    fputs(
        "# Values that estspec must know. Those that nobody was asked for are defaults.\n"
        "pixit:\n",
        out);
    for (size_t i = 0; i < dict->pixit.n; i++) {
        const struct es_pixit_item *item = &dict->pixit.at[i];
        const char *given = draft->values[i];
        if (!given && !item->fallback) {
            continue;
        }
        fprintf(out, "  # %s\n  %s: ", item->doc, item->name);
        if (given) {
            put_quoted(given, out);
        } else {
            fprintf(out, "%.*s", ES_SLICE_ARG(item->fallback->text));
        }
        fputs("\n", out);
    }
}

static void put_driver(const struct es_driver_draft *draft, FILE *out)
{
    bool both = draft->is_server && draft->is_client;
    fprintf(out,
            "# SPDX-License-Identifier: GPL-2.0-or-later\n"
            "# What estspec knows about %s. drivers/CONTRACT.md explains the keys.\n"
            "format: 1\n"
            "iut: [%s%s%s]\n",
            draft->name, draft->is_server ? "server" : "", both ? ", " : "",
            draft->is_client ? "client" : "");
    put_setting("version", draft->version, out);
    fputs("profile: rfc9148          # the text that it implements\n", out);
    if (draft->listen) {
        put_setting("listen", draft->listen, out);
    }
    fputs("adapter:\n", out);
    if (draft->kind == ES_ADAPTER_PROCESS) {
        put_process(draft, out);
    } else {
        put_elsewhere(draft, out);
    }
    put_items(draft, out);
    put_values(draft, out);
}

static void put_expected(const struct es_driver_draft *draft, FILE *out)
{
    (void)draft;
    fputs(
        "# SPDX-License-Identifier: GPL-2.0-or-later\n"
        "# Known deviations: green until the day named, and red if they do not occur.\n"
        "#   - instance: rfc9148/4.6-fragmentation/crts-block2-sizes[size=64]\n"
        "#     verdict: fail\n"
        "#     reason: blocks are always of 1024 octets\n"
        "#     until: 2027-03-31\n"
        "format: 1\n"
        "expected: []\n",
        out);
}

static void put_run(const struct es_driver_draft *draft, FILE *out)
{
    fputs(run_head, out);
    fputs(draft->is_server ? run_server : "", out);
    fputs(draft->is_client ? run_client : "", out);
    fputs(run_tail, out);
}

static void put_readme(const struct es_driver_draft *draft, FILE *out)
{
    fprintf(out,
            "# %s\n\n"
            "What it is, where it comes from and how it is built: to be written.\n\n"
            "    estspec plan --driver drivers/%s     # what will run, and why not the "
            "rest\n"
            "    estspec run --driver drivers/%s%s\n",
            draft->name, draft->name, draft->name,
            draft->address ? " --trust CA.pem --cert CLIENT.pem --key KEY.pem" : "");
}

static bool fail_file(const char *path, struct es_diag *d)
{
    return es_fail(d, (struct es_loc){.file = path}, ES_CODE_ENVIRONMENT,
                   "cannot write: %s", strerror(errno ? errno : EIO));
}

struct file {
    const char *name;
    unsigned mode;
    void (*put)(const struct es_driver_draft *draft, FILE *out);
};

static bool write_file(const struct es_driver_draft *draft, const char *folder,
                       const struct file *f, struct es_diag *d)
{
    const char *path = es_arena_printf(d->arena, "%s/%s", folder, f->name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, f->mode);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!out) {
        fail_file(path, d);
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    errno = 0;
    f->put(draft, out);
    bool good = fflush(out) == 0 && !ferror(out);
    return (fclose(out) == 0 && good) || fail_file(path, d);
}

bool es_driver_draft_write(const struct es_driver_draft *draft, const char *folder,
                           struct es_diag *d)
{
    static const struct file files[] = {
        {"driver.yaml", 0666, put_driver},
        {"expected.yaml", 0666, put_expected},
        {"README.md", 0666, put_readme},
        {"run", 0777, put_run},
    };
    bool ok = true;
    for (size_t i = 0; ok && i < ES_COUNT(files); i++) {
        /* What is not started by us needs nothing that starts it. */
        bool wanted = files[i].put != put_run || draft->kind == ES_ADAPTER_PROCESS;
        ok = !wanted || write_file(draft, folder, &files[i], d);
    }
    return ok;
}
