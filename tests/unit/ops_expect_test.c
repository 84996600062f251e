/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/stage_play.h"

TestSuite(ops_expect, .init = plan_set_up, .fini = plan_tear_down);

#define GET "steps:\n  - {id: probe, send: CON GET /a}\n"
#define TWO GET "  - {id: second, send: CON GET /b}\n"

static void reply(const struct es_coap_message *m, enum es_coap_type type, uint8_t code,
                  es_usec later)
{
    struct es_coap_message a = play_answer(m, type, code);
    play_say(&a, later);
}

static void silent(unsigned nth, const struct es_coap_message *m)
{
    (void)nth, (void)m;
}

static void piggybacks(unsigned nth, const struct es_coap_message *m)
{
    (void)nth;
    if (m->code) {
        reply(m, ES_COAP_ACK, ES_COAP_CODE(2, 5), 1000);
    }
}

static void resets(unsigned nth, const struct es_coap_message *m)
{
    (void)nth;
    reply(m, ES_COAP_RST, ES_COAP_EMPTY, 1000);
}

static void separates(unsigned nth, const struct es_coap_message *m)
{
    (void)nth;
    if (m->code) {
        reply(m, ES_COAP_ACK, ES_COAP_EMPTY, 1000);
        reply(m, ES_COAP_CON, ES_COAP_CODE(2, 4), 500000);
    }
}

static void wrong_token(unsigned nth, const struct es_coap_message *m)
{
    struct es_coap_message a = play_answer(m, ES_COAP_ACK, ES_COAP_CODE(2, 5));
    (void)nth;
    a.token = ES_SLICE_LIT("bad");
    play_say(&a, 1000);
}

static void wrong_mid(unsigned nth, const struct es_coap_message *m)
{
    struct es_coap_message a = play_answer(m, ES_COAP_ACK, ES_COAP_CODE(2, 5));
    (void)nth;
    a.mid++;
    play_say(&a, 1000);
}

/* The second request is answered at once, the first one later. */
static void out_of_order(unsigned nth, const struct es_coap_message *m)
{
    if (nth <= 2) {
        reply(m, ES_COAP_ACK, ES_COAP_CODE(2, nth == 1 ? 5 : 4),
              nth == 1 ? 9000 : 1000);
    }
}

/* Every answer twice, with a ping between. */
static void chatters(unsigned nth, const struct es_coap_message *m)
{
    struct es_coap_message a = play_answer(m, ES_COAP_ACK, ES_COAP_CODE(2, 5));
    struct es_coap_message ping = {.type = ES_COAP_CON, .mid = (uint16_t)(0x100 + nth)};
    if (m->code) {
        play_say(&ping, 500);
        play_say(&a, 1000);
        play_say(&a, 2000);
    }
}

/* A CON answer that comes again after two seconds. */
static void repeats(unsigned nth, const struct es_coap_message *m)
{
    struct es_coap_message a = play_answer(m, ES_COAP_CON, ES_COAP_CODE(2, 5));
    if (nth == 1) {
        play_say(&a, 1000);
        play_say(&a, 2000000);
    }
}

static void blocks(unsigned nth, const struct es_coap_message *m)
{
    struct es_coap_message a = play_answer(m, ES_COAP_ACK, ES_COAP_CODE(2, 31));
    struct es_coap_block b = {.num = 0, .m = true, .szx = 2};
    (void)nth;
    es_coap_option_add(&a, ES_COAP_OPT_BLOCK1, es_coap_block_encode(arena, b));
    play_say(&a, 1000);
}

struct good {
    const char *name, *steps;
    play_peer_fn peer;
};

static const struct good good[] = {
    {"code", GET "  - {expect: 2.05, req: none}", piggybacks},
    {"type and code", GET "  - {expect: ACK 2.05, req: none}", piggybacks},
    {"one of two codes", GET "  - {expect: ACK 2.04|2.05, req: none}", piggybacks},
    {"code class", GET "  - {expect: ACK 2.xx, req: none}", piggybacks},
    {"one of two heads", GET "  - {expect: RST or ACK 2.05, req: none}", piggybacks},
    {"reset", GET "  - {expect: RST, req: none}", resets},
    {"anything", GET "  - {expect: any, req: none}", resets},
    {"silence", GET "  - {expect: RST or silence, within: 1s, req: none}", silent},
    {"token given", GET "  - {expect: 2.05, token: $probe.token, req: none}",
     piggybacks},
    {"token given otherwise", GET "  - {expect: 2.05, token: h'626164', req: none}",
     wrong_token},
    {"mid given otherwise", GET "  - {expect: 2.05, mid: $(probe.mid + 1), req: none}",
     wrong_mid},
    {"empty ACK passed over", GET "  - {expect: CON 2.04, separate: yes, req: none}",
     separates},
    {"empty ACK wanted",
     GET "  - {expect: ACK empty, req: none}\n"
         "  - {expect: CON 2.04, separate: yes, req: none}",
     separates},
    {"copies and pings passed over",
     GET "  - {expect: 2.05, req: none}\n"
         "  - {expect-none: any, within: 1s, req: none}",
     chatters},
    {"copy wanted",
     GET
     "  - {id: a, expect: CON 2.05, acknowledge: off, req: none}\n"
     "  - {expect: CON 2.05, repeated: yes, mid: $a.mid, not-before: 1s, req: none}",
     repeats},
    {"answers out of order",
     TWO "  - {expect: 2.04, req: none}\n"
         "  - {expect: 2.05, to: probe, req: none}",
     out_of_order},
    {"first answer first",
     TWO "  - {expect: 2.05, to: probe, req: none}\n"
         "  - {expect: 2.04, to: second, req: none}",
     out_of_order},
    {"what a wait saw is there afterwards",
     GET "  - wait: 1s\n  - {expect: 2.05, within: 1ms, req: none}", piggybacks},
    {"repeated message is answered again",
     "steps:\n  - {id: a, send: CON GET /a}\n"
     "  - {expect: ACK 2.05, req: none}\n"
     "  - {send: CON GET /a, mid: $a.mid, token: $a.token}\n"
     "  - {expect: ACK 2.05, req: none}",
     piggybacks},
    {"block triple", GET "  - {expect: 2.31, block1: 0/1/..64, req: none}", blocks},
    {"block map", GET "  - {expect: 2.31, block1: {num: 0, size: 64}, req: none}",
     blocks},
    {"block of two", GET "  - {expect: 2.31, block1: 0/1/32|0/1/64, req: none}",
     blocks},
    {"not that block", GET "  - {expect: 2.31, block1: not 0/1/32, req: none}", blocks},
    {"fields do not concern silence",
     GET "  - {expect: 2.05 or silence, within: 1s, content-format: 281, req: none}",
     silent},
    {"nothing named came",
     GET "  - {expect-none: RST, within: 1s, req: none}\n"
         "  - {expect: 2.05, req: none}",
     piggybacks},
    {"retransmission on request",
     "steps:\n  - {send: CON GET /a, retransmit: on}\n"
     "  - {expect-none: any, within: 4s, req: none}",
     silent},
};

Test(ops_expect, what_fits_gives_no_finding)
{
    for (size_t i = 0; i < ES_COUNT(good); i++) {
        const struct es_findings *f = play(plan_make_good(good[i].steps), good[i].peer);
        cr_expect_eq(f->n, 0, "%s: text %s, wanted %s, got %s", good[i].name,
                     f->n ? f->at[0].text : "", f->n ? f->at[0].wanted : "",
                     f->n ? f->at[0].got : "");
    }
}

static const struct bad {
    const char *name, *steps;
    play_peer_fn peer;
    const char *field, *wanted, *got, *text;
} bad[] = {
    {"code", GET "  - {expect: ACK 2.04, req: none}", piggybacks, "expect", "ACK 2.04",
     "ACK 2.05", NULL},
    {"type", GET "  - {expect: CON|NON 2.05, req: none}", piggybacks, "expect",
     "CON|NON 2.05", "ACK 2.05", NULL},
    {"none of two", GET "  - {expect: RST or 4.xx, req: none}", piggybacks, "expect",
     "RST or 4.xx", "ACK 2.05", NULL},
    {"reset instead", GET "  - {expect: 2.05 or silence, req: none}", resets, "expect",
     "2.05 or silence", "RST", NULL},
    {"missing", GET "  - {expect: 2.05, within: 2s, req: none}", silent, NULL, NULL,
     NULL, "no message within 2s"},
    {"token", GET "  - {expect: 2.05, req: none}", wrong_token, NULL, NULL, NULL,
     "the response carries the token h'626164', the request h'"},
    {"mid", GET "  - {expect: 2.05, req: none}", wrong_mid, NULL, NULL, NULL,
     "the ACK carries message ID "},
    {"field", GET "  - {expect: 2.05, content-format: 281, req: none}", piggybacks,
     "content-format", "281", "absent", NULL},
    {"block part", GET "  - {expect: 2.31, block1: 0/1/..32, req: none}", blocks,
     "block1.size", "..32", "64", NULL},
    {"block of two", GET "  - {expect: 2.31, block1: 0/1/16|0/1/32, req: none}", blocks,
     "block1", "0/1/16|0/1/32", "0/1/64", NULL},
    {"negated block", GET "  - {expect: 2.31, block1: not 0/1/64, req: none}", blocks,
     "block1", "not 0/1/64", "0/1/64", NULL},
    {"strict: empty ACK", GET "  - {expect: CON 2.04, req: none}", separates, "expect",
     "CON 2.04", "ACK empty", NULL},
    {"strict: ping", GET "  - {expect: ACK 2.05, req: none}", chatters, "expect",
     "ACK 2.05", "CON empty", NULL},
    {"too early", GET "  - {expect: 2.05, not-before: 1s, req: none}", piggybacks,
     "not-before", "not before 1s", "999ms too early", NULL},
    {"something came", GET "  - {expect-none: any, within: 1s, req: none}", piggybacks,
     "expect-none", "nothing (any)", "ACK 2.05", NULL},
    {"something named came",
     GET "  - {expect-none: RST or 2.xx, within: 1s, req: none}", piggybacks,
     "expect-none", "nothing (RST or 2.xx)", "ACK 2.05", NULL},
};

static void expect_text(const char *name, const char *got, const char *wanted)
{
    cr_expect((got == NULL) == (wanted == NULL), "%s: %s", name, got ? got : "nothing");
    if (got && wanted) {
        cr_expect(strncmp(got, wanted, strlen(wanted)) == 0, "%s: '%s' is not '%s'",
                  name, got, wanted);
    }
}

Test(ops_expect, what_does_not_fit_is_one_finding)
{
    for (size_t i = 0; i < ES_COUNT(bad); i++) {
        struct es_scenario *s = plan_scenario(bad[i].steps);
        s->strict = strncmp(bad[i].name, "strict", 6) == 0;
        const struct es_findings *f = play(plan_of(s, NULL), bad[i].peer);
        cr_assert_eq(f->n, 1, "%s: %zu findings", bad[i].name, f->n);
        expect_text(bad[i].name, f->at[0].field, bad[i].field);
        expect_text(bad[i].name, f->at[0].wanted, bad[i].wanted);
        expect_text(bad[i].name, f->at[0].got, bad[i].got);
        expect_text(bad[i].name, f->at[0].text, bad[i].text);
        cr_expect_eq(f->at[0].verdict, ES_VERDICT_INCONCLUSIVE);
    }
}

Test(ops_expect, each_part_is_judged_by_its_own_rule)
{
    const struct es_findings *f = play(
        plan_make_good(GET "  - expect: 2.31\n"
                           "    block1: 1/1/64\n"
                           "    req:\n"
                           "      default: RFC7959:2.5:non-final-block-gives-2.31\n"
                           "      block1.num: RFC7252:5.3.1:token-echoed-unchanged\n"),
        blocks);
    cr_assert_eq(f->n, 1);
    cr_expect_str_eq(f->at[0].requirement, "RFC7252:5.3.1:token-echoed-unchanged");
    cr_expect_eq(f->at[0].verdict, ES_VERDICT_FAIL);
    cr_expect_eq(es_stage_judged_rules(play_stage)->n, 2);
}

Test(ops_expect, early_by_less_than_our_own_lag_is_inconclusive)
{
    const struct es_plan *plan = plan_make_good(
        GET "  - {expect: 2.05, not-before: 2ms, req: RFC9148:4.5:get-answers-2.05}");
    const struct es_findings *f = play(plan, piggybacks);
    cr_assert_eq(f->n, 1);
    cr_expect_eq(f->at[0].verdict, ES_VERDICT_FAIL);
    play_start(plan);
    es_stage_add_lag(play_stage, 1500);
    es_stage_add_lag(play_stage, 10);
    cr_assert_eq(es_stage_lag(play_stage), 1500);
    play_step(&plan->steps.at[0], piggybacks);
    play_step(&plan->steps.at[1], piggybacks);
    f = es_stage_findings(play_stage);
    cr_assert_eq(f->n, 1);
    cr_expect_eq(f->at[0].verdict, ES_VERDICT_INCONCLUSIVE);
}

Test(ops_expect, a_con_is_acknowledged_unless_told_otherwise)
{
    play(plan_make_good(GET "  - {expect: CON 2.05, req: none}"), repeats);
    cr_expect_eq(play_near_end->sent, 2);
    play(plan_make_good(GET "  - {expect: CON 2.05, acknowledge: off, req: none}"),
         repeats);
    cr_expect_eq(play_near_end->sent, 1);
    play(plan_make_good(GET
                        "  - {id: a, expect: CON 2.05, acknowledge: off, req: none}\n"
                        "  - send: ACK empty\n"),
         repeats);
    cr_expect_eq(play_near_end->sent, 2);
}

#define ALT                                                                            \
    GET "  - set: {taken: 0}\n"                                                        \
        "  - alt:\n"                                                                   \
        "      - steps:\n"                                                             \
        "          - {expect: 2.04, within: 2s, req: none}\n"                          \
        "          - set: {taken: 1}\n"                                                \
        "      - steps:\n"                                                             \
        "          - {expect: ACK 2.05, max-age: present, req: none}\n"                \
        "          - set: {taken: 2}\n"                                                \
        "      - steps:\n"                                                             \
        "          - {expect: 2.05 or silence, within: 3s, req: none}\n"               \
        "          - set: {taken: 3}\n"                                                \
        "          - set: {taken: $(taken * 10)}\n"

static const struct {
    play_peer_fn peer;
    const char *taken;
    size_t findings;
} branches[] = {
    {separates, "$taken == 1", 0},
    {piggybacks, "$taken == 30", 0},
    {silent, "$taken == 30", 0},
    {resets, "$taken == 0", 1},
};

Test(ops_expect, alt_runs_the_branch_that_fits)
{
    for (size_t i = 0; i < ES_COUNT(branches); i++) {
        const char *text = es_arena_printf(arena, ALT "  - {check: %s, req: none}\n",
                                           branches[i].taken);
        const struct es_findings *f = play(plan_make_good(text), branches[i].peer);
        cr_expect_eq(f->n, branches[i].findings, "%s: %zu", branches[i].taken, f->n);
    }
}
