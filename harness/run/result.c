/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/result.h"

#include "run/wire.h"

#include <stdlib.h>
#include <string.h>

enum {
    FORMAT =
        0x45535231, /* "ESR1"; another one for each change, for journals are kept */
    FINDING_MIN = 1 + 13 * ES_WIRE_TEXT_MIN + 4 * 4 + 2 * 4,
};

static void write_finding(struct es_buf *out, const struct es_finding *f)
{
    const char *const texts[] = {f->requirement, f->level, f->section, f->paraphrase,
                                 f->loc.file,    f->step,  f->field,   f->wanted,
                                 f->got,         f->text,  f->calls,   f->sent,
                                 f->received};
    es_buf_u8(out, f->verdict);
    for (size_t i = 0; i < ES_COUNT(texts); i++) {
        es_wire_put_text(out, texts[i]);
    }
    es_buf_u32(out, f->loc.line);
    es_buf_u32(out, f->loc.col);
    es_buf_u32(out, f->loc.len);
    es_buf_u32(out, f->loc.off);
    es_buf_u32(out, f->packet_first);
    es_buf_u32(out, f->packet_last);
}

void es_instance_result_write(const struct es_instance_result *r, struct es_buf *out)
{
    const char *const texts[] = {r->id,     r->scenario, r->title,  r->purpose,
                                 r->reason, r->context,  r->folder, r->peer_log_tail};
    es_buf_u32(out, FORMAT);
    es_buf_u8(out, r->status);
    es_buf_u8(out, r->verdict);
    for (size_t i = 0; i < ES_COUNT(texts); i++) {
        es_wire_put_text(out, texts[i]);
    }
    es_buf_u32(out, (uint32_t)r->findings_n);
    for (size_t i = 0; i < r->findings_n; i++) {
        write_finding(out, &r->findings[i]);
    }
    es_wire_put_texts(out, r->requirements, r->requirements_n);
    es_wire_put_texts(out, r->judged, r->judged_n);
    es_buf_u64(out, (uint64_t)r->start_unix_us);
    es_buf_u64(out, (uint64_t)r->wall_us);
    es_buf_u64(out, (uint64_t)r->cpu_us);
    es_buf_u64(out, r->rss_bytes);
}

static enum es_verdict read_verdict(struct es_rd *in)
{
    uint8_t v = es_rd_u8(in);
    in->failed |= v > ES_VERDICT_ERROR;
    return (enum es_verdict)v;
}

static enum es_status read_status(struct es_rd *in)
{
    uint8_t v = es_rd_u8(in);
    in->failed |= v > ES_STATUS_NOT_RUN;
    return (enum es_status)v;
}

static void read_finding(struct es_rd *in, struct es_arena *arena, struct es_finding *f)
{
    const char **const texts[] = {
        &f->requirement, &f->level, &f->section, &f->paraphrase, &f->loc.file,
        &f->step,        &f->field, &f->wanted,  &f->got,        &f->text,
        &f->calls,       &f->sent,  &f->received};
    f->verdict = read_verdict(in);
    for (size_t i = 0; i < ES_COUNT(texts); i++) {
        *texts[i] = es_wire_text(in, arena);
    }
    f->loc.line = es_rd_u32(in);
    f->loc.col = es_rd_u32(in);
    f->loc.len = es_rd_u32(in);
    f->loc.off = es_rd_u32(in);
    f->packet_first = es_rd_u32(in);
    f->packet_last = es_rd_u32(in);
}

bool es_instance_result_read(struct es_slice bytes, struct es_arena *arena,
                             struct es_instance_result *out)
{
    struct es_instance_result r = {0};
    const char **const texts[] = {&r.id,     &r.scenario, &r.title,  &r.purpose,
                                  &r.reason, &r.context,  &r.folder, &r.peer_log_tail};
    struct es_rd in;
    es_rd_init(&in, bytes);
    in.failed |= es_rd_u32(&in) != FORMAT;
    r.status = read_status(&in);
    r.verdict = read_verdict(&in);
    for (size_t i = 0; i < ES_COUNT(texts); i++) {
        *texts[i] = es_wire_text(&in, arena);
    }
    r.findings_n = es_wire_count(&in, FINDING_MIN);
    r.findings = ES_NEW_ARRAY(arena, struct es_finding, r.findings_n + 1);
    for (size_t i = 0; i < r.findings_n && !in.failed; i++) {
        read_finding(&in, arena, &r.findings[i]);
    }
    r.requirements = es_wire_texts(&in, arena, &r.requirements_n);
    r.judged = es_wire_texts(&in, arena, &r.judged_n);
    r.start_unix_us = (int64_t)es_rd_u64(&in);
    r.wall_us = (es_usec)es_rd_u64(&in);
    r.cpu_us = (es_usec)es_rd_u64(&in);
    r.rss_bytes = es_rd_u64(&in);
    if (in.failed || es_rd_left(&in) != 0 || !r.id || !r.scenario) {
        return false;
    }
    *out = r;
    return true;
}

static void count_verdict(struct es_tally *t, enum es_verdict v)
{
    switch (v) {
    case ES_VERDICT_PASS:
        t->pass++;
        break;
    case ES_VERDICT_WARNING:
        t->warning++;
        break;
    case ES_VERDICT_INCONCLUSIVE:
        t->inconclusive++;
        break;
    case ES_VERDICT_FAIL:
        t->fail++;
        break;
    case ES_VERDICT_ERROR:
        t->error++;
        break;
    }
}

static void count_instance(struct es_tally *t, const struct es_instance_result *i)
{
    switch (i->status) {
    case ES_STATUS_JUDGED:
        count_verdict(t, i->verdict);
        break;
    case ES_STATUS_NOT_APPLICABLE:
        t->not_applicable++;
        break;
    case ES_STATUS_KNOWN:
        t->known++;
        break;
    case ES_STATUS_UNEXPECTED_PASS:
        t->unexpected_pass++;
        break;
    case ES_STATUS_NOT_RUN:
        t->not_run++;
        break;
    }
}

struct names {
    const char **at;
    size_t n, room;
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t count_distinct(struct names *names)
{
    size_t distinct = 0;
    if (names->n) {
        qsort(names->at, names->n, sizeof *names->at, compare_names);
    }
    for (size_t i = 0; i < names->n; i++) {
        distinct += i == 0 || strcmp(names->at[i], names->at[i - 1]) != 0;
    }
    return distinct;
}

static void collect_broken(const struct es_instance_result *i, struct es_arena *arena,
                           struct names *must, struct names *should)
{
    for (size_t k = 0; i->status == ES_STATUS_JUDGED && k < i->findings_n; k++) {
        const struct es_finding *f = &i->findings[k];
        if (f->requirement && f->verdict == ES_VERDICT_FAIL) {
            ES_PUSH(arena, must, f->requirement);
        } else if (f->requirement && f->verdict == ES_VERDICT_WARNING) {
            ES_PUSH(arena, should, f->requirement);
        }
    }
}

struct es_tally es_run_tally(const struct es_run_result *r)
{
    struct es_tally t = {0};
    struct names judged = {0}, must = {0}, should = {0};
    struct es_arena *arena = es_arena_new();
    for (size_t i = 0; i < r->instances_n; i++) {
        const struct es_instance_result *instance = &r->instances[i];
        count_instance(&t, instance);
        collect_broken(instance, arena, &must, &should);
        for (size_t k = 0; k < instance->judged_n; k++) {
            ES_PUSH(arena, &judged, instance->judged[k]);
        }
    }
    t.rules_judged = count_distinct(&judged);
    t.rules_broken_must = count_distinct(&must);
    t.rules_broken_should = count_distinct(&should);
    es_arena_free(arena);
    return t;
}

int es_run_exit_status(const struct es_run_result *r)
{
    struct es_tally t = es_run_tally(r);
    if (r->interrupted) {
        return 130;
    }
    if (t.error) {
        return 5;
    }
    if (t.fail || t.unexpected_pass || (r->strict && t.warning)) {
        return 1;
    }
    if (t.inconclusive) {
        return 4;
    }
    return t.pass + t.warning + t.known ? 0 : 3;
}

const struct es_finding *es_instance_worst(const struct es_instance_result *r)
{
    const struct es_finding *worst = NULL;
    for (size_t i = 0; r->verdict != ES_VERDICT_PASS && i < r->findings_n; i++) {
        const struct es_finding *f = &r->findings[i];
        if (f->verdict != ES_VERDICT_PASS && (!worst || f->verdict > worst->verdict)) {
            worst = f;
        }
    }
    return worst;
}
