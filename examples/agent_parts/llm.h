/* One call of a chat model: a POST to /chat/completions of any OpenAI-compatible server, streamed,
 * tried again when the server is busy. Each attempt is an llm span. */
#ifndef AGENT_LLM_H
#define AGENT_LLM_H

#include <jansson.h>

#include "oat/oat.h"

struct agent_llm {
    oat_tracer *tracer;
    const char *base_url; /* without a '/' at the end */
    const char *api_key;  /* NULL: none */
    const char *model;
};

/* Sends the messages; tools NULL: the model may call none. name: of the span. Returns the message
 * that the model answered, {"role","content","tool_calls"}, as a new reference; NULL after it failed
 * for good. */
json_t *agent_llm_chat(const struct agent_llm *llm, const char *name, json_t *messages, json_t *tools);

#endif
