/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_DTLS_SEAL_H
#define ES_DTLS_SEAL_H

/*
 * Records that wolfSSL would not write, sealed with its keys. Private to dtls/. wolfSSL goes
 * on counting sequence numbers of its own, so once a session has sealed by hand every later
 * record must be.
 */

#include "base/buf.h"
#include "dtls/session.h"

enum { ES_SEAL_OVERHEAD = 13 + 8 + 16 };

/* Whether records of the suite can be sealed: the AES-CCM ones. */
bool es_seal_knows(uint16_t suite);
/* Appends a record of epoch 1 (RFC 6655, 3; RFC 7251, 2). False if it does not fit in `out`
 * or the suite is not known. */
bool es_seal_record(WOLFSSL *ssl, uint16_t suite, uint8_t type, uint64_t seq,
                    struct es_slice plain, struct es_buf *out);

#endif
