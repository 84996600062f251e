/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_OPS_SENDING_H
#define ES_OPS_SENDING_H

/* What verbs that send single messages, records and datagrams have in common. */

#include "stage/stage.h"

/* The channel of the step, open for CoAP. NULL: a finding says why not. */
struct es_channel *es_sending_channel(struct es_stage *g, const struct es_step *step);
/* Sends bytes as a CoAP message inside the channel. What they hold is what `expect` then
 * waits an answer for. Sets time and packet of m, which is what the bytes say, or NULL: it is
 * then read from them. */
enum es_io es_sending_bytes(struct es_stage *g, struct es_channel *ch,
                            struct es_slice bytes, struct es_coap_message *m);
/* Sends a datagram below DTLS, with a line for the trace. */
enum es_io es_sending_datagram(struct es_stage *g, struct es_channel *ch,
                               struct es_slice bytes, const char *text);
/* How the step goes on after sending: a refusal by the network is the environment's. */
enum es_progress es_sending_done(struct es_stage *g, const struct es_step *step,
                                 const struct es_channel *ch, enum es_io io);

#endif
