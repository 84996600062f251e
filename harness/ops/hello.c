/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/hello.h"

#include "scenario/compile.h"

enum { LIST_MAX = 4096 };

struct number_name {
    uint16_t number;
    const char *name;
};

/* IANA: TLS ExtensionType Values. */
static const struct number_name extensions[] = {
    {0, "server_name"},
    {1, "max_fragment_length"},
    {5, "status_request"},
    {10, "supported_groups"},
    {11, "ec_point_formats"},
    {13, "signature_algorithms"},
    {16, "application_layer_protocol_negotiation"},
    {19, "client_certificate_type"},
    {20, "server_certificate_type"},
    {22, "encrypt_then_mac"},
    {23, "extended_master_secret"},
    {28, "record_size_limit"},
    {35, "session_ticket"},
    {43, "supported_versions"},
    {54, "connection_id"},
    {65281, "renegotiation_info"},
};

static const struct number_name groups[] = {
    {19, "secp192r1"}, {21, "secp224r1"}, {23, "secp256r1"}, {24, "secp384r1"},
    {25, "secp521r1"}, {29, "x25519"},    {30, "x448"},
};

static const struct number_name signatures[] = {
    {0x0201, "rsa_pkcs1_sha1"},      {0x0203, "ecdsa_sha1"},
    {0x0401, "rsa_pkcs1_sha256"},    {0x0403, "ecdsa_secp256r1_sha256"},
    {0x0501, "rsa_pkcs1_sha384"},    {0x0503, "ecdsa_secp384r1_sha384"},
    {0x0601, "rsa_pkcs1_sha512"},    {0x0603, "ecdsa_secp521r1_sha512"},
    {0x0804, "rsa_pss_rsae_sha256"}, {0x0807, "ed25519"},
};

static const struct es_dtls_hello *hello_of(const void *record)
{
    const struct es_session_view *v = record;
    return v->info->hello;
}

/* The number that a name of this field stands for; a number stands for itself. */
static bool number_of(enum es_hello_field field, struct es_slice name, uint64_t *number)
{
    const struct number_name *table = field == ES_HELLO_GROUPS       ? groups
                                      : field == ES_HELLO_SIGNATURES ? signatures
                                                                     : extensions;
    size_t n = field == ES_HELLO_GROUPS       ? ES_COUNT(groups)
               : field == ES_HELLO_SIGNATURES ? ES_COUNT(signatures)
                                              : ES_COUNT(extensions);
    if (field == ES_HELLO_SUITES) {
        *number = es_dtls_suite_find(name);
        return *number != 0 || es_slice_is(name, "TLS_NULL_WITH_NULL_NULL");
    }
    for (size_t i = 0; i < n; i++) {
        if (es_slice_is(name, table[i].name)) {
            *number = table[i].number;
            return true;
        }
    }
    return es_text_uint(name, number) && *number <= UINT16_MAX;
}

static const struct es_dtls_numbers *list_of(const struct es_dtls_hello *h,
                                             enum es_hello_field field)
{
    switch (field) {
    case ES_HELLO_SUITES:
        return &h->suites;
    case ES_HELLO_EXTENSIONS:
        return &h->extensions;
    case ES_HELLO_GROUPS:
        return &h->groups;
    case ES_HELLO_SIGNATURES:
    case ES_HELLO_SERVER_NAME:
        break;
    }
    return &h->signatures;
}

const char *es_hello_group_name(uint16_t number, struct es_arena *a)
{
    for (size_t i = 0; i < ES_COUNT(groups); i++) {
        if (groups[i].number == number) {
            return groups[i].name;
        }
    }
    return es_arena_printf(a, "group %u", number);
}

/* One list of an offer. A point format has no name here. */
static bool parse_list(struct es_compile *c, const struct es_node *value,
                       enum es_hello_field field, struct es_dtls_numbers *out)
{
    const struct es_node *list = es_compile_follow(c, value);
    if (list->kind != ES_NODE_SEQUENCE || list->items.n == 0) {
        return es_compile_fail(c, list->loc, "expected a list such as [secp384r1]");
    }
    out->at = ES_NEW_ARRAY(c->arena, uint16_t, list->items.n);
    bool ok = true;
    for (size_t i = 0; i < list->items.n; i++) {
        const struct es_node *n = es_compile_follow(c, list->items.at[i]);
        uint64_t number = 0;
        ok = (number_of(field, n->text, &number) ||
              es_compile_fail(c, n->loc, "there is no %s here",
                              es_node_describe(n, c->arena))) &&
             ok;
        out->at[out->n++] = (uint16_t)number;
    }
    return ok;
}

static bool parse_offer(struct es_compile *c, const struct es_node *value,
                        const struct es_field *field, void *out)
{
    struct es_dtls_offer *x = out;
    static const struct {
        const char *key;
        enum es_hello_field field;
        size_t offset;
    } lists[] = {
        {"suites", ES_HELLO_SUITES, offsetof(struct es_dtls_offer, suites)},
        {"groups", ES_HELLO_GROUPS, offsetof(struct es_dtls_offer, groups)},
        {"point-formats", ES_HELLO_EXTENSIONS,
         offsetof(struct es_dtls_offer, point_formats)},
    };
    const struct es_node *map = es_compile_follow(c, value);
    size_t known = 0;
    (void)field;
    for (size_t i = 0; map->kind == ES_NODE_MAP && i < ES_COUNT(lists); i++) {
        const struct es_node *n = es_node_find(map, lists[i].key);
        struct es_dtls_numbers *list = (void *)((char *)x + lists[i].offset);
        known += n != NULL;
        ES_TRY(!n || parse_list(c, n, lists[i].field, list));
    }
    return known > 0 && known == map->pairs.n
               ? true
               : es_compile_fail(
                     c, map->loc,
                     "'offer' is a map of suites, groups and point-formats");
}

const struct es_field_type es_type_offer = {
    "offer", "a map of lists: suites, groups, point-formats", "{\"type\": \"object\"}",
    parse_offer};

static const char *join(const struct es_dtls_numbers *list, bool suites,
                        struct es_arena *a)
{
    struct es_buf b;
    es_buf_build(&b, a, LIST_MAX);
    for (size_t i = 0; i < list->n; i++) {
        es_buf_printf(&b, "%s%s", i ? " " : "",
                      suites ? es_dtls_suite_name(list->at[i], a)
                             : es_arena_printf(a, "%u", list->at[i]));
    }
    return es_buf_cstr(&b);
}

struct es_value es_hello_get(const void *record, const struct es_shape_field *f,
                             struct es_arena *a)
{
    const struct es_dtls_hello *h = hello_of(record);
    const char *text = NULL;
    if (h && f->number == ES_HELLO_SERVER_NAME) {
        text = h->server_name;
    } else if (h) {
        text = join(&h->suites, true, a);
    }
    return text ? es_value_text(es_slice_of(text)) : ES_VALUE_NONE;
}

bool es_hello_test(const void *record, const struct es_shape_field *f,
                   const struct es_value *argument, struct es_arena *a,
                   const char **got)
{
    const struct es_dtls_hello *h = hello_of(record);
    enum es_hello_field field = (enum es_hello_field)f->number;
    uint64_t number;
    if (!h) {
        *got = "no ClientHello";
        return false;
    }
    const struct es_dtls_numbers *list = list_of(h, field);
    *got = join(list, field == ES_HELLO_SUITES, a);
    if (!number_of(field, argument->bytes, &number)) {
        *got = es_arena_printf(a, "no known name: %.*s", ES_SLICE_ARG(argument->bytes));
        return false;
    }
    return es_dtls_numbers_has(list, (uint16_t)number);
}
