/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/prng.h"
#include "cli/job.h"
#include "cli/resume.h"
#include "dtls/dtls.h"
#include "net/clock.h"
#include "report/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PARALLEL_DEFAULT = 16, SEED_BITS = 32 };

/* Reports are brought up to date this often while instances come in. */
#define WRITE_INTERVAL (200 * ES_USEC_PER_MS)

struct run {
    struct es_cli *cli;
    struct es_workspace w;
    struct es_target target;
    struct es_selection selection;
    struct es_job_list jobs;
    struct es_run_config cfg;
    struct es_bindings bindings;
    struct es_console console;
    struct es_resume resume; /* journal NULL: a new run */
    struct es_prepared_answers answers;
    const char *reports;
    uint64_t parallel, seed;
    es_usec written;
    bool write_failed;
};

static const struct es_option options[] = {
    ES_TARGET_OPTIONS,
    ES_SELECT_OPTIONS,
    {"resume", 0, "RUN", false,
     "go on with a run that was broken off: its report folder or id"},
    {"list", 0, NULL, false, "only print the ids that would run"},
    {"jobs", 'j', "N", false, "so many instances at once (16)"},
    {"seed", 0, "HEX", false,
     "of tokens, message ids and mutations; printed by every run"},
    {"strict", 0, NULL, false, "a warning makes the run fail"},
    {"out", 0, "DIR", false, "report folder; default: reports/<time>-<seed>"},
    {"pki", 0, "DIR", false, "keep the test certificates there between runs"},
    {"no-secrets", 0, NULL, false, "leave the secrets of sessions out of the captures"},
    {"answers", 0, "FILE", false,
     "prepared answers, instead of a person (adapter prompt)"},
    {"allow-robustness", 0, NULL, false, "malformed traffic to other machines, too"},
    {"verbose", 'v', NULL, false, "tell about every instance"},
};

static bool read_seed(struct run *r)
{
    const char *text = es_options_get(&r->cli->options, "seed");
    char *end = NULL;
    if (!text) {
        r->seed = es_prng_fresh_seed() & (((uint64_t)1 << SEED_BITS) - 1);
        return true;
    }
    const char *digits = strncmp(text, "0x", 2) == 0 ? text + 2 : text;
    errno = 0;
    r->seed = strtoull(digits, &end, 16);
    if (errno || end == digits || *end || !strchr("0123456789abcdefABCDEF", *digits)) {
        es_cli_usage(r->cli, "--seed takes up to 16 hex digits, not '%s'", text);
        return false;
    }
    return true;
}

static bool read_numbers(struct run *r)
{
    r->parallel = PARALLEL_DEFAULT;
    return es_cli_number(r->cli, "jobs", 1, ES_RUN_PARALLEL_MAX, &r->parallel) &&
           read_seed(r);
}

static void print_list(const struct run *r)
{
    for (size_t i = 0; i < r->jobs.n; i++) {
        const struct es_job *job = &r->jobs.at[i];
        if (job->selected && job->applies) {
            puts(job->instance->id);
        }
    }
}

/* Makes the report folder, and in it or where --pki says the test certificates. */
static bool make_folder(struct run *r)
{
    struct es_cli *cli = r->cli;
    const char *out = es_options_get(&cli->options, "out");
    if (r->resume.journal) {
        r->cfg.run_id = r->resume.content.head.run_id;
        r->cfg.folder = r->resume.folder;
        return true;
    }
    r->cfg.run_id = es_run_id(es_clock_unix_us(), r->seed, cli->arena);
    r->cfg.folder =
        out ? out : es_arena_printf(cli->arena, "%s/%s", r->reports, r->cfg.run_id);
    return es_run_folder_make(r->cfg.folder, cli->d);
}

static bool make_pki(struct run *r)
{
    struct es_cli *cli = r->cli;
    const char *keep = es_options_get(&cli->options, "pki");
    const char *notice = NULL;
    const char *folder =
        keep ? keep : es_arena_printf(cli->arena, "%s/pki", r->cfg.folder);
    ES_TRY(es_run_folder_make(folder, cli->d));
    r->cfg.pki_folder = folder;
    r->cfg.zoo = es_run_zoo_open(folder, es_clock_unix_us() / ES_USEC_PER_S, &notice,
                                 cli->arena, cli->d);
    if (keep && notice) {
        ES_PUSH(cli->arena, &r->target.notices, notice);
    }
    return r->cfg.zoo != NULL;
}

/* Reads the scenarios that may be meant; false if one is wrong. */
static bool load(struct run *r)
{
    const struct es_bindings bindings = {.driver = &r->target.driver};
    return es_workspace_load(&r->w, r->cli, &r->cli->options.positional) &&
           es_workspace_expand(&r->w, &bindings, r->cli->d);
}

static bool has_selected(const struct run *r)
{
    bool any = false;
    for (size_t i = 0; i < r->w.instances.n; i++) {
        any = es_selection_has(&r->selection, &r->w.instances.at[i]) || any;
    }
    return any;
}

static bool build_jobs(struct run *r)
{
    const struct es_job_request request = {
        .target = &r->target,
        .selection = &r->selection,
        .pki_folder = r->cfg.pki_folder,
        .allow_robustness = es_options_has(&r->cli->options, "allow-robustness"),
    };
    return es_jobs_build(&r->jobs, r->cli, &r->w, &request);
}

/* Reports that cannot be written are told once; verdicts are still printed. */
static void write_reports(struct run *r, const struct es_run_result *result, bool last)
{
    es_usec now = es_clock_now();
    if (r->write_failed || (!last && now < r->written + WRITE_INTERVAL)) {
        return;
    }
    r->write_failed = !es_report_write(result, r->cli->d);
    if (last && !r->write_failed) {
        const char *path =
            es_arena_printf(r->cli->arena, "%s/report.html", result->folder);
        r->write_failed = !es_report_write_html(result, path, r->cli->d);
    }
    r->written = es_clock_now();
}

static void on_wait(void *context, const char *uri)
{
    struct run *r = context;
    fprintf(r->console.out, "waiting for the device (EST server at %s)\n", uri);
    fflush(r->console.out);
}

static void on_start(void *context, const struct es_run_result *result, size_t selected)
{
    struct run *r = context;
    es_console_start(&r->console, result, selected);
}

static void on_result(void *context, const struct es_run_result *result,
                      const struct es_instance_result *i, size_t done, size_t selected)
{
    struct run *r = context;
    es_console_instance(&r->console, result, i, done, selected);
    fflush(r->console.out);
    write_reports(r, result, false);
}

static void fill_config(struct run *r)
{
    const struct es_options *o = &r->cli->options;
    const struct es_target *t = &r->target;
    struct es_run_config *c = &r->cfg;
    r->bindings = (struct es_bindings){&t->driver, c->pki_folder};
    c->catalogue = &r->w.catalogue;
    c->bindings = &r->bindings;
    c->driver = &t->driver;
    c->expected = &t->expected;
    c->registry = &r->w.registry;
    c->jobs = r->jobs.at;
    c->jobs_n = r->jobs.n;
    c->operator_identity = t->has_identity ? &t->identity : NULL;
    c->operator_trust = t->trust.n ? &t->trust : NULL;
    c->server_name = t->server_name;
    c->parallel = (unsigned)r->parallel;
    c->seed = r->seed;
    c->strict = es_options_has(o, "strict");
    c->without_secrets = es_options_has(o, "no-secrets");
    c->target_args = t->target_args;
    c->libraries = ES_LIBRARIES;
    c->notices = t->notices.at;
    c->notices_n = t->notices.n;
    c->answers = r->answers.path ? &r->answers : NULL;
    c->on_wait = on_wait;
    c->on_start = on_start;
    c->on_result = on_result;
    c->context = r;
}

static bool is_kept(const struct run *r, const char *id)
{
    const struct es_journal_content *c = &r->resume.content;
    for (size_t i = 0; i < c->results.n; i++) {
        if (strcmp(c->results.at[i].id, id) == 0) {
            return true;
        }
    }
    return false;
}

/* Says where the run stands, in its notes and if nothing is left to do at once. */
static void tell_kept(struct run *r)
{
    size_t kept = 0, all = 0;
    for (size_t i = 0; i < r->jobs.n; i++) {
        const struct es_job *job = &r->jobs.at[i];
        bool runs = job->selected && job->applies && !job->error;
        all += runs;
        kept += runs && is_kept(r, job->instance->id);
    }
    if (kept == all) {
        fputs("estspec: nothing to resume: the run is complete\n", stderr);
        return;
    }
    ES_PUSH(r->cli->arena, &r->target.notices,
            es_arena_printf(r->cli->arena,
                            "the run was broken off and resumed: %zu of %zu instances "
                            "were judged before",
                            kept, all));
}

/* Begins the journal of a new run, or says what has changed since that of an old one. */
static bool open_journal(struct run *r)
{
    struct es_cli *cli = r->cli;
    struct es_journal_head head =
        es_resume_head(cli, &r->w, &r->selection, &r->target, r->seed);
    if (r->resume.journal) {
        es_resume_compare(&r->resume, &r->w, &head, &r->target.notices, cli->arena);
        tell_kept(r);
        r->cfg.resumed = r->resume.content;
    } else {
        head.run_id = r->cfg.run_id;
        head.start_unix_us = es_clock_unix_us();
        const char *path = es_arena_printf(cli->arena, "%s/journal", r->cfg.folder);
        r->resume.journal = es_journal_create(path, &head, cli->arena, cli->d);
    }
    r->cfg.journal = r->resume.journal;
    return r->cfg.journal != NULL;
}

static int execute(struct run *r)
{
    struct es_run_result result;
    es_console_init(&r->console, stdout, es_options_has(&r->cli->options, "verbose"));
    if (!open_journal(r)) {
        return ES_EXIT_TROUBLE;
    }
    fill_config(r);
    es_dtls_before_fork();
    if (!es_run_execute(&r->cfg, r->cli->arena, &result, r->cli->d)) {
        return ES_EXIT_TROUBLE;
    }
    write_reports(r, &result, true);
    es_console_end(&r->console, &result);
    return es_run_exit_status(&result);
}

static int tell_nothing(const struct run *r)
{
    fprintf(stderr, "estspec: nothing was selected%s\n",
            r->selection.only_listed ? ": in the last report everything was green"
                                     : "");
    return ES_EXIT_NOTHING;
}

static int list(struct run *r)
{
    if (!build_jobs(r)) {
        return ES_EXIT_USAGE;
    }
    print_list(r);
    return r->jobs.selected ? ES_EXIT_OK : tell_nothing(r);
}

static int run_target(struct run *r)
{
    if (!load(r)) {
        return ES_EXIT_USAGE;
    }
    bool any = has_selected(r);
    es_selection_report(&r->selection, &r->w);
    if (!any) {
        return tell_nothing(r);
    }
    if (es_options_has(&r->cli->options, "list")) {
        return list(r);
    }
    if (!make_folder(r) || !make_pki(r)) {
        return ES_EXIT_TROUBLE;
    }
    if (!build_jobs(r)) {
        return ES_EXIT_USAGE;
    }
    return r->jobs.selected ? execute(r) : tell_nothing(r);
}

/* Reads what is asked for, now or when the run was started. */
static bool read_request(struct run *r)
{
    static const struct es_option_table table = {options, ES_COUNT(options)};
    struct es_cli *cli = r->cli;
    const char *named = es_options_get(&cli->options, "resume");
    ES_TRY(!named || es_resume_open(&r->resume, cli, &table, named));
    r->reports = es_cli_path(cli, "reports");
    ES_TRY(read_numbers(r) && es_workspace_open(&r->w, cli) &&
           es_selection_open(&r->selection, cli, &r->w, r->reports));
    es_resume_select(&r->resume, &r->selection, cli->arena);
    return true;
}

/* Whoever is to be asked must be there before anything runs. */
static bool find_person(struct run *r)
{
    struct es_cli *cli = r->cli;
    const char *path = es_options_get(&cli->options, "answers");
    bool asks = r->target.driver.adapter == ES_ADAPTER_PROMPT;
    if (path && !asks) {
        es_cli_usage(cli, "--answers is for drivers with an adapter of kind prompt");
        return false;
    }
    if (path) {
        ES_TRY(es_prepared_answers_load(path, cli->arena, &r->answers, cli->d));
    } else if (asks && !isatty(STDIN_FILENO)) {
        es_cli_usage(cli, "this driver asks a person, and there is no terminal");
        return es_hint(cli->d, "run it in a terminal, or give --answers FILE");
    }
    return true;
}

static int run_run(struct es_cli *cli)
{
    struct run r = {.cli = cli};
    /* The notes know best what kind of trouble it was. */
    int status = read_request(&r) && es_target_open(&r.target, cli, &r.w.dictionary) &&
                         find_person(&r)
                     ? run_target(&r)
                     : es_diag_status(cli->d);
    es_target_close(&r.target);
    es_journal_close(r.resume.journal);
    return status;
}

const struct es_command es_cmd_run = {
    .name = "run",
    .summary = "tests an implementation and writes a report",
    .arguments =
        "[SELECTION...] --driver DIR | --server URI --trust FILE --cert FILE ... | "
        "--resume RUN",
    .doc =
        "Runs the instances selected against the target; without SELECTION all that "
        "apply. A selection is an\ninstance id, a scenario id, a folder of ids, a file or "
        "a glob: 'rfc9148/4.6-*', 'dtls/*[copies=1]'.\n\n"
        "A run that was broken off, by Ctrl-C or worse, goes on with --resume: same target, "
        "seed and\nselection; what was judged is kept, the rest runs, the reports are those "
        "of the whole.\n\n"
        "Exit status: 0 all green, 1 a rule was broken, 2 usage or scenario error, 3 nothing "
        "selected or\napplicable, 4 something could not be judged, 5 trouble of the harness "
        "or the driver, 130 interrupted.",
    .options = {options, ES_COUNT(options)},
    .run = run_run,
};
