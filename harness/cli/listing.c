/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/listing.h"

#include <jansson.h>

#include <stdio.h>

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *requirements_of(const struct es_plan *plan)
{
    json_t *all = json_array();
    for (size_t i = 0; plan && i < plan->requirements.n; i++) {
        json_array_append_new(all, json_string(plan->requirements.at[i]->id));
    }
    return all;
}

static json_t *tags_of(const struct es_scenario *s)
{
    json_t *all = json_array();
    for (size_t i = 0; i < s->tags.n; i++) {
        json_array_append_new(all, json_string(s->tags.at[i]));
    }
    return all;
}

static json_t *object_of(const struct es_job *job)
{
    const struct es_scenario *s = job->instance->scenario;
    bool runs = job->selected && job->applies && !job->error;
    const char *reason = job->error       ? job->error
                         : !job->applies  ? job->reason
                         : !job->selected ? "not asked for"
                                          : NULL;
    json_t *o = json_object();
    json_object_set_new(o, "instance", json_string(job->instance->id));
    json_object_set_new(o, "iut", json_string(es_role_name(s->iut)));
    json_object_set_new(o, "requirements", requirements_of(job->plan));
    json_object_set_new(o, "selected", json_boolean(runs));
    json_object_set_new(o, "reason", text_or_null(reason));
    json_object_set_new(o, "title", json_string(s->title));
    json_object_set_new(o, "tags", tags_of(s));
    return o;
}

bool es_listing_print_json(const struct es_job_list *jobs, FILE *out)
{
    json_t *all = json_array();
    for (size_t i = 0; i < jobs->n; i++) {
        json_array_append_new(all, object_of(&jobs->at[i]));
    }
    bool ok = json_dumpf(all, out, JSON_INDENT(1)) == 0 && fputs("\n", out) >= 0;
    json_decref(all);
    return ok;
}

static void print_tags(const struct es_scenario *s, FILE *out)
{
    for (size_t i = 0; i < s->tags.n; i++) {
        fprintf(out, "%s%s", i ? ", " : "  tags: ", s->tags.at[i]);
    }
    fputs("\n", out);
}

static void print_job(const struct es_job *job, FILE *out)
{
    const char *id = job->instance->id;
    if (job->error) {
        fprintf(out, "    %s\n      error: %s\n", id, job->error);
    } else if (!job->applies) {
        fprintf(out, "    %s\n      not applicable: %s\n", id, job->reason);
    } else {
        fprintf(out, "    %s\n", id);
    }
}

static void print_requirements(const struct es_plan *plan, FILE *out)
{
    for (size_t i = 0; plan && i < plan->requirements.n; i++) {
        fprintf(out, "      %s\n", plan->requirements.at[i]->id);
    }
}

/* The jobs [from, to) are those of one scenario. */
static void print_scenario(const struct es_job_list *jobs, size_t from, size_t to,
                           bool verbose, FILE *out)
{
    const struct es_scenario *s = jobs->at[from].instance->scenario;
    size_t selected = 0, notable = 0;
    for (size_t i = from; i < to; i++) {
        selected += jobs->at[i].selected;
        notable += !jobs->at[i].applies || jobs->at[i].error;
    }
    if (selected == 0) {
        return;
    }
    fprintf(out, "%s  (%s, %zu)\n  %s\n", s->id, es_role_name(s->iut), selected,
            s->title);
    if (s->tags.n) {
        print_tags(s, out);
    }
    for (size_t i = from; i < to && (verbose || notable); i++) {
        if (jobs->at[i].selected) {
            print_job(&jobs->at[i], out);
        }
    }
    if (verbose) {
        fputs("    judges\n", out);
        print_requirements(jobs->at[from].plan, out);
    }
}

void es_listing_print(const struct es_job_list *jobs, bool verbose, FILE *out)
{
    size_t from = 0, apply = 0;
    for (size_t i = 0; i < jobs->n; i++) {
        bool last = i + 1 == jobs->n || jobs->at[i + 1].instance->scenario !=
                                            jobs->at[i].instance->scenario;
        apply += jobs->at[i].selected && jobs->at[i].applies && !jobs->at[i].error;
        if (last) {
            print_scenario(jobs, from, i + 1, verbose, out);
            from = i + 1;
        }
    }
    fprintf(out, "%zu instances, %zu apply", jobs->selected, apply);
    if (jobs->errors) {
        fprintf(out, ", %zu would be errors: the driver does not say what they need",
                jobs->errors);
    }
    fputs("\n", out);
}
