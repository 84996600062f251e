/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_LOOP_H
#define ES_LOOP_H

#include <coap3/coap.h>

#include <stdbool.h>
#include <stdint.h>

/* Waiting. Operations are straight code that calls es_loop_step until what they wait for
   has happened; in there, and only there, libcoap works and stdin is read. */

/* SIGTERM and SIGINT end the program. */
void es_loop_setup(void);
/* Waits for a packet, a timer of libcoap, a line or the given time, whichever comes
   first, and lets libcoap handle it. context may be NULL. False if whatever is going on
   is to be given up: end of stdin, a signal, or a reset line. */
bool es_loop_step(coap_context_t *context, uint64_t wait_ms);
/* es_loop_step until the time. */
bool es_loop_wait(coap_context_t *context, uint64_t wait_ms);
/* Whether the program is to end. */
bool es_loop_is_over(void);
/* Milliseconds on a clock that only goes forward. */
uint64_t es_loop_now_ms(void);

#endif
