/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/evidence.h"

#include "base/vector.h"
#include "net/pcapng.h"
#include "net/sink.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

enum { PORT_COAP = 5683, PORT_COAPS = 5684, SECRET_MAX = 512 };
enum {
    CLIENT_RANDOM_LINE = 14 + 64 + 1 + 96,
    SECRETS_HEADER = 16, /* of a decryption secrets block */
};

struct es_evidence {
    struct es_evidence_config cfg;
    struct es_arena *arena;
    struct es_sink capture, trace;
    uint8_t *block; /* where packets are built; made with the first packet */
    uint32_t packets;
    es_usec
        latest; /* of the trace: a remark never stands earlier than what precedes it */
    struct {
        struct es_slice *at;
        size_t n, room;
    } lines;
    /* The comments of both directions of the conversation seen last. */
    struct es_address local, remote;
    const char *comment[2];
};

static bool open_file(struct es_sink *s, const char *folder, const char *name,
                      struct es_arena *arena, struct es_diag *d)
{
    const char *path = es_arena_printf(arena, "%s/%s", folder, name);
    if (!es_sink_open(s, path)) {
        return es_fail(d, ES_LOC_NONE, ES_CODE_ENVIRONMENT, "cannot write %s: %s", path,
                       strerror(errno));
    }
    return true;
}

struct es_evidence *es_evidence_open(const struct es_evidence_config *cfg,
                                     struct es_arena *arena, struct es_diag *d)
{
    struct es_evidence *e = ES_NEW(arena, struct es_evidence);
    uint8_t head[128];
    struct es_buf b;
    e->cfg = *cfg;
    e->arena = arena;
    es_sink_init(&e->capture);
    es_sink_init(&e->trace);
    if (!cfg->folder) {
        return e;
    }
    if (!open_file(&e->capture, cfg->folder, "capture.pcapng", arena, d) ||
        !open_file(&e->trace, cfg->folder, "trace", arena, d)) {
        es_sink_close(&e->capture);
        return NULL;
    }
    es_buf_init(&b, head, sizeof head);
    es_pcapng_start(&b);
    es_sink_put(&e->capture, es_buf_slice(&b));
    return e;
}

static const char *comment_of(struct es_evidence *e, enum es_direction dir,
                              const struct es_address *local,
                              const struct es_address *remote)
{
    if (!e->comment[0] || !es_address_eq(local, &e->local) ||
        !es_address_eq(remote, &e->remote)) {
        const char *l = es_address_text(local, e->arena);
        const char *r = es_address_text(remote, e->arena);
        e->local = *local;
        e->remote = *remote;
        e->comment[ES_SENT] = es_arena_printf(e->arena, "sent %s -> %s", l, r);
        e->comment[ES_RECEIVED] = es_arena_printf(e->arena, "received %s -> %s", r, l);
    }
    return e->comment[dir];
}

/* Both ends at the server's port would make the direction unreadable. */
static uint16_t client_port(const struct es_address *a, uint16_t server_port)
{
    uint16_t port = es_address_port(a);
    return port && port != server_port ? port : 49152;
}

uint32_t es_evidence_packet(struct es_evidence *e, enum es_direction dir,
                            const struct es_address *local,
                            const struct es_address *remote, struct es_slice bytes,
                            bool plain, es_usec now)
{
    static const struct es_address nowhere;
    struct es_buf b;
    e->packets++;
    if (e->capture.fd < 0) {
        return e->packets;
    }
    local = local ? local : &nowhere;
    remote = remote ? remote : &nowhere;
    uint16_t server = plain ? PORT_COAP : PORT_COAPS;
    bool from_server = (dir == ES_SENT) == e->cfg.harness_is_server;
    struct es_pcapng_packet p = {
        .unix_us = e->cfg.start_unix_us + (now - e->cfg.start),
        .from = dir == ES_SENT ? local : remote,
        .to = dir == ES_SENT ? remote : local,
        .bytes = es_slice_sub(bytes, 0, ES_PCAPNG_DATAGRAM_MAX),
        .comment = es_slice_of(comment_of(e, dir, local, remote)),
    };
    p.from_port = from_server ? server : client_port(p.from, server);
    p.to_port = from_server ? client_port(p.to, server) : server;
    if (!e->block) {
        e->block =
            es_arena_alloc(e->arena, ES_PCAPNG_DATAGRAM_MAX + ES_PCAPNG_OVERHEAD_MAX);
    }
    es_buf_init(&b, e->block, ES_PCAPNG_DATAGRAM_MAX + ES_PCAPNG_OVERHEAD_MAX);
    es_pcapng_packet(&b, &p);
    es_sink_put(&e->capture, es_buf_slice(&b));
    return e->packets;
}

void es_evidence_secret(struct es_evidence *e, struct es_slice key_log_line)
{
    uint8_t text[SECRET_MAX], block[SECRET_MAX + ES_PCAPNG_OVERHEAD_MAX];
    struct es_buf line, b;
    if (e->cfg.without_secrets || e->capture.fd < 0) {
        return;
    }
    es_buf_init(&line, text, sizeof text);
    es_buf_put(&line, key_log_line);
    es_buf_u8(&line, '\n');
    es_buf_init(&b, block, sizeof block);
    es_pcapng_secrets(&b, es_buf_slice(&line));
    es_sink_put(&e->capture, es_buf_slice(&b));
}

/* Readers of a key log pass over lines that begin with #. */
static struct es_slice placeholder(uint8_t line[CLIENT_RANDOM_LINE])
{
    memset(line, '#', CLIENT_RANDOM_LINE);
    return es_slice_make(line, CLIENT_RANDOM_LINE);
}

uint64_t es_evidence_reserve_secret(struct es_evidence *e)
{
    uint8_t line[CLIENT_RANDOM_LINE];
    if (e->cfg.without_secrets || e->capture.fd < 0) {
        return ES_EVIDENCE_NO_MARK;
    }
    uint64_t mark = es_sink_tell(&e->capture);
    es_evidence_secret(e, placeholder(line));
    return mark;
}

void es_evidence_fill_secret(struct es_evidence *e, uint64_t mark,
                             struct es_slice key_log_line)
{
    if (mark == ES_EVIDENCE_NO_MARK || key_log_line.n != CLIENT_RANDOM_LINE) {
        return;
    }
    es_sink_rewrite(&e->capture, mark + SECRETS_HEADER, key_log_line);
}

static void add_line(struct es_evidence *e, const char *number, char mark, es_usec now,
                     const char *text)
{
    e->latest = now > e->latest ? now : e->latest;
    es_usec ms = (e->latest - e->cfg.start) / ES_USEC_PER_MS;
    char *line = (char *)es_arena_printf(e->arena, "%s +%lld.%03lld %c %s\n", number,
                                         (long long)(ms / 1000), (long long)(ms % 1000),
                                         mark, text);
    size_t n = strlen(line) - 1;
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f) {
            line[i] = '?';
        }
    }
    es_sink_put(&e->trace, es_slice_make(line, n + 1));
    ES_PUSH(e->arena, &e->lines, es_slice_make(line, n));
}

void es_evidence_line(struct es_evidence *e, uint32_t number, enum es_direction dir,
                      es_usec now, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *text = es_arena_vprintf(e->arena, fmt, args);
    va_end(args);
    const char *mark = number ? es_arena_printf(e->arena, "#%u", number) : "-";
    add_line(e, mark, dir == ES_SENT ? '>' : '<', now, text);
}

void es_evidence_note(struct es_evidence *e, es_usec now, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *text = es_arena_vprintf(e->arena, fmt, args);
    va_end(args);
    add_line(e, "-", '*', now, text);
}

size_t es_evidence_count(const struct es_evidence *e)
{
    return e->lines.n;
}

struct es_slice es_evidence_get(const struct es_evidence *e, size_t index)
{
    return index < e->lines.n ? e->lines.at[index] : ES_SLICE_NONE;
}

uint32_t es_evidence_last(const struct es_evidence *e)
{
    return e->packets;
}

void es_evidence_flush(struct es_evidence *e)
{
    if (e->capture.buf.n) {
        es_sink_flush(&e->capture);
    }
    if (e->trace.buf.n) {
        es_sink_flush(&e->trace);
    }
}

static bool close_file(struct es_sink *s, struct es_diag *d)
{
    int error = es_sink_close(s);
    return !error || es_fail(d, ES_LOC_NONE, ES_CODE_ENVIRONMENT, "cannot write %s: %s",
                             s->path, strerror(error));
}

bool es_evidence_close(struct es_evidence *e, struct es_diag *d)
{
    bool captured = close_file(&e->capture, d);
    bool traced = close_file(&e->trace, d);
    return captured && traced;
}
