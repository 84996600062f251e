/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_PLEDGE_H
#define ES_PLEDGE_H

#include "attrs.h"
#include "credential.h"
#include "links.h"
#include "trust.h"

/* What the device knows. Stored: identity, the certificate it enrolled for, its anchors. Gone
   with the next boot: what discovery and att said. */
struct es_pledge {
    struct es_credential *idevid, *enrolled; /* enrolled: NULL before the first time */
    struct es_trust trust;
    struct es_attrs attrs;
    struct es_links links;
};

extern struct es_pledge es_pledge;

/* The files are named in drivers/CONTRACT.md. False says why in the log. */
bool es_pledge_load(const char *dir);
void es_pledge_unload(void);
/* For a handshake: what it enrolled for, while that is valid, else the IDevID. */
const struct es_credential *es_pledge_credential(void);
/* Takes it over. */
void es_pledge_enroll(struct es_credential *credential);
void es_pledge_boot(void);
void es_pledge_reset(void);

#endif
