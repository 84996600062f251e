/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_DRIVER_DRIVER_INT_H
#define ES_DRIVER_DRIVER_INT_H

/*
 * The inside of a driver, private to driver/. What all kinds of adapter have in common is in
 * driver.c; what is special to a kind is one const struct es_adapter, in adapter_<kind>.c.
 */

#include "driver/driver.h"
#include "driver/output.h"

struct es_adapter {
    size_t own_size;
    /* Begins; the state becomes READY, or stays STARTING until poll makes it READY, or becomes
     * FAILED (es_driver_fail). */
    void (*start)(struct es_driver *v, es_usec now);
    /* The others may be NULL: there is nothing to do. */
    void (*watch)(struct es_driver *v, struct es_loop *loop);
    void (*poll)(struct es_driver *v, es_usec now);
    /* Starts the operation v->op, told by `text`, or the reset (v->op NULL). */
    bool (*begin)(struct es_driver *v, const char *text);
    /* Writes a line to its stdin. */
    bool (*tell)(struct es_driver *v, const char *line);
    void (*conclude)(struct es_driver *v);
    bool (*restart)(struct es_driver *v);
    /* Whether the device can be told something now. */
    bool (*is_idle)(const struct es_driver *v);
    void (*enter)(struct es_driver *v);
    void (*leave)(struct es_driver *v);
    void (*tend)(struct es_driver *v);
    bool (*revive)(struct es_driver *v, const char **crash);
    void (*stop)(struct es_driver *v);
    bool awaits_device, is_unasked;
};

/* What worker and parent both see. */
struct es_driver_clock {
    es_usec waited, since; /* since 0: nobody is waited for */
    unsigned absences;     /* how often in a row the device was waited for in vain */
    bool is_proven;
};

struct es_driver {
    struct es_driver_config cfg;
    const struct es_adapter *adapter;
    void *own; /* of the adapter */
    struct es_arena *arena;
    enum es_driver_state state;
    const char *reason;
    struct es_output output;
    struct es_address address;
    struct es_driver_clock *clock;
    int acknowledged;
    const char *op, *uri; /* under way, or the last one; NULL: none */
    bool is_begun, is_confirmed;
    const char *person; /* who is asked; NULL: nobody (yet) */
    enum es_outcome outcome;
    const char *outcome_text;
    es_usec deadline; /* while STARTING */
};

void es_driver_fail(struct es_driver *v, const char *fmt, ...) ES_PRINTF(2, 3);
/* The first note of a diag, as a reason. */
const char *es_driver_first_note(const struct es_diag *d, struct es_arena *a);
/* Memory that forked workers share, if there will be any. */
void *es_driver_share(const struct es_driver *v, size_t n);
bool es_driver_is_live(const struct es_driver *v);
/* Takes the address of a server from its URI; FAILED if that is none. */
bool es_driver_resolve(struct es_driver *v, const char *uri);
/* The outcome is known. */
void es_driver_settle_outcome(struct es_driver *v, enum es_outcome outcome,
                              struct es_slice text);
/* What the patterns of the driver make of a line: NONE if neither occurs in it. *text is the
 * line, or what the group `error` found in it. */
enum es_outcome es_driver_match(const struct es_driver *v, struct es_slice line,
                                struct es_slice *text);
/* Waits for something to happen, or until then; takes it in. */
void es_driver_turn(struct es_driver *v, es_usec until);
/* Enters a line in peer.log. */
void es_driver_note(struct es_driver *v, const char *stream, const char *fmt, ...)
    ES_PRINTF(3, 4);

#endif
