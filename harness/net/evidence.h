/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_NET_EVIDENCE_H
#define ES_NET_EVIDENCE_H

/*
 * What an instance leaves on disk while it runs: `capture.pcapng`, every datagram with its
 * decryption secrets, and `trace`, one line per datagram, record or message. A packet's
 * number is its 1-based position in the capture; trace lines and findings refer to it.
 *
 * Both files are written whenever a datagram came in and whenever there is nothing to
 * receive (net/capture.h does this), so that a killed or crashed worker leaves what it saw,
 * the datagram that killed it included. Who writes lines and waits without a capture filter
 * calls es_evidence_flush.
 *
 * Packet headers are synthesised: the server end is written as port 5684 so that Wireshark
 * decodes without options; the real addresses and ports stand in a packet comment.
 * Write errors (disk full) latch; es_evidence_close reports them.
 */

#include "base/text.h"
#include "net/address.h"

enum es_direction { ES_SENT, ES_RECEIVED };

struct es_evidence;

struct es_evidence_config {
    const char *folder; /* existing folder; NULL: keep nothing on disk, only count */
    bool harness_is_server; /* which end is written as port 5684 */
    bool without_secrets;   /* --no-secrets */
    es_usec start;          /* monotonic time that trace lines count from */
    int64_t start_unix_us;  /* the same moment as UNIX time, for the capture */
};

/* Opens the files in cfg->folder. NULL and a note in d if they cannot be made. */
struct es_evidence *es_evidence_open(const struct es_evidence_config *cfg,
                                     struct es_arena *arena, struct es_diag *d);
/* Adds a packet to the capture; returns its number. Plain (not DTLS) datagrams are written
 * with the server end as port 5683. */
uint32_t es_evidence_packet(struct es_evidence *e, enum es_direction dir,
                            const struct es_address *local,
                            const struct es_address *remote, struct es_slice bytes,
                            bool plain, es_usec now);
/* Adds the TLS key-log line ("CLIENT_RANDOM <hex> <hex>", without line end) as a decryption
 * secrets block. Readers decrypt only packets behind it: call it before the first
 * ChangeCipherSpec of the session is sent or received. */
void es_evidence_secret(struct es_evidence *e, struct es_slice key_log_line);
/* Keeps a place for such a line where the capture is now, for a secret that is not known yet
 * when its ChangeCipherSpec is received; es_evidence_fill_secret fills it later (a line of
 * CLIENT_RANDOM has a fixed length). Without a capture the mark is ES_EVIDENCE_NO_MARK. */
#define ES_EVIDENCE_NO_MARK UINT64_MAX
uint64_t es_evidence_reserve_secret(struct es_evidence *e);
void es_evidence_fill_secret(struct es_evidence *e, uint64_t mark,
                             struct es_slice key_log_line);
/* Adds one trace line: `#5 +0.009 < ` and the text. number 0 prints `-`. Control characters
 * print as `?`. The line is also kept in memory for failure texts. */
void es_evidence_line(struct es_evidence *e, uint32_t number, enum es_direction dir,
                      es_usec now, const char *fmt, ...) ES_PRINTF(5, 6);
/* A remark without a datagram, `- +0.009 * ` and the text: steps, tolerated messages, lag. */
void es_evidence_note(struct es_evidence *e, es_usec now, const char *fmt, ...)
    ES_PRINTF(3, 4);
/* The number of trace lines so far, and line `index` without its line end. */
size_t es_evidence_count(const struct es_evidence *e);
struct es_slice es_evidence_get(const struct es_evidence *e, size_t index);
/* Number of the last packet captured. */
uint32_t es_evidence_last(const struct es_evidence *e);
/* Hands what is buffered to the system. */
void es_evidence_flush(struct es_evidence *e);
/* Flushes and closes; false and a note if anything could not be written. */
bool es_evidence_close(struct es_evidence *e, struct es_diag *d);

#endif
