/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/driver_spec.h"
#include "scenario/record.h"

#include <unistd.h>

static bool read_number(struct es_slice s, size_t digits, unsigned least, unsigned most,
                        unsigned *out)
{
    *out = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9' || i == digits) {
            return false;
        }
        *out = *out * 10 + (unsigned)(s.p[i] - '0');
    }
    return s.n == digits && *out >= least && *out <= most;
}

static unsigned days_of_month(unsigned year, unsigned month)
{
    static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* Seconds from 1970 to the start of the day in UTC. */
static int64_t unix_of_date(unsigned year, unsigned month, unsigned day)
{
    int64_t days = (int64_t)day - 1;
    for (unsigned y = 1970; y < year; y++) {
        days += 337 + days_of_month(y, 2);
    }
    for (unsigned m = 1; m < month; m++) {
        days += days_of_month(year, m);
    }
    return days * 86400;
}

static bool read_date(const struct es_node *n, int64_t *out, struct es_diag *d)
{
    unsigned year, month, day;
    ES_TRY(es_node_want(n, ES_NODE_SCALAR, d));
    struct es_slice rest = n->text;
    bool ok = read_number(es_slice_split(&rest, '-'), 4, 1970, 9999, &year);
    ok = ok && read_number(es_slice_split(&rest, '-'), 2, 1, 12, &month);
    if (!ok || !read_number(rest, 2, 1, days_of_month(year, month), &day)) {
        es_fail(d, n->loc, ES_CODE_SCENARIO, "expected a date, not %s",
                es_node_describe(n, d->arena));
        return es_hint(d, "year-month-day, as in 2027-03-31");
    }
    *out = unix_of_date(year, month, day);
    return true;
}

static bool read_verdict(const struct es_node *n, struct es_expected *e,
                         struct es_diag *d)
{
    static const enum es_verdict verdicts[] = {
        ES_VERDICT_WARNING, ES_VERDICT_INCONCLUSIVE, ES_VERDICT_FAIL, ES_VERDICT_ERROR};
    const char *words[ES_COUNT(verdicts) + 1] = {NULL};
    size_t word;
    for (size_t i = 0; i < ES_COUNT(verdicts); i++) {
        words[i] = es_verdict_name(verdicts[i]);
    }
    ES_TRY(es_record_word(n, words, "a verdict that can be expected", &word, d));
    e->verdict = verdicts[word];
    return true;
}

static bool read_entry(const struct es_node *n, struct es_arena *arena,
                       struct es_expected *e, struct es_diag *d)
{
    const struct es_record_field fields[] = {
        {"instance", &e->instance, true},
        {"step", &e->step, false},
        {"requirement", &e->requirement, false},
        {"verdict", NULL, true},
        {"reason", &e->reason, true},
        {"link", &e->link, false},
        {"until", NULL, false},
    };
    e->loc = n->loc;
    ES_TRY(es_record_read(n, fields, ES_COUNT(fields), "a known deviation", arena, d));
    e->loc = es_node_find(n, "instance")->loc;
    const struct es_node *until = es_node_find(n, "until");
    bool ok = !until || read_date(until, &e->until_unix_s, d);
    return read_verdict(es_node_find(n, "verdict"), e, d) && ok;
}

bool es_expected_load(const char *folder, struct es_arena *arena,
                      struct es_expected_list *out, struct es_diag *d)
{
    static const char *const keys[] = {"format", "expected", NULL};
    const char *path = es_arena_printf(arena, "%s/expected.yaml", folder);
    size_t before = d->total;
    *out = (struct es_expected_list){0};
    if (access(path, F_OK) != 0) {
        return true;
    }
    const struct es_node *root = es_yaml_read(path, arena, d);
    if (!root || !es_node_check_format(root, d)) {
        return false;
    }
    es_node_only_keys(root, keys, "expected.yaml", d);
    const struct es_node *list = es_node_find(root, "expected");
    if (list && !es_node_want(list, ES_NODE_SEQUENCE, d)) {
        return false;
    }
    for (size_t i = 0; list && i < list->items.n; i++) {
        struct es_expected e = {0};
        if (read_entry(list->items.at[i], arena, &e, d)) {
            ES_PUSH(arena, out, e);
        }
    }
    return d->total == before;
}
