/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_BAG_H
#define ES_BAG_H

#include "octets.h"

/* Certificates one behind the other in `certificates`, as certs-only CMS SignedData. */
void es_bag_write(struct es_bytes certificates, struct es_octets *out);

#endif
