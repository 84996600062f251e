/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/report_int.h"

#include <libxml/xmlwriter.h>

#include <inttypes.h>
#include <string.h>

/* What a verdict is in JUnit, and how many of each a suite holds. */
enum outcome { PASSED, SKIPPED, FAILURE, ERROR, OUTCOMES };

/* The writer reports each failure; the first one is kept. libxml2 writes control characters
 * and ill-formed UTF-8 as they are, so every text goes through es_report_clean. */
struct sheet {
    const struct es_run_result *r;
    const struct es_rules *rules;
    xmlTextWriterPtr xml;
    struct es_arena *arena; /* for one test case */
    bool failed;
};

static const xmlChar *as_xml(const char *text)
{
    return (const xmlChar *)text;
}

static void start(struct sheet *s, const char *name)
{
    s->failed |= xmlTextWriterStartElement(s->xml, as_xml(name)) < 0;
}

static void end(struct sheet *s)
{
    s->failed |= xmlTextWriterEndElement(s->xml) < 0;
}

static void attribute(struct sheet *s, const char *name, const char *value)
{
    const char *clean = es_report_clean(s->arena, value);
    s->failed |= xmlTextWriterWriteAttribute(s->xml, as_xml(name), as_xml(clean)) < 0;
}

static void number(struct sheet *s, const char *name, size_t value)
{
    attribute(s, name, es_arena_printf(s->arena, "%zu", value));
}

static void seconds(struct sheet *s, es_usec span)
{
    attribute(s, "time",
              es_arena_printf(s->arena, "%.6f", (double)span / (double)ES_USEC_PER_S));
}

static void text(struct sheet *s, const char *value)
{
    const char *clean = es_report_clean(s->arena, value);
    s->failed |= xmlTextWriterWriteString(s->xml, as_xml(clean)) < 0;
}

static void property(struct sheet *s, const char *name, const char *value)
{
    if (value) {
        start(s, "property");
        attribute(s, "name", name);
        attribute(s, "value", value);
        end(s);
    }
}

static enum outcome verdict_outcome(enum es_verdict v)
{
    switch (v) {
    case ES_VERDICT_PASS:
    case ES_VERDICT_WARNING:
        return PASSED;
    case ES_VERDICT_INCONCLUSIVE:
        return SKIPPED;
    case ES_VERDICT_FAIL:
        return FAILURE;
    case ES_VERDICT_ERROR:
        break;
    }
    return ERROR;
}

static enum outcome outcome_of(const struct es_instance_result *i)
{
    switch (i->status) {
    case ES_STATUS_JUDGED:
        return verdict_outcome(i->verdict);
    case ES_STATUS_UNEXPECTED_PASS:
        return FAILURE;
    case ES_STATUS_NOT_APPLICABLE:
    case ES_STATUS_KNOWN:
    case ES_STATUS_NOT_RUN:
        break;
    }
    return SKIPPED;
}

/* "RFC9148:4.6:server-block2 MUST": the id ends at the first blank. */
static void requirement(struct sheet *s, const char *id)
{
    const struct es_rule *rule = es_rules_find(s->rules, id);
    const char *level = rule && rule->level ? rule->level : "";
    property(s, "requirement",
             es_arena_printf(s->arena, "%s%s%s", id, *level ? " " : "", level));
}

static void case_properties(struct sheet *s, const struct es_instance_result *i)
{
    start(s, "properties");
    property(s, "verdict", es_report_state(i));
    property(s, "title", i->title);
    for (size_t k = 0; k < i->requirements_n; k++) {
        requirement(s, i->requirements[k]);
    }
    for (size_t k = 0; k < i->findings_n; k++) {
        const struct es_finding *f = &i->findings[k];
        if (f->requirement && f->verdict != ES_VERDICT_PASS &&
            !es_report_is_repeated(i, k)) {
            property(s, "broken", f->requirement);
        }
    }
    property(s, "folder", i->folder);
    end(s);
}

static void result_element(struct sheet *s, const char *name,
                           const struct es_instance_result *i)
{
    const struct es_finding *worst = es_instance_worst(i);
    start(s, name);
    attribute(s, "message", es_report_why(s->arena, i));
    attribute(s, "type",
              worst && worst->requirement ? worst->requirement : es_report_state(i));
    text(s, es_failure_text(s->r, i, s->arena));
    end(s);
}

static void skipped_element(struct sheet *s, const struct es_instance_result *i)
{
    const char *why = es_report_why(s->arena, i);
    start(s, "skipped");
    attribute(
        s, "message",
        es_arena_printf(s->arena, "%s%s%s", es_report_state(i), *why ? ": " : "", why));
    end(s);
}

static void case_result(struct sheet *s, const struct es_instance_result *i)
{
    switch (outcome_of(i)) {
    case PASSED:
        break;
    case SKIPPED:
        skipped_element(s, i);
        break;
    case FAILURE:
        result_element(s, "failure", i);
        break;
    case ERROR:
        result_element(s, "error", i);
        break;
    case OUTCOMES:
        break;
    }
    /* Where JUnit has no text of its own: warnings, deviations, what was only observed. */
    if (i->findings_n && outcome_of(i) <= SKIPPED) {
        start(s, "system-out");
        text(s, es_failure_text(s->r, i, s->arena));
        end(s);
    }
}

static void test_case(struct sheet *s, const struct es_instance_result *i)
{
    start(s, "testcase");
    attribute(s, "classname", i->scenario);
    attribute(s, "name", i->id);
    seconds(s, i->wall_us);
    case_properties(s, i);
    case_result(s, i);
    end(s);
    es_arena_reset(s->arena);
}

/* The folder of the scenario: rfc9148/4.6-fragmentation. */
static struct es_slice area_of(const struct es_instance_result *i)
{
    const char *slash = strrchr(i->scenario, '/');
    struct es_slice whole = es_slice_of(i->scenario);
    return slash ? es_slice_sub(whole, 0, (size_t)(slash - i->scenario)) : whole;
}

static void counts(struct sheet *s, const size_t n[OUTCOMES])
{
    number(s, "tests", n[PASSED] + n[SKIPPED] + n[FAILURE] + n[ERROR]);
    number(s, "failures", n[FAILURE]);
    number(s, "errors", n[ERROR]);
    number(s, "skipped", n[SKIPPED]);
}

static void suite_properties(struct sheet *s)
{
    const struct es_run_result *r = s->r;
    start(s, "properties");
    property(s, "run", r->run_id);
    property(s, "seed", es_arena_printf(s->arena, "%" PRIx64, r->seed));
    property(s, "driver", r->driver);
    property(s, "peer", r->peer && *r->peer ? r->peer : NULL);
    property(s, "target", r->target_args);
    property(s, "estspec", r->tool_version);
    property(s, "libraries", r->libraries);
    property(s, "strict", r->strict ? "yes" : "no");
    end(s);
}

/* All instances of the area that begins with instance `first`. */
static void test_suite(struct sheet *s, size_t first)
{
    const struct es_run_result *r = s->r;
    struct es_slice area = area_of(&r->instances[first]);
    size_t n[OUTCOMES] = {0};
    es_usec span = 0;
    int64_t begin = 0;
    for (size_t i = first; i < r->instances_n; i++) {
        const struct es_instance_result *at = &r->instances[i];
        if (es_slice_eq(area_of(at), area)) {
            n[outcome_of(at)]++;
            span += at->wall_us;
            begin = at->start_unix_us && (!begin || at->start_unix_us < begin)
                        ? at->start_unix_us
                        : begin;
        }
    }
    start(s, "testsuite");
    attribute(s, "name", es_arena_text(s->arena, area));
    counts(s, n);
    seconds(s, span);
    attribute(s, "timestamp",
              es_report_time(s->arena, begin ? begin : r->start_unix_us, true));
    suite_properties(s);
    for (size_t i = first; i < r->instances_n; i++) {
        if (es_slice_eq(area_of(&r->instances[i]), area)) {
            test_case(s, &r->instances[i]);
        }
    }
    end(s);
}

static bool is_first_of_area(const struct es_run_result *r, size_t index)
{
    for (size_t i = index; i-- > 0;) {
        if (es_slice_eq(area_of(&r->instances[i]), area_of(&r->instances[index]))) {
            return false;
        }
    }
    return true;
}

static void document(struct sheet *s)
{
    const struct es_run_result *r = s->r;
    size_t n[OUTCOMES] = {0};
    for (size_t i = 0; i < r->instances_n; i++) {
        n[outcome_of(&r->instances[i])]++;
    }
    s->failed |= xmlTextWriterStartDocument(s->xml, NULL, "UTF-8", NULL) < 0;
    start(s, "testsuites");
    attribute(s, "name", "estspec");
    counts(s, n);
    seconds(s, r->wall_us);
    for (size_t i = 0; i < r->instances_n; i++) {
        if (is_first_of_area(r, i)) {
            test_suite(s, i);
        }
    }
    end(s);
    s->failed |= xmlTextWriterEndDocument(s->xml) < 0;
}

/* False only if libxml2 runs out of memory. */
static bool render(const struct es_run_result *r, xmlBufferPtr buffer,
                   struct es_arena *a)
{
    struct es_rules rules;
    es_rules_build(&rules, r, a);
    struct sheet s = {r, &rules, xmlNewTextWriterMemory(buffer, 0), es_arena_new(),
                      false};
    s.failed = !s.xml || xmlTextWriterSetIndent(s.xml, 1) < 0;
    if (!s.failed) {
        document(&s);
    }
    if (s.xml) {
        xmlFreeTextWriter(s.xml);
    }
    es_arena_free(s.arena);
    return !s.failed;
}

bool es_report_write_junit(const struct es_run_result *r, const char *path,
                           struct es_diag *d)
{
    struct es_report_file file;
    struct es_arena *a = es_arena_new();
    xmlBufferPtr buffer = xmlBufferCreate();
    bool good = buffer && render(r, buffer, a);
    if (!good) {
        es_fail(d, (struct es_loc){.file = path}, ES_CODE_INTERNAL,
                "cannot make the XML");
    } else if ((good = es_report_file_open(&file, path, a, d))) {
        fwrite(xmlBufferContent(buffer), (size_t)xmlBufferLength(buffer), 1, file.out);
        good = es_report_file_close(&file, true, d);
    }
    xmlBufferFree(buffer);
    es_arena_free(a);
    return good;
}
