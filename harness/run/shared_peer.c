/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/clock.h"
#include "run/run_int.h"

static bool is_client(const struct es_driver_spec *s)
{
    return !s->is_server && !s->is_registrar;
}

/* Whether the parent has the driver, or each worker its own. */
static bool is_shared(const struct es_driver_spec *s)
{
    if (s->adapter != ES_ADAPTER_PROCESS) {
        return true;
    }
    /* One at a time without a way to reset it: each instance gets a fresh copy. */
    bool serial = s->isolation == ES_ISOLATION_SERIAL && s->reset.way == ES_WAY_STDIN;
    return serial || (s->isolation == ES_ISOLATION_SHARED && !is_client(s));
}

static bool is_lent(const struct es_shared_peer *p)
{
    return p->driver && p->role == ES_ROLE_CLIENT;
}

/* Whoever waits for a device may also be interrupted. */
static enum es_driver_state wait_ready(struct es_shared_peer *p)
{
    struct es_loop loop;
    while (es_driver_poll(p->driver, es_clock_now()) == ES_DRIVER_STARTING &&
           !es_interrupt_came()) {
        es_loop_clear(&loop);
        es_driver_watch(p->driver, &loop);
        es_loop_wait(&loop);
    }
    return es_driver_state(p->driver);
}

static bool launch(struct es_shared_peer *p)
{
    const struct es_run_config *cfg = p->cfg;
    struct es_driver_config driver = {
        .spec = cfg->driver,
        .role = p->role,
        .pki_folder = cfg->pki_folder,
        .log_folder = cfg->folder,
        .log_path = es_arena_printf(p->arena, "%s/peer.log", cfg->folder),
        .answers = cfg->answers,
        .dtls_fd = -1,
        .is_shared = p->role == ES_ROLE_CLIENT,
    };
    if (p->listener) {
        driver.uri = es_worker_uri(cfg->driver, p->listener, p->arena);
        driver.dtls_fd = es_listener_fd(p->listener);
    }
    p->driver = es_driver_start(&driver, p->arena, es_clock_now());
    if (cfg->on_wait && cfg->driver->within > 0 &&
        es_driver_state(p->driver) == ES_DRIVER_STARTING) {
        cfg->on_wait(cfg->context, driver.uri);
    }
    enum es_driver_state state = wait_ready(p);
    return state == ES_DRIVER_READY ||
           (state == ES_DRIVER_STARTING && es_interrupt_came());
}

/* A client that there is only one of comes to one place, also between instances. */
static bool open_listener(struct es_shared_peer *p, struct es_diag *d)
{
    const struct es_driver_spec *s = p->cfg->driver;
    if (!is_client(s) || s->isolation != ES_ISOLATION_SERIAL) {
        return true;
    }
    p->listener = es_worker_listen(s, p->arena, d);
    return p->listener != NULL;
}

bool es_shared_peer_start(struct es_shared_peer *p, const struct es_run_config *cfg,
                          struct es_arena *arena, struct es_diag *d)
{
    *p = (struct es_shared_peer){.cfg = cfg, .arena = arena};
    p->role = cfg->driver->is_server   ? ES_ROLE_SERVER
              : cfg->driver->is_client ? ES_ROLE_CLIENT
                                       : ES_ROLE_REGISTRAR;
    ES_TRY(open_listener(p, d));
    if (!is_shared(cfg->driver) || launch(p)) {
        return true;
    }
    struct es_loc loc = {.file = cfg->driver->folder};
    es_fail(d, loc, ES_CODE_DRIVER, "the peer does not start: %s",
            es_driver_reason(p->driver));
    es_shared_peer_stop(p);
    return false;
}

void es_shared_peer_lend(const struct es_shared_peer *p, struct es_worker_config *w)
{
    w->listener = p->listener;
    if (is_lent(p)) {
        w->driver = p->driver;
        es_driver_forget_waited(p->driver);
    } else if (p->driver) {
        w->address = es_driver_address(p->driver);
    }
}

void es_shared_peer_reset(struct es_shared_peer *p)
{
    const struct es_driver_spec *s = p->cfg->driver;
    if (p->driver && !is_lent(p) && s->reset.way == ES_WAY_STDIN &&
        s->isolation == ES_ISOLATION_SERIAL) {
        es_driver_tell(p->driver, s->reset.text);
    }
}

void es_shared_peer_watch(struct es_shared_peer *p, struct es_loop *loop)
{
    if (is_lent(p)) {
        es_loop_until(loop, es_clock_now() + ES_DRIVER_TEND_INTERVAL);
    } else if (p->driver) {
        es_driver_watch(p->driver, loop);
    }
}

static const char *restart(struct es_shared_peer *p)
{
    const char *reason = es_arena_printf(p->arena, "%s", es_driver_reason(p->driver));
    es_driver_stop(p->driver);
    launch(p);
    return reason;
}

const char *es_shared_peer_poll(struct es_shared_peer *p)
{
    if (is_lent(p)) {
        es_driver_tend(p->driver);
        return NULL;
    }
    bool crashed =
        p->driver && es_driver_poll(p->driver, es_clock_now()) == ES_DRIVER_CRASHED;
    return crashed ? restart(p) : NULL;
}

const char *es_shared_peer_take_back(struct es_shared_peer *p)
{
    const char *crash = NULL;
    if (is_lent(p)) {
        es_driver_revive(p->driver, &crash);
    }
    return crash;
}

es_usec es_shared_peer_waited(const struct es_shared_peer *p)
{
    return is_lent(p) ? es_driver_waited(p->driver, es_clock_now()) : 0;
}

void es_shared_peer_stop(struct es_shared_peer *p)
{
    if (p->driver) {
        es_driver_stop(p->driver);
        p->driver = NULL;
    }
    if (p->listener) {
        es_listener_close(p->listener);
        p->listener = NULL;
    }
}
