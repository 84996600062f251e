/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/compile.h"
#include "stage/stage.h"

struct args {
    bool silently;
};

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct args *x = args;
    value = es_compile_follow(c, value);
    x->silently = es_slice_is(value->text, "silent");
    if (!x->silently && !es_slice_is(value->text, "notify")) {
        es_compile_fail(c, value->loc, "%s is not a way to close",
                        es_node_describe(value, c->arena));
        return es_hint(c->d, "expected notify or silent");
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
    } else if (ch) {
        es_stage_close(g, ch);
    }
    return ES_STEP_DONE;
}

const struct es_verb es_verb_dtls_close = {
    .name = "dtls.close",
    .summary = "ends the session",
    .doc =
        "notify sends close_notify first; silent closes the socket without a word. A "
        "session that has ended already is no mistake.\n"
        "Example: - dtls.close: notify",
    .value_doc = "notify or silent",
    .value_schema = "{\"enum\": [\"notify\", \"silent\"]}",
    .args_size = sizeof(struct args),
    .compile = compile,
    .start = start,
};
