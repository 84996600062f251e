/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_DTLS_OFFER_H
#define ES_DTLS_OFFER_H

/* A ClientHello that offers something else than wolfSSL would. */

#include "dtls/session.h"

/* The datagram with the lists of s->offer, if it is a ClientHello in one piece; otherwise the
 * datagram itself. */
struct es_slice es_offer_rewrite(struct es_session *s, struct es_slice datagram);

#endif
