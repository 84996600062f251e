/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nothing is started: a server that runs at its address, or a device that comes by itself, as
 * often and for whatever it likes. Nobody can tell it anything or see how it fares. */
#include "driver/driver_int.h"
#include "net/clock.h"

#include <string.h>

static void start(struct es_driver *v, es_usec now)
{
    const struct es_driver_spec *s = v->cfg.spec;
    v->deadline = now + s->within;
    if (v->cfg.role == ES_ROLE_CLIENT) {
        v->state = v->cfg.dtls_fd >= 0 ? ES_DRIVER_STARTING : ES_DRIVER_READY;
    } else if (es_driver_resolve(v, s->address)) {
        v->state = ES_DRIVER_READY;
    }
}

static void watch(struct es_driver *v, struct es_loop *loop)
{
    if (v->state == ES_DRIVER_STARTING) {
        es_loop_watch(loop, v->cfg.dtls_fd);
    }
}

/* What it sends first is left to the first instance. */
static void poll(struct es_driver *v, es_usec now)
{
    struct es_loop loop;
    if (v->state != ES_DRIVER_STARTING) {
        return;
    }
    es_loop_clear(&loop);
    size_t at = es_loop_watch(&loop, v->cfg.dtls_fd);
    es_loop_until(&loop, now);
    es_loop_wait(&loop);
    if (loop.ready[at]) {
        v->state = ES_DRIVER_READY;
    } else if (now >= v->deadline) {
        es_driver_fail(v, "nobody came to %s within %s", v->cfg.uri,
                       es_text_of_duration(v->arena, v->cfg.spec->within));
    }
}

static bool begin(struct es_driver *v, const char *text)
{
    (void)text;
    v->is_begun = strcmp(v->op, "boot") != 0;
    return v->is_begun;
}

static void conclude(struct es_driver *v)
{
    es_driver_settle_outcome(v, ES_OUTCOME_UNKNOWN,
                             ES_SLICE_LIT("the device came by itself"));
}

const struct es_adapter es_adapter_passive = {
    .own_size = 1,
    .start = start,
    .watch = watch,
    .poll = poll,
    .begin = begin,
    .conclude = conclude,
    .awaits_device = true,
    .is_unasked = true,
};
