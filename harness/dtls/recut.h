/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_DTLS_RECUT_H
#define ES_DTLS_RECUT_H

/*
 * Flights of ours as the scenario wants them and wolfSSL does not write them: each
 * record alone, handshake messages in small fragments (RFC 6347, 4.2.3), a cookie that is not
 * the server's. Private to dtls/.
 *
 * Neither changes what the Finished is computed over, which are unfragmented messages. Where
 * messages are cut, all records of epoch 0 are numbered anew, in the order in which they go
 * out. A hello with a wrong cookie is for the wire only; wolfSSL believes that it sent the
 * right one, and says it again with the next retransmission.
 */

#include "dtls/session.h"

/* Sends a datagram of the handshake. AGAIN only if nothing of it was sent; what the system
 * does not take afterwards is lost. */
enum es_io es_recut_send(struct es_session *s, struct es_slice datagram);
/* Whether wolfSSL may have this record: it must not see an answer to the wrong cookie, which
 * it did not send. Keeps info.wrong_cookie. */
bool es_recut_admit(struct es_session *s, const struct es_record *r);

#endif
