/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/capture.h"
#include "net/sim.h"

#include <criterion/criterion.h>

static struct es_arena *arena;
static struct es_diag *d;
static struct es_filter *a, *b;
static struct es_sim_end *a_end, *b_end;

static void set_up(void)
{
    arena = es_arena_new();
    d = es_diag_new();
    es_sim_pair(arena, &a, &a_end, &b, &b_end);
}

static void tear_down(void)
{
    es_arena_free(arena);
    es_diag_free(d);
}

TestSuite(net_filter, .init = set_up, .fini = tear_down);

static void send_text(struct es_filter *f, const char *text, es_usec now)
{
    struct es_datagram out = {.bytes = es_slice_of(text)};
    cr_assert_eq(es_filter_send(f, &out, now), ES_IO_OK);
}

static bool receives(struct es_filter *f, const char *text, es_usec now)
{
    struct es_datagram in;
    return es_filter_recv(f, &in, now) == ES_IO_OK && es_slice_is(in.bytes, text);
}

Test(net_filter, carries_both_directions_in_order)
{
    struct es_datagram in;
    send_text(a, "one", 0);
    send_text(a, "two", 0);
    send_text(b, "three", 0);
    cr_expect(receives(b, "one", 0));
    cr_expect(receives(b, "two", 0));
    cr_expect(receives(a, "three", 0));
    cr_expect_eq(es_filter_recv(a, &in, 0), ES_IO_AGAIN);
}

Test(net_filter, delay_holds_back_until_its_deadline)
{
    struct es_datagram in;
    a_end->delay = 50;
    send_text(a, "slow", 100);
    cr_expect_eq(es_filter_recv(b, &in, 149), ES_IO_AGAIN);
    cr_expect_eq(es_filter_next_deadline(b), 150);
    cr_expect(receives(b, "slow", 150));
    cr_expect_eq(es_filter_next_deadline(b), ES_USEC_NEVER);
}

Test(net_filter, longer_delay_lets_others_overtake)
{
    a_end->delay = 50;
    send_text(a, "first", 0);
    a_end->delay = 10;
    send_text(a, "second", 0);
    cr_expect(receives(b, "second", 100));
    cr_expect(receives(b, "first", 100));
}

static bool drop_second(void *context, unsigned nth, struct es_slice bytes)
{
    (void)context;
    (void)bytes;
    return nth == 2;
}

Test(net_filter, loses_what_the_hook_names)
{
    a_end->drop = drop_second;
    send_text(a, "one", 0);
    send_text(a, "two", 0);
    send_text(a, "three", 0);
    cr_expect(receives(b, "one", 0));
    cr_expect(receives(b, "three", 0));
    cr_expect_eq(a_end->sent, 3);
}

Test(net_filter, capture_numbers_both_directions_in_one_sequence)
{
    struct es_evidence *e = es_evidence_open(&(struct es_evidence_config){0}, arena, d);
    struct es_filter *f = es_capture_push(arena, a, e, false);
    struct es_datagram out = {.bytes = ES_SLICE_LIT("x")}, in;
    es_filter_send(f, &out, 0);
    cr_expect_eq(out.number, 1);
    send_text(b, "y", 0);
    cr_assert_eq(es_filter_recv(f, &in, 0), ES_IO_OK);
    cr_expect_eq(in.number, 2);
    cr_expect_eq(es_filter_recv(f, &in, 0), ES_IO_AGAIN);
    cr_expect_eq(es_evidence_last(e), 2);
}

/* A filter that has only a deadline of its own. */
struct timer {
    struct es_filter filter;
    es_usec deadline;
    int fired;
};

static es_usec timer_next(const struct es_filter *f)
{
    return ((const struct timer *)f)->deadline;
}

static void timer_fire(struct es_filter *f, es_usec now)
{
    (void)now;
    ((struct timer *)f)->fired++;
}

static const struct es_filter_type timer_type = {
    .name = "timer", .next_deadline = timer_next, .on_deadline = timer_fire};

Test(net_filter, stack_reports_the_earliest_deadline_and_fires_those_due)
{
    struct timer low = {.filter = {.type = &timer_type, .below = a, .fd = -1},
                        .deadline = 5};
    struct timer top = {.filter = {.type = &timer_type, .below = &low.filter, .fd = -1},
                        .deadline = 9};
    cr_expect_eq(es_filter_next_deadline(&top.filter), 5);
    es_filter_on_deadline(&top.filter, 5);
    cr_expect_eq(low.fired, 1);
    cr_expect_eq(top.fired, 0);
    es_filter_on_deadline(&top.filter, 9);
    cr_expect_eq(top.fired, 1);
}

Test(net_filter, empty_slots_pass_through)
{
    struct timer top = {.filter = {.type = &timer_type, .below = a, .fd = -1}};
    struct es_datagram out = {.bytes = ES_SLICE_LIT("through")};
    cr_expect_eq(es_filter_open(&top.filter, 0), ES_IO_OK);
    es_filter_send(&top.filter, &out, 0);
    cr_expect(receives(b, "through", 0));
    cr_expect_str_eq(es_filter_reason(&top.filter), "no reason given");
    a->reason = "below";
    cr_expect_str_eq(es_filter_reason(&top.filter), "below");
}

Test(net_filter, trace_lines_have_number_time_and_direction)
{
    struct es_evidence_config cfg = {.start = 1000};
    struct es_evidence *e = es_evidence_open(&cfg, arena, d);
    es_evidence_line(e, 5, ES_RECEIVED, 10000, "ACK %d", 2);
    es_evidence_line(e, 0, ES_SENT, 1501000, "two\nlines");
    es_evidence_note(e, 1400000, "late");
    cr_assert_eq(es_evidence_count(e), 3);
    cr_expect(es_slice_is(es_evidence_get(e, 0), "#5 +0.009 < ACK 2"));
    cr_expect(es_slice_is(es_evidence_get(e, 1), "- +1.500 > two?lines"));
    cr_expect(es_slice_is(es_evidence_get(e, 2), "- +1.500 * late"));
    cr_expect_eq(es_evidence_get(e, 3).n, 0);
    cr_expect(es_evidence_close(e, d));
}

Test(net_filter, folder_that_is_not_there_is_a_note)
{
    struct es_evidence_config cfg = {.folder = "no/such/folder"};
    cr_expect_null(es_evidence_open(&cfg, arena, d));
    cr_expect_eq(d->notes[0].code, ES_CODE_ENVIRONMENT);
}
