/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/random.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * The yardstick of bench.py: what the client half of a DTLS handshake costs in a process of
 * its own when nothing but wolfSSL does it. Usage: bench_handshake PORT TRUST.pem CHAIN.pem
 * KEY.pem COUNT. Prints for each handshake a line with the CPU time of the process and a
 * line `+n` with that of the fork, in microseconds.
 */

enum { ARGUMENTS = 6, COUNT_MAX = 1000 };

static const char suite[] = "ECDHE-ECDSA-AES128-CCM-8";

static long cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int fail(const char *what)
{
    fprintf(stderr, "bench_handshake: %s\n", what);
    return -1;
}

static WOLFSSL_CTX *make_context(const char *trust, const char *chain, const char *key)
{
    WOLFSSL_CTX *ctx = wolfSSL_CTX_new(wolfDTLSv1_2_client_method());
    if (!ctx || !wolfSSL_CTX_set_cipher_list(ctx, suite) ||
        wolfSSL_CTX_load_verify_locations(ctx, trust, NULL) != WOLFSSL_SUCCESS ||
        wolfSSL_CTX_use_certificate_chain_file(ctx, chain) != WOLFSSL_SUCCESS ||
        wolfSSL_CTX_use_PrivateKey_file(ctx, key, WOLFSSL_FILETYPE_PEM) !=
            WOLFSSL_SUCCESS) {
        wolfSSL_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

static int connect_udp(unsigned long port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* The CPU time of one handshake with everything it needs, or -1. */
static long measure(WOLFSSL_CTX *ctx, unsigned long port)
{
    long cost = -1;
    int fd = connect_udp(port);
    WOLFSSL *ssl = fd >= 0 ? wolfSSL_new(ctx) : NULL;
    if (ssl && wolfSSL_set_fd(ssl, fd) == WOLFSSL_SUCCESS &&
        wolfSSL_connect(ssl) == WOLFSSL_SUCCESS) {
        wolfSSL_shutdown(ssl);
        cost = cpu_us();
    }
    wolfSSL_free(ssl);
    if (fd >= 0) {
        close(fd);
    }
    return cost;
}

/* wolfCrypt makes its table of the base point at the second use: before the fork, as the
 * harness does. */
static void warm_up(void)
{
    WC_RNG rng;
    wc_InitRng(&rng);
    for (int i = 0; i < 2; i++) {
        ecc_key key;
        wc_ecc_init(&key);
        wc_ecc_make_key_ex(&rng, 32, &key, ECC_SECP256R1);
        wc_ecc_free(&key);
    }
    wc_FreeRng(&rng);
}

/* Each handshake in a process of its own; a process begins with a clock at zero. */
static int run(WOLFSSL_CTX *ctx, unsigned long port, unsigned long count)
{
    for (unsigned long i = 0; i < count && i < COUNT_MAX; i++) {
        int status = 1;
        long forked = cpu_us();
        pid_t pid = fork();
        if (pid == 0) {
            long cost = measure(ctx, port);
            printf("%ld\n", cost);
            fflush(stdout);
            _exit(cost < 0);
        }
        forked = cpu_us() - forked;
        if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
            return fail("the handshake failed");
        }
        printf("+%ld\n", forked);
        fflush(stdout);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != ARGUMENTS) {
        return fail("usage: bench_handshake PORT TRUST CHAIN KEY COUNT") ? 2 : 2;
    }
    wolfSSL_Init();
    warm_up();
    WOLFSSL_CTX *ctx = make_context(argv[2], argv[3], argv[4]);
    int status = ctx ? run(ctx, strtoul(argv[1], NULL, 10), strtoul(argv[5], NULL, 10))
                     : fail("the certificates cannot be used");
    wolfSSL_CTX_free(ctx);
    wolfSSL_Cleanup();
    return status ? 1 : 0;
}
