/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pdu.h"

/* Elective options that are not here are skipped like all others nobody knows. */
static const struct es_option_rule rules[] = {
    {1, 255, ES_OPTION_URI_HOST, false},   {0, 2, ES_OPTION_URI_PORT, false},
    {0, 255, ES_OPTION_URI_PATH, true},    {0, 2, ES_OPTION_CONTENT_FORMAT, false},
    {0, 255, ES_OPTION_URI_QUERY, true},   {0, 2, ES_OPTION_ACCEPT, false},
    {0, 3, ES_OPTION_BLOCK2, false},       {0, 3, ES_OPTION_BLOCK1, false},
    {1, 1034, ES_OPTION_PROXY_URI, false}, {1, 255, ES_OPTION_PROXY_SCHEME, false},
    {0, 4, ES_OPTION_SIZE1, false},
};

static void add_path(struct es_request *out, struct es_bytes v)
{
    if (out->path_len < ES_PATH_MAX) {
        out->path[out->path_len] = v;
    }
    out->path_len++;
}

static void take(struct es_request *out, uint32_t number, struct es_bytes v)
{
    switch (number) {
    case ES_OPTION_URI_PATH:
        add_path(out, v);
        break;
    case ES_OPTION_CONTENT_FORMAT:
        out->content_format = (int32_t)es_uint_read(v);
        break;
    case ES_OPTION_ACCEPT:
        out->accept = (int32_t)es_uint_read(v);
        break;
    case ES_OPTION_BLOCK1:
        out->block1 = es_block_read(v);
        break;
    case ES_OPTION_BLOCK2:
        out->block2 = es_block_read(v);
        break;
    case ES_OPTION_PROXY_URI:
    case ES_OPTION_PROXY_SCHEME:
        out->has_proxy = true;
        break;
    case ES_OPTION_SIZE1:
        out->size1 = es_uint_read(v);
        break;
    default:
        break;
    }
}

enum es_sense es_pdu_read(struct es_bytes in, struct es_request *out)
{
    struct es_options options = {.number = 0};
    *out = (struct es_request){.accept = -1, .content_format = -1, .size1 = -1};
    enum es_sense sense = es_head_read(in, &out->head, &options.rest);
    if (sense != ES_SENSE_OK) {
        return sense;
    }
    while (es_options_next(&options)) {
        if (es_option_is_known(&options, rules, sizeof rules / sizeof rules[0])) {
            take(out, options.number, options.value);
        } else if (es_option_is_critical(options.number)) {
            out->has_unknown_critical = true;
        }
    }
    out->payload = options.rest;
    return options.is_malformed ? ES_SENSE_MALFORMED : ES_SENSE_OK;
}
