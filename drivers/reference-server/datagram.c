/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "datagram.h"

#include "behaviour.h"
#include "disturb.h"
#include "remote.h"

#include <dlfcn.h>
#include <netinet/in.h>
#include <string.h>

static uint8_t content_type;
static bool is_copy;

uint8_t es_datagram_content_type(void)
{
    return content_type;
}

bool es_datagram_is_copy(void)
{
    return is_copy;
}

/* Compares the ends: a protected record ends with its tag. */
static void note_copy(struct es_remote *remote, struct es_bytes datagram)
{
    const uint8_t *end = datagram.p + datagram.n;
    size_t n = sizeof remote->latest;
    is_copy = datagram.n > n && memcmp(end - n, remote->latest, n) == 0;
    if (datagram.n > n) {
        memcpy(remote->latest, end - n, n);
    }
}

/* The function of libc behind the one defined here. */
static void *libc_symbol(const char *name)
{
    void *lib = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    return lib != NULL ? dlsym(lib, name) : NULL;
}

static ssize_t real_recvmsg(int fd, struct msghdr *msg, int flags)
{
    static ssize_t (*real)(int, struct msghdr *, int);
    if (real == NULL) {
        void *symbol = libc_symbol("recvmsg");
        memcpy(&real, &symbol, sizeof real);
    }
    return real(fd, msg, flags);
}

static ssize_t real_sendmsg(int fd, const struct msghdr *msg, int flags)
{
    static ssize_t (*real)(int, const struct msghdr *, int);
    if (real == NULL) {
        void *symbol = libc_symbol("sendmsg");
        memcpy(&real, &symbol, sizeof real);
    }
    return real(fd, msg, flags);
}

static bool is_hello(const struct es_record *record)
{
    return record->has_handshake && record->msg_type == ES_HANDSHAKE_CLIENT_HELLO;
}

/* Puts fragments together. True if the datagram is to be passed on, as it is or as the
   whole message; false if it was a fragment and more must come. */
static bool assemble(struct es_remote *remote, uint8_t *data, size_t *len, size_t room)
{
    struct es_bytes datagram = {data, *len};
    struct es_record record;
    size_t pos = 0;
    bool fragments = false;
    while (es_record_next(datagram, &pos, &record) && is_hello(&record)) {
        if (record.frag_len == record.msg_len) {
            return true;
        }
        fragments = true;
        if (es_hello_take(&remote->hello, &record)) {
            *len = es_hello_write(&remote->hello, &record, data, room);
            return *len > 0;
        }
    }
    return !fragments;
}

/* To which association a datagram belongs; NULL if to none. */
static struct es_association *route(struct es_remote *remote, struct es_bytes datagram)
{
    struct es_record record;
    size_t pos = 0;
    struct es_association *current = &remote->current;
    if (!es_record_next(datagram, &pos, &record) || !is_hello(&record)) {
        return current;
    }
    bool idle = current->state == ES_ASSOCIATION_NEW;
    if (idle || es_mutant_is(ES_MUTANT_RECONNECT_SAME_PORT_IGNORED)) {
        return current;
    }
    if (es_mutant_is(ES_MUTANT_HELLO_ENDS_SESSION)) {
        es_remote_candidate(remote);
        es_remote_promote(remote);
        return current;
    }
    /* The ClientHello that began the running handshake may come again; it has a cookie
       and no candidate has given one out. */
    struct es_bytes body = {record.fragment.p + ES_HANDSHAKE_HEAD_BYTES,
                            record.fragment.n - ES_HANDSHAKE_HEAD_BYTES};
    if (es_hello_has_cookie(body) && !remote->has_candidate) {
        return current;
    }
    /* Without a cookie exchange only a whole handshake could show that somebody is there;
       until then the old association must stay (4.2.8). This variant keeps it for good. */
    if (es_variant_is(ES_VARIANT_OK_NO_HVR)) {
        return NULL;
    }
    return es_remote_candidate(remote);
}

/* The mutant for which the order of flight 5 is a matter of life and death. */
static bool is_in_order(struct es_association *a, struct es_bytes datagram)
{
    struct es_record record;
    size_t pos = 0;
    if (a->state != ES_ASSOCIATION_HANDSHAKING) {
        return true;
    }
    while (es_record_next(datagram, &pos, &record)) {
        if (record.has_handshake &&
            record.msg_type == ES_HANDSHAKE_CLIENT_KEY_EXCHANGE) {
            a->key_exchange_seen = true;
        } else if (record.type == ES_RECORD_CCS) {
            a->dead = a->dead || !a->key_exchange_seen;
            a->ccs_seen = true;
        } else if (record.epoch > 0) {
            a->dead = a->dead || !a->ccs_seen;
        }
    }
    return !a->dead;
}

static void send_fatal_alert(int fd, const struct es_remote *remote)
{
    enum { UNEXPECTED_MESSAGE = 10, DECRYPT_ERROR = 51 };
    bool hashes = es_mutant_is(ES_MUTANT_FRAGMENTS_HASHED);
    uint8_t name = hashes ? DECRYPT_ERROR : UNEXPECTED_MESSAGE;
    const uint8_t alert[] = {21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 99, 0, 2, 2, name};
    socklen_t len = remote->address.ss_family == AF_INET ? sizeof(struct sockaddr_in)
                                                         : sizeof(struct sockaddr_in6);
    sendto(fd, alert, sizeof alert, 0, (const struct sockaddr *)&remote->address, len);
}

/* Judges what was received. False if libcoap is not to see it. */
static bool take(int fd, struct msghdr *msg, size_t *len)
{
    struct sockaddr_storage address = {0};
    memcpy(&address, msg->msg_name, msg->msg_namelen);
    struct es_remote *remote = es_remote_of(&address);
    uint8_t *data = msg->msg_iov[0].iov_base;
    content_type = data[0];
    note_copy(remote, (struct es_bytes){data, *len});
    if (!es_disturb_received(&remote->current, data, len)) {
        if (remote->current.dead) {
            send_fatal_alert(fd, remote);
        }
        return false;
    }
    if (!es_mutant_is(ES_MUTANT_CH_FRAGMENT_UNSUPPORTED) &&
        !assemble(remote, data, len, msg->msg_iov[0].iov_len)) {
        return false;
    }
    struct es_bytes datagram = {data, *len};
    struct es_association *a = route(remote, datagram);
    if (a == NULL) {
        return false;
    }
    if (es_mutant_is(ES_MUTANT_REORDER_KILLS_HANDSHAKE) && !is_in_order(a, datagram)) {
        send_fatal_alert(fd, remote);
        return false;
    }
    memcpy(msg->msg_name, &a->alias, msg->msg_namelen);
    return true;
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
    ssize_t n = real_recvmsg(fd, msg, flags);
    bool udp = msg->msg_name != NULL && msg->msg_iovlen == 1 &&
               (msg->msg_namelen == sizeof(struct sockaddr_in) ||
                msg->msg_namelen == sizeof(struct sockaddr_in6));
    if (n <= 0 || !udp) {
        return n;
    }
    size_t len = (size_t)n;
    return take(fd, msg, &len) ? (ssize_t)len : 0;
}

static bool is_older(const struct es_association *a, const struct es_record *record)
{
    return a->flight_sent &&
           (record->msg_seq < a->last_seq ||
            (record->msg_seq == a->last_seq && record->frag_off <= a->last_off));
}

/* True if the record was sent before: for the mutant that sends each flight once. */
static bool is_repeated(struct es_association *a, const struct es_record *record)
{
    bool repeated = false;
    if (record->type == ES_RECORD_CCS) {
        repeated = a->ccs_sent;
        a->ccs_sent = true;
    } else if (record->has_handshake &&
               record->msg_type != ES_HANDSHAKE_VERIFY_REQUEST) {
        repeated = is_older(a, record);
        a->flight_sent = true;
        a->last_seq = repeated ? a->last_seq : record->msg_seq;
        a->last_off = repeated ? a->last_off : record->frag_off;
    }
    return repeated;
}

/* Follows the handshake by what we send. False if the datagram is to be held back. */
static bool follow(struct es_remote *remote, struct es_association *a,
                   struct es_bytes datagram)
{
    struct es_record record;
    size_t pos = 0;
    bool send = true;
    while (es_record_next(datagram, &pos, &record)) {
        if (record.has_handshake && record.msg_type == ES_HANDSHAKE_SERVER_HELLO) {
            if (a == &remote->candidate) {
                es_remote_promote(remote);
                a = &remote->current;
            }
            a->state =
                a->state == ES_ASSOCIATION_NEW ? ES_ASSOCIATION_HANDSHAKING : a->state;
        } else if (record.epoch > 0) {
            a->state = ES_ASSOCIATION_ESTABLISHED;
        } else if (record.type == ES_RECORD_ALERT &&
                   es_variant_is(ES_VARIANT_OK_SILENCE_ON_WRONG_MESSAGE)) {
            send = false;
        }
        if (is_repeated(a, &record)) {
            es_disturb_repeated(&record);
            send = send && !es_mutant_is(ES_MUTANT_FLIGHT_NOT_RETRANSMITTED);
        }
    }
    return send;
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
    bool udp = msg->msg_name != NULL && msg->msg_iovlen == 1 &&
               (msg->msg_namelen == sizeof(struct sockaddr_in) ||
                msg->msg_namelen == sizeof(struct sockaddr_in6));
    if (!udp) {
        return real_sendmsg(fd, msg, flags);
    }
    ssize_t len = (ssize_t)msg->msg_iov[0].iov_len;
    struct sockaddr_storage alias = {0};
    memcpy(&alias, msg->msg_name, msg->msg_namelen);
    struct es_remote *remote;
    bool known;
    struct es_association *a = es_remote_find_alias(&alias, &remote, &known);
    if (a == NULL) {
        /* A session that was taken over says its farewell to nobody. */
        return known ? len : real_sendmsg(fd, msg, flags);
    }
    struct es_bytes datagram = {msg->msg_iov[0].iov_base, (size_t)len};
    if (!follow(remote, a, datagram)) {
        return len;
    }
    struct msghdr copy = *msg;
    copy.msg_name = &remote->address;
    return real_sendmsg(fd, &copy, flags);
}
