/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/report_int.h"

#include <jansson.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* jansson refuses ill-formed UTF-8, so every text goes through es_report_clean. A NULL text is
 * left out. */
static void set_text(json_t *object, const char *key, const char *text,
                     struct es_arena *a)
{
    if (text) {
        json_object_set_new(object, key, json_string(es_report_clean(a, text)));
    }
}

static void set_number(json_t *object, const char *key, uint64_t value)
{
    json_object_set_new(object, key, json_integer((json_int_t)value));
}

static void set_texts(json_t *object, const char *key, const char *const *texts,
                      size_t n, struct es_arena *a)
{
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(array, json_string(es_report_clean(a, texts[i])));
    }
    json_object_set_new(object, key, array);
}

static json_t *record(const char *kind)
{
    json_t *object = json_object();
    json_object_set_new(object, "record", json_string(kind));
    return object;
}

static json_t *run_record(const struct es_run_result *r, struct es_arena *a)
{
    json_t *o = record("run");
    set_number(o, "format", 1);
    set_text(o, "run", r->run_id, a);
    set_text(o, "driver", r->driver, a);
    set_text(o, "peer", r->peer, a);
    set_text(o, "target", r->target_args, a);
    set_text(o, "estspec", r->tool_version, a);
    set_text(o, "libraries", r->libraries, a);
    /* A text, because readers of JSON keep 53 bits of a number. */
    set_text(o, "seed", es_arena_printf(a, "%" PRIx64, r->seed), a);
    set_text(o, "start", es_report_time(a, r->start_unix_us, true), a);
    json_object_set_new(o, "strict", json_boolean(r->strict));
    return o;
}

static json_t *place(const struct es_loc *loc, struct es_arena *a)
{
    json_t *o = json_object();
    set_text(o, "file", loc->file, a);
    set_number(o, "line", loc->line);
    set_number(o, "column", loc->col);
    set_number(o, "length", loc->len);
    return o;
}

static json_t *finding_object(const struct es_finding *f, struct es_arena *a)
{
    json_t *o = json_object();
    set_text(o, "verdict", es_verdict_name(f->verdict), a);
    set_text(o, "requirement", f->requirement, a);
    set_text(o, "level", f->level, a);
    set_text(o, "section", f->section, a);
    set_text(o, "rule", f->paraphrase, a);
    if (f->loc.file) {
        json_object_set_new(o, "place", place(&f->loc, a));
    }
    set_text(o, "calls", f->calls, a);
    set_text(o, "step", f->step, a);
    set_text(o, "field", f->field, a);
    set_text(o, "wanted", f->wanted, a);
    set_text(o, "got", f->got, a);
    set_text(o, "text", f->text, a);
    set_text(o, "sent", f->sent, a);
    set_text(o, "received", f->received, a);
    if (f->packet_first) {
        json_t *packets = json_array();
        json_array_append_new(packets, json_integer((json_int_t)f->packet_first));
        json_array_append_new(packets, json_integer((json_int_t)f->packet_last));
        json_object_set_new(o, "packets", packets);
    }
    return o;
}

static json_t *instance_record(const struct es_instance_result *i, struct es_arena *a)
{
    json_t *o = record("instance");
    json_t *findings = json_array();
    set_text(o, "id", i->id, a);
    set_text(o, "scenario", i->scenario, a);
    set_text(o, "title", i->title, a);
    set_text(o, "state", es_report_state(i), a);
    set_text(o, "verdict", es_verdict_name(i->verdict), a);
    set_text(o, "reason", i->reason, a);
    set_text(o, "context", i->context, a);
    for (size_t k = 0; k < i->findings_n; k++) {
        json_array_append_new(findings, finding_object(&i->findings[k], a));
    }
    json_object_set_new(o, "findings", findings);
    set_texts(o, "requirements", i->requirements, i->requirements_n, a);
    set_texts(o, "judged", i->judged, i->judged_n, a);
    if (i->start_unix_us) {
        set_text(o, "start", es_report_time(a, i->start_unix_us, true), a);
    }
    set_number(o, "wall_us", (uint64_t)i->wall_us);
    set_number(o, "cpu_us", (uint64_t)i->cpu_us);
    set_number(o, "rss_bytes", i->rss_bytes);
    set_text(o, "folder", i->folder, a);
    set_text(o, "peer_log_tail", i->peer_log_tail, a);
    return o;
}

static json_t *summary_record(const struct es_run_result *r, struct es_arena *a)
{
    struct es_tally t = es_run_tally(r);
    json_t *o = record("summary");
    set_number(o, "instances", r->instances_n);
    set_number(o, "pass", t.pass);
    set_number(o, "warning", t.warning);
    set_number(o, "inconclusive", t.inconclusive);
    set_number(o, "fail", t.fail);
    set_number(o, "error", t.error);
    set_number(o, "not_applicable", t.not_applicable);
    set_number(o, "known", t.known);
    set_number(o, "unexpected_pass", t.unexpected_pass);
    set_number(o, "not_run", t.not_run);
    set_number(o, "rules_judged", t.rules_judged);
    set_number(o, "rules_broken_must", t.rules_broken_must);
    set_number(o, "rules_broken_should", t.rules_broken_should);
    set_texts(o, "broken_prerequisites", r->broken_prerequisites,
              r->broken_prerequisites_n, a);
    set_texts(o, "notices", r->notices, r->notices_n, a);
    set_number(o, "wall_us", (uint64_t)r->wall_us);
    json_object_set_new(o, "interrupted", json_boolean(r->interrupted));
    set_number(o, "exit_status", (uint64_t)es_run_exit_status(r));
    return o;
}

/* Writes the record as one line and releases it. */
static bool put_line(FILE *out, json_t *o)
{
    bool good = json_dumpf(o, out, JSON_COMPACT) == 0 && fputs("\n", out) >= 0;
    json_decref(o);
    return good;
}

bool es_report_write_jsonl(const struct es_run_result *r, const char *path,
                           struct es_diag *d)
{
    struct es_arena *names = es_arena_new();
    struct es_arena *a = es_arena_new();
    struct es_report_file file;
    bool good = es_report_file_open(&file, path, names, d);
    if (good) {
        good = put_line(file.out, run_record(r, a));
        for (size_t i = 0; good && i < r->instances_n; i++) {
            good = put_line(file.out, instance_record(&r->instances[i], a));
            es_arena_reset(a);
        }
        good = good && put_line(file.out, summary_record(r, a));
        good = es_report_file_close(&file, good, d);
    }
    es_arena_free(a);
    es_arena_free(names);
    return good;
}

/* Whether another record follows; skips what stands between two. */
static bool has_more(FILE *in)
{
    int c = fgetc(in);
    while (c == '\n' || c == '\r' || c == ' ' || c == '\t') {
        c = fgetc(in);
    }
    return c != EOF && ungetc(c, in) != EOF;
}

static const char *get_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static bool is_red(const char *state, bool strict)
{
    static const char *const red[] = {"fail", "error", "inconclusive",
                                      "unexpected-pass", "not-run"};
    for (size_t i = 0; i < ES_COUNT(red); i++) {
        if (strcmp(state, red[i]) == 0) {
            return true;
        }
    }
    return strict && strcmp(state, "warning") == 0;
}

struct ids {
    const char **at;
    size_t n, room;
};

/* What the records read so far said. */
struct reading {
    struct es_arena *arena;
    struct ids ids;
    bool begun, strict;
};

/* False if the record is none of ours. */
static bool take_record(struct reading *in, const json_t *o)
{
    const char *kind = get_text(o, "record");
    const char *id = get_text(o, "id");
    if (strcmp(kind, "run") == 0) {
        in->begun = true;
        in->strict = json_is_true(json_object_get(o, "strict"));
        return true;
    }
    if (!in->begun || strcmp(kind, "instance") != 0) {
        return in->begun && strcmp(kind, "summary") == 0;
    }
    if (is_red(get_text(o, "state"), in->strict)) {
        ES_PUSH(in->arena, &in->ids, es_arena_text(in->arena, es_slice_of(id)));
    }
    return *id != '\0';
}

static bool read_records(struct reading *reading, FILE *in, const char *path,
                         struct es_diag *d)
{
    for (uint32_t line = 1; has_more(in); line++) {
        json_error_t error;
        json_t *o = json_loadf(in, JSON_DISABLE_EOF_CHECK, &error);
        bool good = o && take_record(reading, o);
        const char *why = o ? "unknown kind, or no id" : error.text;
        json_decref(o);
        if (!good) {
            struct es_loc loc = {.file = path, .line = line, .col = 1};
            return es_fail(d, loc, ES_CODE_INPUT, "not a record of a run: %s", why);
        }
    }
    return reading->begun ||
           es_fail(d, (struct es_loc){.file = path}, ES_CODE_INPUT, "holds no run");
}

bool es_report_read_failed(const char *jsonl_path, struct es_arena *arena,
                           const char ***ids, size_t *n, struct es_diag *d)
{
    struct reading reading = {.arena = arena};
    FILE *in = fopen(jsonl_path, "rb");
    if (!in) {
        return es_fail(d, (struct es_loc){.file = jsonl_path}, ES_CODE_INPUT,
                       "cannot be read");
    }
    bool good = read_records(&reading, in, jsonl_path, d);
    fclose(in);
    *ids = reading.ids.at;
    *n = reading.ids.n;
    return good;
}
