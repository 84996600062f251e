/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/clock.h"
#include "run/run_int.h"

static bool is_shared(const struct es_driver_spec *s)
{
    if (!s->is_server && !s->is_registrar) {
        return false;
    }
    if (s->adapter != ES_ADAPTER_PROCESS) {
        return true;
    }
    /* One at a time without a way to reset it: each instance gets a fresh copy. */
    return s->isolation == ES_ISOLATION_SHARED ||
           (s->isolation == ES_ISOLATION_SERIAL && s->reset);
}

static bool launch(struct es_shared_peer *p)
{
    const struct es_driver_config cfg = {
        .spec = p->cfg->driver,
        .role = p->role,
        .pki_folder = p->cfg->pki_folder,
        .log_folder = p->cfg->folder,
        .log_path = es_arena_printf(p->arena, "%s/peer.log", p->cfg->folder),
    };
    p->driver = es_driver_start(&cfg, p->arena, es_clock_now());
    return es_driver_wait_ready(p->driver) == ES_DRIVER_READY;
}

bool es_shared_peer_start(struct es_shared_peer *p, const struct es_run_config *cfg,
                          struct es_arena *arena, struct es_diag *d)
{
    *p = (struct es_shared_peer){.cfg = cfg, .arena = arena};
    p->role = cfg->driver->is_server ? ES_ROLE_SERVER : ES_ROLE_REGISTRAR;
    if (!is_shared(cfg->driver) || launch(p)) {
        return true;
    }
    struct es_loc loc = {.file = cfg->driver->folder};
    es_fail(d, loc, ES_CODE_DRIVER, "the peer does not start: %s",
            es_driver_reason(p->driver));
    es_shared_peer_stop(p);
    return false;
}

const struct es_address *es_shared_peer_address(const struct es_shared_peer *p)
{
    return p->driver ? es_driver_address(p->driver) : NULL;
}

void es_shared_peer_reset(struct es_shared_peer *p)
{
    const char *reset = p->cfg->driver->reset;
    if (p->driver && reset && p->cfg->driver->isolation == ES_ISOLATION_SERIAL) {
        es_driver_tell(p->driver, reset);
    }
}

const char *es_shared_peer_poll(struct es_shared_peer *p)
{
    if (!p->driver || es_driver_poll(p->driver, es_clock_now()) != ES_DRIVER_CRASHED) {
        return NULL;
    }
    const char *reason = es_arena_printf(p->arena, "%s", es_driver_reason(p->driver));
    es_driver_stop(p->driver);
    launch(p);
    return reason;
}

void es_shared_peer_stop(struct es_shared_peer *p)
{
    if (p->driver) {
        es_driver_stop(p->driver);
        p->driver = NULL;
    }
}
