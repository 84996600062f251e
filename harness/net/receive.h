/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_NET_RECEIVE_H
#define ES_NET_RECEIVE_H

/*
 * Reading a datagram together with the time at which it came. The kernel stamps it, because
 * we read it later: on a busy machine so much later that a peer would seem to have hurried.
 * Private to net/.
 */

#include "base/text.h"
#include "net/address.h"

/* Asks for stamps; where the system has none, the time of reading is told. */
void es_receive_stamped(int fd);
/* As recv, or recvfrom if `from` is given. *time is when the datagram came, on the clock of
 * net/clock.h; never later than now. */
ssize_t es_receive(int fd, uint8_t *buffer, size_t room, struct es_address *from,
                   es_usec *time);

#endif
