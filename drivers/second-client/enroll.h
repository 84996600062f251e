/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_ENROLL_H
#define ES_ENROLL_H

#include "links.h"
#include "session.h"

/* sen, sren, skg and skc at that URI, in a new session. NULL, or why nothing was enrolled. */
const char *es_enroll_run(struct es_session *session, enum es_function function,
                          const struct es_uri *uri);

#endif
