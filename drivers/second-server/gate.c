/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gate.h"

#include "host.h"
#include "session.h"

#include <mbedtls/ssl.h>

#include <string.h>

enum { SESSIONS_MAX = 64, SLOTS = 8 };

/* Where the fragments of a ClientHello of one address are collected. */
struct slot {
    struct es_address address;
    uint64_t used_ms;
    struct es_hello hello;
};

static struct es_session *sessions;
static struct slot slots[SLOTS];

static struct es_session **find(const struct es_address *address)
{
    struct es_session **at = &sessions;
    while (*at != NULL && !es_address_equal(&(*at)->link.address, address)) {
        at = &(*at)->next;
    }
    return at;
}

static void drop(struct es_session **at)
{
    struct es_session *s = *at;
    *at = s->next;
    es_session_free(s);
}

static void make_room(void)
{
    struct es_session **oldest = &sessions;
    size_t count = 0;
    for (struct es_session **at = &sessions; *at != NULL; at = &(*at)->next) {
        oldest = (*at)->used_ms < (*oldest)->used_ms ? at : oldest;
        count++;
    }
    if (count >= SESSIONS_MAX) {
        drop(oldest);
    }
}

static struct slot *slot_of(const struct es_address *address)
{
    struct slot *oldest = &slots[0];
    for (size_t i = 0; i < SLOTS; i++) {
        if (es_address_equal(&slots[i].address, address)) {
            return &slots[i];
        }
        oldest = slots[i].used_ms < oldest->used_ms ? &slots[i] : oldest;
    }
    memset(oldest, 0, sizeof *oldest);
    oldest->address = *address;
    return oldest;
}

static void welcome(int fd, const struct es_address *from,
                    const struct es_hello_view *view, struct es_bytes hello)
{
    struct es_session *s = es_session_new(fd, from, view);
    if (s == NULL) {
        return;
    }
    if (es_session_take(s, hello) != ES_SESSION_ALIVE) {
        es_session_free(s);
        return;
    }
    struct es_session **old = find(from);
    if (*old != NULL) {
        drop(old);
    }
    make_room();
    s->next = sessions;
    sessions = s;
}

static void pass_on(const struct es_address *from, struct es_bytes datagram)
{
    struct es_session **at = find(from);
    if (*at != NULL && es_session_take(*at, datagram) != ES_SESSION_ALIVE) {
        drop(at);
    }
}

/* A ClientHello that opened a session may come again: our flight was lost, or the copy was
   late. The one before it, without cookie, means nothing while we shake hands, and later
   only what it means from anybody. */
static bool is_settled(const struct es_address *from, const struct es_hello_view *view,
                       struct es_bytes hello)
{
    struct es_session *s = *find(from);
    if (s == NULL || memcmp(s->hello.random, view->random, sizeof view->random) != 0) {
        return false;
    }
    bool open = es_session_is_open(s), same = s->hello.msg_seq == view->msg_seq;
    if (!open && same) {
        pass_on(from, hello);
    }
    return !open || same;
}

static void take_hello(int fd, const struct es_address *from, struct es_bytes hello)
{
    struct es_hello_view view;
    if (!es_hello_look(hello, &view) || is_settled(from, &view, hello)) {
        return;
    }
    if (view.lacks_uncompressed) {
        struct es_octets alert = {NULL, 0, 0};
        es_hello_write_alert(hello, MBEDTLS_SSL_ALERT_MSG_ILLEGAL_PARAMETER, &alert);
        es_udp_send(fd, from, es_octets_view(&alert));
        es_octets_free(&alert);
        return;
    }
    welcome(fd, from, &view, hello);
}

void es_gate_take(int fd, const struct es_address *from, struct es_bytes datagram)
{
    struct slot *slot = slot_of(from);
    struct es_octets whole = {NULL, 0, 0};
    slot->used_ms = es_now_ms();
    switch (es_hello_collect(&slot->hello, datagram, &whole)) {
    case ES_HELLO_NONE:
        pass_on(from, es_hello_trim(datagram));
        break;
    case ES_HELLO_PARTIAL:
        break;
    case ES_HELLO_WHOLE:
        take_hello(fd, from, es_octets_view(&whole));
        break;
    }
    es_octets_free(&whole);
}

uint64_t es_gate_tick(void)
{
    uint64_t next_ms = UINT64_MAX;
    struct es_session **at = &sessions;
    while (*at != NULL) {
        if (es_session_tick(*at, &next_ms) != ES_SESSION_ALIVE) {
            drop(at);
        } else {
            at = &(*at)->next;
        }
    }
    return next_ms;
}

void es_gate_close(void)
{
    while (sessions != NULL) {
        drop(&sessions);
    }
}
