/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/plan_builder.h"
#include "scenario/expression.h"

static struct es_compile c;
static struct es_value slots[16];
static struct es_scope scope = {.slots = slots, .slots_n = ES_COUNT(slots)};

static void name(const char *text, struct es_value v)
{
    uint32_t slot = es_compile_publish(&c, text, v.kind, NULL);
    slots[slot] = v;
}

static void alias(const char *text, const char *yaml)
{
    struct es_static s = {.name = text, .node = plan_yaml(yaml)};
    ES_PUSH(arena, &c.statics, s);
}

static void set_up(void)
{
    plan_set_up();
    c = plan_compiler();
    memset(slots, 0, sizeof slots);
    name("n", es_value_number(7));
    name("max-age", es_value_duration(2 * ES_USEC_PER_S));
    name("told", es_value_time(5 * ES_USEC_PER_S));
    name("bytes", es_value_bytes(ES_SLICE_LIT("\x01\x02")));
    name("text", es_value_text(ES_SLICE_LIT("abc")));
    name("code", es_value_code(2 << 5 | 5));
    slots[es_compile_publish(&c, "nothing", ES_KIND_ANY, NULL)] = ES_VALUE_NONE;
    alias("size", "64");
    alias("case.wait", "500ms");
    alias("pixit.again", "$size");
    alias("case.list", "[1, 2]");
}

TestSuite(scenario_expression, .init = set_up, .fini = plan_tear_down);

static const struct es_node *scalar(const char *text)
{
    struct es_node *n = ES_NEW(arena, struct es_node);
    n->kind = ES_NODE_SCALAR;
    n->text = es_slice_of(text);
    n->plain = true;
    n->loc = (struct es_loc){"memory.yaml", 1, 1, (uint32_t)n->text.n, 0};
    return n;
}

static const struct {
    const char *text, *value;
    enum es_kind kind; /* known before the run */
} good[] = {
    {"1", "1", ES_KIND_NUMBER},
    {"0x10", "16", ES_KIND_NUMBER},
    {"1 + 2 * 3", "7", ES_KIND_NUMBER},
    {"(1 + 2) * 3", "9", ES_KIND_NUMBER},
    {"7 - 2 - 1", "4", ES_KIND_NUMBER},
    {"20 / 2 / 5", "2", ES_KIND_NUMBER},
    {"- 3 + 5", "2", ES_KIND_NUMBER},
    {"- n", "-7", ES_KIND_NUMBER},
    {"-3", "-3", ES_KIND_NUMBER},
    {"n", "7", ES_KIND_NUMBER},
    {"$n + 1", "8", ES_KIND_NUMBER},
    {"$(n + 1) * 2", "16", ES_KIND_NUMBER},
    {"size * 2", "128", ES_KIND_NUMBER},
    {"$pixit.again / 16", "4", ES_KIND_NUMBER},
    {"max-age * 2", "4s", ES_KIND_DURATION},
    {"2 * max-age", "4s", ES_KIND_DURATION},
    {"max-age + case.wait", "2500ms", ES_KIND_DURATION},
    {"told + max-age", "t+7.000s", ES_KIND_TIME},
    {"max-age + told", "t+7.000s", ES_KIND_TIME},
    {"told - 1s", "t+4.000s", ES_KIND_TIME},
    {"told - told", "0s", ES_KIND_DURATION},
    {"len(bytes)", "2", ES_KIND_NUMBER},
    {"len(text) + 1", "4", ES_KIND_NUMBER},
    {"len(h'0102 03')", "3", ES_KIND_NUMBER},
    {"1 == 1", "yes", ES_KIND_BOOL},
    {"n != 7", "no", ES_KIND_BOOL},
    {"1 + 1 <= 2", "yes", ES_KIND_BOOL},
    {"n >= 8", "no", ES_KIND_BOOL},
    {"n < 8", "yes", ES_KIND_BOOL},
    {"1min > 59s", "yes", ES_KIND_BOOL},
    {"told > told - 1ms", "yes", ES_KIND_BOOL},
    {"bytes == h'0102'", "yes", ES_KIND_BOOL},
    {"bytes < h'0103'", "yes", ES_KIND_BOOL},
    {"bytes == text", "no", ES_KIND_BOOL},
    {"code == 2.05", "yes", ES_KIND_BOOL},
    {"code == 2.04", "no", ES_KIND_BOOL},
    {"code != 2.04", "yes", ES_KIND_BOOL},
};

Test(scenario_expression, values_are_reckoned)
{
    for (size_t i = 0; i < ES_COUNT(good); i++) {
        struct es_operand o;
        struct es_value v;
        const char *why = "";
        cr_assert(es_expression_compile(&c, scalar(good[i].text), &o), "%s: %s",
                  good[i].text, plan_first_note());
        cr_assert(es_operand_eval(&o, &scope, arena, &v, &why), "%s: %s", good[i].text,
                  why);
        cr_expect_str_eq(es_value_render(&v, arena), good[i].value, "%s is %s",
                         good[i].text, es_value_render(&v, arena));
        cr_expect_eq(o.kind, good[i].kind, "%s", good[i].text);
    }
}

static const struct {
    const char *text, *note;
    uint32_t col;
} bad[] = {
    {"", "expected a number, duration, code, bytes or name", 1},
    {"1 +", "expected a number, duration, code, bytes or name", 4},
    {"1 2", "cannot be read as part of the expression", 3},
    {"(1 + 2", "expected ')'", 7},
    {"1 + )", "expected a number, duration, code, bytes or name", 5},
    {"nn + 1", "'$nn' is not defined at this point", 1},
    {"2 * nobody.x", "'$nobody' is not defined at this point", 5},
    {"n.x", "'n' has no fields", 1},
    {"pixit.op_timeuot", "unknown PIXIT value 'op_timeuot'", 1},
    {"lne(bytes)", "there is no such function", 1},
    {"len()", "expected a number, duration, code, bytes or name", 5},
    {"len(bytes, text)", "too many arguments", 1},
    {"len(bytes", "expected ')'", 10},
    {"case.list + 1", "this is not a value to reckon with", 1},
    {"h'01", "expected a number, duration, code, bytes or name", 1},
    {"10 / 0", "10 / 0 cannot be reckoned", 1},
    {"9223372036854775807 + 1", "9223372036854775807 + 1 cannot be reckoned", 1},
};

Test(scenario_expression, mistakes_are_noted_where_they_stand)
{
    for (size_t i = 0; i < ES_COUNT(bad); i++) {
        struct es_operand o;
        es_diag_reset(diag);
        cr_expect_not(es_expression_compile(&c, scalar(bad[i].text), &o), "%s",
                      bad[i].text);
        cr_assert_gt(diag->count, 0, "%s", bad[i].text);
        cr_expect_str_eq(diag->notes[0].msg, bad[i].note, "%s: %s", bad[i].text,
                         diag->notes[0].msg);
        cr_expect_eq(diag->notes[0].loc.col, bad[i].col, "%s: column %u", bad[i].text,
                     diag->notes[0].loc.col);
    }
}

static const struct {
    const char *text, *why;
} late[] = {
    {"nothing + 1", "$nothing is absent"},
    {"n / (n - 7)", "n / (n - 7) cannot be reckoned"},
    {"code + 1", "code + 1 cannot be reckoned"},
    {"bytes * 2", "bytes * 2 cannot be reckoned"},
    {"- told", "- told cannot be reckoned"},
    {"len(n)", "len(n): only bytes, text and lists have a length"},
};

Test(scenario_expression, what_cannot_be_reckoned_says_why)
{
    for (size_t i = 0; i < ES_COUNT(late); i++) {
        struct es_operand o;
        struct es_value v;
        const char *why = "";
        cr_assert(es_expression_compile(&c, scalar(late[i].text), &o), "%s",
                  late[i].text);
        cr_expect_not(es_operand_eval(&o, &scope, arena, &v, &why), "%s", late[i].text);
        cr_expect_str_eq(why, late[i].why);
    }
}

Test(scenario_expression, nesting_is_limited)
{
    char text[200];
    struct es_operand o;
    memset(text, '(', sizeof text - 1);
    text[sizeof text - 1] = 0;
    cr_expect_not(es_expression_compile(&c, scalar(text), &o));
    cr_expect_str_eq(plan_first_note(), "this expression is nested too deeply");
}

static const struct {
    const char *text;
    size_t n;
} references[] = {
    {"a.b.c", 5}, {"copies..", 6}, {"a.", 1},  {"a-b c", 3}, {"9a", 0},
    {"-a", 0},    {"a/b", 1},      {"a.9", 1}, {"", 0},      {"est/crts", 3},
};

Test(scenario_expression, a_dot_that_no_name_follows_ends_a_reference)
{
    for (size_t i = 0; i < ES_COUNT(references); i++) {
        cr_expect_eq(es_reference_length(es_slice_of(references[i].text)),
                     references[i].n, "%s", references[i].text);
    }
}

static const struct {
    const char *text;
    enum es_kind wanted;
    const char *value; /* NULL: refused */
} operands[] = {
    {"$n", ES_KIND_NUMBER, "7"},
    {"$size", ES_KIND_NUMBER, "64"},
    {"$pixit.again", ES_KIND_NUMBER, "64"},
    {"$(size * 2)", ES_KIND_NUMBER, "128"},
    {"h'01 02 # comment'", ES_KIND_BYTES, "h'0102'"},
    {"$bytes", ES_KIND_BYTES, "h'0102'"},
    {"/$text/$n", ES_KIND_TEXT, "/abc/7"},
    {"/$(n + 1)x", ES_KIND_TEXT, "/8x"},
    {"/well-known", ES_KIND_TEXT, "/well-known"},
    {"a$", ES_KIND_TEXT, "a$"},
    {"500ms", ES_KIND_DURATION, "500ms"},
    {"$case.wait", ES_KIND_DURATION, "500ms"},
    {"$max-age", ES_KIND_TIME, "2s"},
    {"2.10", ES_KIND_ANY, "2.10"},
    {"010", ES_KIND_ANY, "10"},
    {"no", ES_KIND_ANY, "no"},
    {"yes", ES_KIND_BOOL, "yes"},
    {"on", ES_KIND_BOOL, NULL},
    {"12", ES_KIND_DURATION, NULL},
    {"2.5", ES_KIND_CODE, NULL},
    {"h'0'", ES_KIND_BYTES, NULL},
    {"$bytes", ES_KIND_NUMBER, NULL},
    {"$(n == 7)", ES_KIND_NUMBER, NULL},
    {"x", ES_KIND_NUMBER, NULL},
};

Test(scenario_expression, an_operand_is_typed_by_its_field)
{
    for (size_t i = 0; i < ES_COUNT(operands); i++) {
        struct es_operand o;
        struct es_value v;
        const char *why = "";
        es_diag_reset(diag);
        bool ok =
            es_operand_compile(&c, scalar(operands[i].text), operands[i].wanted, &o);
        cr_assert_eq(ok, operands[i].value != NULL, "%s: %s", operands[i].text,
                     plan_first_note());
        if (ok) {
            cr_assert(es_operand_eval(&o, &scope, arena, &v, &why), "%s", why);
            cr_expect_str_eq(es_value_render(&v, arena), operands[i].value);
        }
    }
}

Test(scenario_expression, what_is_known_before_the_run_is_a_constant)
{
    struct es_operand o;
    cr_assert(es_operand_compile(&c, scalar("$(size * 2 + 1)"), ES_KIND_NUMBER, &o));
    cr_expect_eq(o.form, ES_OPERAND_CONSTANT);
    cr_assert(es_operand_compile(&c, scalar("$(size * n)"), ES_KIND_NUMBER, &o));
    cr_expect_eq(o.form, ES_OPERAND_EXPRESSION);
}

Test(scenario_expression, a_comparison_explains_both_sides)
{
    struct es_operand o;
    const char *wanted, *got;
    cr_assert(es_expression_compile(&c, scalar("$n + 1 == size"), &o));
    cr_assert(es_comparison_explain(&o, &scope, arena, &wanted, &got));
    cr_expect_str_eq(wanted, "$n + 1 == size");
    cr_expect_str_eq(got, "$n + 1 is 8, 64");
    cr_assert(es_expression_compile(&c, scalar("n + 1"), &o));
    cr_expect_not(es_comparison_explain(&o, &scope, arena, &wanted, &got));
}
