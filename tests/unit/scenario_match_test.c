/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/plan_builder.h"

/* A record with a field of each kind, and a composed one. */
struct pair {
    int64_t low, high;
};

struct thing {
    struct es_value number, text, bytes, code, span, list;
    const struct pair *pair;
    bool flag;
};

static struct es_compile c;
static struct es_value slots[8];
static struct es_scope scope = {.slots = slots, .slots_n = ES_COUNT(slots)};

static struct es_value get_low(const void *r, const struct es_shape_field *f,
                               struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_number(((const struct pair *)r)->low);
}

static struct es_value get_high(const void *r, const struct es_shape_field *f,
                                struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_number(((const struct pair *)r)->high);
}

static const struct es_shape_field pair_fields[] = {
    {.name = "low", .kind = ES_KIND_NUMBER, .get = get_low, .doc = "-"},
    {.name = "high", .kind = ES_KIND_NUMBER, .get = get_high, .doc = "-"},
};

static const struct es_shape pair_shape = {
    .name = "a pair", .fields = pair_fields, .n = 2, .separator = '/', .parts_n = 2};

enum { NUMBER, TEXT, BYTES, CODE, SPAN, LIST };

static struct es_value get(const void *r, const struct es_shape_field *f,
                           struct es_arena *a)
{
    const struct thing *t = r;
    const struct es_value all[] = {
        [NUMBER] = t->number, [TEXT] = t->text, [BYTES] = t->bytes,
        [CODE] = t->code,     [SPAN] = t->span, [LIST] = t->list};
    (void)a;
    return all[f->number];
}

static struct es_value get_pair(const void *r, const struct es_shape_field *f,
                                struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_record(&pair_shape, ((const struct thing *)r)->pair);
}

static bool test_above(const void *r, const struct es_shape_field *f,
                       const struct es_value *argument, struct es_arena *a,
                       const char **got)
{
    const struct thing *t = r;
    (void)f;
    *got = es_arena_printf(a, "only %lld", (long long)t->number.number);
    return t->number.number > argument->number;
}

static const struct es_shape_field fields[] = {
    {.name = "number",
     .kind = ES_KIND_NUMBER,
     .get = get,
     .number = NUMBER,
     .doc = "-"},
    {.name = "text", .kind = ES_KIND_TEXT, .get = get, .number = TEXT, .doc = "-"},
    {.name = "bytes", .kind = ES_KIND_BYTES, .get = get, .number = BYTES, .doc = "-"},
    {.name = "code",
     .kind = ES_KIND_CODE,
     .get = get,
     .number = CODE,
     .doc = "-",
     .decides = true},
    {.name = "span", .kind = ES_KIND_DURATION, .get = get, .number = SPAN, .doc = "-"},
    {.name = "list", .kind = ES_KIND_NUMBER, .get = get, .number = LIST, .doc = "-"},
    {.name = "pair",
     .kind = ES_KIND_RECORD,
     .sub = &pair_shape,
     .get = get_pair,
     .doc = "-"},
    {.name = "above", .kind = ES_KIND_NUMBER, .test = test_above, .doc = "-"},
};

static const struct es_shape shape = {
    .name = "a thing", .fields = fields, .n = ES_COUNT(fields)};

static const struct pair pair = {3, 64}, other_pair = {3, 64};
static struct es_value list_items[] = {{.kind = ES_KIND_NUMBER, .number = 281},
                                       {.kind = ES_KIND_NUMBER, .number = 62}};
static struct es_list list = {list_items, 2, 2};

static struct thing thing(void)
{
    return (struct thing){.number = es_value_number(64),
                          .text = es_value_text(ES_SLICE_LIT("open")),
                          .bytes = es_value_bytes(ES_SLICE_LIT("\x01\x02")),
                          .code = es_value_code(2 << 5 | 5),
                          .span = es_value_duration(1100 * ES_USEC_PER_MS),
                          .list = {.kind = ES_KIND_LIST, .list = &list},
                          .pair = &pair};
}

static void set_up(void)
{
    plan_set_up();
    c = plan_compiler();
    slots[es_compile_publish(&c, "n", ES_KIND_NUMBER, NULL)] = es_value_number(64);
    slots[es_compile_publish(&c, "gone", ES_KIND_NUMBER, NULL)] = ES_VALUE_NONE;
    slots[es_compile_publish(&c, "two", ES_KIND_RECORD, &pair_shape)] =
        es_value_record(&pair_shape, &other_pair);
    static const char *const statics[][2] = {{"size", "64"},
                                             {"case.want", "1|64"},
                                             {"case.map", "{low: 3}"},
                                             {"case.none", "absent"}};
    for (size_t i = 0; i < ES_COUNT(statics); i++) {
        struct es_static s = {.name = statics[i][0], .node = plan_yaml(statics[i][1])};
        ES_PUSH(arena, &c.statics, s);
    }
}

TestSuite(scenario_match, .init = set_up, .fini = plan_tear_down);

static struct es_mismatch seen[8];
static size_t seen_n, judged_n;

static void on_mismatch(void *context, const struct es_mismatch *m)
{
    (void)context;
    seen[seen_n++] = *m;
}

static void on_judged(void *context, const struct es_rule *rule)
{
    (void)context, (void)rule;
    judged_n++;
}

static bool run(const char *yaml, const struct thing *t, const struct thing *first,
                const struct thing *previous)
{
    struct es_field_matches matches = {0};
    struct es_match_env env = {.scope = &scope,
                               .arena = arena,
                               .first = first,
                               .previous = previous,
                               .mismatch = on_mismatch,
                               .judged = on_judged};
    es_diag_reset(diag);
    cr_assert(es_match_compile_fields(&c, plan_yaml(yaml), &shape, "", &matches),
              "%s: %s", yaml, plan_first_note());
    seen_n = judged_n = 0;
    return es_match_fields(matches.at, matches.n, t, &env);
}

static const char *const holding[] = {
    "number: 64",
    "number: 0x40",
    "number: 1|64",
    "number: ..64",
    "number: 64..",
    "number: 1..100",
    "number: ..$size",
    "number: $n..",
    "number: 60 ~ 10%",
    "number: 60 ~ 4",
    "number: $n",
    "number: $(n + 0)",
    "number: $case.want",
    "number: not 65",
    "number: not 1..63",
    "number: present",
    "number: not absent",
    "number: absent|64",
    "number: $gone|64",
    "number: [1, 64]",
    "bytes: [absent, {hex: '0102'}]",
    "text: open",
    "text: /^op/",
    "text: /a|open/",
    "text: not closed",
    "bytes: h'01 02'",
    "bytes: {hex: '0102'}",
    "bytes: {eq: h'0102'}",
    "bytes: present",
    "code: 2.05",
    "code: 2.04|2.05",
    "code: 2.xx",
    "code: not 4.xx",
    "span: 1s ~ 25%",
    "span: 1s ~ 100ms",
    "span: 1s..2s",
    "list: 281",
    "list: 62",
    "list: not 60",
    "pair: present",
    "pair: 3/64",
    "pair: 1..3/..64",
    "pair: not 3/65",
    "pair: 1/64|3/64",
    "pair: absent|3/64",
    "pair: {low: 3}",
    "pair: {low: 3, high: 64}",
    "pair: $two",
    "pair: $case.map",
    "above: 63",
    "above: $(n - 1)",
};

Test(scenario_match, what_is_as_wanted_holds)
{
    const struct thing t = thing();
    for (size_t i = 0; i < ES_COUNT(holding); i++) {
        cr_expect(run(holding[i], &t, NULL, NULL), "%s", holding[i]);
        cr_expect_eq(seen_n, 0, "%s: wanted %s", holding[i], seen[0].wanted);
    }
}

static const struct {
    const char *yaml, *path, *wanted, *got;
} broken[] = {
    {"number: 65", "number", "65", "64"},
    {"number: 1|2", "number", "1|2", "64"},
    {"number: ..63", "number", "..63", "64"},
    {"number: 65..", "number", "65..", "64"},
    {"number: $(n + 1)", "number", "65 ($(n + 1))", "64"},
    {"number: ..$(n - 1)", "number", "..63", "64"},
    {"number: 40 ~ 10%", "number", "40 ~ 10%", "64"},
    {"number: not 64", "number", "not 64", "64"},
    {"number: absent", "number", "absent", "64"},
    {"number: $gone", "number", "$gone", "nothing to compare with: $gone is absent"},
    {"text: closed", "text", "closed", "open"},
    {"text: /clo/", "text", "/clo/", "open"},
    {"text: OPEN", "text", "OPEN", "open"},
    {"bytes: h'0103'", "bytes", "h'0103'", "h'0102'"},
    {"code: 2.04", "code", "2.04", "2.05"},
    {"code: 4.xx", "code", "4.xx", "2.05"},
    {"code: 4.xx|5.xx", "code", "4.xx|5.xx", "2.05"},
    {"span: 2s ~ 25%", "span", "2s ~ 25%", "1100ms"},
    {"list: 60", "list", "60", "[281, 62]"},
    {"pair: 4/64", "pair.low", "4", "3"},
    {"pair: 3/..63", "pair.high", "..63", "64"},
    {"pair: 1/64|2/64", "pair", "1/64|2/64", "3/64"},
    {"pair: not 3/64", "pair", "not 3/64", "3/64"},
    {"pair: {high: 1}", "pair.high", "1", "64"},
    {"pair: absent", "pair", "absent", "3/64"},
    {"above: 64", "above", "above: 64", "only 64"},
};

Test(scenario_match, what_is_not_is_told_in_the_notation_of_the_scenario)
{
    const struct thing t = thing();
    for (size_t i = 0; i < ES_COUNT(broken); i++) {
        cr_expect_not(run(broken[i].yaml, &t, NULL, NULL), "%s", broken[i].yaml);
        cr_assert_eq(seen_n, 1, "%s: %zu mismatches", broken[i].yaml, seen_n);
        cr_expect_str_eq(seen[0].path, broken[i].path);
        cr_expect_str_eq(seen[0].wanted, broken[i].wanted, "%s: %s", broken[i].yaml,
                         seen[0].wanted);
        cr_expect_str_eq(seen[0].got, broken[i].got, "%s: %s", broken[i].yaml,
                         seen[0].got);
    }
}

Test(scenario_match, an_absent_field_matches_absent_and_nothing_else)
{
    const struct thing empty = {0};
    static const char *const good[] = {"number: absent",      "number: absent|64",
                                       "number: not present", "number: $case.none",
                                       "pair: absent",        "pair: absent|3/64",
                                       "number: not 64"};
    static const char *const bad[] = {
        "number: 64", "number: present", "number: ..64", "number: same",
        "pair: 3/64", "pair: {low: 3}",  "text: /o/",    "bytes: {hex: ''}"};
    for (size_t i = 0; i < ES_COUNT(good); i++) {
        cr_expect(run(good[i], &empty, NULL, NULL), "%s", good[i]);
    }
    for (size_t i = 0; i < ES_COUNT(bad); i++) {
        cr_expect_not(run(bad[i], &empty, NULL, NULL), "%s", bad[i]);
        cr_expect_eq(seen_n, 1, "%s", bad[i]);
        cr_expect(strncmp(seen[0].got, "absent", 6) == 0, "%s: %s", bad[i],
                  seen[0].got);
    }
}

Test(scenario_match, words_compare_with_the_messages_before)
{
    struct thing one = thing(), two = thing();
    two.number = es_value_number(65);
    two.pair = &other_pair;
    cr_expect(run("number: same", &one, NULL, NULL));
    cr_expect(run("number: same", &one, &one, &two));
    cr_expect_not(run("number: same", &two, &one, &one));
    cr_expect(run("number: next", &two, &one, &one));
    cr_expect_not(run("number: next", &one, &one, &one));
    cr_expect(run("number: increasing", &two, &one, &one));
    cr_expect_not(run("number: increasing", &one, &one, &two));
    cr_expect(run("pair: same", &two, &one, &one), "the parts count, not the place");
    cr_expect(run("pair: {low: same}", &two, &one, &one));
    cr_expect_not(run("pair: {low: next}", &two, &one, &one));
    cr_expect(run("pair: same/present", &two, &one, &one));
}

Test(scenario_match, every_field_is_judged_whether_it_holds_or_not)
{
    const struct thing t = thing();
    cr_expect_not(run("{number: 1, text: closed, code: 2.05}", &t, NULL, NULL));
    cr_expect_eq(judged_n, 3);
    cr_expect_eq(seen_n, 2);
}

Test(scenario_match, a_mismatch_points_at_the_value)
{
    const struct thing t = thing();
    run("number: 1 | 65", &t, NULL, NULL);
    cr_expect_eq(seen[0].loc.line, 1);
    cr_expect_eq(seen[0].loc.col, 9);
    run("pair: 3/65", &t, NULL, NULL);
    cr_expect_eq(seen[0].loc.col, 9);
    cr_expect_eq(seen[0].loc.len, 2);
}

static const struct {
    const char *yaml, *msg, *hint;
} mistakes[] = {
    {"nubmer: 1", "a thing has no field 'nubmer'", "did you mean 'number'?"},
    {"number: x", "'x' is not valid here", "expected a number"},
    {"number: 1|", "a value is missing here", "expected a number"},
    {"number: ''", "a value is missing here", NULL},
    {"number: 1 ~ x%", "expected a percentage behind '~'", NULL},
    {"number: []", "a value is missing here", NULL},
    {"number: {low: 1}", "'number' is not matched by a map", "expected a number"},
    {"code: 2.5", "'2.5' is not valid here", "expected a code such as 2.05"},
    {"code: 2.32", "'2.32' is not valid here", NULL},
    {"span: 12", "'12' is not valid here", NULL},
    {"bytes: h'0'", "'h'0'' is not valid here", NULL},
    {"bytes: '0102'", "'0102' is not valid here", NULL},
    {"pair: 3", "'3' is not a pair", "expected low/high"},
    {"pair: 3/64/1", "'3/64/1' is not a pair", NULL},
    {"pair: 3/x", "'x' is not valid here", NULL},
    {"pair: {lwo: 3}", "a pair has no field 'lwo'", NULL},
    {"number: $nn", "'$nn' is not defined at this point", "did you mean 'n'?"},
    {"number: $(n == 1)", "expected a number, but this is yes or no", NULL},
};

Test(scenario_match, mistakes_are_named)
{
    for (size_t i = 0; i < ES_COUNT(mistakes); i++) {
        struct es_field_matches matches = {0};
        es_diag_reset(diag);
        const struct es_node *n = plan_yaml(mistakes[i].yaml);
        cr_expect_not(es_match_compile_fields(&c, n, &shape, "", &matches), "%s",
                      mistakes[i].yaml);
        cr_assert_gt(diag->count, 0, "%s", mistakes[i].yaml);
        cr_expect_str_eq(diag->notes[0].msg, mistakes[i].msg);
        const char *hint = diag->notes[0].hint;
        if (mistakes[i].hint) {
            cr_expect_str_eq(hint ? hint : "no hint", mistakes[i].hint);
        }
    }
}

Test(scenario_match, a_field_that_decides_silences_the_others)
{
    const struct thing t = thing();
    cr_expect_not(run("{number: 65, code: 4.04, text: closed}", &t, NULL, NULL));
    cr_expect_eq(seen_n, 1);
    cr_expect_eq(judged_n, 1);
    cr_expect_str_eq(seen[0].path, "code");
    cr_expect_not(run("{number: 65, code: 2.05, text: closed}", &t, NULL, NULL));
    cr_expect_eq(seen_n, 2);
    cr_expect_eq(judged_n, 3);
}
