/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "message.h"

#include <string.h>

/* Proxy options and the like have no place in a response. */
static const struct es_option_rule rules[] = {
    {1, ES_ETAG_MAX, ES_OPTION_ETAG, false}, {0, 2, ES_OPTION_CONTENT_FORMAT, false},
    {0, 4, ES_OPTION_MAX_AGE, false},        {0, 3, ES_OPTION_BLOCK2, false},
    {0, 3, ES_OPTION_BLOCK1, false},
};

static void write_path(struct es_octets *out, unsigned int *last, const char *path)
{
    while (*path != '\0') {
        size_t n = strcspn(path, "/");
        es_option_write(out, last, ES_OPTION_URI_PATH,
                        (struct es_bytes){(const uint8_t *)path, n});
        path += n;
        path += *path == '/';
    }
}

static void write_if(struct es_octets *out, unsigned int *last, unsigned int number,
                     int32_t value)
{
    if (value >= 0) {
        es_option_write_uint(out, last, number, (uint32_t)value);
    }
}

void es_request_write(const struct es_request *request, const struct es_head *head,
                      struct es_octets *out)
{
    unsigned int last = 0;
    es_head_write(head, out);
    write_path(out, &last, request->path);
    write_if(out, &last, ES_OPTION_CONTENT_FORMAT, request->content_format);
    if (request->query != NULL) {
        es_option_write(
            out, &last, ES_OPTION_URI_QUERY,
            (struct es_bytes){(const uint8_t *)request->query, strlen(request->query)});
    }
    write_if(out, &last, ES_OPTION_ACCEPT, request->accept);
    es_option_write_block(out, &last, ES_OPTION_BLOCK2, &request->block2);
    es_option_write_block(out, &last, ES_OPTION_BLOCK1, &request->block1);
    es_payload_write(out, request->payload);
}

static void take(struct es_response *out, uint32_t number, struct es_bytes v)
{
    switch (number) {
    case ES_OPTION_ETAG:
        memcpy(out->etag, v.p, v.n);
        out->etag_len = v.n;
        break;
    case ES_OPTION_CONTENT_FORMAT:
        out->content_format = es_uint_read(v);
        break;
    case ES_OPTION_MAX_AGE:
        out->max_age = es_uint_read(v);
        break;
    case ES_OPTION_BLOCK2:
        out->block2 = es_block_read(v);
        break;
    case ES_OPTION_BLOCK1:
        out->block1 = es_block_read(v);
        break;
    default:
        break;
    }
}

enum es_sense es_response_read(struct es_bytes in, struct es_response *out)
{
    struct es_options options = {.number = 0};
    *out = (struct es_response){.content_format = -1, .max_age = -1};
    enum es_sense sense = es_head_read(in, &out->head, &options.rest);
    if (sense != ES_SENSE_OK) {
        return sense;
    }
    while (es_options_next(&options)) {
        if (es_option_is_known(&options, rules, sizeof rules / sizeof rules[0])) {
            take(out, options.number, options.value);
        } else if (es_option_is_critical(options.number)) {
            out->bad_option = options.number;
        }
    }
    es_octets_add_bytes(&out->payload, options.rest);
    return options.is_malformed ? ES_SENSE_MALFORMED : ES_SENSE_OK;
}
