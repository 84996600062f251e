/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/san.h"

#include "base/diag.h"
#include "codec/ip.h"
#include "codec/name.h"
#include "codec/oid.h"

/* Kinds whose text is a prefix and the octets themselves. */
static const struct plain {
    unsigned tag;
    enum es_san_kind kind;
    const char *prefix;
} plains[] = {
    {ES_DER_CONTEXT + 1, ES_SAN_EMAIL, "email:"},
    {ES_DER_CONTEXT + 2, ES_SAN_DNS, "dns:"},
    {ES_DER_CONTEXT + 6, ES_SAN_URI, "uri:"},
};

static const char *hex_text(struct es_arena *a, const char *prefix, struct es_slice s)
{
    struct es_buf b;
    es_buf_build(&b, a, es_slice_of(prefix).n + 2 * s.n + 1);
    es_buf_text(&b, prefix);
    es_buf_hex(&b, s);
    return es_buf_cstr(&b);
}

/* Text of octets that are to be printable ASCII; others become `\xx`, so that a NUL
 * cannot hide the rest of a name. */
static const char *visible_text(struct es_arena *a, const char *prefix,
                                struct es_slice s)
{
    struct es_buf b;
    es_buf_build(&b, a, es_slice_of(prefix).n + 3 * s.n + 8);
    es_buf_text(&b, prefix);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < 0x20 || s.p[i] > 0x7e) {
            es_buf_printf(&b, "\\%02x", s.p[i]);
        } else {
            es_buf_u8(&b, s.p[i]);
        }
    }
    return es_buf_cstr(&b);
}

static const char *address_text(struct es_arena *a, struct es_slice octets)
{
    const char *text = es_ip_text(a, octets);
    return text ? es_arena_printf(a, "ip:%s", text)
                : hex_text(a, "ip:malformed ", octets);
}

/* OtherName ::= SEQUENCE { type-id, value [0] EXPLICIT }, here with an implicit tag. */
static bool read_other(struct es_der *r, const struct es_der_item *item,
                       struct es_san *out)
{
    struct es_arena *a = r->doc->arena;
    struct es_der in, explicit_value, module;
    struct es_der_item type, value, hw_type, hw_serial;
    ES_TRY(es_der_enter_item(r, item, &in));
    ES_TRY(es_der_read(&in, ES_DER_OID, "the type of an otherName", &type));
    ES_TRY(es_der_enter(&in, ES_DER_CONTEXT_CONSTRUCTED, "the value of an otherName",
                        &explicit_value));
    ES_TRY(es_der_done(&in, "an otherName"));
    if (es_oid_find(type.value) != ES_OID_HARDWARE_MODULE) {
        if (!es_der_next(&explicit_value, &value)) {
            return es_der_flaw(&in, item->offset, "an otherName without value");
        }
        out->kind = ES_SAN_OTHER_NAME;
        const char *prefix =
            es_arena_printf(a, "other:%s:", es_oid_text(a, type.value));
        out->text = hex_text(a, prefix, value.raw);
        return true;
    }
    ES_TRY(
        es_der_enter(&explicit_value, ES_DER_SEQUENCE, "HardwareModuleName", &module));
    ES_TRY(es_der_read(&module, ES_DER_OID, "hwType", &hw_type));
    ES_TRY(es_der_read(&module, ES_DER_OCTET_STRING, "hwSerialNum", &hw_serial));
    out->kind = ES_SAN_HARDWARE;
    const char *prefix =
        es_arena_printf(a, "hardware:%s:", es_oid_text(a, hw_type.value));
    out->text = hex_text(a, prefix, hw_serial.value);
    return es_der_done(&module, "HardwareModuleName");
}

static bool read_directory(struct es_der *r, const struct es_der_item *item,
                           struct es_san *out)
{
    struct es_arena *a = r->doc->arena;
    struct es_der in;
    struct es_der_item name;
    ES_TRY(es_der_enter_item(r, item, &in));
    ES_TRY(es_der_read(&in, ES_DER_SEQUENCE, "directoryName", &name));
    out->kind = ES_SAN_DIRECTORY;
    out->value = name.raw;
    out->text = es_arena_printf(a, "dirname:%s", es_name_text(a, name.raw));
    return es_der_done(&in, "directoryName");
}

bool es_san_read(struct es_der *r, struct es_san *out)
{
    struct es_arena *a = r->doc->arena;
    struct es_der_item item;
    if (!es_der_next(r, &item)) {
        return false;
    }
    *out =
        (struct es_san){.kind = ES_SAN_UNKNOWN, .raw = item.raw, .value = item.value};
    for (size_t i = 0; i < ES_COUNT(plains); i++) {
        if (plains[i].tag == item.tag) {
            out->kind = plains[i].kind;
            out->text = visible_text(a, plains[i].prefix, item.value);
            return true;
        }
    }
    if (item.tag == ES_DER_CONTEXT_CONSTRUCTED) {
        return read_other(r, &item, out);
    }
    if (item.tag == ES_DER_CONTEXT_CONSTRUCTED + 4) {
        return read_directory(r, &item, out);
    }
    if (item.tag == ES_DER_CONTEXT + 7) {
        out->kind = ES_SAN_IP;
        out->text = address_text(a, item.value);
        return true;
    }
    if (item.tag == ES_DER_CONTEXT + 8) {
        out->kind = ES_SAN_REGISTERED_ID;
        out->text = es_arena_printf(a, "rid:%s", es_oid_text(a, item.value));
        return true;
    }
    if ((item.tag & 0xc0) != ES_DER_CONTEXT || (item.tag & 0x1f) > 8) {
        return es_der_flaw(r, item.offset, "%s is no general name",
                           es_der_tag_name(a, item.tag));
    }
    out->text = hex_text(a, "unknown:", item.raw);
    return true;
}

static bool put_address(struct es_buf *b, struct es_arena *a, struct es_slice text)
{
    struct es_slice octets;
    ES_TRY(es_ip_parse(a, text, &octets));
    es_der_put(b, ES_DER_CONTEXT + 7, octets);
    return true;
}

/* `OID:hex` of hardware: and other:. */
static bool put_other(struct es_buf *b, struct es_arena *a, struct es_slice rest,
                      bool hardware)
{
    struct es_slice oid, octets;
    size_t bad;
    ES_TRY(es_oid_parse(a, es_slice_split(&rest, ':'), &oid));
    ES_TRY(es_text_hex(rest, a, &octets, &bad));
    size_t outer = es_der_begin(b, ES_DER_CONTEXT_CONSTRUCTED);
    if (hardware) {
        es_der_put_oid(b, es_oid_dotted(ES_OID_HARDWARE_MODULE));
        size_t value = es_der_begin(b, ES_DER_CONTEXT_CONSTRUCTED);
        size_t module = es_der_begin(b, ES_DER_SEQUENCE);
        es_der_put(b, ES_DER_OID, oid);
        es_der_put(b, ES_DER_OCTET_STRING, octets);
        es_der_finish(b, module);
        es_der_finish(b, value);
    } else {
        es_der_put(b, ES_DER_OID, oid);
        es_der_put(b, ES_DER_CONTEXT_CONSTRUCTED, octets);
    }
    es_der_finish(b, outer);
    return true;
}

static bool put_directory(struct es_buf *b, struct es_arena *a, struct es_slice text)
{
    struct es_slice name;
    size_t bad;
    ES_TRY(es_name_build(a, text, &name, &bad));
    es_der_put(b, ES_DER_CONTEXT_CONSTRUCTED + 4, name);
    return true;
}

bool es_san_put(struct es_buf *b, struct es_arena *a, const char *text)
{
    struct es_slice rest = es_slice_of(text), oid;
    for (size_t i = 0; i < ES_COUNT(plains); i++) {
        if (es_slice_has_prefix(rest, plains[i].prefix)) {
            size_t n = es_slice_of(plains[i].prefix).n;
            es_der_put(b, plains[i].tag, es_slice_from(rest, n));
            return true;
        }
    }
    struct es_slice kind = es_slice_split(&rest, ':');
    if (es_slice_is(kind, "ip")) {
        return put_address(b, a, rest);
    }
    if (es_slice_is(kind, "dirname")) {
        return put_directory(b, a, rest);
    }
    if (es_slice_is(kind, "rid")) {
        ES_TRY(es_oid_parse(a, rest, &oid));
        es_der_put(b, ES_DER_CONTEXT + 8, oid);
        return true;
    }
    bool hardware = es_slice_is(kind, "hardware");
    if (hardware || es_slice_is(kind, "other")) {
        return put_other(b, a, rest, hardware);
    }
    return false;
}
