/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Below DTLS: the send and recv of libcoap and the BIO_write of OpenSSL end here, for the
   mutants and variants of the handshake. Everything else passes unchanged. */
#include "behaviour.h"
#include "hello.h"
#include "record.h"

#include <openssl/bio.h>

#include <sys/socket.h>

/* True if the datagram has a fragment of a handshake message. */
static bool has_fragment(struct es_bytes datagram)
{
    struct es_record record;
    size_t pos = 0;
    while (es_record_next(datagram, &pos, &record)) {
        if (record.has_handshake && record.frag_len < record.msg_len) {
            return true;
        }
    }
    return false;
}

ssize_t recv(int fd, void *buf, size_t room, int flags)
{
    ssize_t n = recvfrom(fd, buf, room, flags, NULL, NULL);
    if (n > 0 && es_mutant_is(ES_MUTANT_SH_FRAGMENT_UNSUPPORTED) &&
        has_fragment((struct es_bytes){buf, (size_t)n})) {
        return 0;
    }
    return n;
}

ssize_t send(int fd, const void *data, size_t n, int flags)
{
    struct es_buffer edited = {NULL, 0, 0};
    if (!es_hello_edit_datagram((struct es_bytes){data, n}, &edited)) {
        es_buffer_free(&edited);
        return sendto(fd, data, n, flags, NULL, 0);
    }
    ssize_t r = sendto(fd, edited.p, edited.n, flags, NULL, 0);
    es_buffer_free(&edited);
    return r < 0 ? r : (ssize_t)n;
}

/* OpenSSL collects the messages of the handshake in a memory BIO before it hashes them. */
int BIO_write(BIO *bio, const void *data, int n)
{
    struct es_buffer edited = {NULL, 0, 0};
    size_t written = 0;
    if (n <= 0) {
        return 0;
    }
    struct es_bytes in = {data, (size_t)n};
    bool hashed = BIO_method_type(bio) == BIO_TYPE_MEM && es_hello_edit(in, &edited);
    int ok = hashed ? BIO_write_ex(bio, edited.p, edited.n, &written)
                    : BIO_write_ex(bio, data, in.n, &written);
    es_buffer_free(&edited);
    if (ok != 1) {
        return -1;
    }
    return hashed ? n : (int)written;
}
