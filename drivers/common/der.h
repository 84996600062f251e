/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_DER_H
#define ES_DER_H

#include "buffer.h"

#include <stdbool.h>

/* The little DER that OpenSSL does not do for us. */

/* Appends tag and length in front of the content. */
void es_der_wrap(unsigned int tag, struct es_bytes content, struct es_buffer *out);

/* True if the bytes are exactly one element in which every length is definite, minimal and
   inside its parent, down to 32 levels. OpenSSL reads BER and stops at the first element:
   this finds what it would let through. */
bool es_der_is_strict(struct es_bytes in);

/* The element inside [0] of a ContentInfo, whose contentType is skipped. */
bool es_der_content_of_info(struct es_bytes info, struct es_bytes *content);

#endif
