/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "coap/message.h"

static const char *const methods[] = {"GET",   "POST",  "PUT",   "DELETE",
                                      "FETCH", "PATCH", "iPATCH"};

uint8_t es_coap_method_find(struct es_slice name)
{
    for (size_t i = 0; i < ES_COUNT(methods); i++) {
        if (es_slice_is(name, methods[i])) {
            return (uint8_t)(ES_COAP_GET + i);
        }
    }
    return 0;
}

const char *es_coap_method_at(size_t index)
{
    return index < ES_COUNT(methods) ? methods[index] : NULL;
}

const char *es_coap_code_text(uint8_t code, struct es_arena *a)
{
    if (code >= ES_COAP_GET && code <= ES_COAP_IPATCH) {
        return methods[code - ES_COAP_GET];
    }
    return es_arena_printf(a, "%u.%02u", es_coap_code_class(code), code & 31U);
}

const char *es_coap_type_text(enum es_coap_type type)
{
    switch (type) {
    case ES_COAP_CON:
        return "CON";
    case ES_COAP_NON:
        return "NON";
    case ES_COAP_ACK:
        return "ACK";
    case ES_COAP_RST:
        return "RST";
    }
    return "?";
}

unsigned es_coap_code_class(uint8_t code)
{
    return code >> 5;
}

bool es_coap_code_is_request(uint8_t code)
{
    return code != ES_COAP_EMPTY && es_coap_code_class(code) == 0;
}

bool es_coap_code_is_response(uint8_t code)
{
    unsigned class = es_coap_code_class(code);
    return class >= 2 && class <= 5;
}
