/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/stage_play.h"

TestSuite(ops_send, .init = plan_set_up, .fini = plan_tear_down);

static struct es_slice wire[8];
static size_t wire_n;

/* Plays the steps and collects what went out. */
static const struct es_findings *play_and_listen(const char *text)
{
    const struct es_plan *plan = plan_make_good(text);
    struct es_datagram d;
    wire_n = 0;
    play_start(plan);
    for (size_t i = 0; i < plan->steps.n; i++) {
        const struct es_step *step = &plan->steps.at[i];
        es_stage_begin(play_stage, step);
        step->verb->start(play_stage, step, NULL);
    }
    while (wire_n < ES_COUNT(wire) &&
           es_filter_recv(play_far, &d, play_now) == ES_IO_OK) {
        wire[wire_n++] = es_arena_dup(arena, d.bytes);
    }
    return es_stage_findings(play_stage);
}

/* Byte for byte; a token and MID are given in each, so nothing is left to chance. */
static const struct {
    const char *step, *hex;
} exact[] = {
    {"send: CON GET /a/b, mid: 258, token: h'0a0b'", "42 01 0102 0a0b b1 61 01 62"},
    {"send: NON POST /a?x=1&y, mid: 1, token: h''",
     "50 02 0001 b1 61 43 78 3d 31 01 79"},
    {"send: CON empty, mid: 7", "40 00 0007"},
    {"send: RST, mid: 8", "70 00 0008"},
    {"send: ACK empty, mid: 9", "60 00 0009"},
    {"send: ACK 2.05, mid: 10, token: h'01', payload: h'aa'", "61 45 000a 01 ff aa"},
    {"send: CON 0.07 /a, mid: 1, token: h''", "40 07 0001 b1 61"},
    {"send: CON GET /a, mid: 1, token: h'', accept: 281", "40 01 0001 b1 61 62 0119"},
    {"send: CON GET /a, mid: 1, token: h'', accept: [281, 62]",
     "40 01 0001 b1 61 62 0119 01 3e"},
    {"send: CON GET /a, mid: 1, token: h'', accept: h'000000'",
     "40 01 0001 b1 61 63 000000"},
    {"send: CON GET /a, mid: 1, token: h'', option-2049: h'0102'",
     "40 01 0001 b1 61 e2 06e9 0102"},
    {"send: CON GET /a, mid: 1, token: h'', block2: 3/0/64", "40 01 0001 b1 61 c1 32"},
    {"send: CON GET /a, mid: 1, token: h'', block2: 0/1/szx7",
     "40 01 0001 b1 61 c1 0f"},
    {"send: CON GET /a, mid: 1, token: h'', block2: {num: 1, m: 0, size: 16}",
     "40 01 0001 b1 61 c1 10"},
    {"send: CON GET /a, mid: 1, token: h'', block2: [0/0/16, h'01020304']",
     "40 01 0001 b1 61 c0 04 01020304"},
    {"send: CON PUT /a, mid: 1, token: h'', block1: 1/0/16, body: {hex: '00', repeat: 18}",
     "40 03 0001 b1 61 d1 03 10 ff 0000"},
    {"send: CON PUT /a, mid: 1, token: h'', block1: 2/0/16, body: {hex: '00', repeat: 18}",
     "40 03 0001 b1 61 d1 03 20"},
    {"send: CON GET /a, mid: 1, token: h'', version: 0", "00 01 0001 b1 61"},
    {"send: CON GET /a, mid: 1, token: h'', version: 3", "c0 01 0001 b1 61"},
    {"send: CON GET /a, mid: 1, token: h'0102', token-length: 15",
     "4f 01 0001 0102 b1 61"},
    {"send: CON GET /a, mid: 1, token: h'010203040506070809'",
     "49 01 0001 010203040506070809 b1 61"},
    {"send: CON GET /a, mid: 1, token: h'', marker-without-payload: yes",
     "40 01 0001 b1 61 ff"},
    {"send: CON GET /a, mid: 1, token: h'', unsorted: yes, uri-port: 1",
     "40 01 0001 b1 61 e1 feef 01"},
    {"coap.bytes: h'40 00 12'", "40 00 12"},
    {"coap.bytes: {hex: 'ff', repeat: 3}", "ff ff ff"},
    {"datagram.send: h'fe'", "fe"},
    {"record.send: {type: alert, epoch: 1, seq: 5, protect: no, fragment: h'0228'}",
     "15 fefd 0001 000000000005 0002 0228"},
    {"record.send: {type: 99, version: 0x0303, epoch: 0, protect: no, length: 9, "
     "fragment: h'01'}",
     "63 0303 0000 000000100000 0009 01"},
};

Test(ops_send, the_message_is_on_the_wire_as_written)
{
    for (size_t i = 0; i < ES_COUNT(exact); i++) {
        struct es_slice wanted;
        size_t where;
        cr_assert(es_text_hex(es_slice_of(exact[i].hex), arena, &wanted, &where));
        const char *text = es_arena_printf(arena, "steps:\n  - {%s}", exact[i].step);
        play_expect_clean(play_and_listen(text));
        cr_assert_eq(wire_n, 1, "%s", exact[i].step);
        struct es_value got = es_value_bytes(wire[0]);
        cr_expect(es_slice_eq(wire[0], wanted), "%s: %s", exact[i].step,
                  es_value_render(&got, arena));
    }
}

Test(ops_send, mid_and_token_are_fresh_unless_given)
{
    play_expect_clean(
        play_and_listen("steps:\n"
                        "  - {id: a, send: CON GET /a}\n"
                        "  - {id: b, send: CON GET /a}\n"
                        "  - {check: $a.mid != $b.mid, req: none}\n"
                        "  - {check: $a.token != $b.token, req: none}\n"
                        "  - {check: $(len(a.token)) == 4, req: none}\n"));
    cr_expect_eq(wire_n, 2);
}

Test(ops_send, the_variable_holds_the_message)
{
    play_expect_clean(
        play_and_listen("steps:\n"
                        "  - {id: a, send: NON POST /a, mid: 5, content-format: 286,\n"
                        "     block1: 0/1/16, body: {hex: '01', repeat: 20}}\n"
                        "  - {check: $a.mid == 5, req: none}\n"
                        "  - {check: $a.content-format == 286, req: none}\n"
                        "  - {check: $a.block1.size == 16, req: none}\n"
                        "  - {check: $(len(a.payload)) == 16, req: none}\n"));
}

static const struct {
    const char *step, *text;
} late[] = {
    {"send: CON GET /a, mid: $big", "70000 is not 0 to 65535"},
    {"send: CON GET /a, block2: 0/0/$big", "70000 is out of range in a block option"},
    {"send: CON GET /a, block2: 0/$big/16", "70000 is out of range in a block option"},
    {"send: CON GET /a, token: $long", "a token of 16 bytes, at most 15 go"},
    {"record.send: {type: 20, epoch: $big, protect: no, fragment: h''}",
     "70000 does not fit into a record header"},
};

Test(ops_send, what_only_the_run_knows_is_checked_there)
{
    for (size_t i = 0; i < ES_COUNT(late); i++) {
        const char *text =
            es_arena_printf(arena,
                            "steps:\n"
                            "  - set: {big: 70000, long: {hex: '00', repeat: 16}}\n"
                            "  - {%s}",
                            late[i].step);
        const struct es_findings *f = play_and_listen(text);
        cr_assert_eq(f->n, 1, "%s", late[i].step);
        cr_expect_str_eq(f->at[0].text, late[i].text);
        cr_expect_eq(f->at[0].verdict, ES_VERDICT_ERROR);
    }
}

Test(ops_send, a_closed_session_takes_nothing)
{
    const struct es_findings *f =
        play_and_listen("steps:\n  - dtls.close: notify\n  - send: CON GET /a\n");
    cr_assert_eq(f->n, 1);
    cr_expect_eq(f->at[0].verdict, ES_VERDICT_INCONCLUSIVE);
    cr_expect_str_eq(f->at[0].text, "there is no open session to the peer");
}
