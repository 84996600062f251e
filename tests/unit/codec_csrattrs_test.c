/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/vector_file.h"
#include "codec/csrattrs.h"

static struct es_arena *arena;

static void set_up(void)
{
    arena = es_arena_new();
}

static void tear_down(void)
{
    es_arena_free(arena);
}

TestSuite(csrattrs, .init = set_up, .fini = tear_down);

static struct es_csrattrs view(const char *hex)
{
    struct es_csrattrs c;
    struct es_flaw flaw = ES_FLAW_NONE;
    cr_assert(es_csrattrs_view(arena, octets(arena, hex), &c, &flaw), "%s: %s at %zu",
              hex, flaw.text, flaw.offset);
    return c;
}

static const struct {
    const char *hex, *flaw;
    size_t offset;
} flaws[] = {
    {"", "CsrAttrs (SEQUENCE) is missing", 0},
    {"3100", "CsrAttrs is to be SEQUENCE, but here is SET", 0},
    {"3002 0500", "NULL where an OID or Attribute should be", 2},
    {"3002 3000", "the type of an Attribute (OBJECT IDENTIFIER) is missing", 4},
    {"3005 3003 06012a", "the values of an Attribute (SET) is missing", 7},
    {"3007 3005 06012a 3000",
     "the values of an Attribute is to be SET, but here is SEQUENCE", 7},
    {"3009 3007 06012a 3100 0500", "2 octets too many at the end of an Attribute", 9},
    {"3002 0600", "malformed OID", 2},
    {"3003 06012a 00", NULL, 0},
    {"3000", NULL, 0},
};

Test(csrattrs, other_structures_are_refused)
{
    for (size_t i = 0; i < ES_COUNT(flaws); i++) {
        struct es_csrattrs c;
        struct es_flaw flaw = ES_FLAW_NONE;
        bool good = es_csrattrs_view(arena, octets(arena, flaws[i].hex), &c, &flaw);
        cr_expect_eq(good, flaws[i].flaw == NULL, "%s: %s", flaws[i].hex, flaw.text);
        if (flaws[i].flaw) {
            cr_expect_str_eq(flaw.text ? flaw.text : "no flaw", flaws[i].flaw, "%s: %s",
                             flaws[i].hex, flaw.text);
            cr_expect_eq(flaw.offset, flaws[i].offset, "%s: at %zu", flaws[i].hex,
                         flaw.offset);
        }
    }
    struct es_csrattrs c = view("3003 06012a 00");
    cr_expect_eq(c.trailing.n, 1);
    cr_expect_not_null(view("3080 06012a 0000").not_der.text);
}

/* An attribute with values in hex, or `-` and a bare OID; type NULL: nothing. */
struct made {
    const char *type;
    const char *values[3];
};

static struct es_slice contents(const char *name)
{
    struct es_slice oid;
    cr_assert(es_oid_parse(arena, es_slice_of(name), &oid), "%s", name);
    return oid;
}

static struct es_csrattrs_part part_of(const struct made *from)
{
    struct es_slice *values = ES_NEW_ARRAY(arena, struct es_slice, 3);
    bool bare = from->type[0] == '-';
    struct es_csrattrs_part part = {
        .oid = contents(from->type + bare), .is_attribute = !bare, .values = values};
    while (part.values_n < 3 && from->values[part.values_n]) {
        values[part.values_n] = octets(arena, from->values[part.values_n]);
        part.values_n++;
    }
    return part;
}

static struct es_slice make(const struct made *from, size_t n)
{
    struct es_csrattrs_part *parts =
        ES_NEW_ARRAY(arena, struct es_csrattrs_part, n + 1);
    size_t made = 0;
    for (size_t i = 0; i < n; i++) {
        if (from[i].type) {
            parts[made++] = part_of(&from[i]);
        }
    }
    return es_csrattrs_build(arena, parts, made);
}

static struct es_csrattrs view_made(const struct made *from, size_t n)
{
    struct es_csrattrs c;
    struct es_flaw flaw = ES_FLAW_NONE;
    struct es_slice der = make(from, n);
    cr_assert(es_csrattrs_view(arena, der, &c, &flaw), "%s at %zu", flaw.text,
              flaw.offset);
    cr_expect_null(c.not_der.text, "%s", c.not_der.text);
    return c;
}

static void expect_flaw(const struct es_flaw *flaw, const char *wanted, size_t i)
{
    const char *got = flaw->text ? flaw->text : "good",
               *want = wanted ? wanted : "good";
    cr_expect_str_eq(got, want, "%zu: %s", i, got);
}

#define SAN "300a 0603551d11 0403 0c0161"
#define KU "300b 0603551d0f 0404 03020780"
#define CRITICAL_KU "300e 0603551d0f 0101ff 0404 03020780"

static const struct {
    struct made parts[2];
    const char *form, *ids;
    size_t n;
} requests[] = {
    {{{"extensionRequest", {"300c " SAN}}}, NULL, NULL, 1},
    {{{"extensionRequest", {"301c " SAN CRITICAL_KU}}}, NULL, NULL, 2},
    {{{"extensionRequest", {"3018 " SAN SAN}}}, NULL, "subjectAltName twice", 2},
    {{{"extensionRequest", {NULL}}},
     "extensionRequest with 0 values, not one",
     NULL,
     0},
    {{{"-extensionRequest", {NULL}}},
     "extensionRequest with 0 values, not one",
     NULL,
     0},
    {{{"extensionRequest", {"300c " SAN, "300d " KU}}},
     "extensionRequest with 2 values, not one",
     NULL,
     0},
    {{{"extensionRequest", {"3000"}}},
     "the value of extensionRequest: Extensions without an Extension",
     NULL,
     0},
    {{{"extensionRequest", {"3007 3005 0603551d11"}}},
     "the value of extensionRequest: extnValue (OCTET STRING) is missing",
     NULL,
     0},
    {{{"extensionRequest", {"0603551d11"}}},
     "the value of extensionRequest: Extensions is to be SEQUENCE, but here is OBJECT "
     "IDENTIFIER",
     NULL,
     0},
    {{{"extensionRequest", {"300c " SAN}}, {"extensionRequest", {"300d " KU}}},
     "extensionRequest more than once",
     NULL,
     1},
};

Test(csrattrs, form_of_the_extension_request_is_told)
{
    for (size_t i = 0; i < ES_COUNT(requests); i++) {
        struct es_csrattrs c = view_made(requests[i].parts, 2);
        cr_expect(c.has_extensions);
        expect_flaw(&c.extensions.form, requests[i].form, i);
        expect_flaw(&c.extensions.ids, requests[i].ids, i);
        cr_expect_eq(c.extensions.n, requests[i].n, "%zu: %zu", i, c.extensions.n);
    }
    struct es_csrattrs c = view_made(requests[1].parts, 2);
    cr_expect_not(c.extensions.at[0].critical);
    cr_expect(c.extensions.at[1].critical);
    cr_expect_eq(c.extensions.at[1].id, ES_OID_KEY_USAGE);
    cr_expect(es_slice_eq(c.extensions.at[1].value, octets(arena, "03020780")));
}

static const struct {
    struct made parts[2];
    const char *key, *flaw;
} keys[] = {
    {{{"id-ecPublicKey", {"06052b81040022"}}}, "EC secp384r1", NULL},
    {{{"id-ecPublicKey", {NULL}}}, "EC", NULL},
    {{{"rsaEncryption", {"02021000"}}}, "RSA 4096", NULL},
    {{{"id-Ed25519", {NULL}}}, "id-Ed25519", NULL},
    {{{"-challengePassword", {NULL}}}, NULL, NULL},
    {{{"-id-ecPublicKey", {NULL}}},
     "EC",
     "id-ecPublicKey stands by itself, not in an Attribute of the key type"},
    {{{"-secp256r1", {NULL}}},
     "EC secp256r1",
     "secp256r1 stands by itself, not in an Attribute of the key type"},
    {{{"id-ecPublicKey", {"06052b81040022"}}, {"rsaEncryption", {"02021000"}}},
     "EC secp384r1",
     "a second key type: rsaEncryption"},
    {{{"rsaEncryption", {"02020800", "02021000"}}},
     "RSA 2048",
     "rsaEncryption with 2 values"},
    {{{"rsaEncryption", {"06052b81040022"}}},
     "RSA",
     "the value of rsaEncryption is not its parameter"},
};

Test(csrattrs, key_requirement_is_read_and_judged)
{
    for (size_t i = 0; i < ES_COUNT(keys); i++) {
        struct es_csrattrs c = view_made(keys[i].parts, 2);
        const char *key = es_csrattrs_key_text(arena, &c.items.at[0]);
        cr_expect_str_eq(key ? key : "none", keys[i].key ? keys[i].key : "none", "%zu",
                         i);
        expect_flaw(&c.key_form, keys[i].flaw, i);
    }
}

/* version, subject, key, attributes: DER in hex, NULL where left out. */
static struct es_slice template_of(const char *const *fields)
{
    struct es_buf b;
    es_buf_build(&b, arena, 1024);
    size_t mark = es_der_begin(&b, ES_DER_SEQUENCE);
    for (size_t i = 0; i < 4; i++) {
        es_buf_put(&b, fields[i] ? octets(arena, fields[i]) : ES_SLICE_NONE);
    }
    es_der_finish(&b, mark);
    return es_buf_slice(&b);
}

#define CN_OPEN "3107 3005 0603550403"
#define OU "310f 300d 060355040b 0c066d7944657074"
#define EC_KEY "a015 3013 06072a8648ce3d0201 06082a8648ce3d030107"
#define OPEN_EXTENSIONS "301a 060b2a864886f70d010910023e 310b 3009 3007 0603551d25 0400"

static const struct {
    const char *fields[4];
    const char *form, *subject, *key;
    size_t extensions;
} templates[] = {
    {{"020100", NULL, NULL, "a100"}, NULL, "", NULL, 0},
    {{"020100", "301a " CN_OPEN OU, EC_KEY, "a100"},
     NULL,
     "CN,OU=myDept",
     "EC secp256r1",
     0},
    {{"020100", NULL, NULL, "a11c " OPEN_EXTENSIONS}, NULL, "", NULL, 1},
    {{"020101", NULL, NULL, "a100"},
     "a template of version 1, not v1 (0)",
     "",
     NULL,
     0},
    {{"020100", NULL, NULL, NULL}, "attributes ([1]) is missing", "", NULL, 0},
    {{"020100", "3002 3100", NULL, "a100"}, "an empty RDN", "", NULL, 0},
    {{"020100", NULL, "a018 3013 06072a8648ce3d0201 06082a8648ce3d030107 030100",
      "a100"},
     "a subjectPublicKey that is no RSA key",
     "",
     "EC secp256r1",
     0},
    {{"020100", NULL, NULL, "a138 " OPEN_EXTENSIONS OPEN_EXTENSIONS},
     "a second attribute with extensions",
     "",
     NULL,
     1},
};

Test(csrattrs, template_is_read_and_judged)
{
    for (size_t i = 0; i < ES_COUNT(templates); i++) {
        struct es_slice value = template_of(templates[i].fields);
        struct es_csrattrs_part part = {
            .oid = contents("id-aa-certificationRequestInfoTemplate"),
            .is_attribute = true,
            .values = &value,
            .values_n = 1};
        struct es_csrattrs c;
        cr_assert(
            es_csrattrs_view(arena, es_csrattrs_build(arena, &part, 1), &c, NULL));
        cr_assert_eq(c.templates_n, 1);
        expect_flaw(&c.template.form, templates[i].form, i);
        cr_expect_str_eq(c.template.subject_text, templates[i].subject);
        const char *key = c.template.key_text;
        cr_expect_str_eq(key ? key : "none",
                         templates[i].key ? templates[i].key : "none");
        cr_expect_eq(c.template.extensions.n, templates[i].extensions, "%zu", i);
    }
}

Test(csrattrs, examples_are_built_again)
{
    static const struct made rfc7030[] = {{"-challengePassword", {NULL}},
                                          {"id-ecPublicKey", {"06052b81040022"}},
                                          {"-macAddress", {NULL}},
                                          {"-ecdsa-with-SHA384", {NULL}}};
    static const struct made sets[] = {
        {"2.999.2", {"1301ff", "0603883704", "0603883703"}}};
    cr_expect(
        es_slice_eq(make(rfc7030, 4),
                    vector_file(arena, "csrattrs/rfc7030-example01.csrattr.der")));
    cr_expect(es_slice_eq(
        make(sets, 1),
        octets(arena, "3016 3014 0603883702 310d 0603883703 0603883704 1301ff")));
    cr_expect(es_slice_eq(make(NULL, 0), octets(arena, "3000")));
}

Test(csrattrs, find_looks_at_types_only)
{
    struct es_csrattrs c;
    cr_assert(es_csrattrs_view(
        arena, vector_file(arena, "csrattrs/A4-att-resp-285.csrattrs.der"), &c, NULL));
    cr_expect_not_null(es_csrattrs_find(&c, contents("2.999.2")));
    cr_expect_not_null(es_csrattrs_find(&c, contents("challengePassword")));
    cr_expect_null(es_csrattrs_find(&c, contents("2.999.3")));
}
