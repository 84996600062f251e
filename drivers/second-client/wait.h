/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_WAIT_H
#define ES_WAIT_H

#include <stdbool.h>
#include <stdint.h>

/* Waits for a datagram on fd (-1: none), a line or the time. False: what is going on is to
   be given up; stdin ended, a signal came, or the line "reset". */
bool es_wait(int fd, uint64_t until_ms);

#endif
