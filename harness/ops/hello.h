/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_OPS_HELLO_H
#define ES_OPS_HELLO_H

/* What a ClientHello offers, as fields of a DTLS session (ops/session.h). */

#include "ops/session.h"

struct es_value es_hello_get(const void *record, const struct es_shape_field *f,
                             struct es_arena *a);
bool es_hello_test(const void *record, const struct es_shape_field *f,
                   const struct es_value *argument, struct es_arena *a,
                   const char **got);

struct es_dtls_offer;
/* `{suites: [..], groups: [secp384r1], point-formats: [1]}`; out is a struct es_dtls_offer. */
extern const struct es_field_type es_type_offer;
/* secp256r1, or "group 30000". */
const char *es_hello_group_name(uint16_t number, struct es_arena *a);

enum es_hello_field {
    ES_HELLO_SUITES,
    ES_HELLO_EXTENSIONS,
    ES_HELLO_GROUPS,
    ES_HELLO_SIGNATURES,
    ES_HELLO_SERVER_NAME,
};

#define ES_HELLO_FIELDS                                                                \
    {.name = "offered-suites",                                                         \
     .kind = ES_KIND_TEXT,                                                             \
     .get = es_hello_get,                                                              \
     .number = ES_HELLO_SUITES,                                                        \
     .doc = "of the client, IANA names in its order, separated by blanks"},            \
        {.name = "offers",                                                             \
         .kind = ES_KIND_TEXT,                                                         \
         .test = es_hello_test,                                                        \
         .number = ES_HELLO_SUITES,                                                    \
         .doc = "the client offers this suite"},                                       \
        {.name = "extension",                                                          \
         .kind = ES_KIND_TEXT,                                                         \
         .test = es_hello_test,                                                        \
         .number = ES_HELLO_EXTENSIONS,                                                \
         .doc = "the client sent this extension: server_name, supported_groups, "      \
                "ec_point_formats, signature_algorithms, extended_master_secret, "     \
                "renegotiation_info ... or a number"},                                 \
        {.name = "group",                                                              \
         .kind = ES_KIND_TEXT,                                                         \
         .test = es_hello_test,                                                        \
         .number = ES_HELLO_GROUPS,                                                    \
         .doc = "the client supports this curve: secp256r1"},                          \
        {.name = "signature-algorithm",                                                \
         .kind = ES_KIND_TEXT,                                                         \
         .test = es_hello_test,                                                        \
         .number = ES_HELLO_SIGNATURES,                                                \
         .doc = "the client accepts it: ecdsa_secp256r1_sha256"},                      \
    {                                                                                  \
        .name = "server-name", .kind = ES_KIND_TEXT, .get = es_hello_get,              \
        .number = ES_HELLO_SERVER_NAME,                                                \
        .doc = "the name the client asked for (RFC 6066, 3)"                           \
    }

#endif
