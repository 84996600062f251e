/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/plan_builder.h"

TestSuite(scenario_compile, .init = plan_set_up, .fini = plan_tear_down);

#define RULE "RFC9148:4.5:get-answers-2.05"
#define OTHER "RFC7252:5.3.1:token-echoed-unchanged"
#define CLIENT "RFC9148:4.7:client-waits-max-age"
#define REQUEST "request: CON GET /a"

static const char library[] =
    "format: 1\n"
    "procedures:\n"
    "  open:\n"
    "    args: {identity: idevid, span: 1s}\n"
    "    needs: ['" OTHER "']\n"
    "    steps:\n"
    "      - {id: inner, " REQUEST ", reply: {code: 2.05}}\n"
    "      - set: {published: $inner.reply.code, who: $args.identity}\n"
    "      - wait: $args.span\n"
    "  twice:\n"
    "    steps:\n"
    "      - call: open\n"
    "      - {call: open, with: {span: 2s}}\n"
    "  circle:\n"
    "    steps: [{call: circle}]\n"
    "  pass-on:\n"
    "    args: {span: 5s}\n"
    "    steps: [{call: open, with: {span: $args.span}}]\n"
    "  hollow: {doc: nothing}\n";

static struct es_scenario *with_library(const char *text)
{
    struct es_scenario *s = plan_scenario(text);
    struct es_library *l = ES_NEW(arena, struct es_library);
    *l = (struct es_library){"lib/memory", plan_yaml(library)};
    ES_PUSH(arena, &s->uses, (const struct es_library *)l);
    return s;
}

static const struct es_plan *make_good(const char *text)
{
    const struct es_plan *plan = plan_of(with_library(text), NULL);
    cr_assert(plan && diag->count == 0, "%s in\n%s", plan_first_note(), text);
    return plan;
}

static const struct {
    const char *text, *msg, *hint;
} mistakes[] = {
    {"steps: {wait: 1s}", "expected a list of steps, not a map", NULL},
    {"steps: [wait]", "a step is a map with one verb, not 'wait'", NULL},
    {"steps: [{id: a}]", "this step has no verb", NULL},
    {"steps: [{reqeust: CON GET /a}]", "this step has no verb",
     "did you mean 'request' instead of 'reqeust'?"},
    {"steps: [{wait: 1s, send: RST}]", "a step has one verb: 'wait' or 'send'", NULL},
    {"steps: [{wait: 1s, with: 1}]", "unknown key 'with' in a wait", NULL},
    {"steps: [{" REQUEST ", acept: 1, req: none}]", "unknown key 'acept' in a request",
     "did you mean 'accept'?"},
    {"steps: [{wait: 1}]", "'1' is not valid here",
     "expected a duration such as 500ms, 2s or 1min"},
    {"steps: [{wait: $later}, {set: {later: 1s}}]",
     "'$later' is not defined at this point", NULL},
    {"steps: [{" REQUEST ", on: nobody, req: none}]",
     "'$nobody' is not defined at this point", NULL},
    {"steps: [{set: {x: 1}}, {" REQUEST ", on: x, req: none}]",
     "'$x' is not defined at this point", NULL},
    {"steps: [{wait: 1s, control: sometimes}]", "'control' is before or after", NULL},
    /* --- req */
    {"steps: [{" REQUEST "}]", "'request' judges the IUT but names no requirement",
     "add req: <id>, or req: none for a mere precondition"},
    {"steps: [{" REQUEST ", control: after}]",
     "'request' judges the IUT but names no requirement", NULL},
    {"steps: [{" REQUEST ", req: 'RFC9148:4.5:get-answers-2.06'}]",
     "requirement 'RFC9148:4.5:get-answers-2.06' is not in the registry",
     "did you mean '" RULE "'?"},
    {"steps: [{" REQUEST ", req: '" CLIENT "'}]",
     "'" CLIENT "' binds the client, but the IUT here is the server", NULL},
    {"steps: [{" REQUEST ", reply: {code: 2.05}, req: {token: none}}]",
     "'req' gives no rule for 'mid'", "add mid: <id>, or default: <id>"},
    {"steps: [{" REQUEST ", reply: {code: 2.05}, req: {default: none, etag: none}}]",
     "'req' names 'etag', which this step does not judge", NULL},
    {"steps: [{" REQUEST ", reply: {code: 2.05}, req: {default: none, cod: none}}]",
     "'req' names 'cod', which this step does not judge", "did you mean 'code'?"},
    {"steps: [{" REQUEST ", req: [none]}]",
     "'req' names a rule, or maps fields to rules", NULL},
    /* --- procedures */
    {"steps: [{call: opne}]", "there is no procedure 'opne' in the libraries used",
     "did you mean 'open'?"},
    {"steps: [{call: open, with: {identiy: x}, req: none}]",
     "the procedure has no argument 'identiy'", NULL},
    {"steps: [{call: open, within: 1s, req: none}]", "unknown key 'within' in a call",
     "a call takes with, id, note, req and control"},
    {"steps: [{call: hollow, req: none}]",
     "this procedure has no steps, called from memory.yaml:1:16", NULL},
    {"steps: [{call: open, req: none}, {wait: $inner.x}]",
     "'$inner' is not defined at this point", NULL},
    {"steps: [{set: {x: $args.identity}}]",
     "'$args.identity' is not defined at this point", NULL},
};

Test(scenario_compile, mistakes_are_named)
{
    for (size_t i = 0; i < ES_COUNT(mistakes); i++) {
        es_diag_reset(diag);
        cr_expect_null(plan_of(with_library(mistakes[i].text), NULL), "%s",
                       mistakes[i].text);
        cr_assert_gt(diag->count, 0, "%s", mistakes[i].text);
        cr_expect_str_eq(diag->notes[0].msg, mistakes[i].msg);
        const char *hint = diag->notes[0].hint;
        if (mistakes[i].hint) {
            cr_expect_str_eq(hint ? hint : "no hint", mistakes[i].hint);
        }
    }
}

Test(scenario_compile, all_independent_mistakes_are_noted_at_once)
{
    cr_expect_null(
        plan_make("preamble:\n"
                  "  - wiat: 1s\n"
                  "steps:\n"
                  "  - wait: x\n"
                  "  - {request: CON GTE /a, reply: {cod: 2.05}, req: none}\n"
                  "postamble:\n"
                  "  - dtls.close: loud\n"));
    static const uint32_t lines[] = {2, 4, 5, 5, 7};
    cr_assert_eq(diag->count, ES_COUNT(lines));
    for (size_t i = 0; i < ES_COUNT(lines); i++) {
        cr_expect_eq(diag->notes[i].loc.line, lines[i], "%s", diag->notes[i].msg);
    }
}

Test(scenario_compile, steps_come_in_order_with_their_phase)
{
    const struct es_plan *plan = plan_make_good("postamble: [{wait: 3s}]\n"
                                                "steps: [{wait: 2s}]\n"
                                                "preamble: [{wait: 1s}]\n");
    cr_assert_eq(plan->steps.n, 3);
    static const enum es_phase phases[] = {ES_PHASE_PREAMBLE, ES_PHASE_STEPS,
                                           ES_PHASE_POSTAMBLE};
    for (size_t i = 0; i < 3; i++) {
        cr_expect_eq(plan->steps.at[i].phase, phases[i]);
    }
}

Test(scenario_compile, preamble_and_controls_need_no_rule)
{
    const struct es_plan *plan =
        plan_make_good("preamble: [{" REQUEST "}]\n"
                       "steps: [{" REQUEST ", control: before},\n"
                       "        {" REQUEST ", control: after, req: '" RULE "'}]\n");
    cr_expect_null(plan->steps.at[0].rule.requirement);
    cr_expect_not(plan->steps.at[0].rule.none);
    cr_expect_eq(plan->steps.at[1].control, ES_CONTROL_BEFORE);
    cr_expect_eq(plan->steps.at[2].control, ES_CONTROL_AFTER);
    cr_assert_eq(plan->requirements.n, 1);
    cr_expect_str_eq(plan->requirements.at[0]->id, RULE);
}

Test(scenario_compile, rules_go_to_the_fields_that_req_names)
{
    const struct es_plan *plan = plan_make_good(
        "steps:\n"
        "  - " REQUEST "\n"
        "    reply: {code: 2.05, block2: {num: 0, size: 64}}\n"
        "    req: {default: '" RULE "', missing: none, block2: '" OTHER "'}\n");
    const struct es_step *s = &plan->steps.at[0];
    cr_expect_str_eq(s->rule.requirement->id, RULE);
    cr_expect(s->missing.none);
    cr_assert_eq(plan->requirements.n, 2);
    cr_expect_str_eq(plan->requirements.at[0]->id, OTHER, "sorted");
    cr_expect_str_eq(plan->requirements.at[1]->id, RULE);
}

Test(scenario_compile, without_missing_the_default_counts)
{
    const struct es_plan *plan =
        plan_make_good("steps: [{" REQUEST ", req: '" RULE "'}]\n");
    cr_expect_str_eq(plan->steps.at[0].missing.requirement->id, RULE);
}

Test(scenario_compile, a_call_becomes_its_steps)
{
    const struct es_plan *plan =
        make_good("steps: [{id: first, call: open, req: '" RULE "'}, {wait: 1s}]\n");
    cr_assert_eq(plan->steps.n, 4);
    const struct es_step *s = &plan->steps.at[0];
    cr_expect_str_eq(s->name, "first/inner");
    cr_expect_str_eq(s->rule.requirement->id, RULE, "the rule of the call");
    cr_expect_str_eq(s->calls, "called from memory.yaml:1:27");
    cr_expect_null(plan->steps.at[3].calls);
    cr_assert_eq(plan->needs.n, 1);
    cr_expect_str_eq(plan->needs.at[0]->id, OTHER);
}

Test(scenario_compile, calls_nest_with_arguments_of_their_own)
{
    const struct es_plan *plan = make_good("preamble:\n"
                                           "  - {id: all, call: twice}\n"
                                           "  - {call: pass-on}\n"
                                           "  - wait: 1s\n"
                                           "  - set: {copy: $published}\n");
    cr_assert_eq(plan->steps.n, 11);
    cr_expect_str_eq(plan->steps.at[0].name, "all/open/inner");
    cr_expect_str_eq(plan->steps.at[6].name, "pass-on/open/inner");
    cr_expect_eq(plan->needs.n, 1, "one need, however often");
}

Test(scenario_compile, procedures_in_a_circle_are_refused)
{
    cr_expect_null(plan_of(with_library("preamble: [{call: circle}]\n"), NULL));
    cr_assert_gt(diag->count, 0);
    cr_expect(
        strncmp(diag->notes[0].msg, "procedures call each other in a circle", 38) == 0);
}

Test(scenario_compile, a_call_may_be_a_control)
{
    const struct es_plan *plan = make_good("steps: [{call: twice, control: before}]\n");
    for (size_t i = 0; i < plan->steps.n; i++) {
        cr_expect_eq(plan->steps.at[i].control, ES_CONTROL_BEFORE);
    }
    cr_expect_eq(plan->requirements.n, 0);
}

Test(scenario_compile, malformed_traffic_needs_controls_around_it)
{
    static const char *const texts[] = {
        "tags: [malformed]\nsteps: [{wait: 1s}]\n",
        "tags: [malformed]\nsteps: [{wait: 1s, control: before}]\n",
        "tags: [malformed]\nsteps: [{wait: 1s, control: before}, {" REQUEST
        ", control: after, req: none}]\n"};
    for (size_t i = 0; i < ES_COUNT(texts); i++) {
        es_diag_reset(diag);
        struct es_scenario *s = plan_scenario(texts[i]);
        ES_PUSH(arena, &s->tags, (const char *)"malformed");
        cr_expect_eq(plan_of(s, NULL) != NULL, i == 2, "%s", texts[i]);
    }
}

Test(scenario_compile, statics_stand_for_what_is_written)
{
    const struct es_plan *plan = plan_make_good(
        "matrix: {size: [64]}\n"
        "cases: [{case: one, want: 2.05, head: CON GET /a, req: '" RULE "'}]\n"
        "steps:\n"
        "  - request: $case.head\n"
        "    block2: $size\n"
        "    within: $pixit.op_timeout\n"
        "    reply: {code: $case.want, block2: {size: ..$size}}\n"
        "    req: $case.req\n");
    cr_expect_str_eq(plan->steps.at[0].rule.requirement->id, RULE);
    cr_expect_eq(plan->steps.at[0].within.form, ES_OPERAND_CONSTANT);
    cr_expect_eq(plan->op_timeout, 30 * ES_USEC_PER_S, "the default of the dictionary");
}

Test(scenario_compile, values_of_the_driver_win_over_defaults)
{
    struct es_driver_spec driver = {0};
    struct es_setting setting = {"op_timeout",
                                 (struct es_node *)(uintptr_t)plan_yaml("7s")};
    ES_PUSH(arena, &driver.pixit, setting);
    const struct es_plan *plan =
        plan_of(plan_scenario("steps: [{wait: $pixit.op_timeout}]\n"), &driver);
    cr_assert_not_null(plan, "%s", plan_first_note());
    cr_expect_eq(plan->op_timeout, 7 * ES_USEC_PER_S);
}

Test(scenario_compile, what_neither_driver_nor_dictionary_says_is_an_error)
{
    static const char text[] = "steps: [{set: {x: $pixit.label}}]\n";
    struct es_driver_spec driver = {0};
    cr_expect_not_null(plan_make(text), "check has a stand-in");
    cr_expect_null(plan_of(plan_scenario(text), &driver));
    cr_expect_str_eq(plan_first_note(), "the driver does not declare 'pixit.label'");
}

Test(scenario_compile, a_name_keeps_its_slot_when_it_is_defined_again)
{
    const struct es_plan *once = plan_make_good("steps: [{set: {x: 1}}]\n");
    const struct es_plan *again =
        plan_make_good("steps: [{set: {x: 1}}, {set: {x: $(x + 1)}}]\n");
    cr_expect_eq(once->slots_n, again->slots_n);
}

Test(scenario_compile, identities_of_sessions_are_collected)
{
    const struct es_plan *plan =
        plan_make_good("preamble: [{dtls.connect: idevid}, {dtls.connect: none}]\n");
    cr_assert_eq(plan->identities.n, 2);
    cr_expect_str_eq(plan->identities.at[0], "idevid");
    cr_expect_str_eq(plan->identities.at[1], "none");
}

Test(scenario_compile, trees_are_built_with_mutations)
{
    static const struct {
        const char *tree, *wanted;
    } trees[] = {
        {"{hex: '01 02'}", "h'0102'"},
        {"{hex: '01 02', repeat: 2}", "h'01020102'"},
        {"{hex: '010203', mutate: [truncate 1]}", "h'01'"},
        {"{hex: '010203', mutate: [truncate -1]}", "h'0102'"},
        {"{hex: '01', mutate: [append h'ff', append h'00']}", "h'01ff00'"},
        {"{hex: '0102', mutate: [insert h'ff' at 1]}", "h'01ff02'"},
        {"{hex: '0102', mutate: [set 0 = 9]}", "h'0902'"},
        {"{hex: '0102', mutate: [set -1 = 0xff]}", "h'01ff'"},
        {"{hex: '01', mutate: ['flip 0:7']}", "h'81'"},
        {"{hex: '3003020100', mutate: [len 0 +2]}", "h'3005020100'"},
        {"{hex: '3082000100', mutate: [len 0 +255]}", "h'3082010000'"},
        {"{text: ab}", "h'6162'"},
        {"{eq: h'0a', repeat: 3}", "h'0a0a0a'"},
    };
    for (size_t i = 0; i < ES_COUNT(trees); i++) {
        struct es_compile c = plan_compiler();
        struct es_scope scope = {0};
        struct es_operand o;
        struct es_value v;
        const char *why = "";
        cr_assert(es_operand_compile(&c, plan_yaml(trees[i].tree), ES_KIND_BYTES, &o),
                  "%s: %s", trees[i].tree, plan_first_note());
        cr_assert(es_operand_eval(&o, &scope, arena, &v, &why), "%s", why);
        cr_expect_str_eq(es_value_render(&v, arena), trees[i].wanted, "%s: %s",
                         trees[i].tree, es_value_render(&v, arena));
    }
}

Test(scenario_compile, mistakes_in_trees_are_named)
{
    static const struct {
        const char *tree, *msg;
    } trees[] = {
        {"{hxe: '01'}", "'hxe' is not a payload tree"},
        {"{hex: '01', text: a}", "a payload tree has one kind: 'hex' or 'text'"},
        {"{repeat: 2}", "this payload tree says no kind, such as hex or csr"},
        {"{hex: '01', mutate: truncate 1}", "'mutate' is a list of mutations"},
        {"{hex: '01', mutate: [shorten 1]}", "this is not a mutation"},
        {"{hex: '01', mutate: ['flip 0:8']}", "this is not a mutation"},
        {"{hex: '01', mutate: [insert h'00' in 1]}", "this is not a mutation"},
        {"{link-format: {}}", "'link-format' can be matched, not built"},
    };
    for (size_t i = 0; i < ES_COUNT(trees); i++) {
        struct es_compile c = plan_compiler();
        struct es_operand o;
        es_diag_reset(diag);
        const struct es_node *n = plan_yaml(trees[i].tree);
        cr_expect_not(es_operand_compile(&c, n, ES_KIND_BYTES, &o), "%s",
                      trees[i].tree);
        cr_assert_gt(diag->count, 0, "%s", trees[i].tree);
        cr_expect_str_eq(diag->notes[0].msg, trees[i].msg);
    }
}
