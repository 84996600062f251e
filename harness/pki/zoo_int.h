/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_PKI_ZOO_INT_H
#define ES_PKI_ZOO_INT_H

#include "base/arena.h"

/* The private key of `key-transport`, PEM; and the key-encryption key, 16 octets. */
extern const char es_zoo_rsa_key[];
extern const char es_zoo_kek_text[];

/* `FOLDER/NAME.SUFFIX` in the arena. */
const char *es_zoo_path(struct es_arena *a, const char *folder, const char *name,
                        const char *suffix);

#endif
