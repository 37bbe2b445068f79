/* A made-up run: spans whose times lie in the past, as an importer writes them. */
#ifndef DEMO_RUN_H
#define DEMO_RUN_H

#include <jansson.h>
#include <stdint.h>

#include "oat/oat.h"

struct demo_run {
    oat_tracer *tracer;
    uint64_t now_ns; /* the run's own clock */
    uint32_t random;
};

/* A number 0 .. below - 1. */
uint32_t demo_pick(struct demo_run *run, uint32_t below);

/* Lets milliseconds pass, with some spread. */
void demo_pass(struct demo_run *run, uint32_t ms);

/* Starts a span at the run's time, below the one that is open; ends it at the run's time. */
oat_span *demo_begin(struct demo_run *run, enum oat_span_type type, const char *name);
void demo_end(struct demo_run *run, oat_span *span);

/* Starts a root: a new trace, with its session and user. */
oat_span *demo_begin_trace(struct demo_run *run, const char *agent, const char *session, const char *user);

/* A span that only takes time. */
void demo_step(struct demo_run *run, enum oat_span_type type, const char *name, uint32_t ms);

void demo_input(oat_span *span, const char *text);
void demo_output(oat_span *span, const char *text);

/* Appends {"role", "content"}. */
void demo_say(json_t *messages, const char *role, const char *content);

struct demo_model {
    const char *name, *provider;
    int64_t input_nano, cached_nano, output_nano; /* nano-dollars a token */
};
extern const struct demo_model demo_models[];
#define DEMO_MODELS 5

/* One call of a model: sends the messages, appends the answer to them. cached: how many characters of
 * the request the provider had seen before. Returns the characters of this request. */
size_t demo_chat(struct demo_run *run, const struct demo_model *model, json_t *messages, const char *answer,
                 size_t cached);

#endif
