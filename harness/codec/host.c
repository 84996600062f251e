/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/chain.h"
#include "codec/ip.h"

#include <strings.h>

static bool is_same_text(struct es_slice a, struct es_slice b)
{
    return a.n == b.n &&
           (a.n == 0 || strncasecmp((const char *)a.p, (const char *)b.p, a.n) == 0);
}

/* RFC 6125, 6.4.3: `*` stands for the whole leftmost label. */
static bool matches_dns(struct es_slice pattern, struct es_slice host)
{
    if (es_slice_find(pattern, 0) < pattern.n) {
        return false;
    }
    if (!es_slice_has_prefix(pattern, "*.")) {
        return is_same_text(pattern, host);
    }
    struct es_slice parent = host;
    struct es_slice label = es_slice_split(&parent, '.');
    bool has_two_labels = es_slice_find(parent, '.') < parent.n;
    return label.n > 0 && has_two_labels &&
           is_same_text(es_slice_from(pattern, 2), parent);
}

static const char *names_text(struct es_arena *a, const struct es_x509 *cert)
{
    if (cert->ext.san_n == 0) {
        return "there is no subjectAltName";
    }
    const char *text = "the certificate is for";
    for (size_t i = 0; i < cert->ext.san_n; i++) {
        text = es_arena_printf(a, "%s%s %s", text, i > 0 ? "," : "",
                               cert->ext.san[i].text);
    }
    return text;
}

bool es_x509_is_for_host(struct es_arena *a, const struct es_x509 *cert,
                         const char *host, const char **why)
{
    struct es_slice name = es_slice_of(host), address = ES_SLICE_NONE;
    if (!es_ip_parse(a, name, &address) && es_slice_has_suffix(name, ".")) {
        name.n--;
    }
    for (size_t i = 0; i < cert->ext.san_n; i++) {
        const struct es_san *san = &cert->ext.san[i];
        if (address.n > 0 ? san->kind == ES_SAN_IP && es_slice_eq(san->value, address)
                          : san->kind == ES_SAN_DNS && matches_dns(san->value, name)) {
            return true;
        }
    }
    if (why) {
        *why = names_text(a, cert);
    }
    return false;
}

bool es_x509_allows_usage(const struct es_x509 *cert, enum es_oid usage)
{
    return !cert->ext.has_eku || es_extensions_has_eku(&cert->ext, usage) ||
           es_extensions_has_eku(&cert->ext, ES_OID_ANY_EKU);
}
