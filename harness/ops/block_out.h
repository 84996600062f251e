/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_OPS_BLOCK_OUT_H
#define ES_OPS_BLOCK_OUT_H

/*
 * Block options as `send` writes them (RFC 7959, 2.2): `0/1/64` is number, more flag and size
 * in bytes, `0/1/szx7` the reserved exponent, {num: 0, m: 1, size: 64} the same as a map, and
 * h'..' any bytes. A list repeats the option. Every part may be a reference.
 */

#include "ops/message.h"

struct es_block_out {
    struct es_operand num, m, size, bytes; /* bytes: instead of the others */
    bool is_reserved;                      /* szx7 */
};

struct es_blocks_out {
    struct es_block_out *at;
    size_t n, room;
};

/* struct es_blocks_out */
extern const struct es_field_type es_type_blocks;

/* The part of a body that a block option names; may lie behind its end. */
struct es_block_slice {
    uint64_t offset;
    size_t n;
    bool is_set;
};

/* Adds the options to m; the first fills *slice unless it is set. False: a finding. */
bool es_blocks_put(struct es_stage *g, const struct es_step *step,
                   const struct es_message_out *out, uint32_t number,
                   const struct es_blocks_out *blocks, struct es_coap_message *m,
                   struct es_block_slice *slice);

#endif
