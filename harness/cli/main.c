/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli.h"
#include "dtls/dtls.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define X(name) extern const struct es_command es_cmd_##name;
#include "cli/command.def"
#undef X

static const struct es_command *const commands[] = {
#define X(name) &es_cmd_##name,
#include "cli/command.def"
#undef X
};

const struct es_command *es_command_at(size_t index)
{
    return index < ES_COUNT(commands) ? commands[index] : NULL;
}

int es_cli_usage(struct es_cli *cli, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *msg = es_arena_vprintf(cli->arena, fmt, args);
    va_end(args);
    es_fail(cli->d, ES_LOC_NONE, ES_CODE_USAGE, "%s", msg);
    return ES_EXIT_USAGE;
}

static void print_overview(FILE *out)
{
    fputs(
        "usage: estspec COMMAND [ARGUMENT...]\n\n"
        "Conformance and interoperability tests for EST over secure CoAP (RFC 9148).\n\n",
        out);
    for (size_t i = 0; i < ES_COUNT(commands); i++) {
        fprintf(out, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
    }
    fputs("\n'estspec COMMAND --help' tells more; 'estspec --version' the versions.\n"
          "A first run: estspec run --driver drivers/reference-server\n",
          out);
}

static void print_help(const struct es_command *c)
{
    printf("usage: estspec %s %s\n\n%s\n", c->name, c->arguments, c->doc);
    if (c->options.n) {
        fputs("\n", stdout);
        es_options_print(&c->options, stdout);
    }
}

static const struct es_command *find_command(const char *name)
{
    for (size_t i = 0; i < ES_COUNT(commands); i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

static int fail_command(struct es_cli *cli, const char *name)
{
    struct es_suggestion s;
    es_suggestion_init(&s, es_slice_of(name));
    for (size_t i = 0; i < ES_COUNT(commands); i++) {
        es_suggestion_offer(&s, commands[i]->name);
    }
    es_cli_usage(cli, "there is no command '%s'", name);
    if (s.best) {
        es_hint(cli->d, "did you mean '%s'?", s.best);
    } else {
        es_hint(cli->d, "'estspec --help' lists the commands");
    }
    return ES_EXIT_USAGE;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

static int run_command(struct es_cli *cli, const struct es_command *c, int argc,
                       char **argv)
{
    if (wants_help(argc, argv)) {
        print_help(c);
        return ES_EXIT_OK;
    }
    if (!es_options_parse(&c->options, c->name, argc, argv, cli->arena, &cli->options,
                          cli->d)) {
        return ES_EXIT_USAGE;
    }
    cli->home = es_cli_find_home(cli->arena);
    return c->run(cli);
}

static int dispatch(struct es_cli *cli, int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : NULL;
    if (!name) {
        print_overview(stderr);
        return ES_EXIT_USAGE;
    }
    if (strcmp(name, "--version") == 0) {
        printf("estspec %s (%s)\n", ES_VERSION, ES_LIBRARIES);
        return ES_EXIT_OK;
    }
    if (strcmp(name, "help") == 0 && argc > 2 && find_command(argv[2])) {
        print_help(find_command(argv[2]));
        return ES_EXIT_OK;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 ||
        strcmp(name, "help") == 0) {
        print_overview(stdout);
        return ES_EXIT_OK;
    }
    const struct es_command *c = find_command(name);
    return c ? run_command(cli, c, argc - 2, argv + 2) : fail_command(cli, name);
}

/* A usage or scenario error counts most, then trouble; an interrupt is told as such. */
static int graver(int ours, int noted)
{
    static const int order[] = {130, ES_EXIT_USAGE, ES_EXIT_TROUBLE};
    for (size_t i = 0; i < ES_COUNT(order); i++) {
        if (ours == order[i] || noted == order[i]) {
            return order[i];
        }
    }
    return ours ? ours : noted;
}

int main(int argc, char **argv)
{
    struct es_cli cli = {.arena = es_arena_new(), .d = es_diag_new()};
    es_dtls_use_pool();
    /* A closed pipe (`| head`) must not end a run that still has reports to write. */
    signal(SIGPIPE, SIG_IGN);
    int status = dispatch(&cli, argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        status = graver(status, ES_EXIT_TROUBLE);
    }
    es_diag_print(cli.d, stderr);
    status = graver(status, es_diag_status(cli.d));
    es_diag_free(cli.d);
    es_arena_free(cli.arena);
    return status;
}
