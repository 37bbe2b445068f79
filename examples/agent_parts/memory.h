/* What the agent remembers between runs: notes in SQLite, each read and write a traced database
 * span below a memory span. */
#ifndef AGENT_MEMORY_H
#define AGENT_MEMORY_H

#include "oat/oat.h"

struct agent_memory;

/* Opens the notes in a file, made if missing. NULL on failure. */
struct agent_memory *agent_memory_open(const char *path);
void agent_memory_close(struct agent_memory *memory);

/* Keeps a note. False when it could not be written. */
bool agent_memory_add(struct agent_memory *memory, oat_tracer *tracer, const char *note);

/* The newest notes, one a line; the caller frees it. NULL on failure. */
char *agent_memory_recall(struct agent_memory *memory, oat_tracer *tracer, int count);

#endif
