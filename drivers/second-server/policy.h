/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_POLICY_H
#define ES_POLICY_H

#include "octets.h"

/* How enrolments are answered; set by lines on stdin (drivers/CONTRACT.md). */

enum es_answer { ES_ANSWER_NOW, ES_ANSWER_SEPARATE, ES_ANSWER_PENDING };

enum { ES_PENDING_KEY_LEN = 32 };

enum es_answer es_policy_answer(void);
/* True if the line is known, and in force now. */
bool es_policy_command(const char *line);
/* For how many seconds the request with this digest has to wait, 0 for not at all. */
uint32_t es_policy_wait_seconds(const uint8_t key[ES_PENDING_KEY_LEN], uint64_t now_ms);
void es_policy_close(void);

#endif
