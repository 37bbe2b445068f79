/* The tools the model may call. */
#ifndef AGENT_TOOLS_H
#define AGENT_TOOLS_H

#include <jansson.h>

#include "examples/agent_parts/memory.h"
#include "oat/oat.h"

/* What tools work on. */
struct agent_tools {
    oat_tracer *tracer;
    struct agent_memory *memory;
    const char *search_dir; /* what file_search looks through */
};

/* Their description for the request: an array in the form of chat completions. A new reference. */
json_t *agent_tools_describe(void);

/* Runs a tool, as a tool span. arguments: the JSON text that the model gave. Returns the text for the
 * model, an error's too: the caller frees it. */
char *agent_tools_run(const struct agent_tools *tools, const char *name, const char *arguments);

#endif
