/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/address.h"

#include <criterion/criterion.h>

struct parse_case {
    const char *text;
    const char *expected; /* NULL: refused */
};

static const struct parse_case parse_cases[] = {
    {"192.0.2.1", "192.0.2.1:5684"},
    {"192.0.2.1:1", "192.0.2.1:1"},
    {"192.0.2.1:65535", "192.0.2.1:65535"},
    {"[2001:db8::1]", "[2001:db8::1]:5684"},
    {"[2001:db8::1]:40000", "[2001:db8::1]:40000"},
    {"[2001:0DB8:0::1]", "[2001:db8::1]:5684"},
    {"[fe80::1%99999]:7", "[fe80::1%99999]:7"},
    {"[fe80::1%2599999]:7", "[fe80::1%99999]:7"},
    {"[fe80::1%1]:7", "[fe80::1%lo]:7"},
    {"192.0.2.1:0", NULL},
    {"192.0.2.1:65536", NULL},
    {"192.0.2.1:", NULL},
    {"192.0.2.1:0x10", NULL},
    {"192.0.2.1:5684x", NULL},
    {"192.0.2", NULL},
    {"192.0.2.256", NULL},
    {"2001:db8::1", NULL},
    {"[2001:db8::1", NULL},
    {"[2001:db8::1]5684", NULL},
    {"[192.0.2.1]", NULL},
    {"[fe80::1%no-such-interface]", NULL},
    {"est.example.org", NULL},
    {"", NULL},
    {"[]", NULL},
    {":5684", NULL},
};

struct uri_case {
    const char *uri;
    const char *address; /* NULL: refused */
    const char *host;
};

static const struct uri_case uri_cases[] = {
    {"coaps://127.0.0.1", "127.0.0.1:5684", "127.0.0.1"},
    {"coaps://127.0.0.1/", "127.0.0.1:5684", "127.0.0.1"},
    {"coap://127.0.0.1", "127.0.0.1:5683", "127.0.0.1"},
    {"coaps://[::1]:9", "[::1]:9", "::1"},
    {"coaps://127.0.0.1/est", NULL, NULL},
    {"coaps://user@127.0.0.1", NULL, NULL},
    {"coaps://", NULL, NULL},
    {"coaps://[zz]", NULL, NULL},
    {"http://127.0.0.1", NULL, NULL},
    {"127.0.0.1:5684", NULL, NULL},
};

static struct es_diag *d;

static void set_up(void)
{
    d = es_diag_new();
}

static void tear_down(void)
{
    es_diag_free(d);
}

TestSuite(net_address, .init = set_up, .fini = tear_down);

Test(net_address, parses_what_the_manual_says_and_nothing_else)
{
    for (size_t i = 0; i < ES_COUNT(parse_cases); i++) {
        const struct parse_case *c = &parse_cases[i];
        struct es_address a;
        es_diag_reset(d);
        bool ok = es_address_parse(es_slice_of(c->text), 5684, &a, ES_LOC_NONE, d);
        cr_assert_eq(ok, c->expected != NULL, "'%s'", c->text);
        cr_expect_eq(d->count, ok ? 0 : 1, "'%s'", c->text);
        if (ok) {
            cr_expect_str_eq(es_address_text(&a, d->arena), c->expected);
        }
    }
}

Test(net_address, resolves_uris_to_address_and_host)
{
    for (size_t i = 0; i < ES_COUNT(uri_cases); i++) {
        const struct uri_case *c = &uri_cases[i];
        struct es_address a;
        struct es_slice host = ES_SLICE_NONE;
        es_diag_reset(d);
        bool ok =
            es_address_resolve_uri(es_slice_of(c->uri), &a, &host, ES_LOC_NONE, d);
        cr_assert_eq(ok, c->address != NULL, "'%s'", c->uri);
        cr_expect_eq(d->count, ok ? 0 : 1, "'%s'", c->uri);
        if (ok) {
            cr_expect_str_eq(es_address_text(&a, d->arena), c->address);
            cr_expect(es_slice_is(host, c->host), "'%s'", c->uri);
        }
    }
}

static struct es_address parse(const char *text)
{
    struct es_address a;
    cr_assert(es_address_parse(es_slice_of(text), 5684, &a, ES_LOC_NONE, d));
    return a;
}

Test(net_address, loopback_is_127_and_one)
{
    struct es_address v4 = parse("127.1.2.3"), v6 = parse("[::1]");
    struct es_address other = parse("128.0.0.1"), other6 = parse("[::2]");
    cr_expect(es_address_is_loopback(&v4));
    cr_expect(es_address_is_loopback(&v6));
    cr_expect_not(es_address_is_loopback(&other));
    cr_expect_not(es_address_is_loopback(&other6));
}

Test(net_address, equality_counts_host_port_and_scope)
{
    struct es_address a = parse("[fe80::1%1]:9"), b = parse("[fe80::1%1]:9");
    struct es_address port = parse("[fe80::1%1]:8"), scope = parse("[fe80::1%2]:9");
    struct es_address host = parse("[fe80::2%1]:9"), v4 = parse("192.0.2.1:9");
    cr_expect(es_address_eq(&a, &b));
    cr_expect_not(es_address_eq(&a, &port));
    cr_expect_not(es_address_eq(&a, &scope));
    cr_expect_not(es_address_eq(&a, &host));
    cr_expect_not(es_address_eq(&a, &v4));
    es_address_set_port(&port, 9);
    cr_expect(es_address_eq(&a, &port));
}
