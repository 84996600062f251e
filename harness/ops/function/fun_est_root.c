/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/link_format.h"
#include "ops/message.h"

static const char well_known[] = "/.well-known/est";

/* The path of the crts link without its last segment; empty if there is none. */
static struct es_slice discovered(struct es_slice body, struct es_arena *a)
{
    struct es_link_list list = {0};
    struct es_link_target target;
    size_t at = 0;
    if (!es_link_format_parse(a, body, &list, NULL)) {
        return ES_SLICE_NONE;
    }
    const struct es_link *link = es_link_find(&list, "ace.est.crts", &at);
    if (!link || !es_link_target_split(link->target, &target) ||
        !es_slice_has_suffix(target.path, "/crts")) {
        return ES_SLICE_NONE;
    }
    return es_slice_sub(target.path, 0, target.path.n - 5);
}

static bool call(const struct es_value *args, struct es_scope *scope,
                 struct es_arena *a, struct es_value *out, const char **why)
{
    (void)scope;
    *why = "est-root takes the reply to a discovery";
    ES_TRY(args[0].kind == ES_KIND_RECORD && args[0].record.shape == &es_message_shape);
    const struct es_message_view *v = args[0].record.p;
    struct es_slice body = v->has_body ? v->body : v->message->payload;
    struct es_slice root = ES_SLICE_NONE;
    if (v->message->code == ES_COAP_CODE(2, 5)) {
        root = discovered(body, a);
    }
    *out = es_value_text(root.n ? root : ES_SLICE_LIT(well_known));
    return true;
}

const struct es_function es_fun_est_root = {
    .name = "est-root",
    .summary = "the EST root out of a discovery reply",
    .doc = "The path of the link with rt=ace.est.crts without its last segment; "
           "/.well-known/est where the reply has none (RFC 9148, 4.1).\n"
           "Example: - set: {est: $(est-root(links.reply))}",
    .args_n = 1,
    .args = {ES_KIND_RECORD},
    .result = ES_KIND_TEXT,
    .call = call,
};
