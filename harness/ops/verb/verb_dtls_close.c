/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/compile.h"
#include "stage/stage.h"

struct args {
    bool silently, half;
};

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct args *x = args;
    value = es_compile_follow(c, value);
    x->silently = es_slice_is(value->text, "silent");
    x->half = es_slice_is(value->text, "half");
    if (!x->silently && !x->half && !es_slice_is(value->text, "notify")) {
        es_compile_fail(c, value->loc, "%s is not a way to close",
                        es_node_describe(value, c->arena));
        return es_hint(c->d, "expected notify, silent or half");
    }
    return true;
}

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    const struct args *x = step->args;
    (void)state;
    struct es_channel *ch = es_stage_channel(g, step, true);
    if (ch && x->silently) {
        es_stage_abandon(g, ch);
    } else if (ch && x->half && ch->dtls && !ch->listening) {
        (void)es_dtls_notify_close(ch->session, es_stage_now(g));
    } else if (ch) {
        es_stage_close(g, ch);
    }
    return ES_STEP_DONE;
}

const struct es_verb es_verb_dtls_close = {
    .name = "dtls.close",
    .summary = "ends the session",
    .doc =
        "notify sends close_notify first; silent closes the socket without a word; half "
        "sends close_notify and goes on, so that later messages go out in a session that "
        "has ended. A session that has ended already is no mistake.\n"
        "Example: - dtls.close: notify",
    .value_doc = "notify, silent or half",
    .value_schema = "{\"enum\": [\"notify\", \"silent\", \"half\"]}",
    .args_size = sizeof(struct args),
    .compile = compile,
    .start = start,
};
