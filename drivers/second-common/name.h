/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_NAME_H
#define ES_NAME_H

#include "octets.h"

/* A Name in DER that is a sequence of sets of attributes. */
bool es_name_is_sound(struct es_bytes name);
bool es_name_is_empty(struct es_bytes name);
/* RFC 5280, 7.1: case, blanks and the type of string do not matter. */
bool es_name_equal(struct es_bytes a, struct es_bytes b);
/* GeneralNames in DER, each name of one in the other, order apart. {NULL, 0}: none. */
bool es_alt_names_equal(struct es_bytes a, struct es_bytes b);

#endif
