/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/plan_builder.h"

/* What `check` says about mistakes in single verbs, and what plans look like. */
TestSuite(ops_verb, .init = plan_set_up, .fini = plan_tear_down);

#define STEP(text) "steps:\n  - {" text "}\n"
#define EXPECT(text) STEP("expect: " text ", req: none")

static const struct {
    const char *text, *msg, *hint;
} mistakes[] = {
    {STEP("send: CON GTE /a"), "'GTE' is not a method", "did you mean 'GET'?"},
    {STEP("send: CON GET"), "the path is missing",
     "expected a head such as CON GET /.well-known/est/crts"},
    {STEP("send: ACK 2.05 /a"), "a response has no path", NULL},
    {STEP("send: CON GET /a, block2: 64"), "'64' is not a block option",
     "expected NUM/M/SIZE such as 0/1/64, the size in bytes, or szx7"},
    {STEP("send: CON GET /a, block2: 0/1/65"), "'65' is not a block size",
     "expected 16, 32, 64, 128, 256, 512, 1024 or szx7"},
    {STEP("send: CON GET /a, block2: {num: 0, m: 1}"), "a map is not a block option",
     NULL},
    {STEP("send: CON GET /a, block2: 0/x/64"), "'x' is not valid here",
     "expected a number"},
    {STEP("send: CON GET /a, body: h'', payload: h''"),
     "a message has a 'payload' of its own, or a slice of 'body'", NULL},
    {STEP("send: CON GET /a, mid: 65536"), "'65536' is not 0 to 65535", NULL},
    {STEP("send: CON GET /a, version: 4"), "'4' is not 0 to 3", NULL},
    {STEP("send: CON GET /a, token-length: 16"), "'16' is not 0 to 15", NULL},
    {STEP("send: CON GET /a, within: 1s"), "'send' has no 'within'", NULL},
    {STEP("send: CON GET /a, accpet: 1"), "unknown key 'accpet' in a send",
     "did you mean 'accept'?"},
    {EXPECT("2.5"), "'2.5' is not valid here", "expected a code such as 2.05"},
    {EXPECT("KON 2.05"), "'KON 2.05' is not a message", NULL},
    {EXPECT("CON RST"), "'CON RST' is not a message", NULL},
    {EXPECT("RST or sielnce"), "'sielnce' is not a message", NULL},
    {EXPECT("CON|RST 2.05"), "'CON|RST 2.05' is not a message", NULL},
    {EXPECT("GET /a"), "a server sends no requests: 'GET /a'",
     "expected the head of a response"},
    {EXPECT("2.05, block1: 0/1"), "'0/1' is not a block option", "expected num/m/size"},
    {EXPECT("2.05, block1: 0/1/64/1"), "'0/1/64/1' is not a block option", NULL},
    {EXPECT("2.05, code: 2.05"), "unknown key 'code' in a expect", NULL},
    {EXPECT("2.05, to: nobody"), "'to' names an earlier send by its id", NULL},
    {STEP("expect: 2.05"), "'expect' judges the IUT but names no requirement",
     "add req: <id>, or req: none for a mere precondition"},
    {STEP("expect-none: any, req: none"), "'expect-none' needs 'within'",
     "for how long nothing may come, such as within: 1s"},
    {STEP("expect-none: silence, within: 1s, req: none"),
     "'expect-none' names messages, not silence", NULL},
    {STEP("expect-none: any, within: 1s, not-before: 1s, req: none"),
     "'expect-none' has no 'not-before'", NULL},
    {STEP("dtls.close: softly"), "'softly' is not a way to close",
     "expected notify, silent or half"},
    {STEP("dtls.connect: idevid, offer: {groups: [secp999r1]}, req: none"),
     "there is no 'secp999r1' here", NULL},
    {STEP("dtls.connect: idevid, offer: {curves: [secp384r1]}, req: none"),
     "'offer' is a map of suites, groups and point-formats", NULL},
    {STEP("net.join: {from: harness, carrying: GET}"), "CoAP messages cannot be joined",
     "name records, such as ApplicationData"},
    {STEP("coap.bytes: 12"), "'12' is not valid here",
     "expected bytes such as h'0102'"},
    {STEP("record.send: {type: alert, epoch: 1, protect: yes, fragment: h''}"),
     "this version sends records in plaintext only",
     "protect: no; bytes inside the session go by coap.bytes"},
    {STEP("record.send: {type: alret, epoch: 1, protect: no, fragment: h''}"),
     "'alret' is not a content type", "did you mean 'alert'?"},
    {STEP("record.send: {type: alert, protect: no, fragment: h''}"),
     "'record.send' needs 'epoch'", NULL},
    {STEP("iut.set: separate"), "'iut.set' takes a map of items and values",
     "for example {answer: separate}"},
    {STEP("loop: 2"), "'loop' needs 'steps'", NULL},
    {STEP("loop: 1001, steps: [{wait: 1s}]"), "a loop runs 0 to 1000 times, not 1001",
     NULL},
    {STEP("loop: x, steps: [{wait: 1s}]"), "'x' is not valid here",
     "expected a number"},
    {STEP("loop: $(1 / 0), steps: [{wait: 1s}]"), "1 / 0 cannot be reckoned", NULL},
    {STEP("loop: 2, within: 1s, steps: [{wait: 1s}]"), "unknown key 'within' in a loop",
     NULL},
    {STEP("loop: 0, steps: [{wiat: 1s}]"), "this step has no verb",
     "did you mean 'wait' instead of 'wiat'?"},
    {STEP("alt: []"), "'alt' takes a list of 2 to 16 branches", NULL},
    {STEP("alt: [{steps: [{wait: 1s}]}, {steps: [{wait: 1s}]}]"),
     "this is not a branch of 'alt'",
     "expected steps: a list that begins with an expect"},
    {STEP("check: 1 == 1, within: 1s, req: none"), "'check' has no 'within'", NULL},
    {STEP("dtls.close: loudly"), "'loudly' is not a way to close", NULL},
    {STEP("coap.open: tls"), "CoAP without DTLS is opened as 'plain'", NULL},
    {STEP("request: CON GET /a, block2: 0/1/64, req: none"),
     "'0/1/64' is not valid here", NULL},
};

Test(ops_verb, mistakes_are_named)
{
    for (size_t i = 0; i < ES_COUNT(mistakes); i++) {
        plan_expect_note(mistakes[i].text, mistakes[i].msg, mistakes[i].hint);
    }
}

Test(ops_verb, a_dynamic_count_is_refused)
{
    plan_expect_note("steps:\n"
                     "  - set: {n: 2}\n"
                     "  - loop: $n\n"
                     "    steps: [{wait: 1s}]\n",
                     "the count of a loop must be known before the run",
                     "a number, a matrix or PIXIT value, or an expression of these");
}

static const struct {
    const char *count;
    size_t steps;
} counts[] = {{"0", 0},
              {"1", 1},
              {"3", 3},
              {"$size", 64},
              {"$(size - 62)", 2},
              {"$(pixit.patience + 1)", 2}};

Test(ops_verb, a_loop_is_unrolled)
{
    for (size_t i = 0; i < ES_COUNT(counts); i++) {
        const struct es_plan *plan =
            plan_make_good(es_arena_printf(arena,
                                           "matrix: {size: [64]}\n"
                                           "steps:\n"
                                           "  - loop: %s\n"
                                           "    steps: [{wait: 1s}]\n",
                                           counts[i].count));
        cr_expect_eq(plan->steps.n, counts[i].steps, "%s: %zu", counts[i].count,
                     plan->steps.n);
    }
}

Test(ops_verb, loops_nest_and_take_their_control)
{
    const struct es_plan *plan = plan_make_good("steps:\n"
                                                "  - loop: 2\n"
                                                "    control: before\n"
                                                "    steps:\n"
                                                "      - loop: 3\n"
                                                "        steps: [{wait: 1s}]\n"
                                                "      - wait: 2s\n"
                                                "  - wait: 3s\n");
    cr_assert_eq(plan->steps.n, 9);
    cr_expect_eq(plan->steps.at[7].control, ES_CONTROL_BEFORE);
    cr_expect_eq(plan->steps.at[8].control, ES_CONTROL_NONE);
}

Test(ops_verb, steps_that_never_run_judge_nothing)
{
    const struct es_plan *plan = plan_make_good(
        "steps:\n"
        "  - loop: 0\n"
        "    steps: [{expect: 2.05, req: 'RFC9148:4.5:get-answers-2.05'}]\n");
    cr_expect_eq(plan->requirements.n, 0);
}

Test(ops_verb, a_branch_is_guarded)
{
    const struct es_plan *plan =
        plan_make_good("steps:\n"
                       "  - alt:\n"
                       "      - steps: [{expect: 2.04, req: none}, {wait: 1s}]\n"
                       "      - steps:\n"
                       "          - {expect: 5.03, req: none}\n"
                       "          - loop: 2\n"
                       "            steps: [{wait: 2s}]\n"
                       "  - wait: 3s\n");
    cr_assert_eq(plan->steps.n, 5);
    cr_expect_not(plan->steps.at[0].guard.is_set);
    cr_expect_eq(plan->steps.at[1].guard.value, 0);
    cr_expect_eq(plan->steps.at[3].guard.value, 1);
    cr_expect(plan->steps.at[3].guard.is_set);
    cr_expect_eq(plan->steps.at[1].guard.slot, plan->steps.at[3].guard.slot);
    cr_expect_not(plan->steps.at[4].guard.is_set);
}

Test(ops_verb, items_of_iut_set_are_listed_once)
{
    const struct es_plan *plan =
        plan_make_good("steps:\n"
                       "  - iut.set: {answer: now, max-age: 2s}\n"
                       "  - iut.set: {answer: pending}\n");
    cr_assert_eq(plan->set_items.n, 2);
    cr_expect_str_eq(plan->set_items.at[0], "answer");
    cr_expect_str_eq(plan->set_items.at[1], "max-age");
}
