/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_DISTURB_H
#define ES_DISTURB_H

#include "remote.h"

/* What mutants do to datagrams on their way through datagram.c; for all others these
   functions change nothing. */

/* May change a datagram from the client. False if it is to be dropped; then a->dead says
   whether that ends the association. */
bool es_disturb_received(struct es_association *a, uint8_t *data, size_t *len);
/* May change a record that is sent again. */
void es_disturb_repeated(const struct es_record *record);

#endif
