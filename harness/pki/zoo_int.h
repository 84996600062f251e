/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_PKI_ZOO_INT_H
#define ES_PKI_ZOO_INT_H

#include "base/arena.h"

/* `FOLDER/NAME.SUFFIX` in the arena. */
const char *es_zoo_path(struct es_arena *a, const char *folder, const char *name,
                        const char *suffix);

#endif
