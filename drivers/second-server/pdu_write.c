/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pdu.h"

struct es_response es_response_new(uint8_t code)
{
    return (struct es_response){
        .code = code, .content_format = -1, .max_age = -1, .size1 = -1};
}

struct es_response es_response_error(uint8_t code, const char *text)
{
    struct es_response response = es_response_new(code);
    es_octets_add_text(&response.payload, text);
    return response;
}

static void write_if(struct es_octets *out, unsigned int *last, unsigned int number,
                     int64_t value)
{
    if (value >= 0) {
        es_option_write_uint(out, last, number, (uint32_t)value);
    }
}

void es_pdu_write(const struct es_request *request, const struct es_response *response,
                  enum es_type type, uint16_t mid, struct es_octets *out)
{
    unsigned int last = 0;
    struct es_head head = request->head; /* for the token */
    head.type = type;
    head.code = response->code;
    head.mid = mid;
    es_head_write(&head, out);
    if (response->has_etag) {
        es_option_write(out, &last, ES_OPTION_ETAG,
                        (struct es_bytes){response->etag, ES_ETAG_LEN});
    }
    write_if(out, &last, ES_OPTION_CONTENT_FORMAT, response->content_format);
    write_if(out, &last, ES_OPTION_MAX_AGE, response->max_age);
    es_option_write_block(out, &last, ES_OPTION_BLOCK2, &response->block2);
    es_option_write_block(out, &last, ES_OPTION_BLOCK1, &response->block1);
    write_if(out, &last, ES_OPTION_SIZE1, response->size1);
    es_payload_write(out, es_octets_view(&response->payload));
}
